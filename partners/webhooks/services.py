"""What can happen to webhook endpoints and to what is on its way to them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cashback.lib import doorbell, ids
from cashback.lib.errors import DomainError
from partners.models import Partner
from partners.services import emit
from partners.webhooks import addresses, catalogue
from partners.webhooks.models import Delivery, WebhookEndpoint, new_secret

MOST_ENDPOINTS = 20
OLD_SECRET_SIGNS_FOR = timedelta(days=1)
REPLAYABLE_FOR = timedelta(days=30)
MOST_REPLAYED = 100_000
_FORGOTTEN_AT_A_TIME = 1000
_SEND = "partners.webhooks.tasks.deliver"


class TooManyEndpoints(DomainError):
    """The partner has as many as it may have."""

    code = "too_many_endpoints"


class EndpointIsOff(DomainError):
    """Nothing is sent there before it is switched on again."""

    code = "endpoint_is_off"


class EndpointIsGone(DomainError):
    """It was deleted meanwhile, and stays so."""

    code = "endpoint_deleted"


class ReplayRefused(DomainError):
    """What is asked for is not kept, or is too much at once."""

    code = "replay_too_old"


def create(
    *,
    partner: Partner,
    url: str,
    at: datetime,
    description: str = "",
    event_types: Sequence[str] = (),
    contact_email: str = "",
) -> WebhookEndpoint:
    """The endpoint hears of what happens from now on. Its secret is to be shown this once."""
    addresses.check(url)
    with transaction.atomic():
        Partner.objects.select_for_update(no_key=True).only("pk").get(pk=partner.pk)
        if partner.webhook_endpoints.kept().count() >= MOST_ENDPOINTS:
            raise TooManyEndpoints(_("There are %(most)d endpoints already.") % {"most": MOST_ENDPOINTS})
        return WebhookEndpoint.objects.create(
            partner=partner,
            url=url,
            description=description,
            event_types=sorted(set(event_types)),
            contact_email=contact_email,
            created_at=at,
            updated_at=at,
        )


def change(*, endpoint: WebhookEndpoint, at: datetime, **facts: Any) -> None:
    """The endpoint's url, description, event_types or contact_email are these; `is_enabled` switches it."""
    if "url" in facts:
        addresses.check(facts["url"])
    if "event_types" in facts:
        facts["event_types"] = sorted(set(facts["event_types"]))
    is_enabled = facts.pop("is_enabled", endpoint.is_enabled)
    for name, value in facts.items():
        setattr(endpoint, name, value)
    endpoint.updated_at = at
    with transaction.atomic():
        _check_is_kept(endpoint)
        endpoint.save(update_fields=[*facts, "updated_at"])
        if is_enabled != endpoint.is_enabled:
            (switch_on if is_enabled else switch_off)(endpoint=endpoint, at=at)


def _check_is_kept(endpoint: WebhookEndpoint) -> None:
    """Locks it. Raises EndpointIsGone."""
    kept = WebhookEndpoint.objects.select_for_update().kept().only("pk").filter(pk=endpoint.pk)
    if kept.first() is None:
        raise EndpointIsGone(_("The endpoint has been deleted."))


@transaction.atomic
def switch_on(*, endpoint: WebhookEndpoint, at: datetime) -> None:
    """What was on its way when it was switched off goes out now. What happened meanwhile waits for a replay."""
    _check_is_kept(endpoint)
    if endpoint.is_enabled:
        return
    endpoint.is_enabled, endpoint.off_because, endpoint.off_since = True, "", None
    endpoint.failures, endpoint.failing_since, endpoint.rests_until = 0, None, None
    _save_switch(endpoint, at=at)
    doorbell.ring(_SEND)


def switch_off(
    *,
    endpoint: WebhookEndpoint,
    at: datetime,
    because: WebhookEndpoint.OffBecause = WebhookEndpoint.OffBecause.SWITCHED_OFF,
) -> None:
    """Nothing is sent there, and nothing is noted down for it. What is on its way waits."""
    endpoint.is_enabled, endpoint.off_because, endpoint.off_since = False, because, at
    endpoint.rests_until = None
    _save_switch(endpoint, at=at)


def _save_switch(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    endpoint.updated_at = at
    fields = ["is_enabled", "off_because", "off_since", "failures", "failing_since", "rests_until"]
    endpoint.save(update_fields=[*fields, "updated_at"])


@transaction.atomic
def delete(*, endpoint: WebhookEndpoint, at: datetime) -> None:
    """It is gone for the partner, with its secrets; what was sent there is kept for a while."""
    endpoint.secret, endpoint.old_secret, endpoint.old_secret_until = new_secret(), "", None
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    switch_off(endpoint=endpoint, at=at, because=WebhookEndpoint.OffBecause.DELETED)


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, at: datetime) -> str:
    """A new secret signs from now on, and for a day the former one beside it: the one that the partner's server knows,
    though another were made within that day. It is returned to be shown once."""
    locked = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if len(locked.signs_with(at)) == 1:
        locked.old_secret, locked.old_secret_until = locked.secret, at + OLD_SECRET_SIGNS_FOR
    locked.secret, locked.updated_at = new_secret(), at
    locked.save(update_fields=["secret", "old_secret", "old_secret_until", "updated_at"])
    return locked.secret


@transaction.atomic
def ping(*, endpoint: WebhookEndpoint, at: datetime) -> Delivery:
    """A `test.ping` is on its way to this endpoint alone, whatever types it asks for."""
    _check_is_on(endpoint)
    event = emit(
        partner_id=endpoint.partner_id,
        type=catalogue.PING,
        subject_id=endpoint.pk,
        payload={"message": "It works."},
        at=at,
    )
    sent = Delivery.objects.create(
        partner_id=endpoint.partner_id,
        endpoint=endpoint,
        event=event,
        next_attempt_at=at,
        created_at=at,
        changed_at=at,
    )
    doorbell.ring(_SEND)
    return sent


@transaction.atomic
def replay(*, delivery: Delivery, at: datetime) -> None:
    """The event is sent again at once, and for five days if need be."""
    _check_is_on(delivery.endpoint)
    if delivery.created_at < at - REPLAYABLE_FOR:
        raise ReplayRefused(_("Events are sent again for 30 days only."))
    Delivery.objects.filter(pk=delivery.pk).update(**_anew(at))
    doorbell.ring(_SEND)


@transaction.atomic
def replay_failed(*, endpoint: WebhookEndpoint, since: datetime, until: datetime, at: datetime) -> int:
    """Of the deliveries made between the two moments those that were given up are made again; how many."""
    _check_is_on(endpoint)
    _check_age(since, at=at)
    failed = endpoint.deliveries.filter(status=Delivery.Status.FAILED).filter(
        created_at__gte=since, created_at__lt=until
    )
    count = failed.update(**_anew(at))
    doorbell.ring(_SEND)
    return count


_REPLAY = """
INSERT INTO webhooks_delivery
    (partner_id, endpoint_id, event_id, status, tries, next_attempt_at, created_at, changed_at)
SELECT partner_id, %(endpoint)s, id, 'waiting', 0, %(at)s, %(at)s, %(at)s
FROM partners_outboxevent
WHERE partner_id = %(partner)s AND id >= %(first)s AND id < %(last)s AND type <> %(ping)s
    AND (cardinality(%(types)s::text[]) = 0 OR type = ANY(%(types)s::text[]))
ORDER BY id LIMIT %(most)s
ON CONFLICT (endpoint_id, event_id) DO UPDATE
SET status = 'waiting', tries = 0, tried_since = NULL, next_attempt_at = %(at)s, changed_at = %(at)s
"""


@transaction.atomic
def replay_range(*, endpoint: WebhookEndpoint, since: datetime, until: datetime, at: datetime) -> int:
    """Every event between the two moments that the endpoint asks for is sent again, or for the first time; how many."""
    _check_is_on(endpoint)
    _check_age(since, at=at)
    with connection.cursor() as cursor:
        cursor.execute(
            _REPLAY,
            {
                "endpoint": endpoint.pk,
                "partner": endpoint.partner_id,
                "first": ids.first_id(since),
                "last": ids.first_id(until),
                "ping": catalogue.PING,
                "types": endpoint.event_types,
                "at": at,
                "most": MOST_REPLAYED + 1,
            },
        )
        count: int = cursor.rowcount
    if count > MOST_REPLAYED:
        message = _("These are more than %(most)d events: ask for a shorter time.") % {"most": MOST_REPLAYED}
        raise ReplayRefused(message, code="replay_too_large")
    doorbell.ring(_SEND)
    return count


def forget_old(*, at: datetime) -> None:
    """Deliveries of a month ago are forgotten with what was answered, and deleted endpoints after them."""
    before = at - REPLAYABLE_FOR
    old = Delivery.objects.done_with(before=before).order_by("created_at")
    while some := list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_A_TIME]):
        Delivery.objects.filter(pk__in=some).delete()
    deleted = WebhookEndpoint.objects.filter(
        off_because=WebhookEndpoint.OffBecause.DELETED, off_since__lt=before
    )
    deleted.filter(deliveries=None).delete()


def _anew(at: datetime) -> dict[str, Any]:
    return {
        "status": Delivery.Status.WAITING,
        "tries": 0,
        "tried_since": None,
        "next_attempt_at": at,
        "changed_at": at,
    }


def _check_is_on(endpoint: WebhookEndpoint) -> None:
    if not endpoint.is_enabled:
        raise EndpointIsOff(_("The endpoint is switched off: switch it on first."))


def _check_age(since: datetime, *, at: datetime) -> None:
    if since < at - REPLAYABLE_FOR:
        raise ReplayRefused(_("Events are sent again for 30 days only."))
