"""Letters that come: stored as they are before anything reads them, then understood, or parked for a person."""

import hashlib
import logging
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from support.mail import charsets, taking
from support.mail.models import InboundMail, Outcome, Source

logger = logging.getLogger(__name__)

LARGEST = 30 * 1024 * 1024
# Of a larger letter: its headers and, as programs write letters, its words.
KEPT_OF_TOO_LARGE = 1024 * 1024
MOST_ATTEMPTS = 8
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=20), timedelta(hours=1)
RAW_KEPT_FOR, LEFT_KEPT_FOR = timedelta(days=90), timedelta(days=30)
_FORGOTTEN_AT_A_TIME = 200
_MOST_RECIPIENTS = 50
# What processing says of a letter; its bytes, up to 30 MB of them, are not written again.
_FOUND = (
    *("sender", "subject", "text", "outcome", "ticket", "message", "processed_at", "parked_at", "error"),
    *("attempts", "next_attempt_at"),
)


class CannotReplay(DomainError):
    """The letter is not one that waits for a person."""

    code = "cannot_replay"


@transaction.atomic
def receive(
    *,
    raw: bytes,
    source: Source,
    at: datetime,
    size: int | None = None,
    recipients: Iterable[str] = (),
    return_path: str | None = None,
) -> InboundMail:
    """The letter is stored, once, however often it comes. `size` is the whole letter's, when `raw` is a part of it;
    `recipients` and `return_path` are the envelope's, where they are known."""
    size = len(raw) if size is None else size
    kept = raw if size <= LARGEST else raw[:KEPT_OF_TOO_LARGE]
    mail: InboundMail
    mail, is_new = InboundMail.objects.get_or_create(
        digest=hashlib.sha256(raw).digest(),
        defaults={
            "source": source,
            "raw": kept,
            "size": size,
            "is_cut": len(kept) < size,
            "recipients": [_line(each).lower() for each in recipients][:_MOST_RECIPIENTS],
            "return_path": None if return_path is None else _line(return_path),
            "received_at": at,
            "next_attempt_at": at,
        },
    )
    if is_new:
        doorbell.ring("support.mail.tasks.process_inbound", id=str(mail.pk))
    else:
        InboundMail.objects.filter(pk=mail.pk).update(times=F("times") + 1)
    return mail


@transaction.atomic
def process(*, mail_id: uuid.UUID, at: datetime) -> None:
    """What the letter says is in its ticket, or it is parked with the reason, or waits for another try."""
    waiting = InboundMail.objects.waiting().select_for_update(skip_locked=True)
    mail = waiting.filter(pk=mail_id, next_attempt_at__lte=at).first()
    if mail is None:
        return
    mail.attempts += 1
    try:
        with transaction.atomic():
            taking.take(mail, at=at)
            mail.processed_at, mail.error = at, ""
    except DomainError as refusal:
        _park(mail, str(refusal), at=at)
    except Exception as error:
        logger.exception("Letter %s could not be processed.", mail)
        said = f"{type(error).__name__}: {error}"
        if mail.attempts >= MOST_ATTEMPTS:
            _park(mail, said, at=at)
        else:
            _forget_result(mail)
            mail.error = said[:500]
            mail.next_attempt_at = at + min(_FIRST_WAIT * 2 ** (mail.attempts - 1), _LONGEST_WAIT)
    mail.save(update_fields=_FOUND)


@transaction.atomic
def replay(*, mail: InboundMail, at: datetime) -> None:
    """A parked letter waits to be processed again."""
    parked = InboundMail.objects.parked().filter(pk=mail.pk)
    if not parked.update(parked_at=None, error="", attempts=0, next_attempt_at=at):
        raise CannotReplay(_("Only a parked letter can be processed again."))
    doorbell.ring("support.mail.tasks.process_inbound", id=str(mail.pk))


@transaction.atomic
def set_aside(*, mail: InboundMail, at: datetime) -> None:
    """A person has looked at a parked letter, and nothing is to be done about it."""
    parked = InboundMail.objects.parked().filter(pk=mail.pk)
    if not parked.update(parked_at=None, processed_at=at, outcome=Outcome.LEFT):
        raise CannotReplay(_("Only a parked letter can be set aside."))


def hand_out(*, at: datetime, limit: int) -> list[uuid.UUID]:
    """Letters that are due and that nobody has in hand, the oldest first."""
    with transaction.atomic():
        due = InboundMail.objects.due(at=at).select_for_update(skip_locked=True)
        return list(due.values_list("pk", flat=True)[:limit])


def overdue(*, at: datetime) -> timedelta:
    """How long the letter that is most overdue has been due; parked ones wait for a person and are not counted."""
    first = InboundMail.objects.due(at=at).values_list("next_attempt_at", flat=True).first()
    return at - first if first else timedelta(0)


def forget_old(*, at: datetime) -> None:
    """Letters that were processed long ago keep their words and lose their bytes; those that were nobody's question are
    gone. What is parked stays until somebody has looked."""
    done = InboundMail.objects.exclude(processed_at=None).order_by("pk")
    left = done.filter(outcome=Outcome.LEFT, processed_at__lt=at - LEFT_KEPT_FOR)
    while some := list(left.values_list("pk", flat=True)[:_FORGOTTEN_AT_A_TIME]):
        InboundMail.objects.filter(pk__in=some).delete()
    bulky = done.filter(processed_at__lt=at - RAW_KEPT_FOR).exclude(raw=b"")
    while some := list(bulky.values_list("pk", flat=True)[:_FORGOTTEN_AT_A_TIME]):
        InboundMail.objects.filter(pk__in=some).update(raw=b"")


def _park(mail: InboundMail, error: str, *, at: datetime) -> None:
    _forget_result(mail)
    mail.parked_at, mail.error = at, error[:500]


def _forget_result(mail: InboundMail) -> None:
    """What was made of it has been rolled back."""
    mail.ticket = mail.message = None
    mail.outcome, mail.processed_at = Outcome.NONE, None


def _line(text: str) -> str:
    return charsets.clean(text).strip()[:254]
