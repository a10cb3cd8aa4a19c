"""Each word of the network, told to the shopper: exact sentences in English."""

from datetime import timedelta

import pytest
from django.utils import translation

from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.models import Transaction, TransactionEvent
from transactions.my_cashback import history

PENDING, APPROVED, DECLINED = SaleStatus.PENDING, SaleStatus.APPROVED, SaleStatus.DECLINED
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def story(account, at):
    """What a shopper reads, oldest first, after the network has said these things of one sale."""

    def go(shopper, *words) -> list[tuple[str, str]]:
        offer = make.offer(at=account, currency=shopper.storefront.currency)
        click = make.click(by=shopper, on=offer)
        sale = None
        for step, word in enumerate(words):
            sale = make.sale(
                click_ref=click.public_id[4:],
                external_id="1",
                currency=offer.currency,
                changed_at=at + timedelta(minutes=step),
                observed_at=at + timedelta(minutes=step),
                **word,
            )
            services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
        purchase = Transaction.objects.get()
        told = history.story(purchase, list(purchase.events.order_by("pk")))[::-1]
        return [(" ".join(word.sentences).replace(SPACE, " "), word.cashback.minor) for word in told]

    return go


def test_the_plain_road(story, bob):
    assert story(bob, {}, {"status": APPROVED}, {"status": APPROVED, "paid": True}) == [
        (
            "The shop reported your order of $1,990.00. The cashback is a promise until the shop confirms it.",
            6965,
        ),
        ("The shop confirmed the purchase. The cashback is yours once the shop has paid.", 6965),
        ("The shop has paid for the purchase. The cashback is yours.", 6965),
    ]


def test_where_confirmation_is_enough_the_payment_changes_nothing_for_the_shopper(story, alice):
    told = story(alice, {}, {"status": APPROVED}, {"status": APPROVED, "paid": True})
    assert told[1:] == [
        ("The shop confirmed the purchase. The cashback is yours.", 6965),
        ("The shop has paid for the purchase.", 6965),
    ]


def test_a_partial_return_shows_both_amounts_and_both_orders(story, bob):
    told = story(bob, {}, {"status": APPROVED, "sale_minor": 99500, "commission_minor": 4975})
    assert told[1] == (
        "The shop confirmed the purchase. The cashback is yours once the shop has paid. Reduced from $69.65 to $34.82: "
        "the order is now $995.00 instead of $1,990.00, as when a part of it is returned.",
        3482,
    )


def test_a_lower_and_a_higher_rate_are_told_apart_from_a_smaller_order(story, bob):
    told = story(bob, {}, {"commission_minor": 4975}, {"commission_minor": 9950})
    assert told[1] == ("Reduced from $69.65 to $34.82: the shop counted the order at a lower rate.", 3482)
    assert told[2] == ("Raised from $34.82 to $69.65: the shop counted the order at a higher rate.", 6965)


def test_an_order_that_has_grown(story, bob):
    told = story(bob, {}, {"sale_minor": 398000, "commission_minor": 19900})
    assert told[1] == (
        "Raised from $69.65 to $139.30: the order is now $3,980.00 instead of $1,990.00.",
        13930,
    )


def test_an_order_corrected_without_a_change_for_the_shopper(story, bob):
    assert story(bob, {}, {"sale_minor": 150000})[1] == (
        "The order's amount was corrected to $1,500.00. Your cashback stays as it was.",
        6965,
    )


def test_details_that_change_no_money(story, bob):
    assert story(bob, {}, {"order_id": "order-2"})[1] == ("The shop corrected the order's details.", 6965)


def test_a_decline_says_why_and_that_money_was_taken_back(story, alice):
    told = story(alice, {"status": APPROVED}, {"status": DECLINED, "decline_reason": "Возврат"})
    assert told == [
        (
            "The shop reported your order of RUB 1,990.00. It was confirmed at once. The cashback is yours.",
            6965,
        ),
        (
            "The shop took its confirmation back and declined the purchase. The goods were returned. "
            "The cashback was taken out of your balance.",
            0,
        ),
    ]


def test_a_decline_of_what_was_only_promised_takes_nothing_back(story, bob):
    told = story(bob, {}, {"status": APPROVED}, {"status": DECLINED})
    assert told[2] == (
        "The shop took its confirmation back and declined the purchase. The shop named no reason.",
        0,
    )


def test_a_shop_that_thinks_again(story, alice):
    told = story(
        alice,
        {"status": DECLINED, "decline_reason": "Прочее"},
        {},
        {"status": APPROVED},
        {},
        {"status": DECLINED},
        {"status": APPROVED},
    )
    assert [sentences for sentences, _minor in told] == [
        "The shop reported your order of RUB 1,990.00. At the same time it declined it. The shop's words: Прочее",
        "The shop is looking at the purchase again.",
        "The shop confirmed the purchase. The cashback is yours.",
        "The shop took its confirmation back and is looking at the purchase again.",
        "The shop declined the purchase. The shop named no reason.",
        "The shop thought again and confirmed the purchase. The cashback is yours.",
    ]


def test_a_payment_taken_back_takes_the_cashback_with_it_where_only_paid_counts(story, bob):
    told = story(bob, {"status": APPROVED, "paid": True}, {"status": APPROVED})
    assert told[1] == (
        "The shop's payment for the purchase was taken back. The cashback was taken out of your balance.",
        6965,
    )


def test_an_order_without_an_amount_is_still_an_order(story, bob):
    assert story(bob, {"sale_minor": None})[0][0].startswith("The shop reported your order. ")


def test_the_networks_commission_is_nowhere_told(story, alice):
    told = story(alice, {}, {"commission_minor": 4975, "sale_minor": 99500}, {"status": APPROVED})
    assert not any(
        secret in sentences for sentences, _minor in told for secret in ("99.50", "49.75", "70", "5%")
    )


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({}, "3.5% of $1,990.00"),
        ({"sale_minor": 100, "commission_minor": 5}, "3% of $1.00"),
        ({"sale_minor": 123457, "commission_minor": 6172}, "3.5% of $1,234.57"),
        ({"sale_minor": None}, ""),
        ({"commission_minor": 0}, ""),
        ({"sale_minor": 500_000_000, "commission_minor": 12_345_678}, ""),
        ({"status": DECLINED}, ""),
    ],
)
def test_the_arithmetic_is_shown_where_it_is_exact(bob, account, at, facts, said):
    offer = make.offer(at=account, currency="USD")
    click = make.click(by=bob, on=offer)
    sale = make.sale(click_ref=click.public_id[4:], currency="USD", **facts)
    recorded = services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    assert history.reckoning(recorded.transaction) == said


def test_an_order_that_the_network_names_no_longer_is_not_told_as_nothing(story, bob):
    told = story(bob, {}, {"sale_minor": None, "commission_minor": 4975}, {"sale_minor": None})
    assert [sentence for sentence, _cashback in told[1:]] == [
        "Reduced from $69.65 to $34.82.",
        "Raised from $34.82 to $69.65.",
    ]


def test_an_order_whose_amount_vanishes_is_no_correction_to_nothing(story, bob):
    told = story(bob, {}, {"sale_minor": None})
    assert told[1] == ("The shop corrected the order's details.", 6965)


def test_a_declined_purchase_that_the_network_still_calls_paid_is_declined(account, bob, at):
    click = make.click(by=bob, on=make.offer(at=account, currency="USD"))
    said = {"status": DECLINED, "paid": True, "currency": "USD"}
    sale = make.sale(click_ref=click.public_id[4:], **said)
    services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    purchase = Transaction.objects.get()
    [word] = history.story(purchase, list(purchase.events.all()))
    assert word.state == "declined"
