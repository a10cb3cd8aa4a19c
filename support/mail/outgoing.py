"""Answers go to those who read them by mail: each once, tried again while that can help, and seen when it cannot."""

import logging
import smtplib
import uuid
from datetime import datetime, timedelta

from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from support.desk.models import Delivery, Direction, Message
from support.mail import addresses, rendering
from support.mail.models import OutgoingMail

logger = logging.getLogger(__name__)

SEND = "support.mail.tasks.send_message"
# Longer than the mail server may be silent (EMAIL_TIMEOUT) in all the words of one letter with its files.
LEASE = timedelta(minutes=3)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
LIFE = timedelta(days=3)
MOST_TRIES = 100
_LONGEST_ERROR = 300


class CannotSendAgain(DomainError):
    """The message is not one that failed or came back."""

    code = "cannot_send_again"


def queue_if_wanted(message: Message) -> None:
    """The message will go by mail, once the caller's transaction commits, if its reader reads mail. Called once for
    each public word of ours; its Message-ID is made now and stays."""
    if message.is_internal or message.direction != Direction.OUT or message.message_id:
        return
    ticket = message.ticket
    if not (to := addresses.reader_of(ticket)):
        return
    message.delivery = Delivery.QUEUED
    message.message_id = addresses.message_id(message)
    message.in_reply_to = _answered(message)
    message.save(update_fields=["delivery", "message_id", "in_reply_to"])
    OutgoingMail.objects.create(
        message=message,
        partner_id=message.partner_id,
        to=to,
        next_try_at=message.created_at,
        expires_at=message.created_at + LIFE,
    )
    doorbell.ring(SEND, id=str(message.pk))


def send(*, message_id: uuid.UUID, at: datetime) -> bool:
    """The message is sent, or waits for its next try, or is at its end; false when the mail server is out of reach.

    A worker that dies between the server's "accepted" and our commit leaves the message waiting, and it is sent a
    second time under the same Message-ID: a letter too many rather than an answer lost (docs/adr/0008).
    """
    going = _claim(message_id, at=at)
    if going is None:
        return True
    message = going.message
    if going.expires_at <= at or going.tries > MOST_TRIES:
        _end(going, Delivery.FAILED, error=message.delivery_error or "Its time was over.", at=at)
        return True
    if not (to := addresses.reader_of(message.ticket)):
        # The address was taken back meanwhile: the storefront shows the answer.
        _end(going, Delivery.NONE, at=at)
        return True
    going.to = to
    try:
        mail = rendering.letter_of(message, to=to)
    except Exception as error:
        # A fault of ours. It goes to the log, and staff see on the message what holds it up.
        _wait(going, error=error, at=at)
        raise
    try:
        mail.connection = get_connection()
        mail.send()
    except ValueError as error:
        # No header or address that mail knows (BadHeaderError, UnicodeError): time mends none of them.
        _end(going, Delivery.FAILED, error=_shown(error), at=at)
    except (smtplib.SMTPException, OSError) as error:
        if _is_for_good(error):
            _end(going, Delivery.FAILED, error=_shown(error), at=at)
            return True
        _wait(going, error=error, at=at)
        return not _is_out_of_reach(error)
    else:
        _end(going, Delivery.SENT, at=at)
    return True


@transaction.atomic
def send_again(*, message: Message, at: datetime) -> None:
    """A message that failed or came back waits to be sent once more, to where its reader reads now."""
    going = OutgoingMail.objects.select_for_update().filter(message=message).first()
    stuck = Message.objects.filter(pk=message.pk, delivery__in=[Delivery.FAILED, Delivery.BOUNCED])
    if going is None or not stuck.update(delivery=Delivery.QUEUED, delivery_error=""):
        raise CannotSendAgain(_("Only a letter that was not sent, or came back, can be sent again."))
    going.tries, going.next_try_at, going.expires_at, going.done_at = 0, at, at + LIFE, None
    going.save()
    doorbell.ring(SEND, id=str(message.pk))


def hand_out(*, at: datetime, limit: int) -> list[uuid.UUID]:
    """Messages that are due and that nobody has in hand, those that have waited longest first."""
    with transaction.atomic():
        due = OutgoingMail.objects.due(at=at).select_for_update(skip_locked=True)
        return list(due.values_list("pk", flat=True)[:limit])


def overdue(*, at: datetime) -> timedelta:
    """How long the message that is most overdue has been due: those that wait for their next try are in order."""
    first = OutgoingMail.objects.due(at=at).values_list("next_try_at", flat=True).first()
    return at - first if first else timedelta(0)


def _answered(message: Message) -> str:
    """The Message-ID of the word before it, the shopper's own if that came by mail."""
    told = message.ticket.messages.public().exclude(message_id="").filter(pk__lt=message.pk)
    last_heard = told.filter(direction=Direction.IN).order_by("-pk").first()
    last = last_heard or told.order_by("-pk").first()
    return last.message_id if last else ""


def _claim(message_id: uuid.UUID, *, at: datetime) -> OutgoingMail | None:
    """The message, leased to this worker by compare-and-set; None when it is done, not due or another's."""
    due = OutgoingMail.objects.filter(pk=message_id, done_at=None, next_try_at__lte=at)
    if not due.update(next_try_at=at + LEASE, tries=F("tries") + 1):
        return None
    return OutgoingMail.objects.select_related(
        "message__agent", "message__ticket__shopper", "message__ticket__storefront__partner"
    ).get(pk=message_id)


@transaction.atomic
def _end(going: OutgoingMail, delivery: Delivery, *, at: datetime, error: str = "") -> None:
    """Its end is written once: a report that it came back may be here before we are."""
    if OutgoingMail.objects.filter(pk=going.pk, done_at=None).update(done_at=at, to=going.to):
        Message.objects.filter(pk=going.pk, delivery=Delivery.QUEUED).update(
            delivery=delivery, delivery_error=error[:_LONGEST_ERROR]
        )


def _wait(going: OutgoingMail, *, error: Exception, at: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(going.tries - 1, 12), LONGEST_WAIT)
    waiting = OutgoingMail.objects.filter(pk=going.pk, done_at=None)
    waiting.update(next_try_at=at + wait, to=going.to)
    Message.objects.filter(pk=going.pk, delivery=Delivery.QUEUED).update(delivery_error=_shown(error))
    logger.warning("Message %s waits for another try: %s", going.pk, type(error).__name__)


def _is_for_good(error: Exception) -> bool:
    """A refusal of this one letter. A refused password is about us, and mended by us."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return False
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _text in error.recipients.values())
    return isinstance(error, (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) and error.smtp_code >= 500


def _is_out_of_reach(error: Exception) -> bool:
    """Nobody there to take any letter, so the next would wait for nothing."""
    return not isinstance(
        error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
    )


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".replace("\x00", "")[:_LONGEST_ERROR]
