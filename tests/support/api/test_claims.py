"""Claims by a partner's own server: opened, answered, spoken of, with files; and nobody else's."""

import base64
import io
import json
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from cashback.lib import ids
from support.claims.models import Claim
from support.clocks.services import make_default_policies
from support.desk import services as desk
from support.desk.models import Category, Channel, Message, StoredFile
from tests import make
from tests.api_client import RUBBISH, assert_problem, is_a_problem
from tests.support import claims_make

MARK = "Birkenwald"
DAY = timedelta(days=1)


def picture() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (40, 60), "white").save(content, "PNG")
    return content.getvalue()


def attached(content: bytes, name: str = "receipt.png") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


def test_a_claim_is_opened_judged_and_told_to_the_letter(server, trip, body):
    answer = server.post("claims", body)
    assert answer.status_code == 201, answer.content
    told = answer.json()
    claim = Claim.objects.get()
    assert told == {
        "id": claim.public_id,
        "number": claim.public_number,
        "storefront": "acorn",
        "shopper": "alice",
        "merchant": ids.public("mrc", trip.merchant_id),
        "merchant_name": "Harbor",
        "click_id": trip.public_id,
        "transaction_id": None,
        "kind": "untracked",
        "order_no": "AB-1001",
        "ordered_at": trip.created_at.isoformat(),
        "order_amount": {"amount": "1990.00", "currency": "RUB"},
        "status": told["status"],
        "reason": told["reason"],
        # 5 % of the order, of which the shopper has 70 %.
        "expected": {"amount": "69.65", "currency": "RUB"},
        "is_open": True,
        "next_update_due": told["next_update_due"],
        "created_at": claim.created_at.isoformat(),
        "updated_at": claim.updated_at.isoformat(),
        "closed_at": None,
    }
    assert (claim.opened_via, claim.opened_by) == ("api", None)
    assert server.get(f"claims/{told['id']}").json() == told
    assert list(server.all("claims")) == [told]


def test_a_claim_about_a_purchase_needs_its_id_alone(server, trip, at):
    sale = claims_make.sold(trip, at=at - DAY)
    told = server.post(
        "claims",
        {"shopper": "alice", "kind": "wrong_amount", "transaction_id": sale.public_id, "text": "Too little"},
    ).json()
    assert (told["transaction_id"], told["order_no"]) == (sale.public_id, "AB-1001")


def test_asked_twice_with_one_key_it_is_one_claim(server, body):
    first = server.post("claims", body, idempotency_key="one")
    again = server.post("claims", body, idempotency_key="one")
    assert (again.status_code, again.json()) == (201, first.json())
    assert Claim.objects.count() == 1


def test_asked_twice_without_one_it_is_refused(server, body):
    server.post("claims", body)
    assert_problem(server.post("claims", body), 409, "claimed_already")
    assert Claim.objects.count() == 1


def test_files_come_in_base64_and_are_what_they_really_are(server, body):
    told = server.post("claims", {**body, "files": [attached(picture(), "receipt.exe")]}).json()
    said = list(server.all(f"claims/{told['id']}/messages"))[-1]
    [file] = said["files"]
    kept = StoredFile.objects.get()
    assert file == {
        "id": kept.public_id,
        "name": "receipt.png",
        "content_type": "image/png",
        "size": kept.size,
    }
    answer = server.get(f"claims/{told['id']}/files/{file['id']}")
    assert answer.content == bytes(kept.content)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    asked_as_a_picture = server.client.get(
        f"/api/v1/claims/{told['id']}/files/{file['id']}",
        headers={"authorization": f"Bearer {server.key}", "accept": "image/png"},
    )
    assert asked_as_a_picture.content == bytes(kept.content)


def test_files_come_in_a_form_too(server, body):
    form = {name: value for name, value in body.items() if name != "order_amount"}
    form |= {"order_amount.amount": "1990.00", "order_amount.currency": "RUB"}
    form["files"] = [SimpleUploadedFile("a.png", picture()), SimpleUploadedFile("b.png", picture())]
    answer = server.send_form("claims", form)
    assert answer.status_code == 201, answer.content
    assert StoredFile.objects.count() == 2
    # So large that it is kept on the disk while it comes in.
    form["files"] = [SimpleUploadedFile("large.png", b"\x89PNG\r\n\x1a\n" + b"0" * (3 * 1024 * 1024))]
    assert_problem(
        server.send_form("claims", {**form, "order_no": "AB-2"}), 400, "file_broken", field="files"
    )
    assert answer.json()["order_amount"] == {"amount": "1990.00", "currency": "RUB"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00", "file_kind"),
        (b"<html>", "file_kind"),
        (b"\x89PNG\r\n\x1a\nrubbish", "file_broken"),
    ],
)
def test_a_file_that_is_no_picture_is_refused_and_no_claim_is_left(server, body, content, code):
    assert_problem(server.post("claims", {**body, "files": [attached(content)]}), 400, code, field="files")
    assert (Claim.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_what_is_too_much_is_refused(server, body):
    too_many = server.post("claims", {**body, "files": [attached(picture())] * 6})
    assert is_a_problem(too_many)
    form = {**body, "files": [SimpleUploadedFile(f"{n}.png", picture()) for n in range(6)]}
    form.pop("order_amount")
    form |= {"order_amount.amount": "1990.00", "order_amount.currency": "RUB"}
    assert_problem(server.send_form("claims", form), 400, "too_many_files", field="files")
    too_large = server.post("claims", {**body, "files": [attached(b"\x89PNG" + b"0" * (10 * 1024 * 1024))]})
    assert_problem(too_large, 400, "file_too_large", field="files")
    beyond = server.post("claims", {**body, "text": "x" * (16 * 1024 * 1024)})
    assert is_a_problem(beyond)
    assert Claim.objects.count() == 0


def test_the_conversation_is_read_and_written(server, body, kim, at):
    told = server.post("claims", body).json()
    path = f"claims/{told['id']}/messages"
    answer = server.post(path, {"text": "Here is the receipt.", "files": [attached(picture())]})
    assert answer.status_code == 201, answer.content
    said = answer.json()
    assert set(said) == {"id", "author", "agent_name", "text", "files", "created_at"}
    assert (said["author"], said["text"], len(said["files"])) == ("shopper", "Here is the receipt.", 1)
    ticket = Claim.objects.get().ticket
    desk.reply(ticket=ticket, agent=kim, text="Thank you.", version=ticket.version, at=at + DAY)
    desk.note(ticket=ticket, agent=kim, text=MARK, at=at + DAY)
    talk = list(server.all(path, limit=1))
    assert (talk[0]["author"], talk[0]["agent_name"], talk[0]["text"]) == ("agent", "Kim", "Thank you.")
    assert said in talk
    assert MARK not in json.dumps(talk)
    assert Message.objects.get(pk=ids.from_public("msg", said["id"])).channel == "api"
    assert_problem(server.post(path, {"text": " "}), 400, "nothing_said", field="text")


@pytest.mark.django_db(transaction=True)
def test_what_has_changed_comes_in_the_order_of_changes(server, trip, body, at):
    first = server.post("claims", body).json()
    other = claims_make.trip(by=trip.shopper, on=trip.offer, at=at - 4 * DAY)
    second = server.post("claims", {**body, "click_id": other.public_id, "order_no": "AB-1002"}).json()
    server.post(f"claims/{first['id']}/messages", {"text": "This is wrong, I want to talk to a person."})
    told = list(server.all("claims", updated_since=(at - DAY).isoformat(), limit=1))
    assert [each["id"] for each in told] == [second["id"], first["id"]]


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_ask_as_often_for_three_as_for_one(server, trip, at, count, django_assert_num_queries):
    for number in range(count):
        claims_make.claim(trip, at=at, order_no=f"AB-{number}")
    server.get("claims")
    with django_assert_num_queries(2):  # the key with its partner, the page
        claims = server.get("claims").json()["data"]
    assert len(claims) == count
    path = f"claims/{claims[0]['id']}/messages"
    for _ in range(count):
        server.post(path, {"text": "And?", "files": [attached(picture())]})
    # the key, the claim with its ticket, what was merged into that, the page, attachments
    with django_assert_num_queries(5):
        assert len(server.get(path).json()["data"]) >= count


# --- walls and rubbish ---


@pytest.fixture
def bobs(birch, account, at):
    """Bob's claim at Birch, marked, with a file."""
    bob = make.shopper(birch, f"{MARK}-bob")
    shop = claims_make.offer(of=make.merchant(MARK), at=account, currency="USD")
    click = claims_make.trip(by=bob, on=shop, at=at - 5 * DAY)
    return claims_make.claim(click, at=at, text=MARK, files=[(f"{MARK}.png", picture())])


def test_nothing_of_another_partners_claims_is_told(server, alice, bobs):
    file = StoredFile.objects.get()
    paths = [f"claims/{bobs.public_id}{rest}" for rest in ("", "/messages", f"/files/{file.public_id}")]
    for answer in [*map(server.get, paths), server.post(paths[1], {"text": "Hello"})]:
        assert_problem(answer, 404, "not_found")
        assert MARK not in answer.content.decode()
    assert server.get("claims").json() == {"data": [], "next_cursor": None}
    assert server.get("support-statistics").json()["claims"]["opened"] == 0


def test_a_file_of_one_claim_is_not_on_another(server, body, bobs):
    own = server.post("claims", body).json()
    file = StoredFile.objects.get()
    assert_problem(server.get(f"claims/{own['id']}/files/{file.public_id}"), 404, "not_found")


def test_another_shoppers_trip_and_purchase_are_unknown(server, acorn, account, body, bobs, at):
    carol = make.shopper(acorn, "carol")
    trip = claims_make.trip(by=carol, on=claims_make.offer(at=account), at=at - DAY)
    sale = claims_make.sold(trip, at=at)
    for click in (trip.public_id, ids.public("clk", bobs.click_id)):
        answer = server.post("claims", {**body, "click_id": click})
        assert_problem(answer, 400, "click_unknown", field="click_id")
    answer = server.post("claims", {**body, "transaction_id": sale.public_id})
    assert_problem(answer, 400, "transaction_unknown", field="transaction_id")


def test_an_amount_in_another_currency_is_refused(server, body):
    answer = server.post("claims", {**body, "order_amount": {"amount": "1990.00", "currency": "USD"}})
    assert_problem(answer, 400, "currency_other", field="order_amount")


FIELDS = [
    "shopper",
    "storefront",
    "kind",
    "click_id",
    "transaction_id",
    "ordered_at",
    "order_amount",
    "paid_with",
    "bought_in",
    "locale",
    "files",
]


@pytest.mark.parametrize("field", FIELDS)
def test_rubbish_is_refused_in_every_field(server, body, field):
    for rubbish in [*RUBBISH, None, 7, True, {}, ["alice"], [{}], {"amount": 5, "currency": "RUB"}, "\ud800"]:
        assert is_a_problem(server.post("claims", {**body, field: rubbish})), rubbish
    assert not Claim.objects.exists()


@pytest.mark.parametrize("field", ["order_no", "coupon_used", "goods", "text"])
def test_what_is_no_text_is_refused_where_a_text_belongs(server, body, field):
    for rubbish in ["\x00", "x" * 5000, None, 7, True, [], {}, "\ud800"]:
        assert is_a_problem(server.post("claims", {**body, field: rubbish})), rubbish
    assert not Claim.objects.exists()


@pytest.mark.parametrize("amount", ["-1", "0", "1e30", "NaN", "1,5", "", "٣", "1_0"])
def test_an_amount_that_is_none_is_refused(server, body, amount):
    assert is_a_problem(
        server.post("claims", {**body, "order_amount": {"amount": amount, "currency": "RUB"}})
    )


@pytest.mark.parametrize(
    "ordered_at", ["1999-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00"]
)
def test_a_day_that_cannot_be_is_refused(server, body, ordered_at):
    assert is_a_problem(server.post("claims", {**body, "ordered_at": ordered_at}))


def test_rubbish_is_refused_in_a_message(server, body):
    path = f"claims/{server.post('claims', body).json()['id']}/messages"
    for rubbish in [None, 7, [], {}, "\x00", "x" * 5000]:
        assert is_a_problem(server.post(path, {"text": rubbish})), rubbish
    for rubbish in [None, 7, {}, "x", [7], [{}], [{"name": "a.png", "content": "not base64!"}]]:
        assert is_a_problem(server.post(path, {"text": "a", "files": rubbish})), rubbish


def test_rubbish_is_refused_in_every_parameter(server, body):
    path = f"claims/{server.post('claims', body).json()['id']}/messages"
    for rubbish in RUBBISH:
        for place, name in [
            ("claims", "limit"),
            ("claims", "cursor"),
            ("claims", "updated_since"),
            (path, "limit"),
            (path, "cursor"),
            ("support-statistics", "from"),
            ("support-statistics", "to"),
        ]:
            assert is_a_problem(server.get(place, {name: rubbish})), (place, name, rubbish)


# --- figures ---


def test_the_figures_are_of_the_partners_own_shoppers(server, acorn, trip, body, bobs, kim, at):
    make_default_policies()
    server.post("claims", body)
    for shopper in (trip.shopper, bobs.shopper):
        ticket = desk.open_ticket(
            storefront=shopper.storefront,
            shopper=shopper,
            subject="A question",
            text="Where is it?",
            channel=Channel.STOREFRONT,
            category=Category.OTHER,
            language="en",
            at=at,
        )
        desk.reply(ticket=ticket, agent=kim, text="Here.", version=ticket.version, at=at)
    figures = server.get("support-statistics").json()
    assert set(figures) == {"from", "to", "time_zone", "claims", "first_reply", "satisfaction"}
    assert figures["claims"] == {
        "opened": 1,
        "open_now": 1,
        "credited": 0,
        "compensated": 0,
        "rejected": 0,
        "not_eligible": 0,
    }
    assert figures["first_reply"]["replies"] == 1
    assert set(figures["satisfaction"]) == {"asked", "answered", "satisfied"}


def test_an_orders_time_without_an_offset_is_the_storefronts(server, acorn, trip, body):
    acorn.time_zone = "Europe/Moscow"
    acorn.save()
    # By the clock in UTC this is still to come.
    in_moscow = timezone.now().astimezone(ZoneInfo("Europe/Moscow")) - timedelta(minutes=10)
    told = server.post("claims", {**body, "ordered_at": f"{in_moscow:%Y-%m-%dT%H:%M:%S}"})
    assert told.status_code == 201, told.content
    assert Claim.objects.get().order_at == in_moscow.replace(microsecond=0)


@pytest.mark.parametrize("amount", ["1.234", "1e5", "+5", " 5 ", "-5", "", "٥"])
def test_an_amount_is_taken_as_it_is_written_or_not_at_all(server, trip, body, amount):
    told = server.post("claims", {**body, "order_amount": {"amount": amount, "currency": "RUB"}})
    assert is_a_problem(told) and told.status_code == 400
    assert not Claim.objects.exists()


def test_a_file_under_another_name_is_refused_and_not_lost(server, trip, body):
    form = {name: value for name, value in body.items() if isinstance(value, str)}
    form["file"] = SimpleUploadedFile("a.png", b"x", "image/png")
    told = server.client.post("/api/v1/claims", form, headers={"authorization": f"Bearer {server.key}"})
    assert_problem(told, 400, "field_unknown", field="file")
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("field", "code"),
    [("click_id", "trip_missing"), ("order_no", "order_no_missing"), ("order_amount", "amount_missing")],
)
def test_what_a_claim_lacks_is_told_by_field(server, trip, body, field, code):
    answer = server.post("claims", {name: value for name, value in body.items() if name != field})
    assert_problem(answer, 400, code, field=field)
    assert not Claim.objects.exists()
