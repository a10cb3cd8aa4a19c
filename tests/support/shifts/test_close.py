"""A shift ends: what was owed is frozen, as it was at the end, whatever happens a second later."""

from datetime import timedelta

import pytest

from cashback.lib.errors import DomainError
from partners.models import StaffReach
from support.claims.models import Status
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk.models import Role, Ticket, TicketStatus
from support.goodwill.models import GoodwillGrant, GrantStatus
from support.shifts import board, close, figures
from support.shifts.models import Excuse, HandOver, Owed, ShiftClose, ShiftCloseItem
from tests.support import shifts_make as make
from tests.support.clocks_make import facts

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)


def frozen(shift) -> ShiftClose:
    return ShiftClose.objects.judged().get(shift=shift)


def waiting(crew, who, since, **more) -> Ticket:
    """The shopper wrote at `since`; the clock of the first reply runs."""
    made = make.ticket(crew.team, who, at=since, owed_since=since, **more)
    clocks.start(
        ticket_facts=facts(who.partner_id, subject_id=made.pk, team_id=crew.team.pk),
        metric=Metric.FIRST_REPLY,
        at=since,
    )
    return made


def answer(of: Ticket, at) -> None:
    """As the desk leaves the rows once a person has replied."""
    Ticket.objects.filter(pk=of.pk).update(owed_since=None, last_agent_at=at)
    clocks.meet(subject_id=of.pk, metrics=[Metric.FIRST_REPLY], at=at)


@pytest.fixture
def left_over(crew, alice) -> ShiftCloseItem:
    """One unanswered ticket of Ann's, frozen."""
    waiting(crew, alice, crew.before_end(hours=2), assignee=crew.ann)
    close.close_due(at=crew.ENDS)
    return ShiftCloseItem.objects.get()


def test_shift_with_one_unanswered_is_not_at_zero(crew, alice):
    owed = waiting(crew, alice, crew.before_end(hours=2), assignee=crew.ann)
    assert close.close_due(at=crew.ENDS) == 1
    closed = frozen(crew.day)
    assert (closed.is_zero, closed.is_complete, closed.owed, closed.late_arrivals) == (False, False, 1, 0)
    item = closed.items.get()
    assert (item.kind, item.ticket_id, item.number, item.title, item.owner, item.minutes) == (
        Owed.ANSWER,
        owed.pk,
        owed.public_number,
        owed.subject,
        crew.ann,
        120,
    )


def test_answered_a_second_later_leaves_the_snapshot_unchanged(crew, alice):
    owed = waiting(crew, alice, crew.before_end(hours=2))
    close.close_due(at=crew.ENDS)
    before = list(ShiftCloseItem.objects.values())
    answer(owed, crew.ENDS + SECOND)
    assert close.close_due(at=crew.ENDS + 2 * SECOND) == 0
    assert list(ShiftCloseItem.objects.values()) == before
    assert not frozen(crew.day).is_zero


def test_close_that_comes_late_still_tells_of_the_end(crew, alice):
    """The worker was busy for an hour; meanwhile some were answered, solved, asked again, and one more came."""
    answered = waiting(crew, alice, crew.before_end(hours=2))
    answer(answered, crew.ENDS + SECOND)
    solved = waiting(crew, alice, crew.before_end(hours=3))
    clocks.stop(subject_id=solved.pk, reason="solved", at=crew.ENDS + SECOND)
    Ticket.objects.filter(pk=solved.pk).update(
        owed_since=None, status=TicketStatus.SOLVED, solved_at=crew.ENDS + SECOND
    )
    again = waiting(crew, alice, crew.before_end(hours=1))
    answer(again, crew.ENDS + SECOND)
    Ticket.objects.filter(pk=again.pk).update(owed_since=crew.ENDS + HOUR / 2)
    waiting(crew, alice, crew.ENDS + SECOND)
    in_time = waiting(crew, alice, crew.before_end(hours=1))
    answer(in_time, crew.ENDS)

    close.close_due(at=crew.ENDS + HOUR)

    items = ShiftCloseItem.objects.order_by("owed_since")
    assert [(item.ticket_id, item.minutes) for item in items] == [
        (solved.pk, 180),
        (answered.pk, 120),
        (again.pk, 60),
    ]


def test_claim_that_moved_on_after_the_end_was_owed_at_the_end(crew, alice):
    moved = make.claim(crew.team, alice, at=crew.before_end(hours=30))
    make.move(moved, Status.LODGED, at=crew.ENDS + SECOND)
    came_back = make.claim(crew.team, alice, at=crew.before_end(hours=50), status=Status.WAITING_NETWORK)
    make.move(came_back, Status.DECLINED_NET, at=crew.ENDS + SECOND)
    close.close_due(at=crew.ENDS + 30 * HOUR)
    (item,) = ShiftCloseItem.objects.filter(close__shift=crew.day)
    assert (item.kind, item.what_id) == (Owed.CLAIM, moved.pk)


def test_late_arrivals_leave_the_shift_at_zero_and_are_the_next_ones(crew, alice):
    waiting(crew, alice, crew.before_end(minutes=19))
    close.close_due(at=crew.ENDS)
    closed = frozen(crew.day)
    assert (closed.is_zero, closed.owed, closed.late_arrivals) == (True, 0, 1)
    close.close_due(at=crew.late.ends_at)
    closed = frozen(crew.late)
    assert (closed.is_zero, closed.owed, closed.late_arrivals) == (False, 1, 0)


def test_shift_is_closed_once_and_not_before_its_end(crew):
    assert close.close_due(at=crew.ENDS - SECOND) == 0
    assert [close.close_due(at=crew.ENDS) for _ in range(2)] == [1, 0]
    assert frozen(crew.day).is_zero
    assert frozen(crew.day).is_complete
    assert close.close_due(at=crew.late.ends_at + HOUR) == 1


def test_overlapping_shifts_are_each_closed_at_their_end(crew, alice):
    middle = make.shift(crew.team, crew.STARTS + 3 * HOUR, crew.ENDS + 3 * HOUR, crew.nick, name="Middle")
    owed = waiting(crew, alice, crew.before_end(hours=2))
    close.close_due(at=crew.ENDS)
    answer(owed, crew.ENDS + HOUR)
    close.close_due(at=crew.ENDS + 3 * HOUR)
    assert (frozen(crew.day).is_zero, frozen(middle).is_zero) == (False, True)


def test_approved_excuse_brings_the_shift_to_zero(crew, left_over):
    asked = close.excuse(
        item=left_over, reason="The network is down.", by=crew.ann, at=crew.after_end(minutes=5)
    )
    assert not frozen(crew.day).is_zero
    close.approve_excuse(excuse=asked, by=crew.lea, at=crew.after_end(minutes=6))
    assert frozen(crew.day).is_zero


def test_one_unexcused_of_two_is_enough(crew, alice):
    for _ in range(2):
        waiting(crew, alice, crew.before_end(hours=2), assignee=crew.ann)
    close.close_due(at=crew.ENDS)
    item = ShiftCloseItem.objects.first()
    asked = close.excuse(item=item, reason="Down.", by=crew.ann, at=crew.ENDS)
    close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    assert not frozen(crew.day).is_zero


def test_excuse_by_oneself_is_refused(crew, alice):
    waiting(crew, alice, crew.before_end(hours=2), assignee=crew.ann)
    close.close_due(at=crew.ENDS)
    item = ShiftCloseItem.objects.get()
    asked = close.excuse(item=item, reason="Busy.", by=crew.lea, at=crew.ENDS)
    with pytest.raises(close.NotByOneself):
        close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    assert Excuse.objects.get().approved_by is None
    assert not frozen(crew.day).is_zero


def test_owner_never_approves_the_excuse_for_their_own_case(crew, alice):
    waiting(crew, alice, crew.before_end(hours=2), assignee=crew.lea)
    close.close_due(at=crew.ENDS)
    asked = close.excuse(item=ShiftCloseItem.objects.get(), reason="Busy.", by=crew.ann, at=crew.ENDS)
    with pytest.raises(close.NotByOneself):
        close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    boss = make.agent(make.team(), "Olga", role=Role.OWNER)
    close.approve_excuse(excuse=asked, by=boss, at=crew.ENDS)
    assert frozen(crew.day).is_zero


def test_only_a_lead_decides(crew, left_over):
    asked = close.excuse(item=left_over, reason="Busy.", by=crew.ann, at=crew.ENDS)
    for decide in (close.approve_excuse, close.refuse_excuse):
        with pytest.raises(close.NotYours):
            decide(excuse=asked, by=crew.ben, at=crew.ENDS)
    assert Excuse.objects.get().is_open


def test_refused_excuse_leaves_the_item_and_another_may_be_asked(crew, left_over):
    asked = close.excuse(item=left_over, reason="Busy.", by=crew.ann, at=crew.ENDS)
    close.refuse_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    assert not frozen(crew.day).is_zero
    with pytest.raises(close.DecidedAlready):
        close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    again = close.excuse(item=left_over, reason="The network is down.", by=crew.ann, at=crew.ENDS)
    with pytest.raises(close.ExcusedAlready):
        close.excuse(item=left_over, reason="Once more.", by=crew.ben, at=crew.ENDS)
    close.approve_excuse(excuse=again, by=crew.lea, at=crew.ENDS)
    assert frozen(crew.day).is_zero


def test_excuse_needs_a_reason_and_one_of_the_team(crew, left_over):
    stranger = make.agent(make.team(), "Max")
    for reason, by, refusal in (("  ", crew.ann, close.ReasonMissing), ("Busy.", stranger, close.NotYours)):
        with pytest.raises(refusal):
            close.excuse(item=left_over, reason=reason, by=by, at=crew.ENDS)
    assert not Excuse.objects.exists()


def test_late_arrival_needs_no_excuse(crew, alice):
    waiting(crew, alice, crew.before_end(minutes=5))
    close.close_due(at=crew.ENDS)
    with pytest.raises(close.NoExcuseNeeded):
        close.excuse(item=ShiftCloseItem.objects.get(), reason="Late.", by=crew.ann, at=crew.ENDS)


def test_close_is_complete_once_everything_has_an_owner_on_the_next_shift(crew, alice):
    tickets = [waiting(crew, alice, crew.before_end(hours=hours)) for hours in (4, 3, 2)]
    waiting(crew, alice, crew.before_end(minutes=5), assignee=crew.nick)
    close.close_due(at=crew.ENDS)
    closed = frozen(crew.day)
    handed = close.hand_over(
        close=closed, note="The network is down until 8.", by=crew.ann, at=crew.after_end(minutes=1)
    )
    assert len(handed) == 4
    assert {one.to_shift for one in handed} == {crew.late}
    assert frozen(crew.day).is_complete
    # Shared evenly among those who come; who had a thing and stays, keeps it.
    assert HandOver.objects.filter(to_agent=crew.nick).count() == 2
    assert HandOver.objects.get(item__is_late_arrival=True).to_agent == crew.nick
    assert {ticket.assignee_id for ticket in Ticket.objects.filter(pk__in=[t.pk for t in tickets])} == {
        crew.nick.pk,
        crew.lea.pk,
    }
    # It is handed over, and was owed all the same.
    assert not frozen(crew.day).is_zero


def test_hand_over_of_some_to_somebody(crew, alice):
    for _ in range(2):
        waiting(crew, alice, crew.before_end(hours=2), assignee=crew.ann)
    close.close_due(at=crew.ENDS)
    closed = frozen(crew.day)
    one, _other = closed.items.all()
    close.hand_over(
        close=closed, note="Call the shop.", by=crew.ann, at=crew.ENDS, items=[one], to_agent=crew.lea
    )
    assert not frozen(crew.day).is_complete
    assert Ticket.objects.get(pk=one.ticket_id).assignee == crew.lea
    with pytest.raises(close.HandedOverAlready):
        close.hand_over(close=closed, note="Again.", by=crew.ann, at=crew.ENDS, items=[one])


@pytest.mark.parametrize("note", ["", "   "])
def test_hand_over_needs_a_note(crew, left_over, note):
    with pytest.raises(close.NoteMissing):
        close.hand_over(close=left_over.close, note=note, by=crew.ann, at=crew.ENDS)
    assert not HandOver.objects.exists()


def test_hand_over_needs_somebody_to_take_it(crew, left_over):
    def refusal(**to) -> type[DomainError]:
        with pytest.raises(DomainError) as refused:
            close.hand_over(close=left_over.close, note="Take it.", by=crew.ann, at=crew.ENDS, **to)
        return type(refused.value)

    empty = make.shift(crew.team, crew.after_end(hours=6), crew.after_end(hours=9), name="Night")
    others = make.shift(make.team(), crew.ENDS, crew.after_end(hours=9))
    assert refusal(to_shift=empty) == close.NobodyThere
    assert refusal(to_shift=others) == close.NobodyThere
    assert refusal(to_shift=crew.day) == close.NobodyThere
    assert refusal(to_agent=crew.ben) == close.NobodyThere
    assert not HandOver.objects.exists()


def test_solved_meanwhile_is_handed_over_on_paper_alone(crew, left_over):
    Ticket.objects.update(status=TicketStatus.SOLVED, solved_at=crew.ENDS, owed_since=None)
    close.hand_over(close=left_over.close, note="Done already.", by=crew.ann, at=crew.ENDS)
    assert frozen(crew.day).is_complete
    assert Ticket.objects.get().assignee == crew.ann


def test_figure_of_a_period(crew, alice, left_over):
    close.close_due(at=crew.late.ends_at)
    asked = close.excuse(item=left_over, reason="Down.", by=crew.ann, at=crew.ENDS)
    close.approve_excuse(excuse=asked, by=crew.lea, at=crew.ENDS)
    period = {"since": crew.STARTS, "until": crew.STARTS + timedelta(days=1)}
    figure = figures.of_team(team=crew.team, **period)
    assert (figure.shifts, figure.at_zero, figure.incomplete, figure.share) == (2, 1, 2, 0.5)
    by_agent = figures.of_agents(**period)
    assert (by_agent[crew.ann.pk].at_zero, by_agent[crew.ben.pk].at_zero) == (1, 1)
    assert (by_agent[crew.nick.pk].at_zero, by_agent[crew.lea.pk].at_zero) == (0, 0)
    # Half-open: the late shift ends exactly with this period.
    assert figures.of_team(team=crew.team, since=crew.STARTS, until=crew.late.ends_at).shifts == 1
    assert figures.of_team(team=make.team(), **period).share is None


def test_breach_is_put_down_to_those_on_the_shift(crew, alice):
    owed = waiting(crew, alice, crew.before_end(hours=2))
    clocks.sweep(at=crew.after_end(hours=1))
    (clock,) = clocks.states([owed.pk], crew.after_end(hours=1))[owed.pk]
    assert clock.clock.on_duty == sorted([crew.ann.pk, crew.ben.pk])


def test_board_and_close_agree(crew, alice):
    for minutes in (5, 15, 25, 60, 120):
        waiting(crew, alice, crew.before_end(minutes=minutes))
    make.claim(crew.team, alice, at=crew.before_end(hours=30))
    shown = board.owed_now(team=crew.team, at=crew.ENDS - timedelta(microseconds=1))
    close.close_due(at=crew.ENDS)
    closed = frozen(crew.day)
    assert (closed.owed, closed.late_arrivals) == (shown.owed, shown.late_arrivals) == (4, 2)


def test_nobody_is_handed_what_they_may_not_see(crew, alice, bob):
    """Nick works for Bob's partner alone."""
    StaffReach.objects.create(user=crew.nick.user).partners.set([bob.partner])
    for who in (alice, bob):
        waiting(crew, who, crew.before_end(hours=2))
    close.close_due(at=crew.ENDS)
    crew.late.agents.remove(crew.lea)
    with pytest.raises(close.NobodyThere):
        close.hand_over(close=frozen(crew.day), note="Take it.", by=crew.ann, at=crew.ENDS)
    assert not HandOver.objects.exists()
    crew.late.agents.add(crew.lea)
    handed = close.hand_over(close=frozen(crew.day), note="Take it.", by=crew.ann, at=crew.ENDS)
    assert {one.item.partner: one.to_agent for one in handed} == {
        alice.partner: crew.lea,
        bob.partner: crew.nick,
    }


def test_goodwill_that_waits_for_a_second_person_is_owed(crew, alice):
    made = make.claim(crew.team, alice, at=crew.before_end(hours=2), status=Status.GOODWILL_PENDING)
    asked, decided = (make.grant(made, at=crew.before_end(hours=1), by=crew.ann) for _ in range(2))
    GoodwillGrant.objects.filter(pk=decided.pk).update(
        status=GrantStatus.REFUSED, refused_by=crew.lea.user, decided_at=crew.before_end(minutes=30)
    )
    shown = board.owed_now(team=crew.team, at=crew.before_end(minutes=1))
    assert [(item.kind, item.what_id, item.number) for item in shown.items] == [
        (Owed.GOODWILL, asked.pk, made.public_number)
    ]
    # Decided a second after the end: at the end it was owed.
    GoodwillGrant.objects.filter(pk=asked.pk).update(
        status=GrantStatus.REFUSED, refused_by=crew.lea.user, decided_at=crew.ENDS + SECOND
    )
    close.close_due(at=crew.ENDS + HOUR)
    assert ShiftCloseItem.objects.get().what_id == asked.pk
