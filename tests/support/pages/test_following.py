"""What a shopper sees of a claim on its way: where it has been and when, what is next and by when, and a person."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from support.claims import services as claims
from support.claims.models import Claim, Kind, Status
from support.desk import services as desk
from support.desk.models import Channel, Ticket
from support.goodwill.models import GoodwillGrant, GrantStatus
from tests import make
from tests.support.pages.test_odd_things import picture
from transactions import services
from transactions.models import TransactionEvent

pytestmark = pytest.mark.django_db

LIST = "/s/acorn/me/claims/"


@pytest.fixture
def alice(alice):
    alice.locale = "en"
    alice.save()
    return alice


@pytest.fixture
def claim(client, alice, account):
    """Of nine days ago, about a trip of eighteen days ago; in English."""
    make.sign_on(client, alice)
    opened = timezone.now() - timedelta(days=9)
    trip = make.click(by=alice, on=make.offer(of=make.merchant("Tea House"), at=account, takes_claims=True))
    trip.created_at = opened - timedelta(days=9)
    type(trip).objects.filter(pk=trip.pk).update(created_at=trip.created_at)
    return claims.open_claim(
        shopper=alice,
        kind=Kind.UNTRACKED,
        click=trip,
        order_no="A-1007",
        order_minor=1990_00,
        text="Where is it?",
        via=Channel.STOREFRONT,
        language="en",
        at=opened,
    )


def bring(claim: Claim, *road: Status, days_ago: float = 0) -> None:
    for status in road:
        claims.move(claim=claim, to=status, reason="test", at=timezone.now() - timedelta(days=days_ago))


def look(client, claim: Claim, **query: str) -> str:
    return client.get(f"{LIST}{claim.public_number}/", query).content.decode()


def road(page: str) -> list[tuple[str, bool]]:
    """The stages in their order, and whether each has its day."""
    [listed] = re.findall(r'<ol class="claim-road".*?</ol>', page, re.S)
    return [
        (re.search(r'road-words">(.*?)<', stage)[1], "<time" in stage)
        for stage in re.findall(r"<li.*?</li>", listed, re.S)
    ]


def test_the_road_shows_what_was_with_its_days_and_what_may_come(client, claim):
    bring(claim, Status.IN_REVIEW, days_ago=8)
    bring(claim, Status.LODGED, Status.WAITING_NETWORK, days_ago=1)
    assert road(look(client, claim)) == [
        ("Received", True),
        ("Checking", True),
        ("Sent to the shop", True),
        ("The shop agreed", False),
        ("Paid", False),
    ]


@pytest.mark.parametrize(
    ("stages", "last"),
    [
        ((Status.IN_REVIEW, Status.NEED_INFO), "Waiting for you"),
        ((Status.IN_REVIEW, Status.LODGED, Status.DECLINED_NET), "The shop refused"),
        ((Status.IN_REVIEW, Status.REJECTED), "Closed"),
    ],
)
def test_the_road_ends_where_the_claim_stands(client, claim, stages, last):
    bring(claim, *stages)
    assert road(look(client, claim))[-1] == (last, True)


def test_a_day_that_has_gone_by_is_owned_up_to_and_not_promised_again(client, claim):
    bring(claim, Status.IN_REVIEW)
    assert "You hear from us by" in look(client, claim)
    Claim.objects.update(next_update_due=timezone.now() - timedelta(days=1))
    for page in (look(client, claim), client.get(LIST).content.decode()):
        assert "We are late" in page
        assert "You hear from us by" not in page


def test_an_answer_is_contested_with_a_receipt_by_one_press(client, claim):
    bring(claim, Status.IN_REVIEW, Status.REJECTED)
    page = look(client, claim)
    assert page.count("<textarea") == 1 and f"{claim.public_number}/say/" not in page
    path = f"{LIST}{claim.public_number}/contest/"
    assert client.post(path, {"text": "It was me.", "files": picture()}).status_code == 303

    claim.refresh_from_db()
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "contested")
    assert claim.evidence.count() == 1
    [said] = claim.ticket.messages.filter(text="It was me.")
    assert said.attachments.count() == 1


def test_a_receipt_that_is_refused_leaves_the_answer_as_it_was(client, claim):
    bring(claim, Status.IN_REVIEW, Status.REJECTED)
    path = f"{LIST}{claim.public_number}/contest/"
    answer = client.post(path, {"text": "It was me.", "files": [picture() for _ in range(6)]})

    assert answer.status_code == 409 and ">It was me.</textarea>" in answer.content.decode()
    claim.refresh_from_db()
    assert claim.status == Status.REJECTED


def test_a_claim_is_taken_back_after_a_second_press_and_can_be_raised_again(client, claim):
    page = look(client, claim)
    assert re.search(r"<details class=\"withdraw\">.*Withdraw the claim\?.*</details>", page, re.S)
    answer = client.post(f"{LIST}{claim.public_number}/withdraw/", follow=True)

    assert "Changed your mind?" in answer.content.decode()
    client.post(f"{LIST}{claim.public_number}/contest/", {"text": "I did."})
    claim.refresh_from_db()
    assert (claim.status, claim.cycle) == (Status.IN_REVIEW, 2)


def test_what_is_shown_as_paid_is_what_was_given(client, claim):
    bring(claim, Status.IN_REVIEW, Status.COMPENSATED)
    now = timezone.now()
    GoodwillGrant.objects.create(
        partner=claim.partner,
        storefront=claim.storefront,
        shopper=claim.shopper,
        claim=claim,
        amount_minor=4321,
        currency="RUB",
        payer="platform",
        reason="test",
        status=GrantStatus.PAID,
        created_at=now,
        decided_at=now,
    )
    for page in (look(client, claim), client.get(LIST).content.decode()):
        assert "43.21" in page
    assert "The cashback is in your balance." in look(client, claim)


def test_a_question_says_by_when_a_person_answers_and_when_it_is_answered(client, alice, sam):
    from support.desk.models import Agent

    make.sign_on(client, alice)
    client.post(f"{LIST}ask/", {"subject": "Hello", "text": "Anybody there?"})
    ticket = Ticket.objects.get()
    path = f"{LIST}{ticket.public_number}/"
    assert "A person reads it and answers as soon as they can." in client.get(path).content.decode()
    Ticket.objects.update(next_due_at=timezone.now() + timedelta(hours=3))
    assert "You hear from us by" in client.get(path).content.decode()

    agent = Agent.objects.create(user=sam, team=ticket.team, name="Sam")
    desk.reply(ticket=ticket, agent=agent, text="Here I am.", version=ticket.version, at=timezone.now())
    page = client.get(path).content.decode()
    assert "You hear from us by" not in page
    assert re.search(r'<span class="badge[^"]*">(?:<svg.*?</svg>)?Answered</span>', page, re.S)


def test_a_conversation_that_was_joined_to_another_leads_there(client, alice, sam):
    from support.desk.models import Agent

    make.sign_on(client, alice)
    for subject in ("One", "Two"):
        client.post(f"{LIST}ask/", {"subject": subject, "text": "Well?"})
    into, joined = Ticket.objects.order_by("pk")
    agent = Agent.objects.create(user=sam, team=into.team, name="Sam")
    desk.merge(ticket=joined, into=into, agent=agent, at=timezone.now())

    page = client.get(f"{LIST}{joined.public_number}/").content.decode()
    assert f"This conversation goes on in {into.public_number}." in page
    assert "<textarea" not in page


def test_trips_to_choose_from_say_which_have_brought_a_purchase(client, claim, alice, account):
    bought = make.click(by=alice, on=claim.offer)
    sale = make.sale(click_ref=bought.public_id.removeprefix("clk_"), external_id="77")
    services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=timezone.now())

    page = client.get(f"{LIST}new/").content.decode()
    first, second = re.findall(r"<li>.*?</li>", page, re.S)
    assert "A purchase of this trip is tracked" in first
    assert f"You have asked already: {claim.public_number}" in second
