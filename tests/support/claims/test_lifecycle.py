"""A claim moves by the table alone, and whatever hangs on it moves along."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from partners.models import OutboxEvent
from support.claims import moves, services, states
from support.claims.models import CLOSED, OPEN, WAITING, Claim, ClaimStep, Stage, Status
from support.claims.services import ClaimMoved, IllegalMove, OrderIsOpen
from support.clocks.models import Clock, Metric
from support.desk.models import TicketStatus
from tests.support import claims_make
from tests.support.claims_make import DAY

S = Status
HOUR = timedelta(hours=1)


@pytest.fixture
def claim(click, noon):
    return claims_make.claim(click, at=noon)


def walk(claim, *road, at):
    for number, status in enumerate(road, 1):
        services.move(claim=claim, to=status, reason="walked", at=at + timedelta(minutes=number))
    return claim


def test_every_status_has_its_roads_and_its_stage():
    assert set(states.LEGAL) == set(S)
    for status in S:
        assert states.stage_of_status(status) in Stage
        assert status not in states.LEGAL[status]
    # Whatever is closed can be opened by a person, and whatever is open comes to an end.
    for status in CLOSED:
        assert S.IN_REVIEW in states.LEGAL[status]
    reachable = set(CLOSED)
    while more := {s for s in S if s not in reachable and states.LEGAL[s] & reachable}:
        reachable |= more
    assert reachable == set(S)


def test_move_tells_partners_and_writes_its_step(claim, noon, kim):
    services.move(claim=claim, to=S.WAITING_NETWORK, reason="submitted", agent=kim, at=noon)
    step = claim.steps.latest("pk")
    assert (step.from_status, step.to_status, step.reason_code, step.agent) == (
        "lodged",
        "waiting_network",
        "submitted",
        kim,
    )
    event = OutboxEvent.objects.filter(subject_id=claim.pk).latest("pk")
    assert event.type == "claim.updated"
    assert event.payload["next_update_due"] == (noon + 14 * DAY).isoformat()
    services.move(claim=claim, to=S.CREDITED, reason="credited", at=noon)
    event = OutboxEvent.objects.filter(subject_id=claim.pk).latest("pk")
    assert (event.type, event.payload["status"], event.payload["is_open"]) == ("claim.closed", "paid", False)


def test_illegal_move_changes_nothing(claim, noon):
    for status in set(S) - states.LEGAL[S.LODGED]:
        with pytest.raises(IllegalMove):
            services.move(claim=claim, to=status, reason="x", at=noon)
    claim.refresh_from_db()
    assert claim.status == S.LODGED and claim.steps.count() == 2


def test_move_from_an_older_sight_is_refused(claim, noon):
    older = Claim.objects.get(pk=claim.pk)
    services.move(claim=claim, to=S.WAITING_NETWORK, reason="submitted", at=noon)
    with pytest.raises(ClaimMoved):
        services.move(claim=older, to=S.IN_REVIEW, reason="x", at=noon)
    claim.refresh_from_db()
    assert claim.status == S.WAITING_NETWORK


def test_step_is_never_edited(claim):
    for change in (lambda: ClaimStep.objects.update(agent=None), ClaimStep.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_reopening_begins_a_cycle_and_the_old_one_stays(claim, noon, kim):
    walk(claim, S.IN_REVIEW, at=noon)
    services.reject(claim=claim, agent=kim, reason_code="no_proof", text="Nothing there.", at=noon + HOUR)
    assert claim.closed_at and claim.cycle == 1
    services.move(claim=claim, to=S.IN_REVIEW, reason="contested", at=noon + DAY)
    assert (claim.cycle, claim.closed_at) == (2, None)
    assert list(claim.steps.order_by("pk").values_list("cycle", flat=True)) == [1, 1, 1, 1, 2]
    claim.ticket.refresh_from_db()
    assert claim.ticket.cycle == 2 and claim.ticket.needs_person


def test_closed_claim_does_not_open_beside_a_newer_one_for_its_order(claim, click, noon):
    services.withdraw(claim=claim, at=noon)
    newer = claims_make.claim(click, at=noon)
    with pytest.raises(OrderIsOpen) as refusal:
        services.contest(claim=claim, at=noon)
    assert refusal.value.claim == newer
    claim.refresh_from_db()
    assert claim.status == S.WITHDRAWN


@pytest.mark.parametrize(
    "road, status",
    [
        ([], TicketStatus.HOLD),
        ([S.WAITING_NETWORK], TicketStatus.HOLD),
        ([S.WAITING_NETWORK, S.APPROVED_NET], TicketStatus.HOLD),
        ([S.NEED_INFO], TicketStatus.PENDING),
        ([S.IN_REVIEW], TicketStatus.NEW),
        ([S.WAITING_NETWORK, S.DECLINED_NET], TicketStatus.NEW),
        ([S.CREDITED], TicketStatus.SOLVED),
        ([S.WITHDRAWN], TicketStatus.SOLVED),
    ],
)
def test_conversation_follows(claim, noon, road, status):
    walk(claim, *road, at=noon)
    claim.ticket.refresh_from_db()
    assert claim.ticket.status == status


def test_conversation_in_which_a_person_owes_a_word_is_not_closed_over_their_head(claim, noon):
    walk(claim, S.IN_REVIEW, S.CREDITED, at=noon)
    claim.ticket.refresh_from_db()
    assert claim.ticket.status == TicketStatus.NEW and claim.ticket.owed_since


def test_clocks_follow(click, noon):
    claims_make.clocks()
    claim = claims_make.claim(click, at=noon)

    def running():
        clocks = Clock.objects.running().filter(subject_id=claim.ticket_id)
        return set(clocks.values_list("metric", flat=True))

    assert running() == {Metric.LODGE, Metric.CUSTOMER_UPDATE, Metric.RESOLVE_TOTAL}
    triage = Clock.objects.get(subject_id=claim.ticket_id, metric=Metric.TRIAGE)
    assert triage.met_at == noon
    services.move(claim=claim, to=S.WAITING_NETWORK, reason="submitted", at=noon + DAY)
    assert running() == {Metric.NETWORK, Metric.CUSTOMER_UPDATE, Metric.RESOLVE_TOTAL}
    assert Clock.objects.get(subject_id=claim.ticket_id, metric=Metric.LODGE).met_at == noon + DAY
    services.move(claim=claim, to=S.NO_ANSWER, reason="silent", at=noon + 60 * DAY)
    assert Metric.NETWORK in running()
    services.move(claim=claim, to=S.DECLINED_NET, reason="refused", at=noon + 61 * DAY)
    assert Metric.NETWORK not in running() and Metric.FIRST_REPLY in running()
    assert Metric.CUSTOMER_UPDATE not in running()
    claim.ticket.refresh_from_db()
    assert claim.ticket.next_due_at == min(
        Clock.objects.ticking()
        .filter(subject_id=claim.ticket_id)
        .values_list("due_at", flat=True)
        .exclude(due_at=None)
    )


def test_person_answers_by_the_end_of_the_day_on_which_their_time_runs_out(claim, noon):
    services.move(claim=claim, to=S.IN_REVIEW, reason="x", at=noon)
    # No clock promises anything here, so within a day: the 25th, which ends in Moscow at 21:00 UTC.
    assert claim.next_update_due.isoformat() == "2026-11-25T20:59:59+00:00"


def test_database_lets_nothing_wait_without_a_day(claim):
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(next_update_due=None)


@pytest.mark.parametrize("seed", range(12))
def test_random_walks_never_leave_the_table_and_never_lose_the_next_day(claim, noon, seed):
    dice = random.Random(seed)
    at = noon
    for _ in range(25):
        at += timedelta(hours=dice.randrange(1, 400))
        to = dice.choice(list(S))
        was, cycle = claim.status, claim.cycle
        try:
            services.move(claim=claim, to=to, reason="dice", at=at)
        except IllegalMove:
            assert to not in states.LEGAL[S(was)]
            assert claim.status == was
        else:
            assert to in states.LEGAL[S(was)]
            assert claim.cycle == cycle + (was in CLOSED and to in OPEN)
        stored = Claim.objects.get(pk=claim.pk)
        assert stored.status == claim.status
        assert (stored.next_update_due is not None) or stored.status not in WAITING
        assert (stored.closed_at is not None) == (stored.status in CLOSED)
        if stored.status in WAITING and stored.status not in states.WITH_A_PERSON:
            assert stored.wake_at is not None
    tos = list(claim.steps.order_by("pk").values_list("from_status", "to_status"))
    for (_, came), (left, _) in zip(tos, tos[1:], strict=False):
        assert came == left


def test_outward_form_is_whole(claim, noon):
    claim = moves.lock(claim.pk)
    told = services.payload(claim)
    assert told["id"].startswith("clm_") and told["number"] == claim.public_number
    assert told["shopper"] == "alice" and told["storefront"] == "acorn"
    assert told["merchant"].startswith("mrc_") and told["click_id"].startswith("clk_")
    assert told["expected"] == {"amount": "69.65", "currency": "RUB"}
    assert told["order_amount"] == {"amount": "1990.00", "currency": "RUB"}
    assert (told["status"], told["reason"], told["kind"]) == ("sent_to_shop", "", "untracked")
    assert told["created_at"] == noon.isoformat() and told["closed_at"] is None


def test_accepted_answer_reads_as_answered(click, noon):
    claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=S.LAPSED, reason=states.ACCEPTED, at=noon)
    assert services.stage_of(claim) == Stage.ANSWERED
