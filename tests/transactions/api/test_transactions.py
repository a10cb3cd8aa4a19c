"""Purchases and balances as partners' servers read them: to the letter, to the kopeck, and none is missed."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection

from cashback.lib import ids
from offers.networks.base import SaleStatus
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem
from transactions import services
from transactions.models import Transaction, TransactionEvent

MARK = "Birkenwald"


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Okolitsa", slug="okolitsa"), at=account, external_id="100")


def buy(shopper, offer, at, **facts) -> Transaction:
    click = make.click(by=shopper, on=offer)
    sale = make.sale(
        click_ref=ids.suffix(click.pk),
        offer_external_id=offer.external_id,
        **{"currency": offer.currency, "occurred_at": at, "changed_at": at, "observed_at": at, **facts},
    )
    recorded = services.record(sale=sale, account=offer.account, via=TransactionEvent.Via.POLL, at=at)
    return recorded.transaction


def hear(bought: Transaction, at, **facts) -> None:
    sale = make.sale(
        external_id=bought.external_id,
        click_ref=ids.suffix(bought.click_id),
        offer_external_id=bought.offer.external_id,
        **{"occurred_at": bought.occurred_at, "changed_at": at, "observed_at": at, **facts},
    )
    services.record(sale=sale, account=bought.account, via=TransactionEvent.Via.POLL, at=at)


def test_a_transaction_is_told_to_the_letter(server, alice, offer, at):
    bought = buy(alice, offer, at, order_id="A-1")
    [told] = server.get("transactions").json()["data"]
    assert told == {
        "id": bought.public_id,
        "click_id": ids.public("clk", bought.click_id),
        "storefront": "acorn",
        "shopper": "alice",
        "merchant": ids.public("mrc", offer.merchant_id),
        "merchant_name": "Okolitsa",
        "order_id": "A-1",
        "status": "pending",
        "is_credited": False,
        "paid_at": None,
        "sale_amount": {"amount": "1990.00", "currency": "RUB"},
        # 70 % and 10 % of 99.50
        "cashback": {"amount": "69.65", "currency": "RUB"},
        "partner_share": {"amount": "9.95", "currency": "RUB"},
        "occurred_at": at.isoformat(),
        "expected_at": (at + timedelta(days=30)).isoformat(),
        "updated_at": at.isoformat(),
        "decline_reason": "",
    }
    assert list(server.all("shoppers/alice/transactions")) == [told]


def test_one_of_them_has_its_history(server, alice, offer, at):
    bought = buy(alice, offer, at)
    hear(
        bought, at + timedelta(seconds=1), status=SaleStatus.APPROVED, sale_minor=99500, commission_minor=4975
    )
    hear(
        bought, at + timedelta(seconds=2), status=SaleStatus.DECLINED, sale_minor=99500, commission_minor=4975
    )
    told = server.get(f"transactions/{bought.public_id}").json()
    history = told.pop("history")
    assert [told] == server.get("transactions").json()["data"]

    def word(status: str, sale: str, cashback: str, seconds: int) -> dict:
        return {
            "status": status,
            "is_paid": False,
            "sale_amount": {"amount": sale, "currency": "RUB"},
            "cashback": {"amount": cashback, "currency": "RUB"},
            "recorded_at": (at + timedelta(seconds=seconds)).isoformat(),
        }

    assert history == [
        word("pending", "1990.00", "69.65", 0),
        word("approved", "995.00", "34.82", 1),
        word("declined", "995.00", "34.82", 2),
    ]


def test_the_balance_is_five_exact_sums(server, alice, offer, at):
    nothing = {"amount": "0.00", "currency": "RUB"}
    names = ("available", "pending", "reserved", "paid_out", "lifetime")
    assert server.get("shoppers/alice/balance").json() == dict.fromkeys(names, nothing)
    buy(alice, offer, at, status=SaleStatus.APPROVED)
    buy(alice, offer, at, order_id="2", commission_minor=1)
    buy(alice, offer, at, order_id="3", commission_minor=3)
    make.overdraw(alice, by=7000, at=at)
    told = server.get("shoppers/alice/balance").json()
    assert {name: sum["amount"] for name, sum in told.items()} == {
        "available": "-0.35",
        "pending": "0.02",
        "reserved": "0.00",
        "paid_out": "0.00",
        "lifetime": "-0.35",
    }


def test_a_shoppers_id_may_hold_what_an_address_bends(server, acorn):
    make.shopper(acorn, "a b+c?d#e")
    assert server.get(f"shoppers/{quote('a b+c?d#e', safe='')}/balance").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_ask_twice_however_long_they_are(
    server, alice, offer, at, count, django_assert_num_queries
):
    for number in range(count):
        buy(alice, offer, at, order_id=str(number))
    since = {"updated_since": (at - timedelta(days=1)).isoformat()}
    server.get("transactions")
    # The key with its partner, the page; and in a feed, where it begins.
    for query, queries in (({}, 2), (since, 3)):
        with django_assert_num_queries(queries):
            assert len(server.get("transactions", query).json()["data"]) == count


# --- the feed ---


@pytest.mark.django_db(transaction=True)
def test_changes_come_in_their_order_and_each_once(server, alice, offer, at):
    first, second, third = [buy(alice, offer, at, order_id=str(number)) for number in range(3)]
    hear(first, at + timedelta(seconds=5), order_id="0", status=SaleStatus.APPROVED)
    since = (at - timedelta(minutes=1)).isoformat()
    told = list(server.all("transactions", updated_since=since, limit=1))
    assert [each["id"] for each in told] == [each.public_id for each in (second, third, first)]
    assert told[-1]["status"] == "approved"


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_committed_late_is_not_stepped_over(server, alice, offer, at):
    """A writer begins first and commits last: until it has, the feed goes no further than where it began."""
    slow, quick = [buy(alice, offer, at, order_id=str(number)) for number in range(2)]
    since = (at - timedelta(minutes=1)).isoformat()
    with writer() as late:
        late.execute("UPDATE transactions_transaction SET decline_reason = 'late' WHERE id = %s", [slow.pk])
        hear(quick, at + timedelta(seconds=5), order_id="1", status=SaleStatus.APPROVED)
        early = list(server.all("transactions", updated_since=since))
        assert [(each["id"], each["decline_reason"]) for each in early] == [(slow.public_id, "")]
        late.commit()
    told = [
        (each["id"], each["status"], each["decline_reason"])
        for each in server.all("transactions", updated_since=since)
    ]
    assert told == [(slow.public_id, "pending", "late"), (quick.public_id, "approved", "")]


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_begins_while_a_change_is_late_does_not_begin_behind_it(server, alice, offer, at):
    """Nothing of the late change can be seen yet, and what came after it can."""
    slow, quick = [buy(alice, offer, at - timedelta(days=1), order_id=str(number)) for number in range(2)]
    since = (at - timedelta(minutes=1)).isoformat()
    with writer() as late:
        late.execute("UPDATE transactions_transaction SET updated_at = now() WHERE id = %s", [slow.pk])
        hear(quick, at + timedelta(seconds=5), order_id="1", status=SaleStatus.APPROVED)
        first = server.get("transactions", {"updated_since": since}).json()
        late.commit()
    place = {"cursor": first["next_cursor"]} if first["next_cursor"] else {}
    told = [*first["data"], *server.all("transactions", updated_since=since, **place)]
    assert {each["id"] for each in told} == {slow.public_id, quick.public_id}


@pytest.mark.django_db(transaction=True)
def test_a_reader_ends_with_what_is_true_whatever_writers_do_meanwhile(server, alice, offer, at):
    """Four writers change forty purchases, each change committed after a pause, while a reader pages."""
    bought = [buy(alice, offer, at, order_id=str(number)) for number in range(40)]
    since = (at - timedelta(minutes=1)).isoformat()
    known: dict[str, str] = {}

    def write(number: int) -> None:
        with writer() as own:
            for turn in range(10):
                for each in bought[number::4]:
                    own.execute(
                        "UPDATE transactions_transaction SET decline_reason = %s, updated_at = now() WHERE id = %s",
                        [f"{number}.{turn}", each.pk],
                    )
                    time.sleep(0.002)
                    own.commit()

    def read() -> None:
        for each in server.all("transactions", updated_since=since, limit=7):
            known[each["id"]] = each["decline_reason"]

    with ThreadPoolExecutor(4) as writers:
        done = [writers.submit(write, number) for number in range(4)]
        while not all(each.done() for each in done):
            read()
        for each in done:
            each.result()
    read()
    assert known == {each.public_id: f"{number % 4}.9" for number, each in enumerate(bought)}


@contextmanager
def writer() -> Iterator[psycopg.Connection]:
    """A connection of its own; whatever it has not committed is gone at the end."""
    options = connection.get_connection_params()
    facts = {
        name: options[name] for name in ("dbname", "user", "password", "host", "port") if options.get(name)
    }
    with psycopg.connect(**facts) as own:
        yield own


# --- walls and rubbish ---


def test_nothing_of_another_partners_purchases_is_told(server, birch, account, at):
    bob = make.shopper(birch, f"{MARK}-bob")
    dollars = make.offer(of=make.merchant(MARK), at=account, currency="USD", external_id="200")
    bought = buy(bob, dollars, at, order_id=MARK)
    for path in (
        f"transactions/{bought.public_id}",
        f"shoppers/{MARK}-bob/transactions",
        f"shoppers/{MARK}-bob/balance",
    ):
        assert_problem(server.get(path), 404, "not_found")
        # By the other storefront's name neither.
        assert MARK not in server.get(path, {"storefront": "birch"}).content.decode()
    since = (at - timedelta(days=1)).isoformat()
    for query in ({}, {"updated_since": since}):
        assert server.get("transactions", query).json() == {"data": [], "next_cursor": None}
    own = Server(birch.partner)
    assert [each["id"] for each in own.all("transactions")] == [bought.public_id]


@pytest.mark.parametrize("path", ["transactions", "shoppers/alice/transactions"])
def test_rubbish_is_refused_in_every_parameter(server, alice, path):
    no_times = ["2026-11-26", "2026-11-26T10:00:00", "yesterday", "99999-01-01T00:00:00Z"]
    for rubbish in RUBBISH + no_times:
        for name in ("limit", "cursor", "updated_since"):
            assert is_a_problem(server.get(path, {name: rubbish})), (name, rubbish)


def test_rubbish_is_no_storefront(server, alice):
    for rubbish in RUBBISH:
        assert is_a_problem(server.get("shoppers/alice/balance", {"storefront": rubbish})), rubbish


def test_an_unknown_id_is_not_found(server):
    for rubbish in ("x", "txn_x", "txn_" + "z" * 26, "%00", "clk_" + "0" * 26, "txn_" + "0" * 26):
        assert_problem(server.get(f"transactions/{rubbish}"), 404, "not_found")
        assert_problem(server.get(f"shoppers/{rubbish}/balance"), 404, "not_found")
