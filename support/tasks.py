"""Support's work in the background: ids in, one service call, safe to run twice. Sweepers find what a ring missed."""

import uuid

from celery import shared_task
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.alone import alone


@shared_task
def work_on_inquiry(*, id: str, **_newer_arguments: object) -> None:
    from support.claims import lodging

    lodging.work_on(inquiry_id=uuid.UUID(id), at=timezone.now())


@shared_task
def sweep_inquiries(**_newer_arguments: object) -> None:
    from support.claims import lodging

    for inquiry_id in lodging.hand_out(at=timezone.now(), limit=200):
        doorbell.ring("support.tasks.work_on_inquiry", id=str(inquiry_id))


@shared_task
def poll_all_inquiries(**_newer_arguments: object) -> None:
    from offers.networks.models import NetworkAccount

    for account_id in NetworkAccount.objects.working().values_list("pk", flat=True):
        doorbell.ring("support.tasks.poll_inquiries", id=str(account_id))


@shared_task
def poll_inquiries(*, id: str, **_newer_arguments: object) -> None:
    from support.claims import lodging

    with alone(f"poll-inquiries:{id}") as is_mine:
        if is_mine:
            lodging.poll(account_id=uuid.UUID(id), at=timezone.now())


@shared_task
def wake_claims(**_newer_arguments: object) -> None:
    from support.claims import services

    services.wake_due(at=timezone.now(), limit=500)


@shared_task
def keep_desk(**_newer_arguments: object) -> None:
    """Snoozed tickets wake, unassigned ones find an agent, late clocks are noticed."""
    from support.clocks import services as clocks
    from support.desk import assignment
    from support.desk import services as desk

    now = timezone.now()
    desk.wake_due(at=now)
    assignment.assign_waiting(at=now)
    clocks.sweep(at=now)


@shared_task
def close_shifts(**_newer_arguments: object) -> None:
    from support.shifts import close

    close.close_due(at=timezone.now())


@shared_task
def look_after_quality(**_newer_arguments: object) -> None:
    """Cases are picked for a second look, and a rule that is wrong too often answers no more by itself."""
    from support.quality import reviews
    from support.quality.measures import triage

    now = timezone.now()
    reviews.pick_samples(at=now)
    triage.disable_bad_rules(at=now)
