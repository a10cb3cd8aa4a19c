"""A shopper asks about money that did not come."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cashback.lib.errors import DomainError
from partners.models import OutboxEvent
from support.claims.models import Claim, ClaimPolicy, ClaimStep, Kind, Status, TriageRun
from support.claims.services import ClaimRefused
from support.desk.models import Message, Ticket
from tests import make
from tests.support import claims_make
from tests.support.claims_make import CASHBACK, DAY


def refused(code, **asked):
    """The claim is refused with this code, and nothing is left of it."""
    before = [Claim.objects.count(), Ticket.objects.count(), OutboxEvent.objects.count()]
    with pytest.raises(DomainError) as refusal:
        claims_make.claim(**asked)
    assert refusal.value.code == code
    assert [Claim.objects.count(), Ticket.objects.count(), OutboxEvent.objects.count()] == before
    return refusal.value


def test_claim_is_there_with_its_conversation_its_judgement_and_its_answer(click, noon, alice):
    claim = claims_make.claim(click, at=noon, text="Where is it?")

    claim = Claim.objects.select_related("ticket").get(pk=claim.pk)
    assert claim.public_number == f"C-{claim.number}" and claim.number > 10000
    assert (claim.merchant_id, claim.offer_id, claim.account_id) == (
        click.merchant_id,
        click.offer_id,
        click.account_id,
    )
    assert claim.terms_digest == click.terms_digest
    assert claim.expected_minor == CASHBACK
    assert claim.order_no_norm == "AB1001"
    assert claim.status == Status.LODGED
    assert [step.to_status for step in claim.steps.order_by("pk")] == ["triaging", "lodged"]
    assert TriageRun.objects.get(claim=claim).decided_by == "complete"
    said = list(Message.objects.filter(ticket=claim.ticket).order_by("pk").values_list("author", "text"))
    assert said[0] == ("shopper", "Where is it?")
    assert said[1][0] == "system" and "pass your claim on to the shop" in said[1][1]
    events = OutboxEvent.objects.filter(subject_id=claim.pk).order_by("pk")
    assert [event.type for event in events] == ["claim.opened", "claim.updated"]
    assert events[1].payload["status"] == "sent_to_shop"
    assert events[1].payload["shopper"] == "alice"


def test_claim_without_words_says_what_it_is_about(click, noon):
    claim = claims_make.claim(click, at=noon, language="ru")
    first = Message.objects.filter(ticket=claim.ticket).order_by("pk")[0]
    assert "AB-1001" in first.text and "1\xa0990,00\xa0₽" in first.text
    assert claim.ticket.subject.endswith("№ AB-1001")


@pytest.mark.parametrize(
    "code, told",
    [
        ("order_no_missing", {"order_no": ""}),
        ("order_no_missing", {"order_no": " № - "}),
        ("amount_missing", {"order_minor": None}),
        ("amount_invalid", {"order_minor": 0}),
        ("amount_invalid", {"order_minor": -5}),
        ("amount_invalid", {"order_minor": 2**63}),
        ("unstorable_text", {"order_no": "AB\x001001"}),
        ("unstorable_text", {"text": "half a pair \ud800"}),
        ("text_too_long", {"order_no": "1" * 101}),
        ("text_too_long", {"goods": "g" * 301}),
        ("text_too_long", {"coupon_used": "c" * 121}),
        ("text_too_long", {"text": "t" * 4001}),
        ("unknown_choice", {"kind": "lost"}),
        ("unknown_choice", {"paid_with": "cheque"}),
        ("unknown_choice", {"bought_in": "phone"}),
        ("purchase_missing", {"kind": Kind.DECLINED}),
        ("file_kind", {"files": [("receipt.png", b"MZ\x90\x00 not a picture")]}),
        ("file_too_large", {"files": [("receipt.png", b"\x89PNG\r\n\x1a\n" + b"0" * (50 * 1024 * 1024))]}),
        ("too_many_files", {"files": [("a.png", b"x")] * 6}),
    ],
)
def test_what_cannot_be_a_claim_is_refused_and_leaves_nothing(click, noon, code, told):
    refused(code, click=click, at=noon, **told)


def test_order_of_tomorrow_is_refused(click, noon):
    refused("in_the_future", click=click, at=noon, order_at=noon + timedelta(minutes=6))
    refused("day_invalid", click=click, at=noon, order_at=datetime(1999, 1, 1, tzinfo=noon.tzinfo))
    assert claims_make.claim(click, at=noon, order_at=noon + timedelta(minutes=5)).pk


def test_missing_purchase_needs_its_trip(alice, click, noon):
    with pytest.raises(ClaimRefused) as refusal:
        claims_make.services.open_claim(
            shopper=alice, kind=Kind.UNTRACKED, order_no="1", order_minor=1, via="storefront", at=noon
        )
    assert refusal.value.code == "trip_missing"


def test_claim_for_anothers_trip_is_refused_in_words_that_tell_nothing(click, noon, acorn):
    carol = make.shopper(acorn, "carol")
    refusal = refused("not_your_trip", click=click, at=noon, shopper=carol)
    assert "alice" not in str(refusal)


def test_claim_about_anothers_purchase_is_refused(click, noon, acorn):
    sale = claims_make.sold(click, at=noon - DAY)
    carol = make.shopper(acorn, "carol")
    with pytest.raises(ClaimRefused) as refusal:
        claims_make.about(sale, Kind.LATE_CONFIRM, at=noon, shopper=carol)
    assert refusal.value.code == "not_your_trip"


def test_second_claim_for_an_order_shows_the_first(click, noon):
    first = claims_make.claim(click, at=noon)
    refusal = refused("claimed_already", click=click, at=noon, order_no=" ab 1001 ")
    assert refusal.claim == first


def test_another_order_of_the_same_trip_may_be_claimed(click, noon):
    claims_make.claim(click, at=noon)
    assert claims_make.claim(click, at=noon, order_no="AB-1002", order_minor=5000).pk


def test_second_claim_about_a_purchase_shows_the_first(click, noon):
    sale = claims_make.sold(click, at=noon - DAY, order="")
    first = claims_make.about(sale, Kind.LATE_CONFIRM, at=noon)
    with pytest.raises(ClaimRefused) as refusal:
        claims_make.about(sale, Kind.WRONG_AMOUNT, at=noon)
    assert refusal.value.claim == first


def test_limits_are_the_partners(click, noon, acorn):
    ClaimPolicy.objects.create(for_partner=None, most_open=50, most_a_day=50)
    ClaimPolicy.objects.create(for_partner=acorn.partner, most_open=2, most_a_day=3)
    for number in range(2):
        claims_make.claim(click, at=noon, order_no=str(number))
    refused("too_many_claims", click=click, at=noon, order_no="3")
    # Answered ones are not counted as open.
    Claim.objects.update(status=Status.ANSWERED_AUTO)
    claims_make.claim(click, at=noon, order_no="3")
    refused("too_many_claims", click=click, at=noon, order_no="4")
    # A day later the day's limit is another day's; and staff have looked.
    Claim.objects.update(status=Status.ANSWERED_AUTO)
    claims_make.claim(click, at=noon + DAY + timedelta(seconds=1), order_no="4")


def test_staff_may_open_beyond_the_limits(click, noon, acorn, kim):
    ClaimPolicy.objects.create(for_partner=acorn.partner, most_open=1, most_a_day=1)
    claims_make.claim(click, at=noon)
    claim = claims_make.claim(click, at=noon, order_no="2", agent=kim, via="agent")
    assert claim.opened_by == kim


def test_same_receipt_on_anothers_claim_is_flagged_and_goes_to_a_person(click, noon, moscow, shop):
    receipt = [("receipt.png", claims_make.picture())]
    claims_make.claim(click, at=noon, files=receipt)
    carol = make.shopper(moscow, "carol")
    trip = claims_make.trip(by=carol, on=shop, at=noon - 4 * DAY)

    claim = claims_make.claim(trip, at=noon, order_no="AB-2002", files=receipt)

    assert claim.flags == ["receipt_seen_before"]
    assert claim.status == Status.IN_REVIEW
    assert "alice" not in last_words(claim) and "receipt" not in last_words(claim)


def last_words(claim):
    return Message.objects.filter(ticket=claim.ticket).order_by("-pk")[0].text


def test_same_receipt_on_ones_own_two_orders_is_flagged(click, noon):
    receipt = [("receipt.png", claims_make.picture())]
    claims_make.claim(click, at=noon, files=receipt)
    claim = claims_make.claim(click, at=noon, order_no="AB-1002", files=receipt)
    assert claim.flags == ["receipt_used_twice"]


def test_order_of_another_shopper_is_accepted_in_neutral_words_and_flagged_for_staff(
    click, noon, moscow, shop
):
    claims_make.claim(click, at=noon)
    carol = make.shopper(moscow, "carol")
    trip = claims_make.trip(by=carol, on=shop, at=noon - 4 * DAY)

    claim = claims_make.claim(trip, at=noon, order_no="№ ab1001")

    assert claim.status == Status.IN_REVIEW
    assert claim.flags == ["order_of_another"]
    words = last_words(claim)
    for telling in ("alice", "another", "other shopper", "somebody"):
        assert telling not in words.lower()
    event = OutboxEvent.objects.filter(subject_id=claim.pk).latest("pk")
    assert event.payload["reason"] == "" and "alice" not in str(event.payload)


def test_order_that_is_anothers_purchase_is_flagged_too(click, noon, moscow, shop):
    claims_make.sold(click, at=noon - DAY)
    carol = make.shopper(moscow, "carol")
    trip = claims_make.trip(by=carol, on=shop, at=noon - 4 * DAY)
    claim = claims_make.claim(trip, at=noon)
    assert (claim.status, claim.flags) == (Status.IN_REVIEW, ["order_of_another"])


def test_time_without_a_zone_is_the_storefronts(click, noon):
    naive = datetime(2026, 11, 19, 14, 0)
    claim = claims_make.claim(click, at=noon, order_at=naive)
    claim.refresh_from_db()
    assert claim.order_at == naive.replace(tzinfo=ZoneInfo("Europe/Moscow"))


def test_order_without_a_time_is_taken_to_be_made_on_the_trip(click, noon):
    claim = claims_make.claim(click, at=noon, order_at=None)
    claim.refresh_from_db()
    assert claim.order_at == click.created_at


def test_claim_speaks_the_shoppers_language(click, noon, alice):
    alice.chosen_locale = "ru"
    alice.save()
    claim = claims_make.claim(click, at=noon, language="")
    assert claim.ticket.language == "ru"


def test_erased_shopper_opens_nothing(click, noon, alice):
    alice.erased_at = noon
    alice.save()
    refused("shopper_erased", click=click, at=noon)


def test_claim_is_bound_to_the_purchase_that_it_is_about(click, noon):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.about(sale, Kind.LATE_CONFIRM, at=noon)
    assert claim.transaction == sale and claim.click_id == click.pk
    assert (claim.order_no, claim.order_minor, claim.order_at) == ("AB-1001", 199000, sale.occurred_at)


def test_refusal_in_the_middle_leaves_no_step(click, noon):
    refused("file_kind", click=click, at=noon, files=[("ok.png", claims_make.picture()), ("bad", b"bad")])
    assert not ClaimStep.objects.exists()
