"""What came of a lane's calls is written down: of the deliveries, and of their endpoint."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from partners.webhooks import notices, schedule, services
from partners.webhooks.models import Delivery, DeliveryAttempt, DeliveryQuerySet, WebhookEndpoint

_A_MINUTE = timedelta(minutes=1)
_GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call ended that began `at`."""

    delivery: Delivery
    at: datetime
    latency: timedelta
    status_code: int | None
    answer: str
    error: str

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


@transaction.atomic
def record(
    *, endpoint: WebhookEndpoint, taken: Sequence[Delivery], outcomes: Sequence[Outcome], at: datetime
) -> None:
    """Each call is in the log. What arrived is done, what failed has its next try, what was not reached is due. What
    somebody has asked meanwhile to have sent again is left alone."""
    ours = _still_ours(taken)
    DeliveryAttempt.objects.bulk_create([_attempt(each) for each in outcomes])
    called = {each.delivery.pk for each in outcomes}
    arrived = {each.delivery.pk for each in outcomes if each.is_success}
    _rows(ours - called).update(next_attempt_at=at)
    if arrived:
        _rows(ours & arrived).update(status=Delivery.Status.DELIVERED, tries=F("tries") + 1, changed_at=at)
        _note_success(endpoint, at=at)
    # A lane ends with its first failure.
    for failed in outcomes[len(arrived) :]:
        _note_failure(endpoint, failed, is_ours=failed.delivery.pk in ours)


def _still_ours(taken: Sequence[Delivery]) -> set[object]:
    """Which of them have the lease with which they were taken: locked, in the order in which a replay locks them."""
    leases = {each.next_attempt_at for each in taken}
    rows = Delivery.objects.waiting().filter(pk__in=[each.pk for each in taken], next_attempt_at__in=leases)
    return set(rows.order_by("event_id").select_for_update().values_list("pk", flat=True))


def _rows(pks: Collection[object]) -> DeliveryQuerySet:
    return Delivery.objects.filter(pk__in=pks)


def _attempt(outcome: Outcome) -> DeliveryAttempt:
    return DeliveryAttempt(
        partner_id=outcome.delivery.partner_id,
        delivery=outcome.delivery,
        at=outcome.at,
        status_code=outcome.status_code,
        latency_ms=round(outcome.latency.total_seconds() * 1000),
        # A text column holds no NUL.
        answer=outcome.answer.replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        error=outcome.error[:300],
    )


def _note_success(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    is_news = ~Q(failures=0) | Q(last_success_at=None) | Q(last_success_at__lt=at - _A_MINUTE)
    WebhookEndpoint.objects.filter(is_news, pk=endpoint.pk).update(
        failures=0, failing_since=None, rests_until=None, last_success_at=at
    )


def _note_failure(endpoint: WebhookEndpoint, failed: Outcome, *, is_ours: bool) -> None:
    delivery, ended = failed.delivery, failed.at + failed.latency
    since, tries = delivery.tried_since or failed.at, delivery.tries + 1
    is_gone = failed.status_code == _GONE
    again = schedule.next_attempt(tries=tries, since=since, began=failed.at, ended=ended)
    facts = {"tries": tries, "tried_since": since, "changed_at": ended}
    mine = _rows([delivery.pk] if is_ours else [])
    if again is None or is_gone:
        mine.update(**facts, status=Delivery.Status.FAILED)
    else:
        mine.update(**facts, next_attempt_at=again)
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if locked.is_enabled:
        _weigh(locked, failed, ended=ended, is_gone=is_gone)


def _weigh(endpoint: WebhookEndpoint, failed: Outcome, *, ended: datetime, is_gone: bool) -> None:
    """The endpoint goes on, rests, or is switched off."""
    endpoint.failures += 1
    endpoint.failing_since = endpoint.failing_since or failed.at
    rest = schedule.rest(endpoint.failures)
    endpoint.rests_until = ended + rest if rest else None
    endpoint.save(update_fields=["failures", "failing_since", "rests_until"])
    because = WebhookEndpoint.OffBecause
    if is_gone:
        reason = because.GONE
    elif endpoint.failing_since <= failed.at - schedule.TRIED_FOR:
        reason = because.FAILING
    else:
        return
    services.switch_off(endpoint=endpoint, at=ended, because=reason)
    notices.tell_switched_off(endpoint, at=ended)
