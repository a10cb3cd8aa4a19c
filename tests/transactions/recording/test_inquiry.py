"""What a network grants on an inquiry is money once: with the network's own row of the order, or without one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from cashback.lib import ids
from offers.networks.base import SaleStatus
from partners.models import OutboxEvent
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Source, Transaction, TransactionEvent, UnattributedSale
from transactions.my_cashback import history
from transactions.recording import listeners
from transactions.recording.orders import latin, normal

POLL = TransactionEvent.Via.POLL


@pytest.fixture
def offer(account):
    return make.offer(at=account, external_id="4200")


@pytest.fixture
def click(alice, offer):
    return make.click(by=alice, on=offer)


@pytest.fixture
def sale(click, at):
    """The network's own row of the order, should it ever come."""
    return make.sale(
        click_ref=ids.suffix(click.pk), offer_external_id="4200", order_id="№ AB-1001", occurred_at=at
    )


def grant(click, at, *, reference="c1-1", order_id="AB-1001", commission=10000):
    return services.record_inquiry(
        click=click,
        offer=click.offer,
        account=click.account,
        reference=reference,
        order_id=order_id,
        commission_minor=commission,
        sale_minor=200000,
        occurred_at=at - timedelta(days=20),
        at=at,
    )


def record(sale, account, at):
    return services.record(sale=sale, account=account, via=POLL, at=at)


def later(sale, seconds=60, **facts):
    moved = sale.changed_at + timedelta(seconds=seconds)
    return replace(sale, **{"changed_at": moved, "observed_at": moved, **facts})


def books(partner) -> dict[str, int]:
    held = {}
    for account in Account.objects.filter(partner_id=partner.pk):
        held[account.kind] = held.get(account.kind, 0) + ledger.balance(account=account)
    return held


GRANTED = {
    AccountKind.NETWORK_RECEIVABLE: -10000,
    AccountKind.SHOPPER: 7000,
    AccountKind.PARTNER: 1000,
    AccountKind.MARGIN: 2000,
}


def events(about) -> list[str]:
    return list(OutboxEvent.objects.filter(subject_id=about.pk).order_by("pk").values_list("type", flat=True))


def test_a_grant_without_a_row_of_the_network_is_a_confirmed_purchase_split_as_the_click_says(click, at):
    made = grant(click, at)
    assert (made.source, made.status, made.external_id) == (Source.INQUIRY, "approved", "inq:c1-1")
    assert (made.cashback_minor, made.partner_minor, made.paid_at) == (7000, 1000, at)
    assert books(click.partner) == GRANTED
    assert events(made) == [
        "transaction.created",
        "transaction.approved",
        "transaction.paid",
        "balance.changed",
    ]


def test_a_grant_told_again_posts_nothing(click, at):
    made = grant(click, at)
    assert grant(click, at + timedelta(hours=1)) == made
    assert services.settle(transaction=made, at=at) is False
    assert (Transaction.objects.count(), Transfer.objects.count()) == (1, 3)
    assert made.events.count() == 1


def test_a_grant_is_money_also_where_only_paid_purchases_are_credited(bob, account, at):
    click = make.click(by=bob, on=make.offer(at=account, currency="USD"))
    made = grant(click, at)
    assert made.is_credited
    assert books(bob.partner)[AccountKind.SHOPPER] == 7000


def test_the_networks_row_joins_the_grant_and_pays_nothing_twice(click, sale, account, at):
    made = grant(click, at)
    heard = record(replace(sale, status=SaleStatus.APPROVED, commission_minor=10000), account, at)
    again = record(replace(sale, status=SaleStatus.APPROVED, commission_minor=10000), account, at)
    assert (heard.transaction, heard.is_news, again.is_news) == (made, True, False)
    made.refresh_from_db()
    assert (made.external_id, made.source, made.inquiry) == (sale.external_id, Source.INQUIRY, "c1-1")
    assert books(click.partner) == GRANTED
    assert (Transaction.objects.count(), Transfer.objects.count()) == (1, 3)


@pytest.mark.parametrize("status", [SaleStatus.PENDING, SaleStatus.DECLINED])
def test_a_row_that_is_pending_or_declined_takes_nothing_of_the_grant_back(click, sale, account, at, status):
    grant(click, at)
    heard = record(replace(sale, status=status, commission_minor=12000), account, at)
    assert (heard.transaction.status, heard.transaction.commission_minor) == ("approved", 10000)
    assert books(click.partner) == GRANTED
    assert Transfer.objects.count() == 3


def test_a_higher_row_raises_the_grant_and_a_lower_or_declined_one_falls_back_to_it(click, sale, account, at):
    grant(click, at)
    higher = replace(sale, status=SaleStatus.APPROVED, commission_minor=15000)
    record(higher, account, at)
    assert books(click.partner)[AccountKind.SHOPPER] == 10500
    record(later(higher, 60, commission_minor=4000), account, at)
    assert books(click.partner)[AccountKind.SHOPPER] == 7000
    record(later(higher, 120, commission_minor=15000), account, at)
    record(later(higher, 180, status=SaleStatus.DECLINED, decline_reason="Returned"), account, at)
    assert books(click.partner) == GRANTED
    (known,) = Transaction.objects.all()
    assert (known.status, known.decline_reason) == ("approved", "")
    assert known.events.order_by("-pk").first().note == "Returned"


def test_a_higher_row_counts_only_once_it_is_paid_where_only_paid_purchases_are_credited(bob, account, at):
    offer = make.offer(at=account, currency="USD")
    click = make.click(by=bob, on=offer)
    grant(click, at)
    row = make.sale(
        click_ref=ids.suffix(click.pk),
        currency="USD",
        order_id="AB 1001",
        status=SaleStatus.APPROVED,
        commission_minor=15000,
        changed_at=at,
        observed_at=at,
    )
    record(row, account, at)
    assert books(bob.partner)[AccountKind.SHOPPER] == 7000
    record(later(row, paid=True), account, at)
    assert books(bob.partner)[AccountKind.SHOPPER] == 10500


def test_a_decline_that_the_grant_outweighs_is_kept_for_staff(click, sale, account, at):
    made = grant(click, at)
    record(replace(sale, status=SaleStatus.PENDING), account, at)
    record(later(sale, status=SaleStatus.DECLINED, decline_reason="No such client"), account, at)
    assert [word.note for word in made.events.order_by("pk")] == ["", "", "No such client"]
    assert {word.status for word in made.events.all()} == {"approved"}


def test_a_row_without_a_click_joins_by_shop_and_order(click, sale, account, at):
    made = grant(click, at)
    lost = replace(sale, click_ref="", status=SaleStatus.APPROVED)
    heard = record(lost, account, at)
    assert (heard.transaction, heard.unattributed) == (made, None)
    assert books(click.partner) == GRANTED
    assert record(later(lost, status=SaleStatus.DECLINED), account, at).transaction == made
    assert books(click.partner) == GRANTED


def test_a_row_without_a_click_that_waited_before_joins_when_it_is_heard_of_again(click, sale, account, at):
    waiting = record(replace(sale, click_ref=""), account, at).unattributed
    made = grant(click, at)
    assert record(later(sale, click_ref="", status=SaleStatus.APPROVED), account, at).transaction == made
    waiting.refresh_from_db()
    assert waiting.transaction == made


def test_a_row_that_waited_is_joined_also_by_the_hand_of_staff(click, sale, account, at):
    waiting = record(replace(sale, click_ref="", status=SaleStatus.APPROVED), account, at).unattributed
    made = grant(click, at)
    assert services.attribute(sale=waiting, click=click, at=at) == made
    assert books(click.partner) == GRANTED
    assert UnattributedSale.objects.get().transaction == made


def test_only_the_order_of_that_shop_and_shopper_joins(click, sale, account, acorn, at):
    grant(click, at)
    carol = make.shopper(acorn, "carol")
    hers = make.click(by=carol, on=click.offer)
    elsewhere = make.offer(at=account, external_id="4300")
    alices = make.click(by=click.shopper, on=elsewhere)
    for number, (ref, shop, order) in enumerate(
        [
            (ids.suffix(hers.pk), "4200", "AB-1001"),
            (ids.suffix(alices.pk), "4300", "AB-1001"),
            (ids.suffix(click.pk), "4200", "AB-1002"),
            (ids.suffix(click.pk), "4200", ""),
        ]
    ):
        row = replace(sale, external_id=f"9{number}", click_ref=ref, offer_external_id=shop, order_id=order)
        assert record(row, account, at).transaction.source == Source.NETWORK
    lost = replace(sale, external_id="99", click_ref="", offer_external_id="4300")
    assert record(lost, account, at).unattributed
    assert (Transaction.objects.count(), Transfer.objects.count()) == (5, 3)


def test_one_order_in_several_sales_stays_several_and_only_the_first_joins(click, sale, account, at):
    made = grant(click, at)
    first = record(replace(sale, external_id="1", status=SaleStatus.APPROVED), account, at).transaction
    second = record(
        replace(sale, external_id="2", status=SaleStatus.APPROVED, commission_minor=500), account, at
    ).transaction
    assert first == made != second
    assert books(click.partner)[AccountKind.SHOPPER] == 7000 + 350


def test_a_declined_purchase_is_confirmed_by_the_grant_and_stays_one(click, sale, account, at):
    declined = record(replace(sale, status=SaleStatus.DECLINED), account, at).transaction
    made = grant(click, at, order_id="ab1001")
    assert made == declined
    assert (made.source, made.status, made.paid_at) == (Source.NETWORK, "approved", at)
    assert books(click.partner) == GRANTED
    record(later(sale, status=SaleStatus.APPROVED, commission_minor=10000), account, at)
    assert books(click.partner) == GRANTED
    assert Transaction.objects.count() == 1


def test_a_purchase_named_by_hand_is_raised_to_the_grant(click, sale, account, at):
    low = record(replace(sale, status=SaleStatus.APPROVED, commission_minor=4000), account, at).transaction
    services.grant(transaction=low, reference="c2-1", commission_minor=10000, at=at)
    services.grant(transaction=low, reference="c2-1", commission_minor=10000, at=at)
    services.grant(transaction=low, reference="c2-2", commission_minor=900, at=at)
    assert books(click.partner) == GRANTED
    assert Transfer.objects.count() == 6


def test_two_inquiries_about_one_order_are_one_purchase_at_the_higher_grant(click, at):
    grant(click, at, reference="c1-1")
    made = grant(click, at, reference="c1-2", commission=11000)
    assert (Transaction.objects.count(), made.commission_minor, made.inquiry) == (1, 11000, "c1-2")
    assert books(click.partner)[AccountKind.SHOPPER] == 7700


@pytest.mark.parametrize(("order_id", "commission"), [("", 100), ("№ - ", 100), ("A1", -1)])
def test_what_cannot_be_booked_is_refused_and_nothing_is_made(click, at, order_id, commission):
    with pytest.raises(services.CannotGrant):
        grant(click, at, order_id=order_id, commission=commission)
    assert not Transaction.objects.exists()


def test_the_database_lets_no_purchase_fall_below_its_grant(click, at):
    made = grant(click, at)
    for facts in (
        {"status": "declined"},
        {"commission_minor": 9999, "cashback_minor": 0, "partner_minor": 0},
    ):
        with pytest.raises(IntegrityError, match="never_gives_less"), transaction.atomic():
            Transaction.objects.filter(pk=made.pk).update(**facts)


def test_a_row_in_another_currency_is_refused_and_changes_nothing(click, sale, account, at):
    made = grant(click, at)
    with pytest.raises(services.CurrencyChanged):
        record(make_same(sale, made, currency="USD"), account, at)
    made.refresh_from_db()
    assert made.currency == "RUB"
    assert books(click.partner) == GRANTED


def make_same(sale, made, **facts):
    """The row under the id that the purchase has by now."""
    Transaction.objects.filter(pk=made.pk).update(external_id=sale.external_id)
    return later(sale, **facts)


def test_the_shopper_reads_that_we_asked(click, at):
    made = grant(click, at)
    with override("en"):
        (word,) = history.story(made, list(made.events.all()))
    assert (
        word.sentences[0] == "We asked the shop about your order, and it agreed that the purchase is yours."
    )


@pytest.fixture
def heard(monkeypatch):
    """What listeners are told, in order."""
    told = []
    monkeypatch.setattr(listeners, "_on_recorded", [lambda what, at: told.append(("recorded", what))])
    monkeypatch.setattr(listeners, "_on_settled", [lambda about, at: told.append(("settled", about))])
    return told


def test_listeners_hear_of_news_only_and_of_money_only_when_it_moved(click, sale, account, at, heard):
    made = record(sale, account, at).transaction
    record(sale, account, at)
    record(later(sale, 0, observed_at=at + timedelta(seconds=9)), account, at)
    assert [(what, word.transaction) for what, word in heard] == [("recorded", made)]
    record(later(sale, status=SaleStatus.APPROVED), account, at)
    services.settle(transaction=made, at=at)
    assert [what for what, _ in heard] == ["recorded", "settled", "recorded"]


def test_listeners_hear_of_waiting_attributed_and_granted_sales(click, sale, account, at, heard):
    lost = replace(sale, click_ref="", order_id="X")
    waiting = record(lost, account, at).unattributed
    assert heard[-1][1].unattributed == waiting
    made = services.attribute(sale=waiting, click=click, at=at)
    assert heard[-1][1].transaction == made
    granted = grant(click, at)
    assert [what for what, _ in heard] == ["recorded", "recorded", "settled", "recorded"]
    assert heard[-1][1].transaction == granted


def test_what_a_listener_cannot_bear_is_undone_with_its_cause(click, sale, account, at, monkeypatch):
    def refuse(what, at):
        raise RuntimeError

    monkeypatch.setattr(listeners, "_on_recorded", [refuse])
    with pytest.raises(RuntimeError):
        record(replace(sale, status=SaleStatus.APPROVED), account, at)
    assert not Transaction.objects.exists()
    assert not any(books(click.partner).values())


def test_a_listener_is_registered_once(monkeypatch):
    monkeypatch.setattr(listeners, "_on_settled", [])
    for _ in range(2):
        listeners.on_settled(print)
    assert listeners._on_settled == [print]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("№ AB-1001", "AB1001"),
        ("#ab_1001 ", "AB1001"),
        ("Заказ 7/2", "ЗАКАЗ72"),
        (" - ", ""),
        ("x" * 300, "X" * 100),
    ],
)
def test_an_orders_number_is_compared_without_its_decoration(written, meant):
    assert normal(written) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("АВ-1001", "AB-1001"), ("ав-1001", "aв-1001"), ("Заказ 7", "Заказ 7"), ("AB-7", "AB-7")],
)
def test_russian_letters_that_look_latin_are_read_so_unless_others_are_among_them(typed, meant):
    assert latin(typed) == (meant if meant.isascii() else typed)
