"""The statement past Django's cursor, at a database that comes and goes."""

import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import DataError, OperationalError, ProgrammingError, connection, transaction

from cashback.lib import sight, statements


@pytest.fixture(
    autouse=True, params=[sight.nothing, lambda: sight.all_partners("a test")], ids=["wall", "none"]
)
def sees(request, doorman):
    """Behind the wall it goes another way: with all that a transaction needs, in one round trip."""
    with request.param():
        yield


PARAMETERS = {"number": 7}
STATEMENT = "SELECT %(number)s::int"


class Doorman:
    """Lets nobody into our database, and throws out who is inside, as a restart does."""

    def __init__(self, server: psycopg.Connection, name: str) -> None:
        self._server, self._name = server, name

    def close(self) -> None:
        self._allow("false")
        self.throw_out()

    def open(self) -> None:
        self._allow("true")

    def throw_out(self) -> None:
        self._server.execute(
            "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = %s", [self._name]
        )

    def _allow(self, answer: str) -> None:
        self._server.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS {answer}')


@pytest.fixture
def doorman(transactional_db) -> Iterator[Doorman]:
    connection.ensure_connection()
    place = connection.get_connection_params() | {"dbname": "postgres"}
    names = ("dbname", "host", "port", "user", "password")
    with psycopg.connect(**{name: place[name] for name in names if name in place}, autocommit=True) as server:
        doorman = Doorman(server, connection.settings_dict["NAME"])
        yield doorman
        doorman.open()
    connection.close()


def test_a_connection_that_died_in_the_pool_is_replaced_at_once(doorman):
    doorman.throw_out()
    began = time.monotonic()
    assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)
    assert time.monotonic() - began < 0.5


def test_a_short_restart_of_the_database_answers_late(doorman):
    doorman.close()
    opening = threading.Timer(1.5, doorman.open)
    opening.start()
    try:
        began = time.monotonic()
        assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)
        assert time.monotonic() - began > 1
    finally:
        opening.join()


def test_a_database_that_stays_away_is_given_up_after_some_seconds(doorman):
    doorman.close()
    began = time.monotonic()
    with pytest.raises(OperationalError):
        statements.fetch_one(STATEMENT, PARAMETERS)
    assert sum(statements.PAUSES) <= time.monotonic() - began < 5


def test_what_the_server_refuses_is_raised_and_leaves_the_connection_fit_for_the_next(doorman):
    for _ in range(2):
        with pytest.raises(DataError, match="division by zero"):
            statements.fetch_one("SELECT 1 / (%(number)s::int - 7)", PARAMETERS)
    assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)
    with pytest.raises(ProgrammingError, match="nowhere"):
        statements.fetch_one("SELECT %(number)s FROM nowhere", PARAMETERS)
    assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)


def test_values_of_every_kind_come_as_they_went(doorman):
    sent = {
        "id": uuid.uuid4(),
        "text": "шёлк ' \" \\ %",
        "bytes": b"\x00\xff" * 100_000,
        "moment": datetime.now(tz=UTC),
        "nothing": None,
        "number": 7,
    }
    kinds = ("uuid", "text", "bytea", "timestamptz", "text", "int")
    ask = "SELECT " + ", ".join(f"%({name})s::{kind}" for name, kind in zip(sent, kinds, strict=True))
    for _ in range(2):
        assert statements.fetch_one(ask, sent) == tuple(sent.values())
    assert statements.fetch_one("SELECT %(number)s::int WHERE false", PARAMETERS) is None


def test_after_a_rollback_which_deallocates_all_statements_it_is_prepared_anew(doorman):
    for _ in range(2):
        assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)
        with transaction.atomic():
            statements.fetch_one(STATEMENT, PARAMETERS)
            transaction.set_rollback(True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    assert statements.fetch_one(STATEMENT, PARAMETERS) == (7,)


def test_inside_a_transaction_nothing_is_sent_again(doorman):
    began = time.monotonic()
    with pytest.raises(OperationalError), transaction.atomic():
        doorman.throw_out()
        statements.fetch_one(STATEMENT, PARAMETERS)
    assert time.monotonic() - began < 0.5


def test_a_statement_that_the_database_itself_ends_is_not_sent_again(doorman):
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '50ms'")
    with pytest.raises(OperationalError):
        statements.fetch_one("SELECT pg_sleep(%(number)s)::text", PARAMETERS)
    assert time.monotonic() - began < 0.5
