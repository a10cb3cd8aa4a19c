from celery import shared_task
from django.utils import timezone


@shared_task
def forget_spent_tokens(**_newer_arguments: object) -> None:
    from partners import services

    services.forget_spent_tokens(at=timezone.now())
