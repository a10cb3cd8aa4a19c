"""Lists, page by page: the newest rows first, or every change in the order in which nothing can still come in between.

A change's time is told before its transaction commits, so a reader that went by times would step over one that commits
late. A feed goes by the changing transaction's number instead (`changed_xact`, kept by the database), and no further
than the oldest transaction still running: all that is older has committed or never will. See docs/adr/0012.
"""

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, BooleanField, Min, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids

MOST = 200
USUAL = 50
_LIMIT = re.compile(r"[0-9]{1,4}")
_PLACE = re.compile(r"([0-9]{1,18})\.([0-7][0-9a-hjkmnp-tv-z]{25})")
_FIRST_ID = uuid.UUID(int=0)
# A change's time is told before it commits, and no transaction is open for longer than this (see partners/outbox.py).
_TOLD_BEFORE = timedelta(hours=1)
# Where a dump was restored, its rows have another server's numbers until the outbox's reader has seen to it.
_SETTLED = "{table}.changed_xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_WAS_GIVEN_HERE = "SELECT %s < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"

AsJson = Callable[[Sequence[Any]], list[dict[str, Any]]]


def page(request: Request, rows: QuerySet[Any], *, as_json: AsJson) -> Response:
    """The newest first. `next_cursor` is null on the last page."""
    limit = read_limit(request)
    if (after := request.query_params.get("cursor")) is not None:
        rows = rows.filter(pk__lt=_id_in(after))
    found = list(rows.order_by("-pk")[: limit + 1])
    more = ids.suffix(found[limit - 1].pk) if len(found) > limit else None
    return Response({"data": as_json(found[:limit]), "next_cursor": more})


def feed(request: Request, rows: QuerySet[Any], *, as_json: AsJson) -> Response:
    """As `page`; with `updated_since` every change from then on, the oldest first, each row as it is now, and some of
    the hour before, for what was told then may have been settled since. There `next_cursor` is null only where nothing
    more is settled: a later call goes on from the last one that was not."""
    text, after = request.query_params.get("updated_since"), request.query_params.get("cursor")
    if text is None and (after is None or "." not in after):
        return page(request, rows, as_json=as_json)
    limit = read_limit(request)
    since = None if text is None else _moment_in(text)
    table = connection.ops.quote_name(rows.model._meta.db_table)
    changed = RawSQL(f"{table}.changed_xact", [], output_field=BigIntegerField())  # noqa: S611 - our own table
    rows = rows.annotate(changed_xact=changed).order_by("changed_xact", "pk")
    rows = rows.filter(_condition(_SETTLED.format(table=table)))
    place = place_in(after) if after is not None else _place_of_the_first(rows, since)
    if place is None:
        return Response({"data": [], "next_cursor": None})
    behind = _condition(f"({table}.changed_xact, {table}.id) > (%s, %s)", *place)
    found = list(rows.filter(behind)[:limit])
    last = write_place(found[-1].changed_xact, found[-1].pk) if found else None
    return Response({"data": as_json(found), "next_cursor": last})


def read_limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    if not _LIMIT.fullmatch(text) or not 1 <= int(text) <= MOST:
        raise ParseError(f"limit is a whole number from 1 to {MOST}.", code="limit_invalid")
    return int(text)


def the_one(found: Sequence[dict[str, Any]]) -> Response:
    """The row that the address names. Raises Http404 where it was not found."""
    if not found:
        raise Http404
    return Response(found[0])


def write_place(xact: int, row_id: uuid.UUID) -> str:
    """A cursor of a feed: the transaction that wrote a row, and the row."""
    return f"{xact}.{ids.suffix(row_id)}"


def read_place(cursor: str) -> tuple[int, uuid.UUID]:
    """What `write_place` wrote. Raises ParseError for anything else."""
    if not (read := _PLACE.fullmatch(cursor)):
        raise _not_ours()
    return int(read[1]), ids.from_suffix(read[2])


def _condition(statement: str, *values: object) -> RawSQL:
    return RawSQL(statement, values, output_field=BooleanField())  # noqa: S611 - of our own words


def _place_of_the_first(rows: QuerySet[Any], since: datetime) -> tuple[int, uuid.UUID] | None:
    """Just before the first settled change since then. What follows it is told whatever its time: it may have come
    in late."""
    told = rows.order_by().filter(updated_at__gte=_an_hour_before(since))
    first = told.aggregate(first=Min("changed_xact"))["first"]
    return None if first is None else (first, _FIRST_ID)


def _an_hour_before(moment: datetime) -> datetime:
    return moment - _TOLD_BEFORE if moment.year > 1 else moment


def place_in(cursor: str) -> tuple[int, uuid.UUID]:
    """As `read_place`; raises ParseError too for a place that this server has never given."""
    place = read_place(cursor)
    with connection.cursor() as database:
        database.execute(_WAS_GIVEN_HERE, [place[0]])
        if not database.fetchone()[0]:
            raise ParseError(
                "This cursor is of another time: begin anew with updated_since.", code="cursor_expired"
            )
    return place


def _id_in(cursor: str) -> uuid.UUID:
    try:
        return ids.from_suffix(cursor)
    except ids.InvalidId as error:
        raise _not_ours() from error


def _not_ours() -> ParseError:
    return ParseError("This cursor is not one of ours.", code="cursor_invalid")


def _moment_in(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
        # What is before the year 1 in UTC is no time that the database knows.
        moment = moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise ParseError(
            "updated_since is a time with its offset, such as 2026-11-26T10:00:00+03:00 (write + as %2B).",
            code="updated_since_invalid",
        )
    return moment
