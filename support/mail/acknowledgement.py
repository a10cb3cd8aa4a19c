"""“We have your letter”: once for each ticket that a person opened by mail, with its number and by when we answer."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, get_timezone_name
from django.utils import translation
from django.utils.translation import gettext as _

from support.clocks import services as clocks
from support.desk import services as desk
from support.desk.models import Ticket
from support.mail import rendering

_TOO_FAR = timedelta(days=14)


def send(*, ticket: Ticket, at: datetime) -> None:
    """The requester is told that their letter has arrived, what happens next, by when, and how to say more."""
    with translation.override(ticket.language):
        desk.answer_by_itself(ticket=ticket, text=_words(ticket, at=at), at=at)


def _words(ticket: Ticket, *, at: datetime) -> str:
    number = ticket.public_number
    lines = [_("We have your letter. Its number is %(number)s.") % {"number": number}]
    due = clocks.next_due(subject_id=ticket.pk)
    if due and at < due <= at + _TOO_FAR:
        lines.append(_("A person reads it and answers by %(moment)s.") % {"moment": _moment(due, ticket)})
    else:
        lines.append(_("A person reads it and answers as soon as they can."))
    more = _("If you remember something more, such as the shop or the order's number, answer this letter.")
    if address := rendering.case_address(ticket):
        more += "\n" + _("You can follow your question here: %(address)s") % {"address": address}
    return "\n\n".join([" ".join(lines), more])


def _moment(due: datetime, ticket: Ticket) -> str:
    """`3 мая, 14:30 (Москва, стандартное время)`: a letter is read anywhere."""
    there = due.astimezone(ZoneInfo(ticket.storefront.time_zone))
    day, clock = (format_skeleton(each, there, locale=ticket.language) for each in ("MMMMd", "Hm"))
    return f"{day}, {clock} ({get_timezone_name(there, locale=ticket.language)})"
