from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.http import Unavailable

_ONE_REFRESH_SECONDS = 300
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
    if not cache.add(f"refresh:{id}", 1, timeout=_ONE_REFRESH_SECONDS):
        return
    try:
        services.refresh(account=NetworkAccount.objects.working().get(pk=id), at=timezone.now())
    finally:
        cache.delete(f"refresh:{id}")


@shared_task
def rank_offers(**_newer_arguments: object) -> None:
    from offers import services

    services.rank(at=timezone.now())


@shared_task
def fetch_logos(**_newer_arguments: object) -> None:
    from offers import logos

    if not cache.add("fetch-logos", 1, timeout=_ONE_REFRESH_SECONDS):
        return
    try:
        fetched = logos.fetch(at=timezone.now(), within_seconds=_LOGO_SECONDS)
    finally:
        cache.delete("fetch-logos")
    if fetched.left:
        doorbell.ring("offers.tasks.fetch_logos")
