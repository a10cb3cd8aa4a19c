from celery import shared_task
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.alone import alone
from cashback.lib.http import Unavailable

# With the slowest batch after it, this stays below the time limit of tasks.
_LOGO_SECONDS = 150


@shared_task
def refresh_all_offers(**_newer_arguments: object) -> None:
    from offers.networks.models import NetworkAccount

    for account_id in NetworkAccount.objects.working().values_list("pk", flat=True):
        doorbell.ring("offers.tasks.refresh_offers", id=str(account_id))


@shared_task(autoretry_for=(Unavailable,), retry_backoff=30, retry_jitter=True, max_retries=5)
def refresh_offers(*, id: str, **_newer_arguments: object) -> None:
    from offers import services
    from offers.networks.models import NetworkAccount

    # Two refreshes of one account at once do no harm, only double work.
    with alone(f"refresh:{id}") as is_alone:
        if is_alone and (account := NetworkAccount.objects.working().filter(pk=id).first()):
            services.refresh(account=account, at=timezone.now())


@shared_task
def rank_offers(**_newer_arguments: object) -> None:
    from offers import services

    services.rank(at=timezone.now())


@shared_task
def measure_offers(**_newer_arguments: object) -> None:
    from offers import measured

    measured.measure(at=timezone.now())


@shared_task
def fetch_logos(**_newer_arguments: object) -> None:
    from offers.intake import logos

    with alone("fetch-logos") as is_alone:
        if is_alone and logos.fetch(at=timezone.now(), within_seconds=_LOGO_SECONDS).left:
            doorbell.ring("offers.tasks.fetch_logos")
