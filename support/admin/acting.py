"""What every action on a case shares: how a form is read, and what is said when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk import files
from support.desk.models import Agent, StoredFile, Ticket


class Unreadable(DomainError):
    """The form does not say what to do, or not what can be done; the message tells what is missing."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Done:
    """What is true now. `goes_on` takes the agent to the next case; `to` is another address."""

    said: str
    goes_on: bool = False
    to: str = ""


Action = Callable[[HttpRequest, Ticket, Agent, datetime], Done]


def version_of(request: HttpRequest) -> int:
    """The ticket's version that the page had shown."""
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Unreadable(_("The page is out of date: open the case again."))
    return int(text)


def text_of(request: HttpRequest, name: str = "text") -> str:
    return request.POST.get(name, "").replace("\x00", "")


def files_of(request: HttpRequest, ticket: Ticket, at: datetime) -> list[StoredFile]:
    """What was attached, looked into and kept. Raises FileRefused."""
    given = [each for each in request.FILES.getlist("files") if each.size]
    files.refuse_too_many(given)
    return [
        files.store(partner_id=ticket.partner_id, name=each.name or "", content=each.read(), at=at)
        for each in given
    ]
