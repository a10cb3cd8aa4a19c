"""What every action on a case shares: how a form is read, and what is said when it is done."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk import files
from support.desk.models import Agent, StoredFile, Ticket
from support.desk.people import agent_of


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


def agent_for(request: HttpRequest, permission: str) -> Agent:
    """The agent who acts. Raises PermissionDenied for whoever is none, or may not."""
    agent = agent_of(request.user)
    if agent is None or not request.user.has_perm(permission):
        raise PermissionDenied
    return agent


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
    given = [(each.name or "", each.read()) for each in request.FILES.getlist("files") if each.size]
    return files.store_all(partner_id=ticket.partner_id, files=given, at=at)
