import uuid

from celery import shared_task
from django.utils import timezone

from cashback.lib import doorbell


@shared_task
def forget_spent_tokens(**_newer_arguments: object) -> None:
    from partners import answers, services

    services.forget_spent_tokens(at=timezone.now())
    answers.forget(at=timezone.now())


@shared_task
def forget_mail_codes(**_newer_arguments: object) -> None:
    from partners.sign_in import codes

    codes.forget(at=timezone.now())


@shared_task
def finish_erasures(**_newer_arguments: object) -> None:
    """Each by itself, so that one that fails holds nobody up."""
    from partners.profile import services

    now = timezone.now()
    for shopper_id in services.unfinished_erasures(at=now):
        doorbell.ring("partners.tasks.finish_erasure", id=str(shopper_id))
    services.forget_who_left(at=now)


@shared_task
def finish_erasure(*, id: str, **_newer_arguments: object) -> None:
    from partners.profile import services

    services.finish_erasure(shopper_id=uuid.UUID(id), at=timezone.now())
