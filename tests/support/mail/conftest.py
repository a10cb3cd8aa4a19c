"""Alice and Bob read mail; letters arrive at Acorn's support, and its answers at a mail server of this machine."""

from collections.abc import Callable
from datetime import datetime

import pytest

from partners.models import Shopper
from support.desk.models import Agent, Message, Team, Ticket
from support.mail import inbound, outgoing
from support.mail.models import InboundMail, OutgoingMail, Source
from tests import make
from tests.notices.conftest import no_server, sink, with_address

__all__ = ["no_server", "sink", "with_address"]


@pytest.fixture(autouse=True)
def _addresses(settings) -> None:
    settings.SUPPORT_FROM, settings.SUPPORT_STOREFRONT = "support@localhost", ""


@pytest.fixture
def team(db) -> Team:
    return Team.objects.filter(is_default=True).first() or Team.objects.create(name="Day", is_default=True)


@pytest.fixture
def anna(team, django_user_model) -> Agent:
    user = django_user_model.objects.create_user("anna", password="a-long-password", is_staff=True)
    return Agent.objects.create(user=user, team=team, name="Anna")


@pytest.fixture
def alice(acorn, team, at) -> Shopper:
    return with_address(make.shopper(acorn, "alice"), "alice@mail.test", at)


@pytest.fixture
def bob(birch, team, at) -> Shopper:
    return with_address(make.shopper(birch, "bob"), "bob@mail.test", at)


@pytest.fixture
def arrive(acorn, team, at) -> Callable[..., InboundMail]:
    """A letter arrives and is processed."""

    def arrive(raw: bytes, *, now: datetime = at, **envelope) -> InboundMail:
        stored = inbound.receive(raw=raw, source=Source.WEBHOOK, at=now, **envelope)
        inbound.process(mail_id=stored.pk, at=now)
        return InboundMail.objects.get(pk=stored.pk)

    return arrive


def deliver(at: datetime) -> None:
    """What the workers do: every message that is due is tried once."""
    for message_id in list(OutgoingMail.objects.due(at=at).values_list("pk", flat=True)):
        outgoing.send(message_id=message_id, at=at)


def said(ticket: Ticket) -> list[tuple[str, bool, str]]:
    """By whom, whether inside only, and what, in order."""
    return [(each.author, each.is_internal, each.text) for each in ticket.messages.in_order()]


def last_sent(ticket: Ticket) -> Message:
    return ticket.messages.exclude(message_id="").filter(direction="out").latest("pk")
