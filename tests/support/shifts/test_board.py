"""What is owed now, and what is not."""

from datetime import timedelta

import pytest

from support.claims.models import InquiryStatus, NetworkInquiry, Status
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk.models import Delivery, Presence, TicketStatus
from support.shifts import board
from support.shifts.models import Owed
from tests import make as base
from tests.support import shifts_make as make
from tests.support.clocks_make import facts

HOUR = timedelta(hours=1)


@pytest.fixture
def noon(crew):
    return crew.STARTS + 3 * HOUR


def kinds(shown) -> list[Owed]:
    return [item.kind for item in shown.items]


def clock(of, metric, at, **more):
    case = facts(of.partner_id, subject_id=getattr(of, "ticket_id", of.pk))
    return clocks.start(ticket_facts=case, metric=metric, at=at, **more)


def inquiry(of, *, answered_at, **more) -> NetworkInquiry:
    return NetworkInquiry.objects.create(
        partner_id=of.partner_id,
        claim=of,
        account=base.account(),
        merchant=of.merchant,
        kind="untracked",
        transport="api",
        reference=f"ref-{of.number}",
        order_no="1",
        order_no_norm="1",
        asked={},
        status=InquiryStatus.REJECTED,
        next_attempt_at=answered_at,
        created_at=answered_at,
        answered_at=answered_at,
        **more,
    )


def test_empty_board_is_at_zero(crew, noon):
    shown = board.owed_now(team=crew.team, at=noon)
    assert (shown.owed, shown.is_zero, shown.items, shown.not_shown) == (0, True, [], 0)
    assert (shown.shift, shown.minutes_left) == (crew.day, 6 * 60)
    assert list(shown.on_shift) == [crew.ann, crew.ben]


def test_unanswered_word_is_owed(crew, alice, noon):
    owed = make.ticket(crew.team, alice, at=noon - 3 * HOUR, owed_since=noon - HOUR, assignee=crew.ann)
    shown = board.owed_now(team=crew.team, at=noon)
    (item,) = shown.items
    assert (item.kind, item.ticket_id, item.number, item.title) == (
        Owed.ANSWER,
        owed.pk,
        owed.public_number,
        owed.subject,
    )
    assert (item.owner_id, item.owner_name, item.owed_since, item.minutes) == (
        crew.ann.pk,
        "Ann",
        noon - HOUR,
        60,
    )
    assert (shown.owed, shown.is_zero, shown.counts[Owed.ANSWER]) == (1, False, 1)


def test_what_is_answered_solved_merged_or_another_teams_is_not_owed(crew, alice, noon):
    into = make.ticket(crew.team, alice, at=noon)
    make.ticket(crew.team, alice, at=noon, owed_since=noon, status=TicketStatus.SOLVED, solved_at=noon)
    make.ticket(crew.team, alice, at=noon, owed_since=noon, merged_into=into)
    make.ticket(make.team(), alice, at=noon, owed_since=noon)
    make.ticket(crew.team, alice, at=noon, owed_since=noon + HOUR)
    assert board.owed_now(team=crew.team, at=noon).owed == 0


def test_snoozing_pays_no_debt(crew, alice, noon):
    make.ticket(crew.team, alice, at=noon, owed_since=noon, snoozed_until=noon + 9 * HOUR)
    assert board.owed_now(team=crew.team, at=noon).owed == 1


@pytest.mark.parametrize(
    ("status", "metric", "target"),
    [
        (Status.TRIAGING, Metric.TRIAGE, timedelta(seconds=10)),
        (Status.IN_REVIEW, Metric.RESOLVE_OWN, 8 * HOUR),
        (Status.DECLINED_NET, Metric.RESOLVE_OWN, 8 * HOUR),
        (Status.LODGED, Metric.LODGE, 8 * HOUR),
    ],
)
def test_claim_with_us_is_owed_once_its_clock_has_run_out(crew, alice, status, metric, target):
    at = crew.STARTS
    made = make.claim(crew.team, alice, at=at, status=status)
    clock(made, metric, at)
    assert board.owed_now(team=crew.team, at=at + target - timedelta(seconds=1)).owed == 0
    shown = board.owed_now(team=crew.team, at=at + target + timedelta(minutes=5))
    (item,) = shown.items
    assert (item.kind, item.what_id, item.number, item.owed_since, item.minutes) == (
        Owed.CLAIM,
        made.pk,
        made.public_number,
        at + target,
        5,
    )


@pytest.mark.parametrize(
    "status", [Status.ON_ICE, Status.NEED_INFO, Status.WAITING_NETWORK, Status.ANSWERED_AUTO]
)
def test_claim_that_waits_for_others_is_not_owed(crew, alice, noon, status):
    made = make.claim(crew.team, alice, at=noon - 90 * HOUR, status=status)
    clock(made, Metric.RESOLVE_OWN, noon - 90 * HOUR)
    assert board.owed_now(team=crew.team, at=noon).owed == 0


def test_paused_clock_leaves_nothing_owed(crew, alice, noon):
    made = make.claim(crew.team, alice, at=noon - 90 * HOUR)
    clock(made, Metric.RESOLVE_OWN, noon - 90 * HOUR)
    clocks.pause(subject_id=made.ticket_id, metrics=[Metric.RESOLVE_OWN], why="network", at=noon - 89 * HOUR)
    assert board.owed_now(team=crew.team, at=noon).owed == 0


def test_claim_without_a_clock_is_not_parked_for_ever(crew, alice, noon):
    make.claim(crew.team, alice, at=noon - 25 * HOUR)
    make.claim(crew.team, alice, at=noon - 23 * HOUR)
    (item,) = board.owed_now(team=crew.team, at=noon).items
    assert (item.kind, item.owed_since) == (Owed.CLAIM, noon - HOUR)


def test_networks_answer_that_was_not_passed_on_is_owed(crew, alice, noon):
    claims = [make.claim(crew.team, alice, at=noon, status=Status.WAITING_NETWORK) for _ in range(2)]
    owed = inquiry(claims[0], answered_at=noon - HOUR)
    inquiry(claims[1], answered_at=noon - HOUR, passed_on_at=noon - HOUR / 2)
    (item,) = board.owed_now(team=crew.team, at=noon).items
    assert (item.kind, item.what_id, item.number) == (Owed.PASS_ON, owed.pk, claims[0].public_number)


def test_answer_for_our_own_account_is_owed_to_nobody(crew, alice, noon):
    made = make.claim(
        crew.team,
        alice,
        at=noon - 9 * HOUR,
        status=Status.COMPENSATED,
        closed_at=noon - 8 * HOUR,
        next_update_due=None,
    )
    inquiry(made, answered_at=noon - HOUR)
    assert board.owed_now(team=crew.team, at=noon).owed == 0


def test_overdue_word_to_the_shopper_is_owed_once(crew, alice, noon):
    long_ago = noon - timedelta(days=15)
    by_clock = make.claim(crew.team, alice, at=long_ago, status=Status.WAITING_NETWORK)
    clock(by_clock, Metric.CUSTOMER_UPDATE, long_ago)
    by_claim = make.claim(
        crew.team, alice, at=long_ago, status=Status.ON_ICE, next_update_due=noon - 2 * HOUR
    )
    both = make.claim(crew.team, alice, at=long_ago, status=Status.ON_ICE, next_update_due=noon - HOUR)
    clock(both, Metric.CUSTOMER_UPDATE, noon - timedelta(days=14, hours=3))
    told = make.claim(crew.team, alice, at=long_ago, status=Status.ON_ICE)
    clock(told, Metric.CUSTOMER_UPDATE, long_ago)
    clocks.meet(subject_id=told.ticket_id, metrics=[Metric.CUSTOMER_UPDATE], at=noon - timedelta(days=2))
    shown = board.owed_now(team=crew.team, at=noon)
    assert [(item.kind, item.ticket_id, item.minutes) for item in shown.items] == [
        (Owed.UPDATE, by_clock.ticket_id, 24 * 60),
        (Owed.UPDATE, both.ticket_id, 3 * 60),
        (Owed.UPDATE, by_claim.ticket_id, 2 * 60),
    ]


def test_mail_that_did_not_arrive_is_owed_until_something_is_done(crew, alice, noon):
    bounced = make.ticket(crew.team, alice, at=noon)
    make.message(bounced, at=noon - 2 * HOUR, delivery=Delivery.BOUNCED)
    failed = make.message(bounced, at=noon - HOUR, delivery=Delivery.FAILED)
    noted = make.ticket(crew.team, alice, at=noon)
    make.message(noted, at=noon - HOUR, delivery=Delivery.BOUNCED)
    make.message(noted, at=noon - HOUR / 2, is_internal=True, author="agent", agent=crew.ann)
    sent = make.ticket(crew.team, alice, at=noon)
    make.message(sent, at=noon - HOUR, delivery=Delivery.SENT)
    (item,) = board.owed_now(team=crew.team, at=noon).items
    assert (item.kind, item.what_id, item.number) == (Owed.MAIL, failed.pk, bounced.public_number)


def test_late_arrivals_are_counted_apart(crew, alice):
    make.ticket(crew.team, alice, at=crew.STARTS, owed_since=crew.before_end(minutes=20))
    make.ticket(crew.team, alice, at=crew.STARTS, owed_since=crew.before_end(minutes=20, seconds=1))
    shown = board.owed_now(team=crew.team, at=crew.before_end(minutes=1))
    assert (shown.owed, shown.late_arrivals, shown.minutes_left) == (1, 1, 1)
    assert [item.is_late_arrival for item in shown.items] == [False, True]
    # For the shift that comes after, it is like any other.
    shown = board.owed_now(team=crew.team, at=crew.after_end(minutes=1))
    assert (shown.shift, shown.owed, shown.late_arrivals) == (crew.late, 2, 0)


def test_team_decides_what_is_late(crew, alice):
    crew.team.late_minutes = 0
    crew.team.save()
    make.ticket(crew.team, alice, at=crew.STARTS, owed_since=crew.before_end(minutes=2))
    shown = board.owed_now(team=crew.team, at=crew.before_end(minutes=1))
    assert (shown.owed, shown.late_arrivals) == (1, 0)


def test_word_of_how_it_stands_is_never_a_late_arrival(crew, alice):
    due = crew.before_end(minutes=5)
    made = make.claim(crew.team, alice, at=due - timedelta(days=14), status=Status.ON_ICE)
    clock(made, Metric.CUSTOMER_UPDATE, due - timedelta(days=14))
    shown = board.owed_now(team=crew.team, at=crew.before_end(minutes=1))
    assert (shown.owed, shown.late_arrivals) == (1, 0)


def test_board_of_some_partners_shows_theirs_alone(crew, alice, bob, noon):
    for who in (alice, bob):
        make.ticket(crew.team, who, at=noon, owed_since=noon - HOUR)
        make.claim(crew.team, who, at=noon - 30 * HOUR)
    shown = board.owed_now(team=crew.team, at=noon, partner_ids=frozenset([alice.partner_id]))
    assert shown.owed == 2
    assert {item.partner_id for item in shown.items} == {alice.partner_id}
    assert board.owed_now(team=crew.team, at=noon, partner_ids=frozenset()).owed == 0


def test_board_counts_all_and_shows_the_oldest(crew, alice, noon):
    for hours in range(1, 6):
        make.ticket(crew.team, alice, at=noon, owed_since=noon - hours * HOUR)
    shown = board.owed_now(team=crew.team, at=noon, most=2)
    assert (shown.owed, shown.not_shown) == (5, 3)
    assert [item.minutes for item in shown.items] == [300, 240]


def test_who_is_there(crew, noon):
    for agent, presence in ((crew.ben, Presence.AWAY), (crew.nick, Presence.ONLINE)):
        agent.presence = presence
        agent.save()
    assert list(board.owed_now(team=crew.team, at=noon).present) == [crew.nick, crew.ben]


def test_outside_any_shift_nothing_is_late(crew, alice):
    night = crew.after_end(hours=8)
    make.ticket(crew.team, alice, at=night, owed_since=night)
    shown = board.owed_now(team=crew.team, at=night)
    assert (shown.shift, shown.minutes_left, shown.owed, shown.late_arrivals) == (None, None, 1, 0)


@pytest.mark.parametrize("rows", [1, 3])
def test_board_takes_nine_queries(crew, alice, noon, rows, django_assert_num_queries):
    for _ in range(rows):
        made = make.claim(crew.team, alice, at=noon - 30 * HOUR)
        inquiry(made, answered_at=noon - HOUR)
        clock(made, Metric.CUSTOMER_UPDATE, noon - timedelta(days=15))
        bounced = make.ticket(crew.team, alice, at=noon, owed_since=noon - HOUR)
        make.message(bounced, at=noon - HOUR, delivery=Delivery.BOUNCED)
    with django_assert_num_queries(9):
        shown = board.owed_now(team=crew.team, at=noon)
    assert sorted(kinds(shown)) == sorted(
        [Owed.ANSWER, Owed.CLAIM, Owed.MAIL, Owed.PASS_ON, Owed.UPDATE] * rows
    )
