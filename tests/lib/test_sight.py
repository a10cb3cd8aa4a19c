"""What the database shows to whom: the engine tells it, with each BEGIN, and nothing is left behind."""

import os
import threading

import psycopg
import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from cashback.lib import sight, statements
from partners.models import Partner, Shopper
from tests import make

in_both = pytest.mark.parametrize("opens", [transaction.atomic, threading.Lock], ids=["atomic", "alone"])


def role() -> tuple[str, str]:
    """Who the session is now, past the engine: its own role, and what it may see."""
    asks = f"SELECT current_setting('role'), current_setting('{sight.SETTING}', true)"
    return psycopg.Cursor(connection.connection).execute(asks).fetchone()


@pytest.fixture
def everybody(transactional_db):
    """Two partners with a shopper each."""
    acorn = make.storefront(slug="acorn", name="Acorn Bank", currency="RUB", locale="ru")
    birch = make.storefront(slug="birch", name="Birch Club", currency="USD", locale="en")
    return make.shopper(acorn, "alice"), make.shopper(birch, "bob")


@in_both
def test_who_has_said_nothing_gets_an_error_that_tells_what_to_say(everybody, opens):
    with sight.nothing(), pytest.raises(DataError) as caught, opens():
        Shopper.objects.count()
    assert "sight.of_partner" in "".join(caught.value.__cause__.__notes__)
    assert Shopper.objects.count() == 2


@in_both
def test_a_partner_s_rows_are_all_that_is_seen_however_one_asks(everybody, opens):
    alice, bob = everybody
    with sight.of_partner(alice.partner_id), opens():
        assert [shopper.pk for shopper in Shopper.objects.all()] == [alice.pk]
        assert not Shopper.objects.filter(pk=bob.pk).exists()
        assert [*Shopper.objects.raw("SELECT * FROM partners_shopper")] == [alice]
        # By a join from another table, which is behind the wall itself.
        assert [*Partner.objects.filter(shoppers__external_id__in=["alice", "bob"])] == [alice.partner]
        assert Shopper.objects.update(locale="en") == 1
        assert Shopper.objects.filter(pk=bob.pk).delete()[0] == 0
        with pytest.raises(Shopper.DoesNotExist):
            bob.refresh_from_db()
    assert Shopper.objects.count() == 2


@in_both
def test_two_partners_of_three(everybody, opens):
    alice, bob = everybody
    cedar = make.storefront(slug="cedar", name="Cedar", currency="EUR", locale="en")
    make.shopper(cedar, "carol")
    with sight.of_partners([alice.partner_id, bob.partner_id]), opens():
        assert set(Shopper.objects.values_list("external_id", flat=True)) == {"alice", "bob"}
    with sight.of_partners([]), opens():
        assert not Shopper.objects.exists()


@in_both
def test_nothing_is_written_for_another_partner(everybody, opens):
    alice, bob = everybody
    with (
        sight.of_partner(alice.partner_id),
        pytest.raises(ProgrammingError, match="row-level security"),
        opens(),
    ):
        Shopper.objects.create(partner=bob.partner, storefront=bob.storefront, external_id="forged")
    with (
        sight.of_partner(alice.partner_id),
        pytest.raises(ProgrammingError, match="row-level security"),
        opens(),
    ):
        Shopper.objects.filter(pk=alice.pk).update(partner=bob.partner)
    assert Shopper.objects.filter(partner=bob.partner).count() == 1


def test_what_may_be_seen_changes_within_a_transaction_and_outlives_an_undone_savepoint(everybody):
    alice, bob = everybody
    with transaction.atomic():
        assert Shopper.objects.count() == 2
        with sight.of_partner(alice.partner_id):
            assert [*Shopper.objects.all()] == [alice]
            with pytest.raises(ZeroDivisionError), transaction.atomic(), sight.of_partner(bob.partner_id):
                assert [*Shopper.objects.all()] == [bob]
                raise ZeroDivisionError
            assert [*Shopper.objects.all()] == [alice]
            with sight.all_partners("a test"):
                assert Shopper.objects.count() == 2
            assert [*Shopper.objects.all()] == [alice]
        assert Shopper.objects.count() == 2


def test_a_failed_statement_in_a_savepoint_leaves_the_wall_standing(everybody):
    alice, bob = everybody
    with sight.of_partner(alice.partner_id), transaction.atomic():
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")
        assert [*Shopper.objects.all()] == [alice]


@in_both
def test_rows_that_come_in_portions_are_behind_the_wall_too(everybody, opens):
    alice, bob = everybody
    with sight.of_partner(alice.partner_id), opens():
        assert [*Shopper.objects.iterator(chunk_size=1)] == [alice]


def test_copy_is_behind_the_wall_too(everybody):
    alice, _bob = everybody
    names = "COPY (SELECT external_id FROM partners_shopper) TO STDOUT"
    with sight.of_partner(alice.partner_id), connection.cursor() as cursor, cursor.copy(names) as copy:
        assert [bytes(row) for row in copy] == [b"alice\n"]


def test_nothing_is_left_behind_for_whom_a_pooler_gives_the_connection_next(everybody):
    alice, _bob = everybody
    with sight.of_partner(alice.partner_id):
        Shopper.objects.count()
        assert role() == ("none", "")
        with transaction.atomic():
            Shopper.objects.count()
            assert role() == (sight.ROLE, f"{{{alice.partner_id}}}")
        with pytest.raises(ProgrammingError):
            Partner.objects.create(name="Forged", slug="forged")
        assert role() == ("none", "")


def test_a_prepared_statement_is_behind_the_wall_each_time_anew(everybody):
    alice, bob = everybody
    ask = "SELECT external_id FROM partners_shopper WHERE id = %(id)s"
    for who, other in ((alice, bob), (bob, alice)):
        with sight.of_partner(who.partner_id):
            assert statements.fetch_one(ask, {"id": who.pk}) == (who.external_id,)
            assert statements.fetch_one(ask, {"id": other.pk}) is None
    with sight.nothing(), pytest.raises(DataError):
        statements.fetch_one(ask, {"id": alice.pk})
    assert statements.fetch_one(ask, {"id": bob.pk}) == ("bob",)


def test_the_words_travel_with_the_begin(everybody, tmp_path):
    """Counted in what the driver sends: BEGIN and the words are one message, and one for each statement after it."""
    alice, _bob = everybody
    libpq = connection.connection.pgconn
    with open(tmp_path / "trace", "w") as trace:
        libpq.trace(trace.fileno())
        with sight.of_partner(alice.partner_id), transaction.atomic():
            Shopper.objects.count()
            Shopper.objects.count()
        libpq.untrace()
    sent = [line for line in (tmp_path / "trace").read_text().splitlines() if "\tF\t" in line]
    assert [line.split("\t")[4].strip().split()[0].strip('"') for line in sent if "Query" in line] == [
        "BEGIN;",
        "SELECT",
        "SELECT",
        "COMMIT",
    ]


def test_another_thread_sees_nothing_of_what_this_one_may(everybody, monkeypatch):
    alice, _bob = everybody
    seen: list[object] = []

    def look() -> None:
        try:
            seen.append(Shopper.objects.count())
        except DataError as error:
            seen.append(type(error))
        finally:
            connection.close()

    with monkeypatch.context() as patch, sight.of_partner(alice.partner_id):
        patch.setattr(sight, "_of_process", sight.NOTHING)
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen == [DataError]


def test_who_sees_all_says_why_in_the_log(caplog):
    caplog.set_level("DEBUG", "cashback.lib.sight")
    with sight.all_partners("a report for the board"), sight.all_partners("whose key", is_hot=True):
        pass
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "Sees all partners: a report for the board"),
        ("DEBUG", "Sees all partners: whose key"),
    ]


def test_a_partner_s_id_is_read_before_it_becomes_sql():
    with pytest.raises(ValueError, match="UUID"), sight.of_partner("}'); DROP TABLE x; --"):  # type: ignore[arg-type]
        pass


def test_what_is_settled_on_ends_with_the_request(everybody):
    alice, _bob = everybody
    with sight.nothing():
        sight.settle_on([alice.partner_id])
        assert [*Shopper.objects.all()] == [alice]
    assert Shopper.objects.count() == 2


def test_the_role_can_be_taken_by_whoever_migrates():
    with psycopg.connect(os.environ["DATABASE_URL"]) as fresh:
        assert fresh.execute("SELECT pg_has_role(current_user, %s, 'SET')", [sight.ROLE]).fetchone() == (
            True,
        )
