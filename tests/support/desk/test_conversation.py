"""What is said, who owes an answer, and which clocks run meanwhile."""

from datetime import timedelta

import pytest

from support.clocks.models import Clock, Metric
from support.desk import services as desk
from support.desk.models import Author, Channel, Draft, Mention, Message, TicketEvent, TicketStatus
from tests.support import desk_make
from tests.support.desk_make import facts_of, fresh, happened, hear

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
Kind = TicketEvent.Kind

pytestmark = pytest.mark.usefixtures("promises")


def clocks(ticket) -> dict[tuple[str, int], str]:
    """By clock and cycle, how it stands."""

    def state(clock: Clock) -> str:
        if clock.met_at:
            return "met"
        if clock.stopped_at:
            return clock.stopped_reason
        return "paused" if clock.pauses.filter(until=None).exists() else "runs"

    rows = Clock.objects.filter(subject_id=ticket.pk).order_by("pk")
    return {(clock.metric, clock.cycle): state(clock) for clock in rows}


def started(ticket, metric: Metric):
    return Clock.objects.filter(subject_id=ticket.pk, metric=metric).latest("pk").started_at


def test_ticket_begins_with_the_shoppers_word_and_owes_an_answer(ticket, noon, alice):
    assert ticket.public_number.startswith("T-") and ticket.version == 1
    assert (ticket.status, ticket.owed_since, ticket.last_customer_at) == (TicketStatus.NEW, noon, noon)
    assert ticket.partner_id == alice.partner_id and ticket.team.is_default
    message = ticket.messages.get()
    assert (message.author, message.text, message.is_internal) == (
        Author.SHOPPER,
        "Where is my cashback?",
        False,
    )
    assert clocks(ticket) == {
        ("first_reply", 1): "runs",
        ("resolve_own", 1): "runs",
        ("resolve_total", 1): "runs",
    }
    assert ticket.next_due_at == fresh(ticket).next_due_at == noon + 15 * MINUTE
    assert happened(ticket) == ["opened"]


def test_ticket_that_needs_nobody_owes_nothing_until_a_person_is_asked_for(alice, noon):
    ticket = desk_make.ticket(alice, at=noon, needs_person=False)
    desk.answer_by_itself(ticket=ticket, text="It waits for the shop.", at=noon)
    assert clocks(ticket) == {("resolve_total", 1): "runs"}
    assert (ticket.owed_since, ticket.next_due_at) == (None, None)

    desk.ask_person(ticket=ticket, why="contested", at=noon + HOUR)

    assert ticket.owed_since == started(ticket, Metric.FIRST_REPLY) == noon + HOUR
    assert ticket.next_due_at == noon + HOUR + 15 * MINUTE
    desk.ask_person(ticket=ticket, why="contested", at=noon + 2 * HOUR)
    assert fresh(ticket).owed_since == noon + HOUR


def test_answer_of_the_service_stops_no_clock_of_a_persons(ticket, noon):
    desk.answer_by_itself(ticket=ticket, text="We are looking into it.", at=noon + MINUTE)
    assert clocks(ticket)[("first_reply", 1)] == "runs"
    assert fresh(ticket).owed_since == noon
    assert happened(ticket)[-1] == "auto_replied"


def test_note_stops_no_clock_and_is_told_to_whom_it_names(ticket, noon, anna, boris, birch):
    walled = desk_make.agent("Vera")
    desk_make.reaches_only(walled, birch.partner)
    message = desk.note(
        ticket=ticket, agent=anna, text="@boris please look. @vera, @anna and x@boris.ru too", at=noon
    )
    assert message.is_internal
    assert [mention.agent for mention in Mention.objects.all()] == [boris]
    assert clocks(ticket)[("first_reply", 1)] == "runs"
    assert fresh(ticket).owed_since == noon


def test_name_at_the_end_of_a_sentence_is_told(ticket, noon, anna, boris):
    desk.note(ticket=ticket, agent=anna, text="Please look, @boris.", at=noon)
    assert Mention.objects.get().agent == boris


def test_persons_answer_meets_what_was_owed(ticket, noon, anna):
    message = desk.reply(
        ticket=ticket, agent=anna, text="Found it.", version=ticket.version, at=noon + 10 * MINUTE
    )
    assert clocks(ticket)[("first_reply", 1)] == "met"
    assert (ticket.owed_since, ticket.last_agent_at) == (None, noon + 10 * MINUTE)
    assert (ticket.assignee, ticket.status) == (anna, TicketStatus.OPEN)
    assert facts_of(ticket, Kind.REPLIED) == {
        "message": str(message.pk),
        "is_first": True,
        "waited_seconds": 600,
        "macro": None,
    }
    assert facts_of(ticket, Kind.ASSIGNED) == {"was": None, "to": str(anna.pk)}


def test_second_word_of_the_shoppers_starts_no_clock_again(ticket, noon, anna):
    desk.reply(ticket=ticket, agent=anna, text="Found it.", version=ticket.version, at=noon + MINUTE)
    hear(ticket, "And the other order?", at=noon + HOUR)
    hear(ticket, "Hello?", at=noon + 2 * HOUR)
    assert ticket.owed_since == started(ticket, Metric.NEXT_REPLY) == noon + HOUR
    assert ticket.next_due_at == noon + HOUR + 30 * MINUTE
    desk.reply(ticket=ticket, agent=anna, text="It too.", version=ticket.version, at=noon + 3 * HOUR)
    assert clocks(ticket)[("next_reply", 1)] == "met"
    assert facts_of(ticket, Kind.REPLIED)["is_first"] is False
    assert facts_of(ticket, Kind.REPLIED)["waited_seconds"] == 2 * 60 * 60


def test_clock_of_the_next_reply_does_not_run_on_after_the_end(ticket, noon, anna):
    """Chatwoot's defect 10178: the shopper wrote last, and the ticket was solved all the same."""
    desk.reply(ticket=ticket, agent=anna, text="Found it.", version=ticket.version, at=noon + MINUTE)
    hear(ticket, "Good to know, bye", at=noon + HOUR)
    desk.solve(ticket=ticket, agent=anna, at=noon + HOUR + MINUTE)
    assert clocks(ticket) == {
        ("first_reply", 1): "met",
        ("resolve_own", 1): "met",
        ("resolve_total", 1): "met",
        ("next_reply", 1): "resolved",
    }
    assert (ticket.owed_since, ticket.next_due_at) == (None, None)


def test_solved_tells_who_ended_what_after_how_many_answers(ticket, noon, anna):
    for minute in (1, 2):
        desk.reply(
            ticket=ticket, agent=anna, text="Still on it.", version=ticket.version, at=noon + minute * MINUTE
        )
    desk.note(ticket=ticket, agent=anna, text="Inside.", at=noon + 3 * MINUTE)
    desk.answer_by_itself(ticket=ticket, text="By itself.", at=noon + 3 * MINUTE)
    desk.solve(ticket=ticket, agent=anna, at=noon + HOUR)
    event = ticket.events.get(kind=Kind.SOLVED)
    assert (event.agent, event.cycle) == (anna, 1)
    assert facts_of(ticket, Kind.SOLVED) == {"category": "other", "replies": 2, "seconds": 3600}
    # A second time changes nothing.
    version = ticket.version
    desk.solve(ticket=ticket, agent=anna, at=noon + 2 * HOUR)
    assert fresh(ticket).version == version


@pytest.mark.parametrize("status", [TicketStatus.PENDING, TicketStatus.HOLD])
def test_our_own_clock_stands_still_while_it_is_somebody_elses_turn(ticket, noon, anna, status):
    due = Clock.objects.get(subject_id=ticket.pk, metric=Metric.RESOLVE_OWN).due_at
    desk.reply(
        ticket=ticket, agent=anna, text="Which order?", version=ticket.version, then=status, at=noon + HOUR
    )
    assert fresh(ticket).status == status
    assert clocks(ticket)[("resolve_own", 1)] == "paused" and ticket.next_due_at is None

    hear(ticket, "AB-1001, is it there?", at=noon + 3 * HOUR)

    assert fresh(ticket).status == TicketStatus.OPEN
    own = Clock.objects.get(subject_id=ticket.pk, metric=Metric.RESOLVE_OWN)
    assert clocks(ticket)[("resolve_own", 1)] == "runs" and own.due_at == due + 2 * HOUR


def test_bare_thanks_after_the_end_open_nothing_again(ticket, noon, anna):
    desk.solve(ticket=ticket, agent=anna, at=noon + MINUTE)
    hear(ticket, "Спасибо большое! 🙏", at=noon + HOUR)
    assert (ticket.status, ticket.cycle, ticket.owed_since) == (TicketStatus.SOLVED, 1, None)
    assert ticket.messages.count() == 2
    assert facts_of(ticket, Kind.WROTE)["is_thanks"] is True
    assert set(clocks(ticket).values()) == {"met", "resolved"}


def test_question_after_the_end_begins_another_cycle_and_leaves_the_last_as_it_ended(ticket, noon, anna):
    desk.reply(ticket=ticket, agent=anna, text="Found it.", version=ticket.version, at=noon + MINUTE)
    desk.solve(ticket=ticket, agent=anna, at=noon + 2 * MINUTE)
    before = {
        clock.pk: (clock.due_at, clock.met_at, clock.stopped_at, clock.worked_seconds)
        for clock in Clock.objects.filter(subject_id=ticket.pk)
    }

    message = hear(ticket, "Спасибо! А когда придёт?", at=noon + HOUR)

    assert (ticket.status, ticket.cycle, ticket.reopened_count) == (TicketStatus.OPEN, 2, 1)
    assert (ticket.owed_since, ticket.solved_at, ticket.assignee) == (noon + HOUR, None, anna)
    assert Message.objects.get(pk=message.pk).cycle == 2
    assert clocks(ticket)[("next_reply", 2)] == clocks(ticket)[("resolve_own", 2)] == "runs"
    assert facts_of(ticket, Kind.REOPENED) == {"after_seconds": 58 * 60}
    for clock in Clock.objects.filter(pk__in=before):
        assert (clock.due_at, clock.met_at, clock.stopped_at, clock.worked_seconds) == before[clock.pk]


def test_picture_with_thanks_is_more_than_thanks(ticket, noon, anna, alice):
    from tests.support.claims_make import picture

    desk.solve(ticket=ticket, agent=anna, at=noon + MINUTE)
    from support.desk import files

    kept = files.store(partner_id=alice.partner_id, name="a.png", content=picture(), at=noon)
    hear(ticket, "Thanks", at=noon + HOUR, files=[kept])
    assert fresh(ticket).cycle == 2


def test_letter_of_html_alone_is_more_than_thanks(ticket, noon, anna):
    desk.solve(ticket=ticket, agent=anna, at=noon + MINUTE)
    desk.hear(ticket=ticket, text="", html="<p>Why?</p>", channel=Channel.EMAIL, at=noon + HOUR)
    assert fresh(ticket).cycle == 2


def test_thanks_while_the_network_is_waited_for_ask_nobody_anything(ticket, noon, anna):
    desk.reply(
        ticket=ticket,
        agent=anna,
        text="We have asked the shop.",
        version=ticket.version,
        then=TicketStatus.HOLD,
        at=noon + MINUTE,
    )
    hear(ticket, "Thank you so much", at=noon + HOUR)
    assert (fresh(ticket).status, ticket.owed_since) == (TicketStatus.HOLD, None)
    hear(ticket, "OK", at=noon + 2 * HOUR)
    assert fresh(ticket).status == TicketStatus.OPEN


def test_ok_answers_a_question_of_ours(ticket, noon, anna):
    desk.reply(
        ticket=ticket,
        agent=anna,
        text="Shall we appeal?",
        version=ticket.version,
        then=TicketStatus.PENDING,
        at=noon + MINUTE,
    )
    hear(ticket, "Ok", at=noon + HOUR)
    assert (fresh(ticket).status, ticket.owed_since) == (TicketStatus.OPEN, noon + HOUR)


def test_person_asked_for_after_the_end_begins_another_cycle(ticket, noon, anna):
    desk.solve(ticket=ticket, agent=anna, at=noon + MINUTE)
    desk.ask_person(ticket=ticket, why="contested", at=noon + HOUR)
    assert (ticket.cycle, ticket.status, ticket.solved_at) == (2, TicketStatus.NEW, None)
    assert clocks(ticket)[("resolve_own", 2)] == clocks(ticket)[("first_reply", 2)] == "runs"


def test_what_no_column_holds_is_left_out_and_the_rest_is_kept(alice, noon, anna):
    rubbish = "\x00half \ud83d a pair"
    ticket = desk_make.ticket(
        alice,
        at=noon,
        text=rubbish,
        subject=rubbish,
        requester_name=rubbish,
        requester_email="a\x00@mail.test",
        html="<p>\x00</p>",
        message_id="<\x00a@b>",
    )
    ticket.refresh_from_db()
    assert ticket.subject == ticket.requester_name == "half  a pair"
    assert ticket.messages.get().text == "half  a pair"
    desk.note(ticket=ticket, agent=anna, text=rubbish, at=noon)
    desk.save_draft(ticket=ticket, agent=anna, text=rubbish, version=1, at=noon)
    desk.change(ticket=ticket, by=anna, at=noon, tags=[rubbish, " ", ""], subject=rubbish * 50)
    assert ticket.tags == ["half  a pair"] and len(ticket.subject) <= 200


def test_text_without_end_is_cut_and_nothing_is_sent_without_words(ticket, noon, anna):
    assert len(hear(ticket, "a" * 50_000, at=noon).text) == 20_000
    for nothing in ("", "  \n", "\x00"):
        with pytest.raises(desk.NothingSaid):
            desk.reply(ticket=ticket, agent=anna, text=nothing, version=ticket.version, at=noon)
        with pytest.raises(desk.NothingSaid):
            desk.note(ticket=ticket, agent=anna, text=nothing, at=noon)
    assert ticket.messages.count() == 2


def test_draft_is_one_for_each_agent_and_goes_with_the_answer(ticket, noon, anna, boris):
    desk.save_draft(ticket=ticket, agent=anna, text="Hel", version=1, at=noon)
    desk.save_draft(ticket=ticket, agent=anna, text="Hello", version=1, at=noon)
    desk.save_draft(ticket=ticket, agent=boris, text="Good day", version=1, at=noon)
    assert sorted(Draft.objects.values_list("text", flat=True)) == ["Good day", "Hello"]
    desk.reply(ticket=ticket, agent=anna, text="Hello!", version=ticket.version, at=noon)
    assert Draft.objects.get().agent == boris
    desk.drop_draft(ticket=ticket, agent=boris)
    assert not Draft.objects.exists()


def test_opening_takes_so_many_queries(alice, noon, django_assert_num_queries):
    desk.default_team()
    # Of these 12 are the three clocks', and 8 begin or end savepoints.
    with django_assert_num_queries(27):
        desk_make.ticket(alice, at=noon)


def test_answering_takes_so_many_queries(ticket, noon, anna, django_assert_num_queries):
    with django_assert_num_queries(15):
        desk.reply(ticket=ticket, agent=anna, text="Found it.", version=ticket.version, at=noon + MINUTE)
