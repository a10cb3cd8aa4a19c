"""Claims in what is held of a shopper: shown, and put away when they go."""

from django.db.models import Q

from partners import personal_data as held
from partners.models import OutboxEvent
from partners.profile import services as profile
from support.claims import claimable, services
from support.claims.models import Claim, NetworkInquiry, Status
from support.desk.models import StoredFile
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from tests.support.claims_make import DAY


def questions_of(shopper):
    return {question.name: question for question in held.questions(shopper)}


def test_claims_are_in_the_export(click, noon, alice):
    claim = claims_make.claim(click, at=noon, files=[("my receipt.png", claims_make.picture())])
    told = profile.export(shopper=alice, at=noon)["claims"]["claims"]
    assert told[0]["number"] == claim.public_number and told[0]["order"] == "AB-1001"
    assert told[0]["receipts"] == ["my receipt.png"]
    assert [step["stage"] for step in told[0]["history"]] == ["triaging", "lodged"]


def test_open_claim_is_given_up_knowingly(click, noon, alice):
    claims_make.claim(click, at=noon)
    choices = [value for value, _words in questions_of(alice)["claims"].choices]
    assert choices == ["not_now", "withdraw-1"]


def test_answered_and_closed_claims_ask_nothing(click, noon, alice):
    claims_make.sold(click, at=noon - DAY)
    claims_make.claim(click, at=noon)
    assert "claims" not in questions_of(alice)


def test_erasure_closes_what_is_open_and_blanks_what_was_said(click, noon, alice):
    claim = claims_make.claim(
        click, at=noon, goods="A gift for Ann", coupon_used="ANN", files=[("ann.png", claims_make.picture())]
    )
    before = balance(alice)

    profile.erase(shopper=alice, answers={"claims": "withdraw-1"}, at=noon + DAY)

    claim.refresh_from_db()
    assert (claim.status, claim.goods, claim.coupon_used) == (Status.WITHDRAWN, "", "")
    assert (claim.order_no, claim.order_minor) == ("AB-1001", 199000)
    file = StoredFile.objects.get(evidence__claim=claim)
    assert (bytes(file.content), file.name) == (b"", "")
    assert NetworkInquiry.objects.get(claim=claim).asked["comment"] == ""
    assert balance(alice) == before
    alice.refresh_from_db()
    named = OutboxEvent.objects.filter(subject_id=claim.pk)
    assert named.exists() and not named.filter(~Q(payload__shopper=alice.external_id)).exists()
    # A second time changes nothing.
    profile.finish_erasure(shopper_id=alice.pk, at=noon + 2 * DAY)
    assert Claim.objects.get().steps.count() == 3


def test_nobody_writes_to_a_shopper_who_is_gone(click, noon, alice):
    from support.desk.models import Message

    claims_make.claim(click, at=noon)
    profile.erase(shopper=alice, answers={"claims": "withdraw-1"}, at=noon + DAY)
    before = Message.objects.count()
    claims_make.sold(click, at=noon + 2 * DAY, status="approved")
    services.wake_due(at=noon + 90 * DAY)
    assert Message.objects.count() == before
    assert Claim.objects.get().status == Status.CREDITED


def test_trips_show_their_claims_in_one_query(click, noon, alice, shop, django_assert_num_queries):
    first = claims_make.claim(click, at=noon)
    services.withdraw(claim=first, at=noon)
    second = claims_make.claim(click, at=noon)
    other = claims_make.trip(by=alice, on=shop, at=noon)
    with django_assert_num_queries(1):
        found = claimable.for_clicks(alice, [click, other.pk])
    assert found == {click.pk: second, other.pk: None}
    assert claimable.questions(alice, [click.pk, other.pk])[click.pk].number == second.public_number
    with django_assert_num_queries(0):
        assert claimable.for_clicks(alice, []) == {}
