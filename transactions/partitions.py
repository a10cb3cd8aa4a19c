"""Months of the click table. A click's id is a UUIDv7, so a month is a range of ids."""

import uuid
from datetime import UTC, datetime

from django.db import connection, transaction

from cashback.lib.ids import first_id

MONTHS_AHEAD = 12
_TABLE = "transactions_click"
_LONGEST_WAIT = "2s"


def _month(at: datetime, offset: int) -> datetime:
    months = at.year * 12 + at.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def make_months(*, at: datetime, ahead: int = MONTHS_AHEAD) -> None:
    """A partition exists for last month, this one and `ahead` more. There is no default one: rows in it would block
    the month they belong to."""
    existing = _existing()
    for offset in range(-1, ahead + 1):
        start, end = _month(at, offset), _month(at, offset + 1)
        if _name(start) not in existing:
            _make(_name(start), first_id(start), first_id(end))


@transaction.atomic
def _make(name: str, first: uuid.UUID, end: uuid.UUID) -> None:
    """Attached rather than created in place: that would lock the whole table, and every click would wait behind it.
    An index of the new table that equals one of the parent's becomes its part."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{_LONGEST_WAIT}'")
        # One maker at a time; whoever waited finds the month there.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [_TABLE])
        if name in _existing():
            return
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{_TABLE}" INCLUDING ALL)')
        cursor.execute(
            f"ALTER TABLE \"{_TABLE}\" ATTACH PARTITION \"{name}\" FOR VALUES FROM ('{first}') TO ('{end}')"
        )


def months_ahead(*, at: datetime) -> int:
    """How many whole months after the current one have their partition, without a gap."""
    existing = _existing()
    ahead = 0
    while _name(_month(at, ahead + 1)) in existing:
        ahead += 1
    return ahead


def _name(month: datetime) -> str:
    return f"{_TABLE}_{month:%Y_%m}"


def _existing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = %s::regclass",
            [_TABLE],
        )
        return {name for (name,) in cursor.fetchall()}
