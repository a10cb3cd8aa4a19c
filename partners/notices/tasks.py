import uuid

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.alone import alone

# So that a worker comes back to its other queues, and ends when it is asked to.
_MOST_AT_A_TIME = 50
# A mail server that hangs costs its time-out: one worker pays it, and nobody again for this long. Due letters wait.
_AWAY, _AWAY_SECONDS = "mail-server-away", 20


@shared_task
def send_letter(*, id: str, **_newer_arguments: object) -> None:
    _send(uuid.UUID(id))


@shared_task
def send_due_letters(**_newer_arguments: object) -> None:
    """What nobody rang for. One worker at a time: the others have purchases to process."""
    from partners.notices import services

    with alone("send-due-letters") as is_alone:
        for _number in range(_MOST_AT_A_TIME if is_alone else 0):
            letter_id = services.next_due(at=timezone.now())
            if letter_id is None or not _send(letter_id):
                return
    if is_alone:
        doorbell.ring("partners.notices.tasks.send_due_letters")


def _send(letter_id: uuid.UUID) -> bool:
    """False while the mail server is out of reach."""
    from partners.notices import services

    if cache.get(_AWAY):
        return False
    is_there = services.send(letter_id=letter_id, at=timezone.now())
    if not is_there:
        cache.set(_AWAY, True, timeout=_AWAY_SECONDS)
    return is_there


@shared_task
def sweep(**_newer_arguments: object) -> None:
    """The outbox is read, news whose time has come is put into letters, and letters are handed to a worker."""
    from partners.notices import digest, reading, services, terms

    now = timezone.now()
    reading.read_outbox(at=now)
    digest.write_letters(at=now)
    terms.write_letters(at=now)
    if services.next_due(at=now):
        doorbell.ring("partners.notices.tasks.send_due_letters")


@shared_task
def forget_old(**_newer_arguments: object) -> None:
    from partners.notices import services

    now = timezone.now()
    services.forget_refused(at=now)
    services.forget_old(at=now)
