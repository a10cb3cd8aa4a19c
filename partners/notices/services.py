"""Letters are written, sent, sent again and forgotten."""

import json
import logging
import smtplib
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from partners.models import Shopper, Storefront
from partners.notices import addresses, kinds, rendering
from partners.notices.models import Letter, Notice, Suppression

logger = logging.getLogger(__name__)

# Longer than the mail server may be silent (EMAIL_TIMEOUT) in all the words of one letter.
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
# More than the three days of a notice hold: a letter that stops its worker each time has an end too.
MOST_TRIES = 100
# With so many letters due nobody writes notices on top: a code that must be tried again waits behind them all.
FULL = 1000
_FORGOTTEN_AT_A_TIME = 1000
# A refused letter is kept this long for a person to send it again.
KEPT_FOR = timedelta(days=7)
REMEMBERED_FOR = timedelta(days=180)


class BadAddress(DomainError):
    """No mail can be sent there."""

    code = "bad_address"


class CannotSendAgain(DomainError):
    """The letter is not one that waits for a person."""

    code = "cannot_send_again"


@transaction.atomic
def post(
    *,
    storefront: Storefront,
    to: str,
    language: str,
    letter: str,
    context: Mapping[str, Any],
    at: datetime,
    unsubscribe: Shopper | None = None,
    dedupe_key: str = "",
) -> Letter:
    """The letter (templates/emails/<letter>/) will be sent once the caller's transaction commits. `unsubscribe` is
    the shopper whose notices its one-click link stops; `context` is plain JSON and forgotten after the sending."""
    if not addresses.is_valid(to):
        raise BadAddress(_("This is not an e-mail address that we can write to."))
    written = Letter.objects.create(
        **envelope(
            storefront=storefront, to=to, language=language, letter=letter, shopper=unsubscribe, at=at
        ),
        context=json.dumps(dict(context)),
        dedupe_key=dedupe_key,
    )
    doorbell.ring("partners.notices.tasks.send_letter", id=str(written.pk))
    return written


def envelope(
    *,
    storefront: Storefront,
    to: str,
    language: str,
    letter: str,
    shopper: Shopper | None,
    at: datetime,
) -> dict[str, Any]:
    """The fields of a new letter, save for what it says."""
    return {
        "partner_id": storefront.partner_id,
        "storefront": storefront,
        "shopper": shopper,
        "letter": letter,
        "language": language,
        "to": to,
        "address_hash": addresses.hashed(to, storefront=storefront),
        "created_at": at,
        "next_try_at": at,
        "expires_at": at + kinds.life(letter),
    }


def next_due(*, at: datetime) -> uuid.UUID | None:
    """The letter that has waited longest, if one is due."""
    due = Letter.objects.waiting().filter(next_try_at__lte=at).order_by("next_try_at", "pk")
    return due.values_list("pk", flat=True).first()


def is_full(*, at: datetime) -> bool:
    due = Letter.objects.waiting().filter(next_try_at__lte=at)
    return due.order_by("next_try_at")[FULL - 1 : FULL].exists()


def send(*, letter_id: uuid.UUID, at: datetime) -> bool:
    """The letter is sent, or waits for its next try, or is at its end; false when the mail server is out of reach.

    A worker that dies between the server's "accepted" and our commit leaves the letter waiting, and it is sent a
    second time under the same Message-ID: a letter too many rather than a letter lost (docs/adr/0008).
    """
    letter = _claim(letter_id, at=at)
    if letter is None:
        return True
    if letter.expires_at <= at or letter.tries > MOST_TRIES:
        _end(letter, Letter.State.GIVEN_UP, error=letter.error or "Its time was over.")
        return True
    try:
        # What explains a decline speaks as soon as it is asked, so the language is the reader's from here on.
        with translation.override(letter.language):
            composed = _compose(letter, at=at)
        if composed is None:
            _end(letter, Letter.State.NEEDLESS)
            return True
        message = rendering.message(letter, composed.context)
    except Exception as error:
        # A fault of ours. It goes to the log, and staff see on the letter what holds it up.
        _wait(letter, error=error, at=at)
        raise
    return _hand_over(letter, message, composed, at=at)


@transaction.atomic
def send_again(*, letter: Letter, at: datetime) -> None:
    """A letter that the reader's server refused waits to be sent once more."""
    again = Letter.objects.select_for_update().get(pk=letter.pk)
    if again.state != Letter.State.FAILED:
        raise CannotSendAgain(_("Only a letter that has failed can be sent again."))
    again.state, again.tries, again.error = Letter.State.WAITING, 0, ""
    again.next_try_at, again.expires_at = at, at + kinds.life(again.letter)
    try:
        with transaction.atomic():
            again.save()
    except IntegrityError as error:
        raise CannotSendAgain(_("A newer letter to this shopper is on its way already.")) from error
    doorbell.ring("partners.notices.tasks.send_letter", id=str(again.pk))


def forget_refused(*, at: datetime) -> int:
    """Refused letters that nobody has sent again in time are forgotten like all others; how many."""
    stale = Letter.objects.filter(state=Letter.State.FAILED, created_at__lt=at - KEPT_FOR)
    count = 0
    for letter in stale.iterator():
        _forget(letter, Letter.State.GIVEN_UP, error=letter.error)
        count += 1
    return count


def forget_old(*, at: datetime) -> None:
    """What was sent, and of which purchases, is not kept longer than somebody may ask about it. Some at a time:
    changed terms were half a million letters of one day."""
    before = at - REMEMBERED_FOR
    Notice.objects.filter(created_at__lt=before).exclude(state=Notice.State.WAITING).delete()
    old = Letter.objects.filter(created_at__lt=before).exclude(state=Letter.State.WAITING).order_by("pk")
    while some := list(old.values_list("pk", flat=True)[:_FORGOTTEN_AT_A_TIME]):
        Letter.objects.filter(pk__in=some).delete()


def suppress(*, storefront: Storefront, address_hash: str, reason: Suppression.Reason, at: datetime) -> None:
    """No notice of this storefront goes to the address any more. A complaint outweighs an unsubscription."""
    kept, is_new = Suppression.objects.get_or_create(
        storefront=storefront,
        address_hash=address_hash,
        defaults={"partner_id": storefront.partner_id, "reason": reason, "created_at": at},
    )
    if not is_new and reason == Suppression.Reason.COMPLAINED and kept.reason != reason:
        kept.reason = reason
        kept.save(update_fields=["reason"])


def _claim(letter_id: uuid.UUID, *, at: datetime) -> Letter | None:
    """The letter, leased to this worker by compare-and-set; None when it is done, not due or another's."""
    due = Letter.objects.waiting().filter(pk=letter_id, next_try_at__lte=at)
    if not due.update(next_try_at=at + LEASE, tries=F("tries") + 1):
        return None
    return Letter.objects.select_related("storefront__partner", "shopper__storefront").get(pk=letter_id)


def _compose(letter: Letter, *, at: datetime) -> kinds.Composed | None:
    notice = kinds.notice(letter.letter)
    if notice is None:
        return kinds.Composed(json.loads(letter.context or "{}"))
    if letter.shopper is None:
        return None
    # Also for a shopper to whom we may not write: what the letter was about has been taken into it, and ends with it.
    composed = notice.compose(letter, at)
    if not _is_open(letter.storefront) or not addresses.takes_notices(letter.shopper):
        return None
    if letter.to != letter.shopper.email:
        letter.to = letter.shopper.email
        letter.address_hash = addresses.hashed(letter.to, storefront=letter.storefront)
    return composed


def _is_open(storefront: Storefront) -> bool:
    """A closed one has no page for a letter to lead to, not even the one that stops the letters."""
    return storefront.is_active and storefront.partner.is_active


def _hand_over(
    letter: Letter, message: EmailMultiAlternatives, composed: kinds.Composed, *, at: datetime
) -> bool:
    try:
        message.connection = get_connection()
        message.send()
    except ValueError as error:
        # No header or address that mail knows (BadHeaderError, UnicodeError): time mends none of them.
        _end(letter, Letter.State.FAILED, error=_shown(error, letter))
    except (smtplib.SMTPException, OSError) as error:
        if _is_for_good(error):
            _end(letter, Letter.State.FAILED, error=_shown(error, letter))
            return True
        _wait(letter, error=error, at=at)
        return not _is_out_of_reach(error)
    else:
        with transaction.atomic():
            composed.told()
            _forget(letter, Letter.State.SENT, sent_at=at)
    return True


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


def _wait(letter: Letter, *, error: Exception, at: datetime) -> None:
    wait = min(FIRST_WAIT * 2 ** min(letter.tries - 1, 12), LONGEST_WAIT)
    _mine(letter).update(next_try_at=at + wait, error=_shown(error, letter))
    logger.warning("Letter %s waits for another try: %s", letter, type(error).__name__)


@transaction.atomic
def _end(letter: Letter, state: Letter.State, *, error: str = "") -> None:
    if notice := kinds.notice(letter.letter):
        notice.dropped(letter)
    if state == Letter.State.FAILED:
        _mine(letter).update(state=state, error=error)
    else:
        _forget(letter, state, error=error)


def _forget(letter: Letter, state: Letter.State, *, error: str = "", sent_at: datetime | None = None) -> None:
    Letter.objects.filter(pk=letter.pk).update(
        state=state,
        context="",
        to=addresses.masked(letter.to),
        address_hash=letter.address_hash,
        error=error,
        sent_at=sent_at,
    )


def _mine(letter: Letter) -> Any:
    """The letter while it waits, under whatever lease: its end is written once."""
    return Letter.objects.waiting().filter(pk=letter.pk)


def _shown(error: Exception, letter: Letter) -> str:
    """What the server said, without the address that it tends to repeat."""
    text = f"{type(error).__name__}: {error}".replace("\x00", "")
    return text.replace(letter.to, addresses.masked(letter.to))[:500]
