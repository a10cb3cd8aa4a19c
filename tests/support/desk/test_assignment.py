"""Waiting tickets find agents: the most urgent first, to whoever has waited longest for one."""

from collections import Counter
from datetime import timedelta

import pytest

from support.desk import assignment
from support.desk import services as desk
from support.desk.models import Agent, Message, Presence, Team, Ticket, TicketEvent, TicketStatus
from tests.support import desk_make
from tests.support.desk_make import facts_of, fresh, together

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def owners() -> dict[str, int]:
    return dict(Counter(Ticket.objects.exclude(assignee=None).values_list("assignee__name", flat=True)))


def in_bulk(alice, count: int, *, at, **facts) -> list[Ticket]:
    """As many waiting tickets, without clocks."""
    team = desk.default_team()
    defaults = {
        "channel": "storefront",
        "language": "ru",
        "created_at": at,
        "updated_at": at,
        "owed_since": at,
    }
    Ticket.objects.bulk_create(
        Ticket(
            partner_id=alice.partner_id,
            storefront=alice.storefront,
            shopper=alice,
            subject=f"Question {n}",
            team=team,
            next_due_at=at + n * MINUTE,
            **{**defaults, **facts},
        )
        for n in range(count)
    )
    return list(Ticket.objects.filter(**facts).order_by("pk"))


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_a_thousand_tickets_between_seven_agents(alice, noon):
    """Acceptance check 3."""
    names = ("Anna", "Boris", "Vera", "Gleb", "Darya", "Egor", "Zoya")
    for name in names:
        desk_make.agent(name, most_open=500)
    away = desk_make.agent("Ivan", most_open=500, presence=Presence.AWAY)
    offline = desk_make.agent("Kira", most_open=500, online=False)
    capped = desk_make.agent("Lev", most_open=3)
    in_bulk(alice, 1000, at=noon)

    made = together(*[lambda: assignment.assign_waiting(at=noon, limit=1000)] * 2)

    assert sum(made) == 1000
    assert not Ticket.objects.filter(assignee=None).exists()
    events = TicketEvent.objects.filter(kind=TicketEvent.Kind.ASSIGNED)
    assert events.count() == events.values("ticket").distinct().count() == 1000
    counts = owners()
    assert counts.pop("Lev") == capped.most_open
    assert set(counts) == set(names) and {away.name, offline.name}.isdisjoint(counts)
    assert max(counts.values()) - min(counts.values()) <= 1
    assert set(Ticket.objects.values_list("version", "status")) == {(2, TicketStatus.OPEN)}


def test_most_urgent_goes_first_and_to_whom_has_waited_longest(alice, noon, anna, boris):
    late, soon, never = (desk_make.ticket(alice, at=noon) for _ in range(3))
    Ticket.objects.filter(pk=late.pk).update(next_due_at=noon + DAY)
    Ticket.objects.filter(pk=soon.pk).update(next_due_at=noon + HOUR)
    Agent.objects.filter(pk=anna.pk).update(last_assigned_at=noon - MINUTE)
    assert assignment.assign_waiting(at=noon) == 3
    assert [fresh(each).assignee.name for each in (soon, late, never)] == ["Boris", "Anna", "Boris"]
    assert facts_of(soon, TicketEvent.Kind.ASSIGNED) == {"was": None, "to": str(boris.pk)}
    # Nobody waits any more.
    assert assignment.assign_waiting(at=noon) == 0


def test_turns_go_on_where_they_ended(alice, noon, anna, boris):
    for _ in range(3):
        desk_make.ticket(alice, at=noon)
        assignment.assign_waiting(at=noon)
    assert owners() == {"Anna": 2, "Boris": 1}


def test_cap_counts_what_is_awake_and_ours(alice, noon):
    anna = desk_make.agent("Anna", most_open=2)
    own = [desk_make.ticket(alice, at=noon) for _ in range(4)]
    for each in own:
        desk.assign(ticket=each, agent=anna, by=anna, at=noon)
    waiting = desk_make.ticket(alice, at=noon)
    assert assignment.assign_waiting(at=noon) == 0
    desk.solve(ticket=own[0], agent=anna, at=noon)
    desk.set_status(ticket=own[1], status=TicketStatus.HOLD, agent=anna, at=noon)
    assert assignment.assign_waiting(at=noon) == 0
    desk.snooze(ticket=own[2], until=noon + DAY, agent=anna, at=noon)
    assert assignment.assign_waiting(at=noon) == 1
    assert fresh(waiting).assignee == anna


def test_only_those_get_it_who_speak_its_language_work_in_its_team_and_for_its_partner(
    alice, bob, noon, acorn, birch
):
    payouts = Team.objects.create(name="Payouts")
    english = desk_make.agent("Emma", languages=["en"])
    russian = desk_make.agent("Rita", languages=["ru", "en"])
    desk_make.reaches_only(russian, acorn.partner)
    desk_make.agent("Petr", team=payouts)
    desk_make.agent("Gleb", is_active=False)
    hers, his = desk_make.ticket(alice, at=noon), desk_make.ticket(bob, at=noon)
    assert assignment.assign_waiting(at=noon) == 2
    assert (fresh(hers).assignee, fresh(his).assignee) == (russian, english)
    desk_make.ticket(bob, at=noon)
    desk.go(agent=english, presence=Presence.AWAY, at=noon)
    assert assignment.assign_waiting(at=noon) == 0


def test_who_works_for_nobody_gets_nothing(alice, noon):
    desk_make.reaches_only(desk_make.agent("Gleb"))
    desk_make.ticket(alice, at=noon)
    assert assignment.assign_waiting(at=noon) == 0


def test_what_waits_for_nobody_of_ours_is_given_to_nobody(alice, noon, anna):
    desk_make.ticket(alice, at=noon, needs_person=False)
    asleep = desk_make.ticket(alice, at=noon)
    desk.snooze(ticket=asleep, until=noon + HOUR, agent=anna, at=noon)
    solved, merged, pending = (desk_make.ticket(alice, at=noon) for _ in range(3))
    desk.merge(ticket=merged, into=solved, agent=anna, at=noon)
    desk.solve(ticket=solved, agent=anna, at=noon)
    desk.set_status(ticket=pending, status=TicketStatus.PENDING, agent=anna, at=noon)
    assert assignment.assign_waiting(at=noon) == 0
    # Its time has come, though nothing has woken it yet.
    assert assignment.assign_waiting(at=noon + HOUR) == 1


def test_one_who_nobody_may_have_keeps_no_other_waiting(alice, bob, noon):
    desk_make.agent("Rita", languages=["ru"])
    for _ in range(3):
        Ticket.objects.filter(pk=desk_make.ticket(bob, at=noon).pk).update(next_due_at=noon)
    waiting = desk_make.ticket(alice, at=noon)
    assert assignment.assign_waiting(at=noon, limit=2) == 1
    assert fresh(waiting).assignee.name == "Rita"


@pytest.mark.django_db(transaction=True)
def test_agents_answer_while_tickets_are_given_out(alice, noon):
    anna = desk_make.agent("Anna", most_open=500)
    asked = in_bulk(alice, 40, at=noon, assignee=anna)
    in_bulk(alice, 200, at=noon)

    def answer():
        for each in asked:
            now = fresh(each)
            desk.reply(ticket=now, agent=anna, text="Found.", version=now.version, at=noon + HOUR)

    found = together(lambda: assignment.assign_waiting(at=noon), answer)
    assert found[0] == 200 and Message.objects.count() == 40
