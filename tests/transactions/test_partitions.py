"""Months of the click table: made ahead, without a word from the clicks that come meanwhile."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from transactions import partitions

FAR = datetime(2090, 5, 17, tzinfo=UTC)
MONTHS = ("transactions_click_2090_04", "transactions_click_2090_05", "transactions_click_2090_06")


def rows(query: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


@pytest.fixture
def removed(transactional_db) -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        for month in MONTHS:
            cursor.execute(f'DROP TABLE IF EXISTS "{month}"')


def test_making_months_never_locks_out_a_click(db):
    partitions.make_months(at=FAR, ahead=1)
    held = rows(
        "SELECT DISTINCT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = %s::regclass",
        "transactions_click",
    )
    assert ("ShareUpdateExclusiveLock",) in held
    assert not {"ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"} & {
        mode for (mode,) in held
    }


def test_a_month_has_each_index_of_the_table_once_as_its_part(db):
    partitions.make_months(at=FAR, ahead=1)
    whole = rows("SELECT indexrelid::bigint FROM pg_index WHERE indrelid = 'transactions_click'::regclass")
    of_month = rows(
        "SELECT inhparent::bigint FROM pg_index LEFT JOIN pg_inherits ON inhrelid = indexrelid "
        "WHERE indrelid = %s::regclass",
        MONTHS[0],
    )
    assert len(whole) >= 3
    assert sorted(of_month) == sorted(whole)


def test_a_click_of_the_month_goes_into_it_with_the_tables_defaults(db):
    partitions.make_months(at=FAR, ahead=1)
    columns = (
        "SELECT attname, atttypid, attnotnull, pg_get_expr(adbin, adrelid) FROM pg_attribute "
        "LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
        "WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert rows(columns, MONTHS[1]) == rows(columns, "transactions_click")
    bounds = rows("SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname = %s", MONTHS[1])
    first, end = (partitions.first_id(datetime(2090, month, 1, tzinfo=UTC)) for month in (5, 6))
    assert bounds == [(f"FOR VALUES FROM ('{first}') TO ('{end}')",)]


def test_months_that_are_there_are_left_alone(db):
    partitions.make_months(at=FAR, ahead=1)
    before = rows("SELECT oid FROM pg_class WHERE relname = ANY(%s)", list(MONTHS))
    partitions.make_months(at=FAR, ahead=1)
    assert rows("SELECT oid FROM pg_class WHERE relname = ANY(%s)", list(MONTHS)) == before
    assert len(before) == 3


def test_two_makers_at_once_make_each_month_once(removed):
    starting = threading.Barrier(4)

    def make() -> None:
        starting.wait(10)
        try:
            partitions.make_months(at=FAR, ahead=1)
        finally:
            connection.close()

    with ThreadPoolExecutor() as threads:
        for maker in [threads.submit(make) for _ in range(4)]:
            maker.result(timeout=30)
    assert {
        name for (name,) in rows("SELECT relname FROM pg_class WHERE relname = ANY(%s)", list(MONTHS))
    } == set(MONTHS)


@pytest.mark.parametrize("moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(1969, 12, 31, tzinfo=UTC)])
def test_before_the_first_second_every_id_is_later(moment):
    assert partitions.first_id(moment) == uuid.UUID(int=0)


def test_ids_of_the_last_year_are_ids():
    assert partitions.first_id(datetime(9999, 12, 31, tzinfo=UTC)) < uuid.UUID(int=2**128 - 1)
