"""Reading the outbox: every event once, in the order of the transactions that wrote them, and none missed.

An event's id is made before its transaction commits, so a reader that went by ids would step over one that commits
late. It goes by the writing transaction's number instead, and no further than the oldest one still running: all that
is older has committed or never will.

Those numbers are a server's own, and begin anew where a dump is restored. There a reader takes up an hour before its
place, so what it writes of an event must be the same for the second time. Each row that a partner's feed reads by such
a number then gets one of this server's: before that, no feed shows it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from partners.models import OutboxCursor, OutboxEvent, Partner

# Who reads it; `/readyz` tells when one of them has fallen behind.
READERS = ("notices", "webhooks")

_UNREAD = """
SELECT * FROM partners_outboxevent
WHERE (xact, id) > (%s, %s) {and_nobody_can_still_come_before}
ORDER BY xact, id LIMIT %s
"""
_BATCH = _UNREAD.format(
    and_nobody_can_still_come_before="AND xact < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
)
_ANY = _UNREAD.format(and_nobody_can_still_come_before="")
# The same for one partner, to whom it is a feed.
_OF_PARTNER = _BATCH.replace("WHERE", "WHERE partner_id = %s AND", 1)

# A number that this server has not given yet is another server's.
_IS_RESTORED = "SELECT %s >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
_RENUMBER = """
UPDATE partners_outboxevent SET xact = 0 WHERE xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint
"""
_TRACKED = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'change_is_noted'"
# The trigger gives each row that it finds the number of this transaction.
_CHANGE_ANEW = (
    "UPDATE {table} SET id = id WHERE changed_xact >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
)
# In milliseconds, as an id counts them: no transaction is open for longer while it writes events.
_AN_HOUR = 3_600_000 << 80


@contextmanager
def batch(reader: str, *, limit: int) -> Iterator[list[OutboxEvent]]:
    """The reader's next events. They count as read if, and only if, the block ends well: what it writes commits with
    the cursor. Empty while another process reads for the same reader."""
    OutboxCursor.objects.get_or_create(reader=reader)
    with transaction.atomic():
        cursor = OutboxCursor.objects.select_for_update(skip_locked=True).filter(reader=reader).first()
        if cursor is None:
            yield []
            return
        events = list(OutboxEvent.objects.raw(_BATCH, [cursor.xact, cursor.event_id, limit]))
        yield events
        if events:
            cursor.xact, cursor.event_id = events[-1].xact, events[-1].pk
            cursor.save()
        else:
            _look_for_a_restore(cursor)


def _look_for_a_restore(cursor: OutboxCursor) -> None:
    with connection.cursor() as database:
        database.execute(_IS_RESTORED, [cursor.xact])
        if not database.fetchone()[0]:
            return
        database.execute(_RENUMBER)
        database.execute(_TRACKED)
        for (table,) in database.fetchall():
            database.execute(_CHANGE_ANEW.format(table=table))
    cursor.xact, cursor.event_id = 0, uuid.UUID(int=max(0, cursor.event_id.int - _AN_HOUR))
    cursor.save()


def of_partner(partner: Partner, *, after: tuple[int, uuid.UUID], limit: int) -> list[OutboxEvent]:
    """The partner's events behind that place (transaction, event), in the order in which every reader meets them."""
    return list(OutboxEvent.objects.raw(_OF_PARTNER, [partner.pk, *after, limit]))


def event_of(partner: Partner, event_id: uuid.UUID | None) -> OutboxEvent | None:
    return OutboxEvent.objects.filter(partner=partner, pk=event_id).first()


def oldest_unread(reader: str) -> datetime | None:
    """When the oldest event happened that the reader has not read, be it because its time has not come."""
    cursor = OutboxCursor.objects.filter(reader=reader).first() or OutboxCursor(reader=reader)
    unread = list(OutboxEvent.objects.raw(_ANY, [cursor.xact, cursor.event_id, 1]))
    return unread[0].occurred_at if unread else None
