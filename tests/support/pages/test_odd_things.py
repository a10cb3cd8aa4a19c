"""What people and programs send to a claim's doors that nobody asked for: clear words, and nothing half kept."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from support.claims.models import Claim, Status
from support.desk.models import Message, StoredFile, Ticket
from tests import make

pytestmark = pytest.mark.django_db

NEW, LIST, ASK = "/s/acorn/me/claims/new/", "/s/acorn/me/claims/", "/s/acorn/me/claims/ask/"
FIFTY = 50 * 1024 * 1024


@pytest.fixture
def shopper(client, alice):
    alice.locale = "en"
    alice.save()
    make.sign_on(client, alice)
    return alice


@pytest.fixture
def click(shopper, account):
    """A trip of nine days ago, long enough for any shop's report."""
    offer = make.offer(of=make.merchant("Tea House"), at=account, takes_claims=True)
    trip = make.click(by=shopper, on=offer)
    trip.created_at = timezone.now() - timedelta(days=9)
    type(trip).objects.filter(pk=trip.pk).update(created_at=trip.created_at)
    return trip


@pytest.fixture
def claim(client, click):
    client.post(f"{NEW}{click.public_id}/", order())
    return Claim.objects.get()


def order(**more):
    return {"order_no": "A-1007", "order_amount": "1 990,00", **more}


def picture(name: str = "чек.png", behind: bytes = b"") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue() + behind, content_type="image/png")


def kept() -> tuple[int, int, int]:
    return Claim.objects.count(), Message.objects.count(), StoredFile.objects.count()


def test_fifty_megabytes_are_too_much_at_every_door(client, click, claim):
    before = kept()
    huge = b"\xff\xd8\xff" + b"\0" * FIFTY
    number = claim.public_number
    for path in (f"{NEW}{click.public_id}/", f"{LIST}{number}/say/", f"{LIST}{number}/contest/", ASK):
        answer = client.post(path, order(text="Hello", files=SimpleUploadedFile("receipt.jpg", huge)))
        assert answer.status_code == 413, path
        assert "send smaller files" in answer.content.decode()
    assert kept() == before


def test_eleven_megabytes_are_refused_by_name_and_the_form_keeps_what_was_typed(client, click):
    large = SimpleUploadedFile("receipt.jpg", b"\xff\xd8\xff" + b"\0" * 11 * 1024 * 1024)
    answer = client.post(f"{NEW}{click.public_id}/", order(files=large))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "receipt.jpg is larger than 10 MB" in page and 'value="A-1007"' in page
    assert kept() == (0, 0, 0)


def test_of_a_picture_that_is_a_page_too_only_the_picture_is_served(client, click):
    script = b"<html><script>alert(document.domain)</script></html>"
    client.post(f"{NEW}{click.public_id}/", order(files=picture("receipt.html", behind=script)))

    stored = Claim.objects.get().evidence.get().file
    served = client.get(f"{LIST}{Claim.objects.get().public_number}/files/{stored.public_id}/")
    assert served["Content-Type"] == "image/png"
    assert b"alert" not in served.content
    assert "sandbox" in served["Content-Security-Policy"]


def test_an_empty_file_is_said_to_be_broken_and_not_passed_over(client, claim):
    before = kept()
    empty = SimpleUploadedFile("receipt.png", b"")
    answer = client.post(f"{LIST}{claim.public_number}/say/", {"text": "Here.", "files": empty})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "receipt.png is empty." in page and ">Here.</textarea>" in page
    assert kept() == before


@pytest.mark.parametrize("is_question", [True, False])
def test_six_files_are_refused_whole(client, claim, is_question):
    if is_question:
        client.post(ASK, {"subject": "Hello", "text": "Anybody there?"})
    number = Ticket.objects.latest("pk").public_number if is_question else claim.public_number
    before = kept()
    answer = client.post(f"{LIST}{number}/say/", {"files": [picture() for _ in range(6)]})

    assert answer.status_code == 409
    assert "Send 5 files at most." in answer.content.decode()
    assert kept() == before


def test_of_two_files_one_of_which_is_refused_none_is_kept(client, shopper):
    client.post(ASK, {"subject": "Hello", "text": "Anybody there?"})
    before = kept()
    program = SimpleUploadedFile("b.png", b"MZ" + b"\x00" * 400)
    path = f"{LIST}{Ticket.objects.get().public_number}/say/"
    assert client.post(path, {"text": "See.", "files": [picture(), program]}).status_code == 409
    assert kept() == before


@pytest.mark.parametrize(
    "field",
    ["order_no", "order_amount", "order_on", "coupon_used", "goods", "text", "paid_with", "bought_in"],
)
@pytest.mark.parametrize("rubbish", ["\x00", "x" * 5000, "[object Object]", "💥" * 2000])
def test_rubbish_in_a_field_is_said_beside_it_or_taken_as_words(client, click, field, rubbish):
    answer = client.post(f"{NEW}{click.public_id}/", order(**{field: rubbish}))

    if answer.status_code == 303:
        assert (field, rubbish) in {
            (name, "[object Object]") for name in ("order_no", "coupon_used", "goods", "text")
        } | {("text", "💥" * 2000)}
        return
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{field}-wrong"' in page
    # What is folded away is open where something is wrong in it.
    folded = field in ("coupon_used", "goods", "text", "paid_with", "bought_in")
    assert ('<details class="more-facts" open>' in page) == folded
    assert kept() == (0, 0, 0)


def test_files_that_came_with_a_mistake_are_asked_for_once_more(client, click):
    page = client.post(f"{NEW}{click.public_id}/", order(order_no="", files=picture())).content.decode()
    assert "Choose your files once more, too." in page
    page = client.post(f"{NEW}{click.public_id}/", order(order_no="")).content.decode()
    assert "Choose your files once more, too." not in page


@pytest.mark.parametrize("part", ["say", "contest"])
def test_a_word_that_is_too_long_is_said_to_be_and_is_still_there(client, claim, part):
    before = kept()
    answer = client.post(f"{LIST}{claim.public_number}/{part}/", {"text": "long " * 1000})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "at most 4000 characters" in page and "long long" in page
    assert kept() == before


@pytest.mark.parametrize("forged", ["clk_{}", "clk_{}0", "txn_{}", "clk_../../x", "clk_", "clk_0" + "z" * 25])
def test_a_forged_trip_is_not_there(client, click, forged):
    last = click.public_id[-1]
    other = click.public_id[4:-1] + ("0" if last != "0" else "1")
    path = f"{NEW}{forged.format(other)}/"
    assert client.get(path).status_code == 404
    assert client.post(path, order()).status_code == 404
    assert kept() == (0, 0, 0)


def test_anothers_order_is_taken_in_neutral_words_and_marked_for_staff(client, claim, click):
    """Whose the order is, is told to nobody; staff see that two claim it."""
    carol = make.shopper(click.storefront, "carol")
    trip = make.click(by=carol, on=click.offer)
    type(trip).objects.filter(pk=trip.pk).update(created_at=click.created_at)
    client.cookies.clear()
    make.sign_on(client, carol)

    answer = client.post(f"{NEW}{trip.public_id}/", order(), follow=True)
    second = Claim.objects.get(shopper=carol)
    assert "order_of_another" in second.flags
    assert second.status == Status.IN_REVIEW
    page = answer.content.decode()
    assert "another shopper" not in page.lower() and "alice" not in page.lower()
    assert claim.public_number not in page


def test_words_without_end_are_slowed_down(client, claim):
    path = f"{LIST}{claim.public_number}/contest/"
    codes = [client.post(path, {"text": ""}).status_code for _ in range(61)]
    assert codes[0] == 303 and codes[-1] == 429
