"""What an operator's probe asks: does the process answer, and can the whole service do its work now?"""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from cashback.lib import sight
from offers.networks.models import InboundMessage, NetworkAccount
from partners import outbox
from partners.notices.models import Letter
from support.mail import inbound, outgoing
from transactions.partitions import months_ahead

OLDEST_TICK_SECONDS = 90
OLDEST_INBOX_SECONDS = 600
OLDEST_OUTBOX_SECONDS = 600
# A letter that a mail server would not take waits an hour at most between two tries.
OLDEST_LETTER_SECONDS = 600
FEWEST_CLICK_MONTHS = 2
_TICK = "beat-tick"


def note_tick() -> None:
    cache.set(_TICK, time.time(), timeout=None)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 with every part's figure, or 503 that names the parts that fail."""
    checks: dict[str, Callable[[], tuple[bool, object]]] = {
        "database": _database,
        "redis": _redis,
        "beat": _beat,
        "inbox": _inbox,
        "outbox": _outbox,
        "mail": _mail,
        "support_mail_out": lambda: _mail_of_support(outgoing),
        "support_mail_in": lambda: _mail_of_support(inbound),
        "click_partitions": _click_partitions,
    }
    parts = {}
    for name, check in checks.items():
        try:
            with sight.all_partners(f"readyz, {name}", is_hot=True):
                is_fine, figure = check()
        except Exception as error:  # noqa: BLE001 - whatever a part raises is what the probe must report
            is_fine, figure = False, type(error).__name__
        parts[name] = {"ok": is_fine, "value": figure}
    failing = [name for name, part in parts.items() if not part["ok"]]
    body = {"status": "failing" if failing else "ok", "failing": failing, "parts": parts}
    return JsonResponse(body, status=503 if failing else 200)


def _database() -> tuple[bool, object]:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return True, "answers"


def _redis() -> tuple[bool, object]:
    cache.get(_TICK)
    return True, "answers"


def _beat() -> tuple[bool, object]:
    ticked = cache.get(_TICK)
    if ticked is None:
        return False, "never ticked"
    age = round(time.time() - ticked, 1)
    return age <= OLDEST_TICK_SECONDS, age


def _inbox() -> tuple[bool, object]:
    """How long the message that is most overdue has been due: those that wait for their time are in order."""
    now = timezone.now()
    due = InboundMessage.objects.waiting().filter(account__in=NetworkAccount.objects.working())
    first = (
        due.filter(next_attempt_at__lte=now)
        .order_by("next_attempt_at")
        .values_list("next_attempt_at")
        .first()
    )
    overdue = round((now - first[0]).total_seconds(), 1) if first else 0
    return overdue <= OLDEST_INBOX_SECONDS, overdue


def _outbox() -> tuple[bool, object]:
    """How long the oldest event has been waiting for one of its readers."""
    now = timezone.now()
    unread = [oldest for reader in outbox.READERS if (oldest := outbox.oldest_unread(reader))]
    age = round((now - min(unread)).total_seconds(), 1) if unread else 0
    return age <= OLDEST_OUTBOX_SECONDS, age


def _mail() -> tuple[bool, object]:
    """How long the letter that is most overdue has been due: those that wait for their next try are in order."""
    now = timezone.now()
    due = Letter.objects.waiting().filter(next_try_at__lte=now).order_by("next_try_at")
    first = due.values_list("next_try_at", flat=True).first()
    overdue = round((now - first).total_seconds(), 1) if first else 0
    return overdue <= OLDEST_LETTER_SECONDS, overdue


def _mail_of_support(direction: Any) -> tuple[bool, object]:
    overdue = round(direction.overdue(at=timezone.now()).total_seconds(), 1)
    return overdue <= OLDEST_LETTER_SECONDS, overdue


def _click_partitions() -> tuple[bool, object]:
    ahead = months_ahead(at=timezone.now())
    return ahead >= FEWEST_CLICK_MONTHS, ahead
