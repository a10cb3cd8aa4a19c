"""From the outbox: which shopper should hear of which event."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.dateparse import parse_datetime

from partners import outbox
from partners.models import OutboxEvent, Shopper, Storefront
from partners.notices.models import Announcement, Notice

READER = "notices"
ABOUT_PURCHASES = (
    "transaction.created",
    "transaction.updated",
    "transaction.approved",
    "transaction.declined",
    "transaction.paid",
)
ABOUT_TERMS = "terms.announced"
# Nobody wants to hear of last month when the service has been away.
TOO_OLD = timedelta(days=7)
_BATCH = 500
_MOST_BATCHES = 20


def read_outbox(*, at: datetime) -> int:
    """Every event that can be read has its notices; how many were read."""
    count = 0
    for _number in range(_MOST_BATCHES):
        with outbox.batch(READER, limit=_BATCH) as events:
            fresh = [event for event in events if event.occurred_at > at - TOO_OLD]
            _note_purchases(fresh, at=at)
            # Terms bind however late they are heard of.
            _note_terms(events)
        count += len(events)
        if len(events) < _BATCH:
            break
    return count


def _note_purchases(events: Iterable[OutboxEvent], *, at: datetime) -> None:
    told = [event for event in events if event.type in ABOUT_PURCHASES and "storefront" in event.payload]
    readers = _readers(told)
    due_at = at + timedelta(seconds=settings.NOTICE_MERGE_SECONDS)
    Notice.objects.bulk_create(
        [
            Notice(
                partner_id=shopper.partner_id,
                storefront_id=shopper.storefront_id,
                shopper=shopper,
                subject_id=event.subject_id,
                event_id=event.pk,
                due_at=due_at,
                created_at=at,
            )
            for event in told
            if (shopper := readers.get(_named(event)))
        ],
        ignore_conflicts=True,
    )


def _readers(events: list[OutboxEvent]) -> dict[tuple[object, str, str], Shopper]:
    """By the partner, storefront and name that an event has: the shoppers to whom we may write."""
    if not events:
        return {}
    partners, storefronts, names = zip(*(_named(event) for event in events), strict=True)
    found = (
        Shopper.objects.filter(
            partner_id__in=set(partners), storefront__slug__in=set(storefronts), external_id__in=set(names)
        )
        .exclude(email="")
        .exclude(email_confirmed_at=None)
        .filter(erased_at=None)
        .select_related("storefront")
    )
    return {(each.partner_id, each.storefront.slug, each.external_id): each for each in found}


def _named(event: OutboxEvent) -> tuple[object, str, str]:
    return event.partner_id, event.payload["storefront"], event.payload["shopper"]


def _note_terms(events: Iterable[OutboxEvent]) -> None:
    for event in events:
        if event.type != ABOUT_TERMS:
            continue
        said = event.payload
        storefront = Storefront.objects.filter(partner_id=event.partner_id, slug=said["storefront"]).first()
        if storefront is not None:
            Announcement.objects.get_or_create(
                event_id=event.pk,
                defaults={
                    "partner_id": event.partner_id,
                    "storefront": storefront,
                    "number": said["number"],
                    "takes_effect_at": parse_datetime(said["takes_effect_at"]),
                    "summary": said["summary"],
                },
            )
