"""Changed terms, told to every shopper of a storefront before they take effect."""

import json
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from partners.models import Shopper
from partners.notices import kinds, links, preferences, services
from partners.notices.models import Announcement, Letter

TERMS = "terms_changed"
_BATCH = 500


def write_letters(*, at: datetime) -> int:
    """The next shoppers of each announcement have their letters waiting; how many were written. What is written and
    how far it has come are committed together, so a worker that dies in between loses and doubles nothing."""
    if services.is_full(at=at):
        return 0
    return sum(
        _write_some(announcement_id, at=at)
        for announcement_id in Announcement.objects.filter(done_at=None)
        .order_by("event_id")
        .values_list("pk", flat=True)
    )


def compose(letter: Letter, at: datetime) -> kinds.Composed | None:
    """Nothing where the shopper does not want to know, or a later version has been announced meanwhile."""
    announced = Announcement.objects.filter(
        pk=json.loads(letter.context)["announcement"], storefront=letter.storefront
    ).first()
    if announced is None or not preferences.of(letter.shopper).terms or _is_outdated(announced):
        return None
    return kinds.Composed(
        {
            "number": announced.number,
            "takes_effect_at": announced.takes_effect_at.astimezone(ZoneInfo(letter.storefront.time_zone)),
            "summary": announced.summary.get(letter.language, ""),
            "terms": links.page(letter.storefront, "terms"),
        }
    )


@transaction.atomic
def _write_some(announcement_id: object, *, at: datetime) -> int:
    open_ones = Announcement.objects.select_for_update(skip_locked=True, of=("self",))
    announced = open_ones.select_related("storefront").filter(pk=announcement_id, done_at=None).first()
    if announced is None:
        return 0
    readers = [] if _is_outdated(announced) else _next_readers(announced)
    letters = [
        Letter(
            **services.envelope(
                storefront=announced.storefront,
                to=reader.email,
                language=preferences.language_of(reader),
                letter=TERMS,
                shopper=reader,
                at=at,
            ),
            context=json.dumps({"announcement": str(announced.pk)}),
            dedupe_key=f"{TERMS}:{announced.pk}:{reader.pk}",
        )
        for reader in readers
    ]
    Letter.objects.bulk_create(letters, ignore_conflicts=True)
    if readers:
        announced.written_through = readers[-1].pk
    if len(readers) < _BATCH:
        announced.done_at = at
    announced.save(update_fields=["written_through", "done_at"])
    return len(letters)


def _next_readers(announced: Announcement) -> list[Shopper]:
    found = (
        Shopper.objects.filter(storefront=announced.storefront, erased_at=None)
        .exclude(email="")
        .exclude(email_confirmed_at=None)
        .select_related("storefront")
        .order_by("pk")
    )
    if announced.written_through is not None:
        found = found.filter(pk__gt=announced.written_through)
    return list(found[:_BATCH])


def _is_outdated(announced: Announcement) -> bool:
    return Announcement.objects.filter(storefront=announced.storefront, number__gt=announced.number).exists()
