"""Whose a ticket is, where it goes, and where it comes together with another."""

from datetime import timedelta

import pytest

from support.clocks.models import Clock, Metric
from support.desk import listeners
from support.desk import services as desk
from support.desk.models import Category, Priority, Team, Ticket, TicketEvent, TicketStatus
from tests import make
from tests.support import claims_make, desk_make
from tests.support.desk_make import facts_of, fresh, happened, hear, together

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Kind = TicketEvent.Kind


def refused(code: str):
    return pytest.raises(desk.DeskRefused, check=lambda refusal: refusal.code == code)


def test_given_to_an_agent_it_is_theirs_and_says_from_whom(ticket, noon, anna, boris):
    desk.assign(ticket=ticket, agent=anna, by=boris, at=noon)
    assert (ticket.assignee, ticket.status) == (anna, TicketStatus.OPEN)
    assert facts_of(ticket, Kind.ASSIGNED) == {"was": None, "to": str(anna.pk)}
    anna.refresh_from_db()
    assert anna.last_assigned_at == noon
    desk.assign(ticket=ticket, agent=None, by=boris, at=noon)
    assert facts_of(ticket, Kind.ASSIGNED) == {"was": str(anna.pk), "to": None}
    # The same again is nothing new.
    version = ticket.version
    desk.assign(ticket=ticket, agent=None, by=boris, at=noon)
    assert fresh(ticket).version == version


def test_ticket_is_given_to_nobody_behind_another_wall_and_to_nobody_who_left(ticket, noon, anna, birch):
    walled = desk_make.agent("Vera")
    desk_make.reaches_only(walled, birch.partner)
    gone = desk_make.agent("Gleb", is_active=False)
    for who in (walled, gone):
        with refused("out_of_reach"):
            desk.assign(ticket=ticket, agent=who, by=anna, at=noon)
    assert fresh(ticket).assignee is None and happened(ticket) == ["opened"]


def test_agents_see_the_tickets_of_their_partners_only(alice, bob, noon, anna, birch):
    at_acorn, at_birch = desk_make.ticket(alice, at=noon), desk_make.ticket(bob, at=noon)
    walled = desk_make.agent("Vera")
    desk_make.reaches_only(walled, birch.partner)
    nobodys = desk_make.agent("Gleb")
    desk_make.reaches_only(nobodys)
    assert set(desk.tickets_for(anna.user)) == {at_acorn, at_birch}
    assert list(desk.tickets_for(walled.user)) == [at_birch]
    assert list(desk.tickets_for(nobodys.user)) == []


def test_change_of_priority_plans_the_clocks_anew(ticket, noon, anna, promises):
    from support.clocks.models import ClockPolicy

    ticket = desk_make.ticket(ticket.shopper, at=noon)
    ClockPolicy.objects.create(metric=Metric.FIRST_REPLY, priority=Priority.URGENT, target_seconds=300)
    desk.change(
        ticket=ticket, by=anna, priority=Priority.URGENT, category=Category.DECLINED, at=noon + MINUTE
    )
    assert ticket.next_due_at == noon + 5 * MINUTE
    assert facts_of(ticket, Kind.CHANGED) == {
        "priority": ["normal", "urgent"],
        "category": ["other", "declined"],
    }
    version = ticket.version
    desk.change(ticket=ticket, by=anna, priority=Priority.URGENT, at=noon + HOUR)
    assert fresh(ticket).version == version


def test_subject_is_changed_without_its_words_staying_in_the_events(ticket, noon, anna):
    desk.change(ticket=ticket, by=anna, subject="About order AB-1001", at=noon)
    assert ticket.subject == "About order AB-1001"
    assert facts_of(ticket, Kind.CHANGED) == {"subject": ["", ""]}


def test_another_teams_ticket_is_another_teams_to_take(ticket, noon, anna):
    payouts = Team.objects.create(name="Payouts")
    desk.assign(ticket=ticket, agent=anna, by=anna, at=noon)
    desk.change(ticket=ticket, by=anna, team=payouts, at=noon)
    assert (fresh(ticket).team, ticket.assignee) == (payouts, None)
    assert happened(ticket)[-2:] == ["changed", "assigned"]


def test_snoozed_ticket_is_out_of_the_queue_until_its_time(ticket, noon, anna):
    desk.snooze(ticket=ticket, until=noon + HOUR, agent=anna, at=noon)
    asleep = Ticket.objects.awake(at=noon + MINUTE)
    assert not asleep.exists()
    # What is owed stays owed.
    assert Ticket.objects.owed().get() == ticket
    assert desk.wake_due(at=noon + HOUR - MINUTE) == 0
    assert desk.wake_due(at=noon + HOUR) == 1
    assert desk.wake_due(at=noon + HOUR) == 0
    assert fresh(ticket).snoozed_until is None and happened(ticket)[-1] == "woken"


def test_snoozed_ticket_wakes_when_the_shopper_writes(ticket, noon, anna):
    desk.snooze(ticket=ticket, until=noon + DAY, agent=anna, at=noon)
    hear(ticket, "Any news?", at=noon + HOUR)
    assert Ticket.objects.awake(at=noon + HOUR).get() == ticket


def test_snooze_is_for_a_time_to_come_and_a_question_that_is_open(ticket, noon, anna):
    with refused("in_the_past"):
        desk.snooze(ticket=ticket, until=noon, agent=anna, at=noon)
    desk.solve(ticket=ticket, agent=anna, at=noon)
    with refused("solved"):
        desk.snooze(ticket=ticket, until=noon + DAY, agent=anna, at=noon)


@pytest.mark.django_db(transaction=True)
def test_two_workers_wake_each_ticket_once(alice, noon, anna):
    tickets = [desk_make.ticket(alice, at=noon) for _ in range(6)]
    for each in tickets:
        desk.snooze(ticket=each, until=noon + HOUR, agent=anna, at=noon)
    woken = together(*[lambda: desk.wake_due(at=noon + HOUR)] * 2)
    assert sum(woken) == 6
    assert TicketEvent.objects.filter(kind=Kind.WOKEN).count() == 6


def test_merged_ticket_goes_on_in_the_other_one(alice, noon, anna, promises):
    first, second = desk_make.ticket(alice, at=noon), desk_make.ticket(alice, at=noon + HOUR)
    desk.reply(ticket=first, agent=anna, text="Found it.", version=first.version, at=noon + 2 * HOUR)

    desk.merge(ticket=second, into=first, agent=anna, at=noon + 3 * HOUR)

    assert (second.status, second.merged_into, second.owed_since) == (TicketStatus.SOLVED, first, None)
    assert second.messages.count() == 1
    assert (first.owed_since, first.last_customer_at) == (noon + HOUR, noon + HOUR)
    assert facts_of(second, Kind.MERGED) == {"into": first.public_number}
    assert facts_of(first, Kind.MERGED) == {"of": second.public_number}
    assert not Clock.objects.running().of_subject(second.pk).exists()
    assert Clock.objects.running().of_subject(first.pk, [Metric.NEXT_REPLY]).exists()
    # Their later words are told there, even those sent to the old one.
    word = hear(second, "And?", at=noon + 4 * HOUR)
    assert word.ticket_id == first.pk
    assert fresh(second).status == TicketStatus.SOLVED


def test_merging_wakes_a_ticket_that_waited_for_somebody_else(alice, noon, anna):
    waiting, other = desk_make.ticket(alice, at=noon), desk_make.ticket(alice, at=noon + HOUR)
    desk.reply(
        ticket=waiting,
        agent=anna,
        text="Asked.",
        version=waiting.version,
        then=TicketStatus.HOLD,
        at=noon + HOUR,
    )
    desk.snooze(ticket=waiting, until=noon + DAY, agent=anna, at=noon + HOUR)
    desk.merge(ticket=other, into=waiting, agent=anna, at=noon + 2 * HOUR)
    assert (waiting.status, waiting.snoozed_until, waiting.owed_since) == (
        TicketStatus.OPEN,
        None,
        noon + HOUR,
    )


def test_ticket_merged_twice_leads_to_the_last_one(alice, noon, anna):
    first, second, third = (desk_make.ticket(alice, at=noon) for _ in range(3))
    desk.merge(ticket=first, into=second, agent=anna, at=noon)
    desk.merge(ticket=second, into=third, agent=anna, at=noon)
    assert fresh(first).merged_into == fresh(second).merged_into == third
    assert hear(first, "And?", at=noon).ticket_id == third.pk


@pytest.mark.parametrize(
    "act", ["reply", "solve", "assign", "snooze", "set_status", "reopen", "merge", "change"]
)
def test_nothing_is_done_with_a_merged_ticket(alice, noon, anna, act):
    first, second = desk_make.ticket(alice, at=noon), desk_make.ticket(alice, at=noon)
    desk.merge(ticket=second, into=first, agent=anna, at=noon)
    facts = {
        "reply": {"agent": anna, "text": "Hello", "version": second.version},
        "solve": {"agent": anna},
        "assign": {"agent": anna, "by": anna},
        "snooze": {"until": noon + DAY, "agent": anna},
        "set_status": {"status": TicketStatus.OPEN, "agent": anna},
        "reopen": {},
        "merge": {"into": first, "agent": anna},
        "change": {"by": anna, "tags": ["x"]},
    }[act]
    version = second.version
    if act == "solve":
        desk.solve(ticket=second, at=noon, **facts)
    else:
        with refused("merged"):
            getattr(desk, act)(ticket=second, at=noon, **facts)
    assert fresh(second).version == version


def test_two_people_are_never_told_in_one_ticket(alice, bob, acorn, noon, anna):
    hers = desk_make.ticket(alice, at=noon)
    others = [
        desk_make.ticket(bob, at=noon),
        desk_make.ticket(make.shopper(acorn, "carol"), at=noon),
        desk_make.ticket(alice, at=noon, shopper=None, requester_email="alice@mail.test"),
    ]
    for other in others:
        with refused("other_shopper"):
            desk.merge(ticket=other, into=hers, agent=anna, at=noon)
    with refused("same_ticket"):
        desk.merge(ticket=hers, into=hers, agent=anna, at=noon)
    assert fresh(hers).version == hers.version


def test_letter_from_a_confirmed_address_is_the_shoppers_own(alice, noon, anna):
    hers = desk_make.ticket(alice, at=noon)
    letter = desk_make.ticket(alice, at=noon, shopper=None, requester_email="Alice@mail.test")
    alice.email, alice.email_confirmed_at = "alice@mail.test", noon
    alice.save()
    desk.merge(ticket=letter, into=hers, agent=anna, at=noon)
    assert fresh(letter).merged_into == hers


def test_ticket_with_a_claim_takes_others_in_and_goes_nowhere(alice, account, at, anna):
    shop = claims_make.offer(at=account)
    claim = claims_make.claim(claims_make.trip(by=alice, on=shop, at=at - 20 * DAY), at=at)
    other = desk_make.ticket(alice, at=at)
    with refused("has_claim"):
        desk.merge(ticket=claim.ticket, into=other, agent=anna, at=at)
    desk.merge(ticket=other, into=claim.ticket, agent=anna, at=at)
    assert fresh(other).merged_into_id == claim.ticket_id


@pytest.mark.django_db(transaction=True)
def test_two_tickets_merged_into_each_other_at_once_are_merged_once(alice, noon, anna):
    first, second = desk_make.ticket(alice, at=noon), desk_make.ticket(alice, at=noon)
    found = together(
        lambda: desk.merge(ticket=fresh(first), into=fresh(second), agent=anna, at=noon),
        lambda: desk.merge(ticket=fresh(second), into=fresh(first), agent=anna, at=noon),
    )
    assert [getattr(each, "code", None) for each in found].count("merged") == 1
    assert Ticket.objects.filter(merged_into=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_word_that_comes_while_its_ticket_is_merged_is_told_in_the_other(alice, noon, anna):
    first, second = desk_make.ticket(alice, at=noon), desk_make.ticket(alice, at=noon)
    together(
        lambda: desk.merge(ticket=fresh(second), into=fresh(first), agent=anna, at=noon),
        lambda: hear(fresh(second), "And?", at=noon) and None,
    )
    assert fresh(second).status == TicketStatus.SOLVED
    assert fresh(first).owed_since == noon


def test_rooms_above_hear_of_words_ends_and_beginnings(ticket, noon, anna, monkeypatch):
    for name in ("_on_customer_word", "_on_solved", "_on_reopened", "_on_outgoing"):
        monkeypatch.setattr(listeners, name, [])
    told = []
    listeners.on_customer_word(lambda ticket, message, at: told.append(("word", message.text)))
    listeners.on_solved(lambda ticket, cycle, agent, at: told.append(("solved", cycle, agent)))
    listeners.on_reopened(lambda ticket, at: told.append(("reopened", ticket.cycle)))
    listeners.on_outgoing(lambda message: told.append(("out", message.text)))

    desk.reply(
        ticket=ticket,
        agent=anna,
        text="Found.",
        version=ticket.version,
        then=TicketStatus.SOLVED,
        at=noon + MINUTE,
    )
    hear(ticket, "Thanks", at=noon + HOUR)
    hear(ticket, "But which one?", at=noon + HOUR)
    desk.note(ticket=ticket, agent=anna, text="Inside.", at=noon + HOUR)

    assert told == [("out", "Found."), ("solved", 1, anna), ("reopened", 2), ("word", "But which one?")]


def test_what_a_listener_refuses_never_happened(ticket, noon, anna, monkeypatch):
    monkeypatch.setattr(listeners, "_on_solved", [])

    def refuse(*_about):
        raise desk.DeskRefused("No.")

    listeners.on_solved(refuse)
    with pytest.raises(desk.DeskRefused):
        desk.solve(ticket=ticket, agent=anna, at=noon)
    assert fresh(ticket).status == TicketStatus.NEW and happened(ticket) == ["opened"]
