"""Months of the click table. A click's id is a UUIDv7, so a month is a range of ids."""

import uuid
from datetime import UTC, datetime

from django.db import connection

MONTHS_AHEAD = 12
_TABLE = "transactions_click"


def first_id(moment: datetime) -> uuid.UUID:
    """The smallest UUIDv7 of the moment: 48 bits of Unix milliseconds, then the version (RFC 9562 §5.7)."""
    return uuid.UUID(int=int(moment.timestamp() * 1000) << 80)


def _month(at: datetime, offset: int) -> datetime:
    months = at.year * 12 + at.month - 1 + offset
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def make_months(*, at: datetime, ahead: int = MONTHS_AHEAD) -> None:
    """A partition exists for last month, this one and `ahead` more. There is no default one: rows in it would block
    the month they belong to."""
    existing = _existing()
    for offset in range(-1, ahead + 1):
        start, end = _month(at, offset), _month(at, offset + 1)
        # Even a CREATE that finds its table would lock the parent, and every click behind it.
        if _name(start) in existing:
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                f'CREATE TABLE IF NOT EXISTS "{_name(start)}" PARTITION OF "{_TABLE}" '
                f"FOR VALUES FROM ('{first_id(start)}') TO ('{first_id(end)}')"
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
