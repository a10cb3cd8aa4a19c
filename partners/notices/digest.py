"""One letter for all that has happened to a shopper's purchases.

A notice only says that something happened. What the letter says of a purchase is the difference between what the
shopper was last told and what holds at the moment of sending: a purchase that was confirmed and then declined within
the window is a declined one, and one that is as it was is not mentioned.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Exists, Min, OuterRef

from cashback.lib.money import Money
from partners.models import OutboxEvent, Shopper
from partners.notices import kinds, preferences, services
from partners.notices.models import PURCHASES, Letter, Notice
from partners.notices.news import Line, What, line, standing
from partners.notices.reading import ABOUT_PURCHASES

_BATCH = 500
# Of one kind; the page behind the letter's button has them all.
_MOST_LINES = 20
_NOTHING = uuid.UUID(int=0)


@transaction.atomic
def write_letters(*, at: datetime) -> int:
    """Every shopper whose first piece of news has waited long enough has a letter waiting; how many were written."""
    if services.is_full(at=at):
        return 0
    unsent = Letter.objects.waiting().filter(shopper=OuterRef("shopper"), letter=PURCHASES)
    due = (
        Notice.objects.filter(~Exists(unsent), state=Notice.State.WAITING)
        .values("shopper")
        .annotate(first=Min("due_at"))
        .filter(first__lte=at)
        .order_by("first")
    )
    readers = Shopper.objects.filter(pk__in=[row["shopper"] for row in due[:_BATCH]]).select_related(
        "storefront"
    )
    letters = [
        Letter(
            **services.envelope(
                storefront=reader.storefront,
                to=reader.email,
                language=preferences.language_of(reader),
                letter=PURCHASES,
                shopper=reader,
                at=at,
            )
        )
        for reader in readers
    ]
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    return len(letters)


def compose(letter: Letter, at: datetime) -> kinds.Composed | None:
    """The shopper's news, all of it: what came while the letter waited is in it too."""
    notices = _take(letter)
    subjects = {notice.subject_id for notice in notices}
    events, told = _events(letter, subjects), _told_through(letter, subjects)
    wanted = preferences.of(letter.shopper)
    lines: dict[uuid.UUID, Line] = {}
    for subject, its_events in events.items():
        first = min(notice.event_id for notice in notices if notice.subject_id == subject)
        # What the shopper knew: all before the first piece of news, and whatever an earlier letter told already.
        known = [each for each in its_events if each.pk < first or each.pk <= told.get(subject, _NOTHING)]
        said = line(standing(known[-1]) if known else None, standing(its_events[-1]))
        if said is not None and getattr(wanted, said.what.switch):
            lines[subject] = said
    if not lines:
        return None
    newest = {subject: events[subject][-1].pk for subject in lines}
    return kinds.Composed(_context(lines.values()), told=partial(_mark_told, letter, notices, newest))


def drop(letter: Letter) -> None:
    """Nobody will send the letter, and what it was about is no longer news. What came since goes with the next."""
    letter.notices.filter(state=Notice.State.WAITING).update(state=Notice.State.DROPPED)


@transaction.atomic
def _take(letter: Letter) -> list[Notice]:
    Notice.objects.filter(shopper=letter.shopper, state=Notice.State.WAITING).update(letter=letter)
    return list(letter.notices.order_by("event_id"))


def _events(letter: Letter, subjects: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[OutboxEvent]]:
    """By purchase, all that was ever said of it, oldest first."""
    found = OutboxEvent.objects.filter(
        partner_id=letter.partner_id, subject_id__in=list(subjects), type__in=ABOUT_PURCHASES
    )
    events: dict[uuid.UUID, list[OutboxEvent]] = {}
    for event in found.order_by("pk"):
        # Those of before an upgrade do not say all that a letter does.
        if "merchant_name" in event.payload:
            events.setdefault(event.subject_id, []).append(event)
    return events


def _told_through(letter: Letter, subjects: Iterable[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """By purchase, the newest event that the shopper has been told of."""
    told = Notice.objects.filter(
        shopper=letter.shopper, subject_id__in=list(subjects), state=Notice.State.TOLD
    )
    newest = told.order_by("subject_id", "-told_through").distinct("subject_id")
    return dict(newest.values_list("subject_id", "told_through"))


def _mark_told(letter: Letter, notices: list[Notice], newest: dict[uuid.UUID, uuid.UUID]) -> None:
    for notice in notices:
        notice.told_through = newest.get(notice.subject_id)
        notice.state = Notice.State.TOLD if notice.told_through else Notice.State.DROPPED
    Notice.objects.bulk_update(notices, ["told_through", "state"])


def _context(lines: Iterable[Line]) -> dict[str, Any]:
    said = sorted(lines, key=lambda each: (list(What).index(each.what), each.shop))
    sections = [
        {
            "what": what.value,
            "lines": of_it[:_MOST_LINES],
            "more": max(0, len(of_it) - _MOST_LINES),
            "total": _sum(of_it),
        }
        for what in What
        if (of_it := [each for each in said if each.what is what])
    ]
    return {
        "sections": sections,
        "count": len(said),
        "first": said[0],
        # What the whole letter is about, where it is about one thing.
        "only": sections[0]["what"] if len(sections) == 1 else "",
        "total": sections[0]["total"],
        "confirmed": sections[0]["total"] if said[0].what is What.CONFIRMED else None,
    }


def _sum(lines: Iterable[Line]) -> Money:
    """Cashback of one storefront, which has one currency."""
    amounts = [each.cashback for each in lines]
    return Money(sum(amount.minor for amount in amounts), amounts[0].currency)
