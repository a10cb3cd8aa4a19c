from celery import shared_task
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.alone import alone

# So that a worker comes back to its other queues, and ends when it is asked to.
_SHIFT_SECONDS = 20.0


@shared_task
def sweep(**_newer_arguments: object) -> None:
    """The outbox is read, and what is due is handed to a worker."""
    from partners.webhooks import reading, sending

    now = timezone.now()
    if not reading.read_outbox(at=now) and sending.is_anything_due(at=now):
        doorbell.ring("partners.webhooks.tasks.deliver")


@shared_task
def deliver(**_newer_arguments: object) -> None:
    """One worker at a time: its threads are enough, and the other workers have purchases to process."""
    from partners.webhooks import sending

    with alone("deliver-webhooks") as is_alone:
        if is_alone:
            sending.deliver(clock=timezone.now, seconds=_SHIFT_SECONDS)
    if is_alone and sending.is_anything_due(at=timezone.now()):
        doorbell.ring("partners.webhooks.tasks.deliver")


@shared_task
def forget_old(**_newer_arguments: object) -> None:
    from partners.webhooks import services

    services.forget_old(at=timezone.now())
