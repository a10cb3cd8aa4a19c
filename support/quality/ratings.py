"""Asking the shopper what they thought of it: once for each resolution cycle, by a link that works once."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cashback.lib import sight
from cashback.lib.errors import DomainError
from partners.models import Storefront
from support.desk.models import Agent, Author, Direction, Message, Ticket
from support.quality.models import Rating, RatingReason

LINK_LASTS = timedelta(days=14)
LONGEST_COMMENT = 2000
_SALT = "support.quality.rating"


class UnknownLink(DomainError):
    """No question of ours has this link."""

    code = "unknown_link"


class AlreadyRated(DomainError):
    """The link was used; the first answer stays."""

    code = "already_rated"


class LinkExpired(DomainError):
    """The question is older than a link lasts."""

    code = "link_expired"


class NoSuchScore(DomainError):
    """A score is a whole number from 1 to 5."""

    code = "no_such_score"


@transaction.atomic
def ask(*, ticket: Ticket, cycle: int, at: datetime) -> Rating | None:
    """The shopper is asked about this cycle, once, whoever closes it and however often. None: there is nothing to ask
    about, for nobody answered them, or nobody to ask, for the case went on in another one."""
    said = _our_public_words(ticket, cycle)
    if ticket.merged_into_id or not said.exists():
        return None
    rating, _is_new = Rating.objects.get_or_create(
        ticket=ticket,
        cycle=cycle,
        defaults={
            "partner_id": ticket.partner_id,
            "agent": _last_to_speak(ticket, cycle),
            "token_hash": _hash(_token(ticket, cycle)),
            "asked_at": at,
            "expires_at": at + LINK_LASTS,
        },
    )
    return rating


def ask_when_solved(ticket: Ticket, cycle: int, agent: Agent | None, at: datetime) -> None:
    """For the desk, which calls it whenever a ticket is solved."""
    ask(ticket=ticket, cycle=cycle, at=at)


def read(token: str) -> Rating | None:
    """The question behind a link, with its ticket and storefront. Reading changes nothing, however often it is done:
    scanners of mail open every link. None: no link of ours."""
    found = Rating.objects.filter(token_hash=_hash(token))
    with sight.all_partners("whose letter asks for a mark", is_hot=True):
        return found.select_related("ticket__storefront__partner", "agent").first()


@transaction.atomic
def answer(*, token: str, score: int, comment: str = "", reason: str = "", at: datetime) -> Rating:
    """The shopper's answer is kept, and nothing changes it any more.

    Raises UnknownLink, AlreadyRated, LinkExpired or NoSuchScore.
    """
    rating = read(token)
    if rating is None:
        raise UnknownLink(_("This link is not one of ours."))
    if not 1 <= score <= 5:
        raise NoSuchScore(_("Choose a mark from 1 to 5."))
    if reason and reason not in RatingReason.values:
        reason = ""
    # One statement decides between two presses at once.
    is_kept = Rating.objects.filter(pk=rating.pk, answered_at=None, expires_at__gte=at).update(
        score=score,
        reason=reason,
        comment=comment.replace("\x00", "").strip()[:LONGEST_COMMENT],
        answered_at=at,
    )
    rating.refresh_from_db(fields=["score", "reason", "comment", "answered_at"])
    if is_kept:
        return rating
    if rating.is_answered:
        raise AlreadyRated(_("You have answered already. Thank you!"))
    raise LinkExpired(_("This link worked for two weeks and has expired."))


def invitation(ticket: Ticket, *, at: datetime | None = None) -> str | None:
    """The link to the question about the ticket's present cycle, for the letter that says it is solved. None: nothing
    is asked, or it is answered already, or (where `at` is given) too late."""
    rating = Rating.objects.filter(ticket=ticket, cycle=ticket.cycle, answered_at=None).first()
    if rating is None or (at is not None and not rating.is_open(at=at)):
        return None
    token = _token(ticket, ticket.cycle)
    # A question asked under an earlier key: its link cannot be made again, and went out with the first letter.
    if not hmac.compare_digest(_hash(token), rating.token_hash):
        return None
    return f"{_site(ticket.storefront)}/rate/{token}/"


def footer(message: Message) -> str | None:
    """Below the letter that ends the case; its last word, whoever said it."""
    ticket = message.ticket
    if message.cycle != ticket.cycle or ticket.solved_at is None:
        return None
    last = _our_public_words(ticket, ticket.cycle).order_by("-created_at", "-pk").first()
    link = invitation(ticket) if last == message else None
    return _("How did we do? Tell us with one press: %(link)s") % {"link": link} if link else None


def _our_public_words(ticket: Ticket, cycle: int):
    return Message.objects.public().filter(ticket=ticket, cycle=cycle, direction=Direction.OUT)


def _last_to_speak(ticket: Ticket, cycle: int) -> Agent | None:
    """The person whose public word was the last of the cycle."""
    spoken = _our_public_words(ticket, cycle).filter(author=Author.AGENT).select_related("agent")
    last = spoken.order_by("-created_at", "-pk").first()
    return last.agent if last else None


def _token(ticket: Ticket, cycle: int) -> str:
    """192 bits that only we can make, the same whenever they are made: no letter has to carry the token in a queue."""
    made = salted_hmac(_SALT, f"{ticket.pk}:{cycle}", algorithm="sha256").digest()
    return urlsafe_b64encode(made[:24]).decode()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _site(storefront: Storefront) -> str:
    if storefront.host:
        return f"{urlsplit(settings.SITE_URL).scheme}://{storefront.host}"
    return settings.SITE_URL
