"""What is due goes out, and one endpoint that is slow or dead holds nobody up.

Threads do the waiting. Each has a lane: some deliveries of one endpoint, sent one after another until one fails. An
endpoint has two lanes at most, one while it fails, and none while it rests; a partner has a quarter of all at most. A
lane holds its rows by a lease, so that what a killed sender had is sent by the next: once too often rather than never.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from cashback.lib import http
from cashback.lib.crypto import Undecryptable
from partners.webhooks import addresses, messages, recording
from partners.webhooks.models import Delivery, WebhookEndpoint
from partners.webhooks.recording import Outcome

THREADS = 32
LANES = 2
LANES_OF_A_PARTNER = 8
DELIVERIES_IN_A_LANE = 25
# After this a lane begins no further call, and any call ends by its deadline: a lease is longer than both together.
LANE_SECONDS = 10.0
DEADLINE_SECONDS = 10.0
LEASE = timedelta(seconds=60)
_LONGEST_ANSWER = 64 * 1024
# While all lanes wait for slow answers, so often new ones are opened, in seconds.
_LOOK_AGAIN = 0.5

Clock = Callable[[], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    endpoint: WebhookEndpoint
    deliveries: list[Delivery]


def deliver(*, clock: Clock, seconds: float) -> int:
    """What is due is sent, until nothing is or `seconds` have passed; how many calls that took. One process at a time
    runs this, for it alone knows how many lanes an endpoint has."""
    ends, calls = time.monotonic() + seconds, 0
    lanes: dict[Future[list[Outcome]], Lane] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        while True:
            if time.monotonic() < ends:
                for lane in _open_lanes(lanes.values(), at=clock()):
                    lanes[pool.submit(_drive, lane, clock)] = lane
            if not lanes:
                return calls
            for finished in wait(lanes, _LOOK_AGAIN, return_when=FIRST_COMPLETED).done:
                calls += _close(lanes.pop(finished), finished, at=clock())


def is_anything_due(*, at: datetime) -> bool:
    return WebhookEndpoint.objects.ready(at=at).exists()


def _open_lanes(open_lanes: Iterable[Lane], *, at: datetime) -> Iterable[Lane]:
    """Who has waited longest goes first, where neither the endpoint nor its partner has its share already."""
    endpoints = [lane.endpoint for lane in open_lanes]
    of_endpoint = Counter(each.pk for each in endpoints)
    of_partner = Counter(each.partner_id for each in endpoints)
    full = [pk for pk, lanes in of_endpoint.items() if lanes >= LANES]
    for endpoint in WebhookEndpoint.objects.ready(at=at).exclude(pk__in=full):
        if of_partner.total() >= THREADS:
            return
        is_tried = endpoint.failures and of_endpoint[endpoint.pk]
        if is_tried or of_partner[endpoint.partner_id] >= LANES_OF_A_PARTNER:
            continue
        if _has_its_secrets(endpoint) and (taken := _take(endpoint, at=at)):
            of_partner[endpoint.partner_id] += 1
            yield Lane(endpoint, taken)


def _has_its_secrets(endpoint: WebhookEndpoint) -> bool:
    try:
        endpoint.refresh_from_db(fields=["secret", "old_secret"])
    except Undecryptable:
        log.exception("Nothing can be signed for %s.", endpoint.public_id)
        return False
    return True


def _close(lane: Lane, finished: Future[list[Outcome]], *, at: datetime) -> int:
    """What came of the lane is written down; how many calls it made. One that breaks takes no other with it: its rows
    are sent again when their lease ends."""
    try:
        outcomes = finished.result()
        recording.record(endpoint=lane.endpoint, taken=lane.deliveries, outcomes=outcomes, at=at)
    except Exception:
        log.exception("What was sent to %s could not be written down.", lane.endpoint.public_id)
        return 0
    return len(outcomes)


@transaction.atomic
def _take(endpoint: WebhookEndpoint, *, at: datetime) -> list[Delivery]:
    """Some of what is due, leased: by the lease a row is known as this lane's."""
    due = Delivery.objects.due(at=at).filter(endpoint=endpoint).order_by("next_attempt_at", "pk")
    leased = due.select_for_update(skip_locked=True, of=("self",)).select_related("event")
    taken = list(leased[: 1 if endpoint.failures else DELIVERIES_IN_A_LANE])
    for each in taken:
        each.next_attempt_at = at + LEASE
    Delivery.objects.filter(pk__in=[each.pk for each in taken]).update(next_attempt_at=at + LEASE)
    return taken


def _drive(lane: Lane, clock: Clock) -> list[Outcome]:
    """In a thread of its own, without the database."""
    ends, outcomes = time.monotonic() + LANE_SECONDS, []
    with _client().kept_open(lane.endpoint.url) as client:
        for delivery in lane.deliveries:
            outcomes.append(_send(client, lane.endpoint, delivery, at=clock()))
            if not outcomes[-1].is_success or time.monotonic() >= ends:
                break
    return outcomes


def _send(client: http.Client, endpoint: WebhookEndpoint, delivery: Delivery, *, at: datetime) -> Outcome:
    body = messages.body(delivery.event, version=endpoint.api_version)
    headers = messages.headers(delivery.event, body, secrets=endpoint.signs_with(at), at=at)
    began = time.monotonic()
    reply, error = None, ""
    try:
        addresses.check_form(endpoint.url)
        reply = client.post_bytes(endpoint.url, body=body, headers=headers)
    except (addresses.AddressRefused, http.Refused, http.Unavailable) as failure:
        error = str(failure)
    return Outcome(
        delivery=delivery,
        at=at,
        latency=timedelta(seconds=time.monotonic() - began),
        status_code=reply.status if reply else None,
        answer=reply.body if reply else "",
        error=error,
    )


def _client() -> http.Client:
    return http.client(
        connect_timeout=5,
        read_timeout=DEADLINE_SECONDS,
        total_timeout=DEADLINE_SECONDS,
        max_bytes=_LONGEST_ANSWER,
        pauses=(),
    )
