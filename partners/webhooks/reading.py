"""From the outbox: which endpoint should hear of which event."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from cashback.lib import doorbell
from partners import outbox
from partners.models import OutboxEvent
from partners.webhooks.catalogue import PING
from partners.webhooks.models import Delivery, WebhookEndpoint

READER = "webhooks"
_BATCH = 500
_MOST_BATCHES = 20


def read_outbox(*, at: datetime) -> int:
    """Every event that can be read is on its way to those who asked for it; how many deliveries that made."""
    made = 0
    for _number in range(_MOST_BATCHES):
        with outbox.batch(READER, limit=_BATCH) as events:
            new = list(_deliveries(events, at=at))
            Delivery.objects.bulk_create(new, ignore_conflicts=True)
        made += len(new)
        if len(events) < _BATCH:
            break
    if made:
        doorbell.ring("partners.webhooks.tasks.deliver")
    return made


def _deliveries(events: Iterable[OutboxEvent], *, at: datetime) -> Iterable[Delivery]:
    # A ping is on its way already, to the one endpoint that it is for.
    told = [event for event in events if event.type != PING]
    listening: dict[object, list[WebhookEndpoint]] = defaultdict(list)
    for each in WebhookEndpoint.objects.listening().filter(partner__in={event.partner_id for event in told}):
        listening[each.partner_id].append(each)
    for event in told:
        for endpoint in listening[event.partner_id]:
            wants_it = not endpoint.event_types or event.type in endpoint.event_types
            if wants_it and endpoint.created_at <= event.occurred_at:
                yield Delivery(
                    partner_id=event.partner_id,
                    endpoint=endpoint,
                    event=event,
                    next_attempt_at=at,
                    created_at=at,
                    changed_at=at,
                )
