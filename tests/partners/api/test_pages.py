"""Lists page by page: nothing twice, nothing missed, whoever writes meanwhile."""

import os
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from partners import outbox
from partners.models import OutboxCursor, OutboxEvent, Shopper
from partners.services import emit
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem
from transactions.models import Transaction

# `make proofs` has twenty of them make 50,000 changes.
WRITERS = int(os.environ.get("FEED_WRITERS", "6"))
CHANGES_EACH = int(os.environ.get("FEED_CHANGES", "25"))
ROWS = 5 * WRITERS


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def sale(shopper: Shopper, account, offer) -> Transaction:
    now = timezone.now()
    return Transaction.objects.create(
        partner_id=shopper.partner_id,
        storefront_id=shopper.storefront_id,
        shopper=shopper,
        offer=offer,
        merchant=offer.merchant,
        account=account,
        external_id=uuid.uuid4().hex,
        currency="RUB",
        status="pending",
        commission_minor=1000,
        cashback_minor=700,
        partner_minor=100,
        shopper_percent=70,
        partner_percent=10,
        credit_on="approved",
        occurred_at=now,
        changed_at=now,
        observed_at=now,
        updated_at=now,
    )


def names(told: list[dict]) -> list[str]:
    return [each["external_id"] for each in told]


# --- pages ---


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_is_read_to_its_end(server, acorn, count):
    for number in range(count):
        make.shopper(acorn, f"s{number}")
    told = list(server.all("shoppers", limit=1))
    assert names(told) == [f"s{number}" for number in reversed(range(count))]


def test_what_is_made_between_two_pages_moves_nothing(server, acorn):
    for number in range(4):
        make.shopper(acorn, f"s{number}")
    first = server.get("shoppers", {"limit": 2}).json()
    make.shopper(acorn, "later")
    second = server.get("shoppers", {"limit": 2, "cursor": first["next_cursor"]}).json()
    assert (names(first["data"]), names(second["data"])) == (["s3", "s2"], ["s1", "s0"])
    assert second["next_cursor"] is None


def test_a_list_holds_no_other_partners_rows(server, acorn, birch):
    make.shopper(acorn, "alice")
    make.shopper(birch, "bob")
    assert names(list(server.all("shoppers"))) == ["alice"]


@pytest.mark.parametrize("limit", ["0", "201", "-1", "1.5", "", "ten", "٣"])
def test_a_limit_that_is_none_is_refused(server, limit):
    assert_problem(server.get("shoppers", {"limit": limit}), 400, "limit_invalid")


@pytest.mark.parametrize("cursor", RUBBISH)
@pytest.mark.parametrize("path", ["shoppers", "transactions", "events"])
def test_a_cursor_that_is_none_is_refused(server, path, cursor):
    assert_problem(server.get(path, {"cursor": cursor}), 400, "cursor_invalid")


@pytest.mark.parametrize("text", [*RUBBISH, "2026-11-26", "2026-11-26T10:00:00", "2026-13-26T10:00:00Z"])
def test_a_time_that_is_none_is_refused(server, text):
    assert_problem(server.get("transactions", {"updated_since": text}), 400, "updated_since_invalid")


def test_the_ends_of_time_are_times(server):
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00Z"):
        answer = server.get("transactions", {"updated_since": text})
        assert answer.status_code == 200 or is_a_problem(answer)


# --- feeds ---


@pytest.fixture
def offer(account):
    return make.offer(at=account)


@pytest.mark.django_db(transaction=True)
def test_the_oldest_change_comes_first_and_a_new_one_last(server, alice, account, offer):
    rows = [sale(alice, account, offer) for _ in range(3)]
    since = (rows[0].updated_at - timedelta(seconds=1)).isoformat()
    told = list(server.all("transactions", updated_since=since, limit=2))
    assert [each["id"] for each in told] == [row.public_id for row in rows]
    place = server.get("transactions", {"updated_since": since}).json()["next_cursor"]
    assert server.get("transactions", {"cursor": place}).json() == {"data": [], "next_cursor": None}
    Transaction.objects.filter(pk=rows[0].pk).update(order_id="A-1")
    later = server.get("transactions", {"cursor": place}).json()["data"]
    assert [(each["id"], each["order_id"]) for each in later] == [(rows[0].public_id, "A-1")]
    future = (timezone.now() + timedelta(hours=1)).isoformat()
    assert server.get("transactions", {"updated_since": future}).json()["data"] == []


@pytest.mark.django_db(transaction=True)
def test_who_began_before_and_commits_later_is_not_missed(server, alice, account, offer):
    slow, quick = sale(alice, account, offer), sale(alice, account, offer)
    since = timezone.now().isoformat()
    has_written, may_commit = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with transaction.atomic():
            Transaction.objects.filter(pk=slow.pk).update(order_id="slow", updated_at=timezone.now())
            has_written.set()
            may_commit.wait(60)
        connections.close_all()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    try:
        assert has_written.wait(60)
        Transaction.objects.filter(pk=quick.pk).update(order_id="quick", updated_at=timezone.now())
        early = server.get("transactions", {"updated_since": since}).json()
    finally:
        may_commit.set()
        writer.join(60)
    # The quick one waits for the slow one, which is seen as it was before.
    assert [each["order_id"] for each in early["data"]] == [""]
    told = server.get("transactions", {"cursor": early["next_cursor"]}).json()["data"]
    assert [each["order_id"] for each in told] == ["slow", "quick"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_beside_writers_ends_with_the_databases_state(server, alice, account, offer):
    rows = [sale(alice, account, offer) for _ in range(ROWS)]
    since = (rows[0].updated_at - timedelta(seconds=1)).isoformat()

    def write(number: int) -> None:
        for turn in range(CHANGES_EACH):
            # In one order everywhere: two that change the same rows never wait for each other.
            chosen = sorted((number * 7 + turn * step) % ROWS for step in (3, 5, 11))
            with transaction.atomic():
                for index in dict.fromkeys(chosen):
                    Transaction.objects.filter(pk=rows[index].pk).update(
                        order_id=f"{number}-{turn}", updated_at=timezone.now()
                    )
        connections.close_all()

    writers = [threading.Thread(target=write, args=[number]) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    known: dict[str, str] = {}
    query = {"updated_since": since, "limit": 7}
    while True:
        is_last = not any(writer.is_alive() for writer in writers)
        told = server.get("transactions", query).json()
        known |= {each["id"]: each["order_id"] for each in told["data"]}
        if told["next_cursor"]:
            query = {"cursor": told["next_cursor"], "limit": 7}
        elif is_last:
            break
    assert known == {row.public_id: row.order_id for row in Transaction.objects.all()}
    assert len(known) == ROWS


@pytest.mark.parametrize("path", ["transactions", "claims", "events"])
@pytest.mark.django_db(transaction=True)
def test_a_place_that_this_server_never_gave_is_refused(server, alice, path):
    cursor = f"{10**17}.{'0' * 26}"
    assert_problem(server.get(path, {"cursor": cursor}), 400, "cursor_expired")


@pytest.mark.django_db(transaction=True)
def test_a_change_told_before_the_readers_time_and_committed_after_it_is_not_missed(
    server, alice, account, offer
):
    row, told_at = sale(alice, account, offer), timezone.now()
    since = (told_at + timedelta(minutes=2)).isoformat()
    Transaction.objects.filter(pk=row.pk).update(order_id="late", updated_at=told_at)
    told = server.get("transactions", {"updated_since": since}).json()["data"]
    assert [each["order_id"] for each in told] == ["late"]


@pytest.mark.django_db(transaction=True)
def test_after_a_restore_the_feed_is_read_to_its_end(server, alice, account, offer, at):
    """A dump brings another server's numbers, of events and rows alike."""
    rows = [sale(alice, account, offer) for _ in range(5)]
    emit(partner_id=alice.partner_id, type="transaction.created", subject_id=alice.pk, payload={}, at=at)
    with outbox.batch("webhooks", limit=10):
        pass
    OutboxEvent.objects.update(xact=10**12)
    OutboxCursor.objects.update(xact=10**12)
    with connection.cursor() as database:
        database.execute("ALTER TABLE transactions_transaction DISABLE TRIGGER change_is_noted")
        database.execute("UPDATE transactions_transaction SET changed_xact = 10^12")
        database.execute("ALTER TABLE transactions_transaction ENABLE TRIGGER change_is_noted")
    since = (rows[0].updated_at - timedelta(seconds=1)).isoformat()
    assert list(server.all("transactions", updated_since=since, limit=2)) == []
    with outbox.batch("webhooks", limit=10):
        pass
    told = list(server.all("transactions", updated_since=since, limit=2))
    assert [each["id"] for each in told] == [row.public_id for row in rows]


@pytest.mark.parametrize("table", ["transactions_transaction", "claims_claim", "partners_shopper"])
def test_the_feed_is_read_by_its_index(db, table):
    with connection.cursor() as database:
        database.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [f"{table}_changes"])
        assert database.fetchone()[0].endswith("(partner_id, changed_xact, id)")
