"""Nothing waits in silence: ice melts, questions are reminded of, and shoppers hear how it stands."""

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection

from support.claims import answers, services
from support.claims.models import Claim, InquiryStatus, NetworkInquiry, Status
from support.clocks.models import Clock, Metric
from support.desk.models import Message, TicketStatus
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import words
from tests.support.claims_make import DAY

HOUR = timedelta(hours=1)


def fresh(claim):
    return Claim.objects.select_related("ticket").get(pk=claim.pk)


def said(claim) -> int:
    return Message.objects.filter(ticket=claim.ticket_id, author="system").count()


@pytest.fixture
def iced(alice, moscow, shop, noon):
    return claims_make.claim(claims_make.trip(by=alice, on=shop, at=noon - 3 * HOUR), at=noon)


@pytest.fixture
def asked(alice, moscow, noon):
    shop = claims_make.offer(at=make.account(network="admitad"))
    return claims_make.claim(claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY), at=noon)


@pytest.fixture
def waiting(click, noon):
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=Status.WAITING_NETWORK, reason="submitted", at=noon)
    return claim


def test_ice_melts_at_its_hour_and_not_before(iced, noon):
    assert services.wake_due(at=iced.wake_at - timedelta(seconds=1)) == 0
    assert fresh(iced).status == Status.ON_ICE
    assert services.wake_due(at=iced.wake_at) == 1
    assert fresh(iced).status == Status.LODGED
    assert [step.to_status for step in iced.steps.order_by("pk")] == [
        "triaging",
        "on_ice",
        "triaging",
        "lodged",
    ]
    assert services.wake_due(at=iced.wake_at) == 0


def test_shopper_is_reminded_twice_and_then_the_claim_is_put_away(asked, noon):
    seen = []
    for hour in range(0, 15 * 24, 6):
        before = said(asked)
        services.wake_due(at=noon + hour * HOUR)
        if said(asked) > before:
            seen.append((hour, words(asked)))
    assert [hour for hour, _ in seen] == [114, 228, 336]
    assert "We still need your answer" in seen[0][1] and "our last reminder" in seen[1][1]
    assert "Dec 8, 2026" in seen[0][1] and "put your claim" in seen[2][1]
    claim = fresh(asked)
    assert (claim.status, claim.reason_code) == (Status.LAPSED, "no_answer_from_shopper")
    assert claim.ticket.status == TicketStatus.SOLVED
    # Thirty days more an answer takes it up where it stopped.
    services.add_information(claim=claim, files=[("r.png", claims_make.picture())], at=noon + 40 * DAY)
    assert (fresh(asked).status, fresh(asked).cycle) == (Status.LODGED, 2)


def test_answer_that_nobody_contests_ends_without_a_word(click, noon, shop):
    make.facts(of=shop, counts_in_app=False)
    claim = claims_make.claim(click, at=noon, bought_in="app")
    assert claim.reason_code == "bought_in_app"
    before = said(claim)
    services.wake_due(at=noon + 30 * DAY)
    assert (fresh(claim).status, fresh(claim).reason_code) == (Status.LAPSED, "answer_accepted")
    assert said(claim) == before and services.stage_of(fresh(claim)) == "answered"


def test_answer_about_a_pending_purchase_is_looked_at_when_the_shop_is_late(click, noon):
    claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    assert claim.wake_at == claim.next_update_due
    services.wake_due(at=claim.wake_at)
    assert fresh(claim).status == Status.ANSWERED_AUTO  # to the second in time
    services.wake_due(at=claim.wake_at + DAY)
    assert (fresh(claim).status, fresh(claim).reason_code) == (Status.IN_REVIEW, "confirmation_overdue")
    assert fresh(claim).ticket.needs_person


def test_unconfirmed_payment_is_waited_for(click, noon):
    from transactions.models import Click

    Click.objects.update(credit_on="paid")
    click.refresh_from_db()
    claims_make.sold(click, at=noon - DAY, status="approved")
    claim = claims_make.claim(click, at=noon)
    assert claim.reason_code == "already_confirmed"
    services.wake_due(at=noon + 60 * DAY)
    assert fresh(claim).status == Status.ANSWERED_AUTO


def test_regular_word_is_sent_only_where_something_has_moved(waiting, noon):
    claims_make.clocks()
    later = noon + 3 * DAY
    services.move(claim=waiting, to=Status.NO_ANSWER, reason="silent", at=later)
    due = waiting.next_update_due
    services.wake_due(at=due)
    claim = fresh(waiting)
    assert "has not answered yet" in words(claim)
    assert claim.next_update_due == due + 14 * DAY and not claim.ticket.needs_person
    # Nothing has moved since: a person writes, and the day that was missed stays to be seen.
    services.wake_due(at=due + 14 * DAY)
    claim = fresh(waiting)
    assert claim.ticket.needs_person and claim.ticket.owed_since == due + 14 * DAY
    assert claim.next_update_due == due + 14 * DAY and claim.wake_at == due + 15 * DAY
    before = said(claim)
    services.wake_due(at=due + 15 * DAY)
    assert said(claim) == before and fresh(waiting).ticket.owed_since == due + 14 * DAY


def test_clock_of_the_regular_word_starts_anew_with_each(waiting, noon):
    claims_make.clocks()
    services.move(claim=waiting, to=Status.NO_ANSWER, reason="silent", at=noon + DAY)
    services.wake_due(at=waiting.next_update_due)
    running = Clock.objects.running().get(subject_id=waiting.ticket_id, metric=Metric.CUSTOMER_UPDATE)
    assert running.started_at == waiting.next_update_due


def test_bad_claim_holds_nobody_up_and_is_tried_again(iced, alice, shop, noon, moscow):
    from support.claims import deciding

    other = claims_make.claim(
        claims_make.trip(by=alice, on=shop, at=noon - 3 * HOUR), at=noon, order_no="AB-2", order_minor=700
    )
    real = deciding.retriage

    def breaks(*, claim, because, at):
        if claim.pk == iced.pk:
            raise RuntimeError("broken")
        return real(claim=claim, because=because, at=at)

    with mock.patch("support.claims.deciding.retriage", breaks):
        assert services.wake_due(at=noon + 2 * DAY) == 1
    assert fresh(other).status == Status.LODGED
    assert fresh(iced).status == Status.ON_ICE and fresh(iced).wake_at == noon + 2 * DAY + HOUR
    services.wake_due(at=noon + 2 * DAY + HOUR)
    assert fresh(iced).status == Status.LODGED


def test_sweep_is_in_batches(alice, shop, noon, moscow):
    for number in range(3):
        trip = claims_make.trip(by=alice, on=shop, at=noon - 3 * HOUR)
        claims_make.claim(trip, at=noon, order_no=str(number), order_minor=1000 * (number + 1))
    assert services.wake_due(at=noon + 2 * DAY, limit=2) == 2
    assert services.wake_due(at=noon + 2 * DAY, limit=2) == 1


@pytest.mark.django_db(transaction=True)
def test_claim_that_another_worker_has_is_left_to_it(iced, noon):
    from threading import Thread

    from django.db import transaction

    from support.claims import moves

    with transaction.atomic():
        moves.lock(iced.pk)
        woken = []

        def sweep():
            woken.append(services.wake_due(at=noon + 2 * DAY))
            connection.close()

        thread = Thread(target=sweep)
        thread.start()
        thread.join(timeout=20)
    assert woken == [0]


# The network's answers


def inquiry_of(claim):
    return NetworkInquiry.objects.get(claim=claim)


def test_networks_yes_is_told(waiting, noon):
    answers.network_accepted(inquiry=inquiry_of(waiting), at=noon)
    assert fresh(waiting).status == Status.APPROVED_NET
    assert "agrees" in words(waiting) and inquiry_of(waiting).passed_on_at == noon


def test_networks_no_goes_to_a_person_and_is_told_in_plain_words(waiting, noon):
    answers.network_rejected(inquiry=inquiry_of(waiting), reason="возврат", at=noon)
    claim = fresh(waiting)
    assert claim.status == Status.DECLINED_NET and claim.ticket.needs_person
    assert "The goods were returned." in words(claim) and "not our last word" in words(claim)
    assert inquiry_of(waiting).passed_on_at == noon


def test_networks_no_about_another_publisher_tells_nothing_of_them(waiting, noon):
    answers.network_rejected(inquiry=inquiry_of(waiting), reason="counted_elsewhere", at=noon)
    assert "counted_elsewhere" not in words(waiting)


def test_silent_network_is_reminded_and_after_that_the_claim_is_made_good(waiting, noon, alice, shop, acorn):
    inquiry = inquiry_of(waiting)
    for chased in (1, 2):
        inquiry.status, inquiry.chased = InquiryStatus.SUBMITTED, chased
        inquiry.save()
        answers.network_silent(inquiry=inquiry, at=noon + chased * 20 * DAY)
        assert fresh(waiting).status == Status.WAITING_NETWORK
        assert "We have reminded it" in words(waiting)
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    inquiry.status = InquiryStatus.NO_ANSWER
    inquiry.save()
    answers.network_silent(inquiry=inquiry, at=noon + 60 * DAY)
    assert fresh(waiting).status == Status.COMPENSATED


def test_silent_network_leaves_it_to_a_person_where_policy_does_not_pay(waiting, noon):
    inquiry = inquiry_of(waiting)
    inquiry.status = InquiryStatus.NO_ANSWER
    inquiry.save()
    answers.network_silent(inquiry=inquiry, at=noon + 60 * DAY)
    claim = fresh(waiting)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "network_silent")
    assert claim.ticket.needs_person and "decide ourselves" in words(claim)


def test_answers_for_our_own_account_trouble_nobody(click, noon, alice, shop, acorn):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    claim = claims_make.claim(click, at=noon)
    before = said(claim)
    answers.network_rejected(inquiry=inquiry_of(claim), reason="x", at=noon)
    answers.network_silent(inquiry=inquiry_of(claim), at=noon)
    answers.network_accepted(inquiry=inquiry_of(claim), at=noon)
    answers.found_ours(inquiry=inquiry_of(claim), transaction=None, at=noon)
    assert fresh(claim).status == Status.COMPENSATED and said(claim) == before


def test_sale_that_the_network_shows_before_lodging_answers_the_claim(click, noon):
    claim = claims_make.claim(click, at=noon)
    sale = claims_make.sold(click, at=noon)
    answers.found_ours(inquiry=inquiry_of(claim), transaction=sale, at=noon)
    assert fresh(claim).status == Status.APPROVED_NET


def test_sale_that_the_network_has_and_does_not_show_goes_to_a_person(click, noon):
    claim = claims_make.claim(click, at=noon)
    answers.found_ours(inquiry=inquiry_of(claim), transaction=None, at=noon)
    assert (fresh(claim).status, fresh(claim).reason_code) == (Status.IN_REVIEW, "network_has_it")
