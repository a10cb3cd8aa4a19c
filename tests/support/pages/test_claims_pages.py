"""What a shopper does about money that has not come, page by page."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from support.claims.models import Claim, Status
from support.desk.models import Message, Ticket
from tests import make

pytestmark = pytest.mark.django_db

NEW, LIST, ASK = "/s/acorn/me/claims/new/", "/s/acorn/me/claims/", "/s/acorn/me/claims/ask/"


@pytest.fixture
def shopper(client, alice):
    make.sign_on(client, alice)
    return alice


@pytest.fixture
def click(shopper, account):
    """A trip of nine days ago, long enough for any shop's report."""
    offer = make.offer(of=make.merchant("Tea House"), at=account, takes_claims=True)
    trip = make.click(by=shopper, on=offer)
    then = timezone.now() - timedelta(days=9)
    type(trip).objects.filter(pk=trip.pk).update(created_at=then)
    trip.created_at = then
    return trip


def order(click, **more):
    return {
        "order_no": "A-1007",
        "order_amount": "1 990,00",
        "order_on": click.created_at.strftime("%Y-%m-%d"),
        **more,
    }


def test_a_claim_from_a_trip_is_answered_on_the_next_page(client, click):
    answer = client.post(f"{NEW}{click.public_id}/", order(click), follow=True)

    claim = Claim.objects.get()
    assert answer.redirect_chain == [(f"{LIST}{claim.public_number}/", 303)]
    assert (claim.order_minor, claim.order_no_norm, claim.click_id) == (199000, "A1007", click.pk)
    assert claim.status != Status.TRIAGING
    told = Message.objects.public().filter(ticket=claim.ticket, author="system").in_order().last()
    assert told.text.splitlines()[0] in answer.content.decode()


def test_the_trip_names_its_claim_from_then_on_and_a_second_one_leads_to_the_first(client, click):
    client.post(f"{NEW}{click.public_id}/", order(click))
    number = Claim.objects.get().public_number

    assert f"{LIST}{number}/" in client.get("/s/acorn/me/trips/").content.decode()
    again = client.post(f"{NEW}{click.public_id}/", order(click, order_no="a 1007"))
    assert Claim.objects.count() == 1
    assert again.url == f"{LIST}{number}/?done=known"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"order_no": ""}, "order_no"),
        ({"order_amount": ""}, "order_amount"),
        ({"order_amount": "много"}, "order_amount"),
        ({"order_amount": "-5"}, "order_amount"),
        ({"order_amount": "0"}, "order_amount"),
        ({"order_amount": "9" * 40}, "order_amount"),
        ({"order_on": "2999-01-01"}, "order_on"),
        ({"order_on": "yesterday"}, "order_on"),
        ({"order_no": "A\x00B"}, "order_no"),
    ],
)
def test_what_is_missing_or_odd_is_said_beside_its_field_and_nothing_is_kept(client, click, wrong, field):
    answer = client.post(f"{NEW}{click.public_id}/", order(click, **wrong))

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.content.decode()
    assert (Claim.objects.count(), Ticket.objects.count()) == (0, 0)


def test_a_receipt_is_kept_and_served_to_its_shopper_alone(client, click, bob):
    receipt = SimpleUploadedFile("чек.png", _png(), content_type="text/html")
    client.post(f"{NEW}{click.public_id}/", order(click, files=receipt))

    claim = Claim.objects.get()
    stored = claim.evidence.get().file
    path = f"{LIST}{claim.public_number}/files/{stored.public_id}/"
    served = client.get(path)
    assert (served.status_code, served["Content-Type"]) == (200, "image/png")
    assert served["X-Content-Type-Options"] == "nosniff"
    client.cookies.clear()
    assert client.get(path).status_code == 403
    make.sign_on(client, make.shopper(claim.storefront, "carol"))
    assert client.get(path).status_code == 404


def test_a_file_that_is_no_picture_is_refused_beside_its_field_and_nothing_is_kept(client, click):
    program = SimpleUploadedFile("receipt.jpg", b"MZ" + b"\x00" * 400, content_type="image/jpeg")
    answer = client.post(f"{NEW}{click.public_id}/", order(click, files=program))

    assert answer.status_code == 409
    assert 'id="files-wrong"' in answer.content.decode()
    assert (Claim.objects.count(), Ticket.objects.count()) == (0, 0)


def test_another_shoppers_trip_claim_and_number_are_not_there(client, click):
    client.post(f"{NEW}{click.public_id}/", order(click))
    number = Claim.objects.get().public_number
    client.cookies.clear()
    make.sign_on(client, make.shopper(click.storefront, "carol"))

    for path in (f"{NEW}{click.public_id}/", f"{LIST}{number}/", f"{LIST}T-{Ticket.objects.get().number}/"):
        assert client.get(path).status_code == 404
    for part in ("say", "contest", "withdraw"):
        assert client.post(f"{LIST}{number}/{part}/", {"text": "mine"}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "new/",
        "ask/",
        "C-1/",
        "new/clk_junk/",
        "T-99999999999999999999/",
        "C-0/",
        "x/",
        "C-1/files/fil_x/",
    ],
)
def test_rubbish_and_strangers_get_a_page_and_never_an_error(client, alice, path):
    assert client.get(f"{LIST}{path}").status_code == 403
    make.sign_on(client, alice)
    assert client.get(f"{LIST}{path}").status_code in (200, 404)


def test_a_question_opens_a_conversation_that_goes_on(client, shopper):
    answer = client.post(ASK, {"subject": "Where is my money", "text": "I see no button."}, follow=True)
    ticket = Ticket.objects.get()
    assert answer.redirect_chain == [(f"{LIST}{ticket.public_number}/", 303)]
    assert ticket.owed_since is not None

    said = client.post(f"{LIST}{ticket.public_number}/say/", {"text": "In the app, I mean."})
    assert said.status_code == 303
    assert [message.text for message in ticket.messages.in_order()] == [
        "I see no button.",
        "In the app, I mean.",
    ]
    assert client.post(f"{LIST}{ticket.public_number}/say/", {"text": " "}).status_code == 422
    assert client.post(f"{LIST}{ticket.public_number}/contest/").status_code == 404


def test_notes_of_staff_are_never_shown(client, shopper, sam):
    from support.desk import services as desk
    from support.desk.models import Agent

    client.post(ASK, {"subject": "Hello", "text": "Anybody there?"})
    ticket = Ticket.objects.get()
    agent = Agent.objects.create(user=sam, team=ticket.team, name="Sam")
    desk.note(ticket=ticket, agent=agent, text="zz-secret-note", at=timezone.now())
    desk.reply(ticket=ticket, agent=agent, text="Here I am.", version=ticket.version, at=timezone.now())

    page = client.get(f"{LIST}{ticket.public_number}/").content.decode()
    assert "Here I am." in page
    assert "zz-secret-note" not in page


def test_a_purchase_can_be_questioned(client, click, account):
    from transactions import services
    from transactions.models import TransactionEvent

    sale = make.sale(click_ref=click.public_id.removeprefix("clk_"), external_id="77", order_id="P-77")
    made = services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=timezone.now())
    path = f"/s/acorn/me/purchases/{made.transaction.public_id}/claim/"

    assert client.get(path).status_code == 200
    assert client.post(path, {"kind": "untracked"}).status_code == 422
    answer = client.post(path, {"kind": "wrong_amount", "text": "I paid 3,000."}, follow=True)
    assert answer.status_code == 200
    assert Claim.objects.get().transaction_id == made.transaction.pk


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_few_queries(client, shopper, count, django_assert_num_queries):
    for number in range(count):
        client.post(ASK, {"subject": f"Question {number}", "text": "Well?"})
    client.get(LIST)
    with django_assert_num_queries(4):
        client.get(LIST)


def _png() -> bytes:
    import io

    from PIL import Image

    written = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(written, "PNG")
    return written.getvalue()
