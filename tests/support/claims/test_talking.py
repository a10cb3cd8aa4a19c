"""The shopper adds, contests, answers and withdraws; and what staff decide, each with their name."""

from datetime import timedelta

import pytest

from support.claims import services
from support.claims.models import Claim, ClaimPolicy, InquiryStatus, NetworkInquiry, Status, TriageRun
from support.claims.services import ClaimRefused, IllegalMove
from support.desk import services as desk
from support.desk.models import Draft, Message, Role, Ticket, TicketStatus
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant, GrantStatus
from support.goodwill.services import GoodwillRefused
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance, words
from tests.support.claims_make import CASHBACK, DAY


def fresh(claim):
    return Claim.objects.select_related("ticket").get(pk=claim.pk)


@pytest.fixture
def answered(click, noon):
    """Answered by itself: the purchase is tracked."""
    claims_make.sold(click, at=noon - DAY)
    return claims_make.claim(click, at=noon)


@pytest.fixture
def reviewed(click, noon, shop):
    """With a person: the shop takes no claims."""
    shop.takes_claims = False
    shop.save()
    return claims_make.claim(click, at=noon)


@pytest.fixture
def asked(alice, moscow, noon):
    """Asked for a receipt by the service."""
    shop = claims_make.offer(at=make.account(network="admitad"))
    return claims_make.claim(claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY), at=noon)


# Contesting


def test_answer_that_is_contested_goes_to_a_person(answered, noon):
    services.contest(claim=answered, text="No, it was more.", at=noon + DAY)
    claim = fresh(answered)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "contested")
    assert claim.ticket.needs_person and claim.ticket.owed_since == noon + DAY
    said = list(Message.objects.filter(ticket=claim.ticket).order_by("pk").values_list("author", "text"))[-2:]
    assert said[0] == ("shopper", "No, it was more.")
    assert said[1][0] == "system" and "this time a person does" in said[1][1]
    step = claim.steps.latest("pk")
    assert (step.from_status, step.to_status) == ("answered_auto", "in_review")


@pytest.mark.parametrize("days, may", [(30, True), (31, False)])
def test_closed_claim_may_be_contested_for_thirty_days(answered, noon, days, may):
    services.withdraw(claim=answered, at=noon)
    at = noon + days * DAY
    assert services.may_contest(fresh(answered), at=at) is may
    if may:
        assert services.contest(claim=answered, text="", at=at).cycle == 2
    else:
        with pytest.raises(ClaimRefused) as refusal:
            services.contest(claim=answered, text="", at=at)
        assert refusal.value.code == "too_late_to_contest" and fresh(answered).status == Status.WITHDRAWN


def test_how_long_is_the_partners_policy(answered, noon, acorn):
    ClaimPolicy.objects.create(for_partner=acorn.partner, contest_days=60)
    services.withdraw(claim=answered, at=noon)
    assert services.may_contest(fresh(answered), at=noon + 60 * DAY)


def test_claim_at_the_network_stays_there_and_a_person_answers_beside(click, noon):
    claim = claims_make.claim(click, at=noon)
    services.contest(claim=claim, text="How long?", at=noon + DAY)
    assert fresh(claim).status == Status.LODGED
    assert fresh(claim).ticket.needs_person and fresh(claim).ticket.status == TicketStatus.NEW


def test_claim_that_a_person_has_is_not_contested_again(reviewed, noon):
    assert not services.may_contest(reviewed, at=noon)
    steps = reviewed.steps.count()
    services.contest(claim=reviewed, text="Hello?", at=noon)
    assert fresh(reviewed).steps.count() == steps
    assert Message.objects.filter(ticket=reviewed.ticket, text="Hello?").exists()


def test_question_after_the_answer_is_a_contest_and_bare_thanks_are_not(answered, noon):
    desk.hear(ticket=answered.ticket, text="Спасибо!", channel="email", at=noon + DAY)
    assert fresh(answered).status == Status.ANSWERED_AUTO
    assert fresh(answered).ticket.status == TicketStatus.SOLVED
    desk.hear(ticket=answered.ticket, text="А почему так мало?", channel="email", at=noon + 2 * DAY)
    assert (fresh(answered).status, fresh(answered).reason_code) == (Status.IN_REVIEW, "contested")
    assert fresh(answered).ticket.needs_person


def test_thanks_while_the_network_has_it_leave_everything_as_it_is(click, noon):
    claim = claims_make.claim(click, at=noon)
    desk.hear(ticket=claim.ticket, text="thanks", channel="email", at=noon + DAY)
    assert fresh(claim).status == Status.LODGED
    assert fresh(claim).ticket.status == TicketStatus.HOLD and not fresh(claim).ticket.needs_person


def test_question_while_the_network_has_it_is_for_a_person(click, noon):
    claim = claims_make.claim(click, at=noon)
    desk.hear(ticket=claim.ticket, text="Any news?", channel="email", at=noon + DAY)
    assert fresh(claim).status == Status.LODGED
    assert fresh(claim).ticket.owed_since == noon + DAY


def test_word_to_a_claim_closed_long_ago_reaches_a_person_and_opens_nothing(answered, noon):
    services.withdraw(claim=answered, at=noon)
    desk.hear(ticket=answered.ticket, text="What now?", channel="email", at=noon + 90 * DAY)
    assert fresh(answered).status == Status.WITHDRAWN
    assert fresh(answered).ticket.needs_person


# Answering what was asked


def test_receipt_that_was_asked_for_goes_on_at_once(asked, noon):
    services.add_information(claim=asked, files=[("r.png", claims_make.picture())], at=noon + DAY)
    claim = fresh(asked)
    assert claim.status == Status.LODGED and claim.evidence.count() == 1
    assert TriageRun.objects.filter(claim=claim).latest("pk").because == "information"


def test_receipt_for_a_claim_on_ice_troubles_nobody_and_a_question_reaches_a_person(
    alice, moscow, shop, noon
):
    trip = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=2))
    claim = claims_make.claim(trip, at=noon)
    services.add_information(claim=claim, files=[("r.png", claims_make.picture())], at=noon)
    assert fresh(claim).status == Status.ON_ICE and not fresh(claim).ticket.needs_person
    assert fresh(claim).ticket.status == TicketStatus.HOLD and fresh(claim).evidence.count() == 1
    services.add_information(claim=claim, text="When?", at=noon)
    assert fresh(claim).status == Status.ON_ICE and fresh(claim).ticket.needs_person


def test_answer_long_after_the_claim_was_put_away_reaches_a_person(asked, noon):
    services.move(claim=asked, to=Status.LAPSED, reason="no_answer_from_shopper", at=noon)
    services.add_information(claim=asked, text="Here I am", at=noon + 31 * DAY)
    assert fresh(asked).status == Status.LAPSED and fresh(asked).ticket.needs_person


def test_receipt_by_mail_is_evidence_too(asked, noon, acorn):
    from support.desk import files

    kept = files.store(partner_id=acorn.partner_id, name="r.png", content=claims_make.picture(), at=noon)
    desk.hear(ticket=asked.ticket, text="Here it is", channel="email", files=[kept], at=noon + DAY)
    assert fresh(asked).status == Status.LODGED
    assert fresh(asked).evidence.get().file == kept


def test_what_a_person_asked_comes_back_to_a_person(reviewed, noon, kim):
    services.ask_info(claim=reviewed, agent=kim, text="Which day was it?", at=noon)
    claim = fresh(reviewed)
    assert (claim.status, claim.ticket.status) == (Status.NEED_INFO, TicketStatus.PENDING)
    assert claim.steps.latest("pk").agent == kim and claim.next_update_due == noon + 14 * DAY
    assert claim.ticket.owed_since is None
    services.add_information(claim=reviewed, text="On Friday", at=noon + DAY)
    claim = fresh(reviewed)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "information")
    assert claim.ticket.owed_since == noon + DAY
    assert TriageRun.objects.filter(claim=claim).latest("pk").because == "information"


def test_corrected_number_is_judged_anew(asked, click, noon, alice):
    trip = asked.click
    claims_make.sold(trip, at=noon, order="ZZ-77")
    services.add_information(claim=asked, order_no="zz 77", at=noon + DAY)
    claim = fresh(asked)
    assert (claim.order_no_norm, claim.status) == ("ZZ77", Status.ANSWERED_AUTO)
    assert Message.objects.filter(ticket=claim.ticket, author="shopper").latest("pk").text.endswith("zz 77.")


def test_corrected_amount_is_expected_anew(asked, noon):
    services.add_information(claim=asked, order_minor=100000, at=noon + DAY)
    assert fresh(asked).expected_minor == 3500


def test_correction_to_an_order_that_is_claimed_already_is_refused(asked, noon):
    other = claims_make.claim(asked.click, at=noon, order_no="2")
    with pytest.raises(ClaimRefused) as refusal:
        services.add_information(claim=asked, order_no="2", text="oops", at=noon + DAY)
    assert (refusal.value.code, refusal.value.claim) == ("claimed_already", other)
    assert fresh(asked).order_no == "AB-1001"


@pytest.mark.parametrize(
    "told, code",
    [
        ({}, "nothing_said"),
        ({"text": " "}, "nothing_said"),
        ({"order_no": "\x00"}, "unstorable_text"),
        ({"order_minor": -1}, "amount_invalid"),
        ({"files": [("a", b"rubbish")]}, "file_kind"),
        ({"files": [("a", b"x")] * 6}, "too_many_files"),
    ],
)
def test_empty_or_impossible_additions_are_refused(asked, noon, told, code):
    messages = Message.objects.count()
    with pytest.raises(Exception) as refusal:  # noqa: PT011 - the code says which
        services.add_information(claim=asked, at=noon, **told)
    assert refusal.value.code == code and Message.objects.count() == messages


def test_withdrawn_claim_is_closed_and_what_was_not_sent_is_not_sent(click, noon):
    claim = claims_make.claim(click, at=noon)
    services.withdraw(claim=claim, at=noon)
    assert fresh(claim).status == Status.WITHDRAWN
    assert NetworkInquiry.objects.get(claim=claim).status == InquiryStatus.WITHDRAWN
    assert "You have withdrawn your claim" in words(claim)
    with pytest.raises(IllegalMove):
        services.withdraw(claim=claim, at=noon)


# Staff


def test_refusal_needs_a_known_reason_and_words(reviewed, noon, kim):
    for told, code in (({"reason_code": "because"}, "reason_unknown"), ({"text": " "}, "nothing_said")):
        with pytest.raises(Exception) as refusal:  # noqa: PT011 - the code says which
            services.reject(
                **{
                    "claim": reviewed,
                    "agent": kim,
                    "reason_code": "no_proof",
                    "text": "No.",
                    "at": noon,
                    **told,
                }
            )
        assert refusal.value.code == code and fresh(reviewed).status == Status.IN_REVIEW
    services.reject(claim=reviewed, agent=kim, reason_code="no_proof", text="We found no proof.", at=noon)
    claim = fresh(reviewed)
    assert (claim.status, claim.reason_code, claim.closed_at) == (Status.REJECTED, "no_proof", noon)
    assert claim.steps.latest("pk").agent == kim and claim.ticket.status == TicketStatus.SOLVED
    assert Message.objects.filter(ticket=claim.ticket, author="agent").get().text == "We found no proof."


def test_refusal_over_a_colleagues_answer_is_a_conflict_with_the_draft_kept(
    reviewed, noon, kim, django_user_model
):
    lee = claims_make.agent(django_user_model, "lee")
    seen = Ticket.objects.get(pk=reviewed.ticket_id).version
    desk.reply(ticket=reviewed.ticket, agent=lee, text="I am at it.", version=seen, at=noon)
    with pytest.raises(desk.Conflict) as conflict:
        services.reject(
            claim=reviewed, agent=kim, reason_code="no_proof", text="Sorry.", version=seen, at=noon
        )
    assert [message.text for message in conflict.value.theirs] == ["I am at it."]
    assert fresh(reviewed).status == Status.IN_REVIEW
    assert Draft.objects.get(agent=kim).text == "Sorry."


def test_person_lodges_what_the_rules_did_not(click, noon, kim):
    claims_make.sold(click, at=noon - DAY, order="AB-1002")
    claim = claims_make.claim(click, at=noon)
    assert claim.reason_code == "similar_sale"
    inquiry = services.lodge(claim=claim, agent=kim, at=noon)
    assert inquiry.claim == claim and claim.status == Status.LODGED
    assert claim.steps.latest("pk").agent == kim
    assert "We pass your claim on" in words(claim)


def test_after_the_networks_no_a_person_appeals(click, noon, kim):
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=Status.WAITING_NETWORK, reason="submitted", at=noon)
    services.move(claim=claim, to=Status.DECLINED_NET, reason="network_refused", at=noon)
    NetworkInquiry.objects.update(status=InquiryStatus.REJECTED, answered_at=noon)
    services.appeal(claim=claim, agent=kim, comment="The receipt is attached.", at=noon)
    assert claim.status == Status.APPEALED
    second = NetworkInquiry.objects.filter(claim=claim).latest("pk")
    assert second.asked["comment"].startswith("The receipt is attached.")
    assert NetworkInquiry.objects.earliest("pk").passed_on_at == noon
    assert "look at its decision again" in words(claim)


def test_agents_own_goodwill_closes_the_claim_and_the_network_is_asked_for_ourselves(
    click, noon, kim, alice, acorn
):
    claims_make.generous(acorn.partner)
    claims_make.sold(click, at=noon - DAY, order="AB-1002")
    claim = claims_make.claim(click, at=noon)
    grant = services.ask_goodwill(claim=claim, agent=kim, amount_minor=CASHBACK, why="Clear enough", at=noon)
    assert grant.status == GrantStatus.PAID and balance(alice) == CASHBACK
    assert claim.status == Status.COMPENSATED and claim.steps.latest("pk").agent == kim
    assert NetworkInquiry.objects.filter(claim=claim).count() == 1
    assert "69.65" in words(claim)


def test_goodwill_above_the_limit_waits_for_another_person(
    reviewed, noon, kim, alice, acorn, django_user_model
):
    claims_make.generous(acorn.partner)
    lee = claims_make.agent(django_user_model, "lee", role=Role.LEAD)
    grant = services.ask_goodwill(claim=reviewed, agent=kim, amount_minor=200000, why="Big order", at=noon)
    assert grant.status == GrantStatus.ASKED and fresh(reviewed).status == Status.GOODWILL_PENDING
    assert fresh(reviewed).ticket.needs_person
    with pytest.raises(GoodwillRefused):
        goodwill.approve(grant=grant, by=kim.user, at=noon)
    goodwill.approve(grant=grant, by=lee.user, at=noon + DAY)
    assert fresh(reviewed).status == Status.COMPENSATED and balance(alice) == 200000


def test_goodwill_that_is_refused_comes_back_to_a_person(reviewed, noon, kim, acorn, django_user_model):
    claims_make.generous(acorn.partner)
    lee = claims_make.agent(django_user_model, "lee", role=Role.LEAD)
    grant = services.ask_goodwill(claim=reviewed, agent=kim, amount_minor=200000, why="Big order", at=noon)
    goodwill.refuse(grant=grant, by=lee.user, why="Too much", at=noon + DAY)
    claim = fresh(reviewed)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "goodwill_refused")
    assert claim.ticket.needs_person


def test_goodwill_beyond_the_rails_changes_nothing(reviewed, noon, kim, acorn):
    with pytest.raises(GoodwillRefused):
        services.ask_goodwill(claim=reviewed, agent=kim, amount_minor=100, why="x", at=noon)
    assert fresh(reviewed).status == Status.IN_REVIEW and not GoodwillGrant.objects.exists()


def test_goodwill_agreed_to_after_a_refusal_is_told_by_the_claim(
    reviewed, noon, kim, acorn, django_user_model
):
    claims_make.generous(acorn.partner)
    lee = claims_make.agent(django_user_model, "lee", role=Role.LEAD)
    grant = services.ask_goodwill(claim=reviewed, agent=kim, amount_minor=200000, why="Big order", at=noon)
    services.reject(claim=fresh(reviewed), agent=kim, reason_code="other", text="No.", at=noon)
    goodwill.approve(grant=grant, by=lee.user, at=noon + DAY)
    assert fresh(reviewed).status == Status.COMPENSATED


def test_person_gives_a_claim_back_to_the_rules(reviewed, noon, kim, shop):
    shop.takes_claims = True
    shop.save()
    run = services.look_again(claim=reviewed, agent=kim, at=noon + DAY)
    assert run.decision == "lodge" and reviewed.status == Status.LODGED


def test_person_takes_a_claim_from_the_ice(alice, moscow, shop, noon, kim):
    trip = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=2))
    claim = claims_make.claim(trip, at=noon)
    services.take(claim=claim, agent=kim, at=noon)
    assert claim.status == Status.IN_REVIEW and claim.steps.latest("pk").agent == kim


def test_persons_word_is_an_update_and_passes_the_networks_answer_on(click, noon, kim):
    claim = claims_make.claim(click, at=noon)
    inquiry = NetworkInquiry.objects.get(claim=claim)
    NetworkInquiry.objects.update(answered_at=noon)
    at = noon + 10 * DAY
    desk.reply(ticket=claim.ticket, agent=kim, text="Still at it.", version=claim.ticket.version, at=at)
    inquiry.refresh_from_db()
    assert inquiry.passed_on_at == at
    assert fresh(claim).next_update_due == at + 14 * DAY
