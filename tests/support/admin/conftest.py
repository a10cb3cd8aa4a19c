"""The desk at work: Sam and Marta answer, Irina leads; Alice's claim about an order at Harbor is with a person."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from cashback import staff
from support.claims import services as claims
from support.claims.models import Claim, Status
from support.desk.models import Agent, Category, Channel, Role, Ticket
from support.desk.services import open_ticket
from tests import make
from tests.paper_network import PaperNetwork
from tests.support import claims_make
from tests.support.claims_make import DAY


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def groups(db):
    staff.make_groups()


def hire(django_user_model, name: str, *, role: Role = Role.AGENT) -> Agent:
    """An agent with what the group Support may, and no more."""
    agent = claims_make.agent(django_user_model, name, role=role)
    agent.user.groups.add(staff.support_group())
    return agent


def at_the_desk(agent: Agent) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(agent.user)
    return client


@pytest.fixture
def sam(django_user_model, groups):
    return hire(django_user_model, "sam")


@pytest.fixture
def marta(django_user_model, groups):
    return hire(django_user_model, "marta")


@pytest.fixture
def irina(django_user_model, groups):
    return hire(django_user_model, "irina", role=Role.LEAD)


@pytest.fixture
def desk(sam):
    """Sam's browser."""
    return at_the_desk(sam)


@pytest.fixture
def other_desk(marta):
    return at_the_desk(marta)


@pytest.fixture
def paper_account(monkeypatch, db):
    from offers.networks import registry

    PaperNetwork.forget()
    monkeypatch.setitem(registry.NETWORKS, PaperNetwork.slug, PaperNetwork)
    return make.account(network=PaperNetwork.slug)


@pytest.fixture
def shop(paper_account):
    """A shop at a network that is asked by a file, and asks for no receipt."""
    return claims_make.offer(of=make.merchant("Harbor", slug="harbor"), at=paper_account)


@pytest.fixture
def now():
    return datetime.now(tz=UTC)


@pytest.fixture
def click(alice, shop, now):
    return claims_make.trip(by=alice, on=shop, at=now - 5 * DAY)


def in_review(click, *, at, **facts) -> Claim:
    """A claim that its shopper has contested: a person must look, and owes an answer."""
    claim = claims_make.claim(click, at=at, **facts)
    if claim.status != Status.IN_REVIEW:
        claims.move(claim=claim, to=Status.IN_REVIEW, reason="contested", at=at)
    return claims.contest(claim=claim, text="That is not right.", at=at)


@pytest.fixture
def claim(click, now):
    return in_review(click, at=now)


@pytest.fixture
def ticket(claim):
    return Ticket.objects.get(pk=claim.ticket_id)


@pytest.fixture
def question(alice, now):
    """A conversation about no claim."""
    return ask(alice, at=now)


def ask(shopper, *, at, subject="Where is my payout?", text="I asked for it on Monday.", **facts) -> Ticket:
    told = {"channel": Channel.STOREFRONT, "category": Category.OTHER, "language": "en", **facts}
    return open_ticket(
        storefront=shopper.storefront, shopper=shopper, subject=subject, text=text, at=at, **told
    )
