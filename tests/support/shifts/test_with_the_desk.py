"""The board, the close and the clocks over a real conversation at the desk."""

from datetime import timedelta

import pytest

from support.clocks import services as clocks
from support.desk import services as desk
from support.desk.models import Category, Channel, TicketStatus
from support.shifts import board, close
from support.shifts.models import ShiftClose, ShiftCloseItem

SECOND = timedelta(seconds=1)


@pytest.fixture
def asked(crew, alice):
    """Alice's question, an hour before the shift ends."""
    crew.team.is_default = True
    crew.team.save()
    return desk.open_ticket(
        storefront=alice.storefront,
        shopper=alice,
        subject="Where is my cashback?",
        text="It has been a month.",
        channel=Channel.STOREFRONT,
        category=Category.OTHER,
        language="ru",
        at=crew.before_end(hours=1),
    )


def reply(crew, ticket, at, **more) -> None:
    ticket.refresh_from_db()
    desk.reply(ticket=ticket, agent=crew.ann, text="It is on its way.", version=ticket.version, at=at, **more)


def owed(crew, at) -> int:
    return board.owed_now(team=crew.team, at=at).owed


def test_question_is_owed_until_a_person_answers(crew, asked):
    at = crew.before_end(minutes=45)
    assert owed(crew, at) == 1
    desk.answer_by_itself(ticket=asked, text="We are looking.", at=at)
    assert owed(crew, at) == 1
    reply(crew, asked, at + SECOND)
    assert owed(crew, at + SECOND) == 0


@pytest.mark.parametrize("then", [None, TicketStatus.PENDING, TicketStatus.SOLVED])
def test_close_that_is_late_by_half_a_minute_counts_what_was_answered_since(crew, asked, then):
    reply(crew, asked, crew.ENDS + SECOND, then=then)
    close.close_due(at=crew.ENDS + 30 * SECOND)
    item = ShiftCloseItem.objects.get()
    assert (item.ticket_id, item.owed_since) == (asked.pk, crew.before_end(hours=1))
    assert not ShiftClose.objects.judged().get(shift=crew.day).is_zero


def test_answer_at_the_last_moment_counts(crew, asked):
    reply(crew, asked, crew.ENDS)
    close.close_due(at=crew.ENDS + 30 * SECOND)
    assert ShiftClose.objects.judged().get(shift=crew.day).is_zero


def test_hand_over_gives_the_ticket_to_the_next_shift(crew, asked):
    close.close_due(at=crew.ENDS)
    (handed,) = close.hand_over(
        close=ShiftClose.objects.get(), note="She wrote twice.", by=crew.ann, at=crew.ENDS
    )
    asked.refresh_from_db()
    assert asked.assignee == handed.to_agent
    assert handed.to_agent in crew.late.agents.all()


def test_solved_while_the_shopper_wrote_last_leaves_no_clock_and_reopening_starts_new_ones(crew, asked):
    """Chatwoot #10178 and #15024 at the desk: nothing runs on, nothing is revived."""
    desk.solve(ticket=asked, agent=crew.ann, at=crew.before_end(minutes=50))
    assert clocks.next_due(subject_id=asked.pk) is None
    assert clocks.sweep(at=crew.after_end(hours=90)) == 0
    before = {clock.clock.pk for clock in clocks.states([asked.pk], crew.ENDS)[asked.pk]}
    asked.refresh_from_db()
    desk.hear(ticket=asked, text="And when?", channel=Channel.STOREFRONT, at=crew.before_end(minutes=40))
    states = clocks.states([asked.pk], crew.ENDS)[asked.pk]
    assert before.isdisjoint(clock.clock.pk for clock in states)
    assert {clock.clock.cycle for clock in states} == {2}
    assert owed(crew, crew.before_end(minutes=30)) == 1
