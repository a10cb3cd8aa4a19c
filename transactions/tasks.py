import uuid

from celery import shared_task
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from cashback.lib import doorbell
from cashback.lib.alone import alone
from cashback.lib.http import Unavailable


@shared_task
def process_inbox(*, id: str, lease: str = "", **_newer_arguments: object) -> None:
    from transactions.intake import inbox

    inbox.process(message_id=uuid.UUID(id), lease=parse_datetime(lease), at=timezone.now())


@shared_task
def sweep_inbox(**_newer_arguments: object) -> None:
    from transactions.intake import inbox

    for message_id, lease in inbox.hand_out(at=timezone.now()):
        doorbell.ring("transactions.tasks.process_inbox", id=str(message_id), lease=lease.isoformat())


@shared_task
def poll_all_sales(**_newer_arguments: object) -> None:
    from offers.networks.models import NetworkAccount

    for account_id in NetworkAccount.objects.working().values_list("pk", flat=True):
        doorbell.ring("transactions.tasks.poll_sales", id=str(account_id))


@shared_task(autoretry_for=(Unavailable,), retry_backoff=5, retry_jitter=True, max_retries=3)
def poll_sales(*, id: str, **_newer_arguments: object) -> None:
    from offers.networks.models import NetworkAccount
    from transactions.intake import polling

    # Two polls of one account at once do no harm, only double work.
    with alone(f"poll:{id}") as is_alone:
        if is_alone and (account := NetworkAccount.objects.working().filter(pk=id).first()):
            polling.poll(account=account, at=timezone.now())


@shared_task
def make_click_partitions(**_newer_arguments: object) -> None:
    from transactions import partitions

    partitions.make_months(at=timezone.now())
