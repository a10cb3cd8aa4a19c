"""Support's mail in the background: ids in, one service call, safe to run twice. Sweepers find what a ring has lost."""

import logging
import uuid

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

from cashback.lib import doorbell
from cashback.lib.alone import alone

logger = logging.getLogger(__name__)

_MOST_AT_A_TIME = 50
# A mail server that hangs costs its time-out: one worker pays it, and nobody again for this long.
_AWAY, _AWAY_SECONDS = "support-mail-server-away", 20


@shared_task
def send_message(*, id: str, **_newer_arguments: object) -> None:
    from support.mail import outgoing

    if cache.get(_AWAY):
        return
    if not outgoing.send(message_id=uuid.UUID(id), at=timezone.now()):
        cache.set(_AWAY, True, timeout=_AWAY_SECONDS)


@shared_task
def sweep_outgoing(**_newer_arguments: object) -> None:
    """Each due message is handed to a worker."""
    from support.mail import outgoing

    if cache.get(_AWAY):
        return
    for message_id in outgoing.hand_out(at=timezone.now(), limit=_MOST_AT_A_TIME):
        doorbell.ring(outgoing.SEND, id=str(message_id))


@shared_task
def process_inbound(*, id: str, **_newer_arguments: object) -> None:
    from support.mail import inbound

    inbound.process(mail_id=uuid.UUID(id), at=timezone.now())


@shared_task
def sweep_inbound(**_newer_arguments: object) -> None:
    """Each letter that waits is handed to a worker."""
    from support.mail import inbound

    for mail_id in inbound.hand_out(at=timezone.now(), limit=_MOST_AT_A_TIME):
        doorbell.ring("support.mail.tasks.process_inbound", id=str(mail_id))


@shared_task
def poll_mailbox(**_newer_arguments: object) -> None:
    """One poll at a time; a mailbox that refuses is logged, and asked again by the next poll."""
    from support.mail import mailbox

    with alone("support-mailbox") as is_alone:
        if not is_alone:
            return
        try:
            mailbox.poll(at=timezone.now())
        except mailbox.MailboxRefused as refusal:
            logger.error("%s", refusal)


@shared_task
def forget_old(**_newer_arguments: object) -> None:
    from support.mail import inbound

    inbound.forget_old(at=timezone.now())
