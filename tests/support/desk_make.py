"""A desk at work: agents who are there, and shoppers who ask."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

from django.contrib.auth.models import User
from django.db import connection

from cashback.lib.errors import DomainError
from partners.models import Partner, Shopper, StaffReach
from support.desk import services as desk
from support.desk.models import Agent, Category, Channel, Presence, Team, Ticket, TicketEvent

_numbers = itertools.count(1)


def agent(name: str, *, team: Team | None = None, online: bool = True, **facts) -> Agent:
    user = User.objects.create_user(name.lower(), password="a-long-password", is_staff=True)
    defaults = {"presence": Presence.ONLINE if online else Presence.OFFLINE}
    return Agent.objects.create(
        user=user, team=team or desk.default_team(), name=name, **{**defaults, **facts}
    )


def reaches_only(who: Agent, *partners: Partner) -> None:
    StaffReach.objects.create(pk=who.user_id).partners.set(partners)


def ticket(of: Shopper, *, at: datetime, text: str = "Where is my cashback?", **facts) -> Ticket:
    """Asked in the storefront, in its language."""
    defaults = {
        "storefront": of.storefront,
        "shopper": of,
        "subject": f"Question {next(_numbers)}",
        "channel": Channel.STOREFRONT,
        "category": Category.OTHER,
        "language": of.storefront.locale,
    }
    return desk.open_ticket(text=text, at=at, **{**defaults, **facts})


def hear(of: Ticket, text: str, *, at: datetime, **facts):
    return desk.hear(ticket=of, text=text, channel=Channel.STOREFRONT, at=at, **facts)


def fresh(of: Ticket) -> Ticket:
    return Ticket.objects.defer("search").get(pk=of.pk)


def happened(to: Ticket) -> list[str]:
    """The kinds of its events, in order."""
    return list(to.events.order_by("pk").values_list("kind", flat=True))


def facts_of(to: Ticket, kind: TicketEvent.Kind) -> dict:
    """Of its last event of that kind, without the version."""
    facts = to.events.filter(kind=kind).latest("pk").facts
    return {name: value for name, value in facts.items() if name != "version"}


def together(*works):
    """Each in its own thread and connection, begun at the same moment; what each returned or refused."""
    start = Barrier(len(works))

    def run(work):
        start.wait(timeout=10)
        try:
            return work()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))
