"""The network's words become transactions, and the ledger follows them to the minor unit."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from cashback.lib import ids
from offers.networks.base import SaleStatus
from partners.models import OutboxEvent
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Transaction, TransactionEvent, UnattributedSale

POLL = TransactionEvent.Via.POLL


@pytest.fixture
def click(alice, account):
    return make.click(by=alice, on=make.offer(at=account))


@pytest.fixture
def sale(click):
    return make.sale(click_ref=ids.suffix(click.pk))


def record(sale, account, at):
    return services.record(sale=sale, account=account, via=POLL, at=at)


def later(sale, seconds=60, **facts):
    moved = sale.changed_at + timedelta(seconds=seconds)
    return replace(sale, **{"changed_at": moved, "observed_at": moved, **facts})


def books(partner) -> dict[str, int]:
    """What each side holds, by kind; nothing is left out, so the values sum to zero."""
    held = {}
    for account in Account.objects.filter(partner_id=partner.pk):
        held[account.kind] = held.get(account.kind, 0) + ledger.balance(account=account)
    return held


def test_pending_sale_is_promised_and_is_not_money(sale, account, alice, at):
    made = record(sale, account, at).transaction
    assert (made.status, made.cashback_minor, made.partner_minor) == ("pending", 6965, 995)
    assert not any(books(alice.partner).values())
    assert list(alice.transactions.awaited()) == [made]


def test_confirmed_sale_credits_all_three_sides_once(sale, account, alice, at):
    record(sale, account, at)
    confirmed = later(sale, status=SaleStatus.APPROVED)
    record(confirmed, account, at)
    record(confirmed, account, at)
    assert books(alice.partner) == {
        AccountKind.NETWORK_RECEIVABLE: -9950,
        AccountKind.SHOPPER: 6965,
        AccountKind.PARTNER: 995,
        AccountKind.MARGIN: 1990,
    }
    assert Transfer.objects.count() == 3


def test_what_rounding_cuts_off_stays_with_the_house(sale, account, alice, at):
    record(replace(sale, status=SaleStatus.APPROVED, commission_minor=101), account, at)
    held = books(alice.partner)
    assert (held[AccountKind.SHOPPER], held[AccountKind.PARTNER], held[AccountKind.MARGIN]) == (70, 10, 21)


def test_settling_again_posts_nothing(sale, account, at):
    made = record(replace(sale, status=SaleStatus.APPROVED), account, at).transaction
    assert services.settle(transaction=made, at=at) is False
    assert Transfer.objects.count() == 3


def test_raised_amount_posts_the_difference(sale, account, alice, at):
    record(replace(sale, status=SaleStatus.APPROVED), account, at)
    record(later(sale, status=SaleStatus.APPROVED, commission_minor=19900), account, at)
    assert books(alice.partner)[AccountKind.SHOPPER] == 13930
    assert Transfer.objects.count() == 6


def test_partial_return_takes_the_difference_back(sale, account, alice, at):
    record(replace(sale, status=SaleStatus.APPROVED), account, at)
    record(later(sale, status=SaleStatus.APPROVED, commission_minor=5000), account, at)
    held = books(alice.partner)
    assert (held[AccountKind.SHOPPER], held[AccountKind.PARTNER], held[AccountKind.MARGIN]) == (
        3500,
        500,
        1000,
    )


def test_decline_after_approval_takes_cashback_back_below_zero_if_it_was_spent(sale, account, alice, at):
    made = record(replace(sale, status=SaleStatus.APPROVED), account, at).transaction
    wallet = Account.objects.get(kind=AccountKind.SHOPPER, owner_id=alice.pk)
    spent_on = ledger.open_account(
        partner_id=alice.partner_id, kind=AccountKind.MARGIN, owner_id=None, currency="RUB"
    )
    ledger.transfer(
        source=wallet,
        target=spent_on,
        amount=6965,
        key="spent",
        reason="",
        occurred_at=at,
        subject_id=alice.pk,
    )
    record(later(sale, status=SaleStatus.DECLINED, decline_reason="Returned"), account, at)
    assert ledger.balance(account=wallet) == -6965
    assert ledger.posted(subject_id=made.pk) == {**dict.fromkeys(ledger.posted(subject_id=made.pk), 0)}
    made.refresh_from_db()
    assert made.decline_reason == "Returned"


def test_approved_again_after_a_decline_is_credited_again(sale, account, alice, at):
    record(replace(sale, status=SaleStatus.APPROVED), account, at)
    record(later(sale, 60, status=SaleStatus.DECLINED), account, at)
    record(later(sale, 120, status=SaleStatus.APPROVED), account, at)
    assert books(alice.partner)[AccountKind.SHOPPER] == 6965
    assert Transfer.objects.count() == 9


def test_older_word_changes_nothing(sale, account, at):
    record(later(sale, status=SaleStatus.APPROVED), account, at)
    heard = record(sale, account, at)
    assert heard.is_news is False
    assert heard.transaction.status == "approved"
    assert TransactionEvent.objects.count() == 1


def test_of_two_words_with_one_time_the_one_read_later_counts(sale, account, at):
    record(
        replace(sale, observed_at=sale.observed_at + timedelta(seconds=2), commission_minor=200), account, at
    )
    heard = record(replace(sale, commission_minor=100), account, at)
    assert heard.transaction.commission_minor == 200


def test_storefront_that_credits_on_payment_waits_for_it(bob, account, at):
    click = make.click(by=bob, on=make.offer(at=account, currency="USD"))
    sale = make.sale(click_ref=ids.suffix(click.pk), currency="USD", status=SaleStatus.APPROVED)
    made = record(sale, account, at).transaction
    assert not any(books(bob.partner).values())
    assert list(bob.transactions.awaited()) == [made]
    record(later(sale, paid=True), account, at)
    assert books(bob.partner)[AccountKind.SHOPPER] == 6965
    made.refresh_from_db()
    assert made.paid_at == at
    assert not bob.transactions.awaited()


def test_stalled_sale_is_confirmed_and_unpaid(sale, account, at):
    made = record(replace(sale, status=SaleStatus.APPROVED, stalled=True), account, at).transaction
    assert (made.status, made.is_stalled, made.paid_at) == ("approved", True, None)


def test_sale_at_another_shop_than_the_clicks_is_shown_where_it_was_made(sale, account, at):
    elsewhere = make.offer(at=account, external_id="777")
    made = record(replace(sale, offer_external_id="777"), account, at).transaction
    assert (made.offer, made.merchant) == (elsewhere, elsewhere.merchant)


def test_later_change_of_the_split_leaves_old_clicks_alone(sale, account, alice, acorn, at):
    acorn.shopper_percent = 10
    acorn.save()
    assert record(sale, account, at).transaction.cashback_minor == 6965


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"click_ref": ""}, "no_click"),
        ({"click_ref": "nonsense"}, "unknown_click"),
        ({"click_ref": "0" * 26}, "unknown_click"),
        ({"currency": "USD"}, "other_currency"),
    ],
)
def test_sale_that_no_click_explains_waits_whole(sale, account, at, facts, why):
    waiting = record(replace(sale, **facts), account, at).unattributed
    assert (waiting.why, waiting.commission_minor) == (why, 9950)
    assert not Transaction.objects.exists()
    assert not Transfer.objects.exists()


def test_click_of_another_account_explains_nothing(sale, at):
    assert record(sale, make.account(), at).unattributed.why == "other_account"


def test_unattributed_sale_keeps_the_latest_word_only(sale, account, at):
    lost = replace(sale, click_ref="")
    record(later(lost, commission_minor=200), account, at)
    record(lost, account, at)
    assert UnattributedSale.objects.get().commission_minor == 200


def test_attributed_sale_becomes_a_transaction_and_goes_on_as_one(sale, account, click, alice, at):
    lost = replace(sale, click_ref="", status=SaleStatus.APPROVED)
    waiting = record(lost, account, at).unattributed
    made = services.attribute(sale=waiting, click=click, at=at)
    assert (made.shopper, books(alice.partner)[AccountKind.SHOPPER]) == (alice, 6965)
    heard = record(later(lost, status=SaleStatus.DECLINED), account, at)
    assert (heard.transaction, books(alice.partner)[AccountKind.SHOPPER]) == (made, 0)


def test_sale_is_not_attributed_twice_nor_to_a_foreign_click(sale, account, click, bob, at):
    waiting = record(replace(sale, click_ref=""), account, at).unattributed
    foreign = make.click(by=bob, on=make.offer(at=make.account(), currency="USD"))
    with pytest.raises(services.CannotAttribute, match="another network account"):
        services.attribute(sale=waiting, click=foreign, at=at)
    dollars = make.click(by=bob, on=make.offer(at=account, currency="USD"))
    with pytest.raises(services.CannotAttribute, match="RUB"):
        services.attribute(sale=waiting, click=dollars, at=at)
    assert not Transaction.objects.exists()
    services.attribute(sale=waiting, click=click, at=at)
    with pytest.raises(services.CannotAttribute, match="already"):
        services.attribute(sale=waiting, click=click, at=at)


def test_sale_restated_in_another_currency_is_refused_and_changes_nothing(sale, account, at):
    record(sale, account, at)
    with pytest.raises(services.CurrencyChanged):
        record(later(sale, currency="USD", status=SaleStatus.APPROVED), account, at)
    assert Transaction.objects.get().status == "pending"
    assert not Transfer.objects.exists()


def test_every_change_leaves_its_event_in_the_outbox(sale, account, alice, at):
    record(sale, account, at)
    record(later(sale, 60, status=SaleStatus.APPROVED), account, at)
    record(later(sale, 120, status=SaleStatus.APPROVED, paid=True), account, at)
    record(later(sale, 180, status=SaleStatus.APPROVED, paid=True, commission_minor=100), account, at)
    record(later(sale, 240, status=SaleStatus.DECLINED), account, at)
    told = OutboxEvent.objects.order_by("pk")
    assert [event.type for event in told if event.type != "balance.changed"] == [
        "transaction.created",
        "transaction.approved",
        "transaction.paid",
        "transaction.updated",
        "transaction.declined",
    ]
    available = [event.payload["available"]["amount"] for event in told if event.type == "balance.changed"]
    assert available == ["69.65", "0.70", "0.00"]
    assert {event.partner_id for event in told} == {alice.partner_id}


@pytest.mark.parametrize("first_status", [SaleStatus.PENDING, None])
def test_confirmed_and_paid_in_one_word_are_two_events(sale, account, at, first_status):
    if first_status:
        record(sale, account, at)
    record(later(sale, status=SaleStatus.APPROVED, paid=True), account, at)
    told = OutboxEvent.objects.exclude(type="balance.changed").order_by("pk")
    assert [event.type for event in told] == [
        "transaction.created",
        "transaction.approved",
        "transaction.paid",
    ]


def test_payment_and_decline_count_also_when_the_networks_time_of_change_stands_still(sale, account, at):
    old = replace(
        sale,
        status=SaleStatus.APPROVED,
        changed_at=at - timedelta(hours=3),
        observed_at=at - timedelta(hours=2),
    )
    record(old, account, at)
    paid = record(replace(old, paid=True, observed_at=at), account, at)
    assert (paid.is_news, paid.transaction.paid_at) == (True, at)
    declined = replace(old, status=SaleStatus.DECLINED, observed_at=at + timedelta(seconds=1))
    assert record(declined, account, at).transaction.status == "declined"


def test_moved_closing_date_is_news(sale, account, at):
    record(sale, account, at)
    moved = record(later(sale, closes_on=date(2027, 6, 1)), account, at)
    assert (moved.is_news, moved.transaction.expected_at.date()) == (True, date(2027, 6, 1))


def test_sale_is_not_attributed_to_a_later_click_nor_to_another_shops(sale, account, click, at):
    early = replace(sale, click_ref="", occurred_at=at - timedelta(days=40))
    with pytest.raises(services.CannotAttribute, match="after"):
        services.attribute(sale=record(early, account, at).unattributed, click=click, at=at)
    make.offer(at=account, external_id="777")
    elsewhere = replace(sale, external_id="other", click_ref="", offer_external_id="777")
    with pytest.raises(services.CannotAttribute, match="another shop"):
        services.attribute(sale=record(elsewhere, account, at).unattributed, click=click, at=at)
    assert not Transaction.objects.exists()


def test_word_read_again_after_long_writes_nothing(sale, account, at, django_assert_num_queries):
    old = replace(sale, changed_at=sale.changed_at - timedelta(hours=1))
    record(old, account, at)
    with django_assert_num_queries(3):  # the savepoint, the look, the release
        assert record(replace(old, observed_at=at + timedelta(seconds=5)), account, at).is_news is False


def test_a_word_costs_the_same_few_queries(sale, alice, account, at, django_assert_num_queries):
    """With the row come the storefront, the shopper and the shop that the outbox names: one query and not four."""
    another = make.click(by=alice, on=make.offer(at=account))
    record(make.sale(click_ref=ids.suffix(another.pk)), account, at)  # opens the accounts
    # Of each, one is support's look for claims about it; and another once money has moved.
    with django_assert_num_queries(22):
        record(sale, account, at)
    with django_assert_num_queries(22):
        record(later(sale, status=SaleStatus.APPROVED), account, at)
