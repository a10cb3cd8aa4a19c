"""Two ids of a partner's turn out to be one person: everything is the one's from then on, to the kopeck."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection

from cashback.lib import ids
from offers.models import FavouriteShop
from offers.networks.base import SaleStatus
from partners import merging
from partners.models import OutboxEvent, PilotShopper, Shopper
from partners.notices.models import Preference
from partners.profile import services as profile
from partners.shoppers import ShopperRefused
from tests import make, walled
from tests.api_client import Server, assert_problem
from transactions import services
from transactions.ledger import services as ledger
from transactions.models import Click, Transaction, TransactionEvent
from transactions.my_cashback import balances

CASHBACK = 6_965  # of a sale as `make` has it


@pytest.fixture
def carol(acorn):
    return make.shopper(acorn, "carol")


@pytest.fixture
def offer(account):
    return make.offer(at=account)


@pytest.fixture
def buy(offer, account, at):
    """A purchase of somebody's, in the state that the network says."""

    def bought(who, status=SaleStatus.APPROVED, **facts):
        click = make.click(by=who, on=offer)
        sale = make.sale(click_ref=ids.suffix(click.pk), status=status, **facts)
        return sale, hear(sale, account, at)

    return bought


def hear(sale, account, at) -> Transaction:
    return services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at).transaction


def later(sale, **facts):
    moved = sale.changed_at + timedelta(minutes=1)
    return replace(sale, changed_at=moved, observed_at=moved, **facts)


def sums(who) -> tuple[int, int, int]:
    found = balances.balances(Shopper.objects.get(pk=who.pk))
    return found.available.minor, found.pending.minor, found.lifetime.minor


def assert_books_balance(partner):
    assert ledger.verify() == []
    assert set(ledger.totals(partner_id=partner.pk).values()) <= {0}


def relations_to(who) -> dict[str, int]:
    """By table, how many rows name the shopper."""
    named = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is Shopper and not model._meta.proxy:
                count = model._default_manager.filter(**{field.name: who}).count()
                if count:
                    named[model._meta.db_table] = count
    return named


def test_money_goes_over_purchase_by_purchase_and_follows_them_later(alice, carol, buy, account, at):
    (declined_later, _), (approved_later, _) = buy(alice), buy(alice, SaleStatus.PENDING)
    buy(alice), buy(carol), buy(alice, SaleStatus.DECLINED)
    assert (sums(alice), sums(carol)) == (
        (2 * CASHBACK, CASHBACK, 2 * CASHBACK),
        (CASHBACK, 0, CASHBACK),
    )
    merging.merge(gone=alice, into=carol, at=at)
    assert (sums(alice), sums(carol)) == ((0, 0, 0), (3 * CASHBACK, CASHBACK, 3 * CASHBACK))
    hear(later(declined_later, status=SaleStatus.DECLINED), account, at)
    assert sums(carol) == (2 * CASHBACK, CASHBACK, 2 * CASHBACK)
    hear(later(approved_later, status=SaleStatus.APPROVED), account, at)
    assert (sums(alice), sums(carol)) == ((0, 0, 0), (3 * CASHBACK, 0, 3 * CASHBACK))
    assert_books_balance(carol.partner)


def test_a_debt_goes_over_too(alice, carol, buy, account, at):
    sale, _bought = buy(alice)
    make.overdraw(alice, by=CASHBACK, at=at)
    hear(later(sale, status=SaleStatus.DECLINED), account, at)
    buy(carol)
    assert (sums(alice)[0], sums(carol)[0]) == (-CASHBACK, CASHBACK)
    merging.merge(gone=alice, into=carol, at=at)
    assert (sums(alice)[0], sums(carol)[0]) == (0, 0)
    assert_books_balance(carol.partner)


def test_nothing_anywhere_names_who_is_gone(alice, carol, at):
    walled.fill(alice, mark="hers", at=at)
    had = relations_to(alice)
    assert {"transactions_click", "claims_claim", "desk_ticket", "goodwill_goodwillgrant"} < set(had)
    merging.merge(gone=alice, into=carol, at=at)
    assert relations_to(alice) == {}
    assert relations_to(carol) == {**had, "partners_shopper": 1}
    gone = Shopper.objects.get(pk=alice.pk)
    assert (gone.merged_into, gone.erased_at) == (carol, at)
    assert gone.external_id.startswith("merged-")
    assert_books_balance(carol.partner)


def test_what_both_have_is_there_once(alice, carol, offer, at):
    other = make.merchant()
    for who, shop in ((alice, offer.merchant), (carol, offer.merchant), (alice, other)):
        FavouriteShop.objects.create(partner=who.partner, shopper=who, merchant=shop, kept_at=at)
    Preference.objects.create(partner=alice.partner, shopper=alice, tracked=False)
    merging.merge(gone=alice, into=carol, at=at)
    assert set(carol.favourite_shops.values_list("merchant", flat=True)) == {offer.merchant_id, other.pk}
    assert Preference.objects.get().shopper == carol


def test_the_one_who_stays_keeps_their_own_choices(alice, carol, at):
    for who, wants in ((alice, False), (carol, True)):
        Preference.objects.create(partner=who.partner, shopper=who, tracked=wants)
    Shopper.objects.filter(pk=alice.pk).update(email="a@x.test", email_confirmed_at=at, locale="ru")
    Shopper.objects.filter(pk=carol.pk).update(email="c@x.test", email_confirmed_at=at)
    merging.merge(gone=alice, into=carol, at=at)
    carol.refresh_from_db()
    assert (carol.email, carol.locale) == ("c@x.test", "ru")
    assert Preference.objects.get().tracked


def test_whoever_signs_in_by_an_address_still_does(alice, carol, at):
    Shopper.objects.filter(pk=alice.pk).update(
        email="a@x.test", email_confirmed_at=at, signs_in_by_email=True
    )
    PilotShopper.objects.create(partner=alice.partner, storefront=alice.storefront, name="alice")
    merging.merge(gone=alice, into=carol, at=at)
    carol.refresh_from_db()
    assert (carol.email, carol.signs_in_by_email) == ("a@x.test", True)
    assert [row.name for row in PilotShopper.objects.all()] == ["carol"]


def test_one_order_of_both_stays_two_purchases(alice, carol, buy, at):
    _sale, first = buy(carol, order_id="A-1")
    _sale, second = buy(alice, order_id="A-1")
    merging.merge(gone=alice, into=carol, at=at)
    assert {row.order_norm for row in carol.transactions.all()} == {first.order_norm, ""}
    assert carol.transactions.get(order_norm="").pk == second.pk
    assert sums(carol)[0] == 2 * CASHBACK


def test_events_name_the_one_who_stays_and_a_balance_is_told(alice, carol, buy, at):
    buy(alice)
    merging.merge(gone=alice, into=carol, at=at)
    assert set(OutboxEvent.objects.values_list("payload__shopper", flat=True)) == {"carol"}
    told = OutboxEvent.objects.filter(subject_id=carol.pk).get()
    assert told.payload["available"] == {"amount": "69.65", "currency": "RUB"}


def test_what_was_under_way_is_brought_along_within_the_hour(alice, carol, offer, account, buy, at):
    sale, pending = buy(alice, SaleStatus.PENDING)
    merging.merge(gone=alice, into=carol, at=at)
    # A click and a purchase that were being written for the one who is gone.
    make.click(by=alice, on=offer)
    Transaction.objects.filter(pk=pending.pk).update(shopper=alice)
    hear(later(sale, status=SaleStatus.APPROVED), account, at)
    assert sums(alice)[0] == CASHBACK
    for shopper_id in profile.unfinished_erasures(at=at):
        profile.finish_erasure(shopper_id=shopper_id, at=at)
    assert relations_to(alice) == {}
    assert (sums(alice)[0], sums(carol)[0]) == (0, CASHBACK)
    assert Click.objects.filter(shopper=carol).count() == 2
    assert_books_balance(carol.partner)


def test_two_who_are_no_pair_stay_as_they_were(alice, carol, bob, at):
    Shopper.objects.filter(pk=carol.pk).update(erased_at=at)
    for gone, into, code in (
        (alice, alice, "shopper_same"),
        (alice, bob, "shopper_elsewhere"),
        (alice, carol, "shopper_erased"),
    ):
        with pytest.raises(ShopperRefused) as refused:
            merging.merge(gone=gone, into=into, at=at)
        assert refused.value.code == code
    assert not Shopper.objects.exclude(merged_into=None).exists()


@pytest.mark.django_db(transaction=True)
def test_purchases_that_are_confirmed_meanwhile_are_credited_once_and_to_one(
    alice, carol, offer, account, at
):
    sales = []
    for _ in range(12):
        click = make.click(by=alice, on=offer)
        sales.append(make.sale(click_ref=ids.suffix(click.pk)))
        hear(sales[-1], account, at)

    def work(number: int) -> None:
        try:
            if number == 5:
                merging.merge(gone=alice, into=carol, at=at)
            else:
                hear(later(sales[number], status=SaleStatus.APPROVED), account, at)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        list(threads.map(work, range(12)))
    for shopper_id in profile.unfinished_erasures(at=at):
        profile.finish_erasure(shopper_id=shopper_id, at=at)
    assert sums(alice) == (0, 0, 0)
    assert sums(carol) == (11 * CASHBACK, CASHBACK, 11 * CASHBACK)
    assert_books_balance(carol.partner)


class TestByTheApi:
    @pytest.fixture
    def server(self, acorn):
        return Server(acorn.partner)

    def test_the_other_is_answered_and_the_name_is_nobodys(self, server, alice, carol, buy):
        buy(alice)
        told = server.post("shoppers/alice/merge", {"into": "carol"})
        assert (told.status_code, told.json()["id"]) == (200, carol.public_id)
        assert server.get("shoppers/carol/balance").json()["available"]["amount"] == "69.65"
        assert_problem(server.get("shoppers/alice"), 404, "not_found")
        assert_problem(server.post("shoppers/alice/merge", {"into": "carol"}), 404, "not_found")
        # The name is free, as after an erasure: whoever has it next is somebody new.
        assert server.send("put", "shoppers/alice", {}).json()["id"] != alice.public_id

    def test_sent_again_with_its_key_it_is_answered_again(self, server, alice, carol):
        first, second = (
            server.post("shoppers/alice/merge", {"into": "carol"}, idempotency_key="k-1") for _ in range(2)
        )
        assert (first.status_code, second.json()) == (200, first.json())
        assert second.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({}, "required"),
            ({"into": ""}, "blank"),
            ({"into": ["carol"]}, "invalid"),
            ({"into": "c" * 129}, "max_length"),
            ({"into": "\x00"}, "null_characters_not_allowed"),
            ({"into": "nobody"}, "shopper_unknown"),
            ({"into": "bob"}, "shopper_unknown"),
        ],
    )
    def test_rubbish_changes_nothing(self, server, alice, bob, body, code):
        assert_problem(server.post("shoppers/alice/merge", body), 400, field="into", code=code)
        assert not Shopper.objects.exclude(merged_into=None).exists()

    def test_nobody_is_merged_into_themselves_or_by_another_partner(self, server, alice, bob):
        assert_problem(server.post("shoppers/alice/merge", {"into": "alice"}), 409, "shopper_same")
        assert_problem(server.post("shoppers/bob/merge", {"into": "alice"}), 404, "not_found")
