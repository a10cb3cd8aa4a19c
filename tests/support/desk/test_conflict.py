"""Two agents answer one ticket: one is sent, the other is told, and nobody's text is lost."""

from datetime import timedelta

import pytest

from support.desk import services as desk
from support.desk.models import Author, Draft, Message, TicketStatus
from tests.support.desk_make import fresh, hear, together

MINUTE = timedelta(minutes=1)


def test_second_answer_is_not_sent_and_both_texts_are_kept(ticket, noon, anna, boris):
    seen = ticket.version
    desk.save_draft(ticket=ticket, agent=boris, text="Boris bega", version=seen, at=noon)
    theirs = desk.reply(ticket=ticket, agent=anna, text="Anna's answer", version=seen, at=noon + MINUTE)

    with pytest.raises(desk.Conflict) as caught:
        desk.reply(ticket=fresh(ticket), agent=boris, text="Boris's", version=seen, at=noon + 2 * MINUTE)

    assert caught.value.code == "conflict"
    assert caught.value.theirs == [theirs]
    draft = Draft.objects.get(agent=boris)
    assert draft == caught.value.draft
    assert (draft.text, draft.is_conflicted, draft.base_version) == ("Boris's", True, seen)
    assert ticket.messages.filter(author=Author.AGENT).get() == theirs
    # Having read it, Boris sends all the same.
    desk.reply(
        ticket=ticket, agent=boris, text="Boris's", version=fresh(ticket).version, at=noon + 3 * MINUTE
    )
    assert not Draft.objects.exists()


def test_what_is_refused_changes_nothing_of_the_ticket(ticket, noon, anna, boris):
    seen = ticket.version
    desk.reply(ticket=ticket, agent=anna, text="Anna's answer", version=seen, at=noon + MINUTE)
    before = fresh(ticket)
    with pytest.raises(desk.Conflict):
        desk.reply(
            ticket=fresh(ticket),
            agent=boris,
            text="Boris's",
            version=seen,
            then=TicketStatus.SOLVED,
            at=noon + 2 * MINUTE,
        )
    after = fresh(ticket)
    assert (after.version, after.status, after.assignee) == (before.version, TicketStatus.OPEN, anna)


def test_word_of_the_shoppers_since_is_read_before_an_answer_goes(ticket, noon, anna):
    seen = ticket.version
    added = hear(ticket, "Wait, I have found it.", at=noon + MINUTE)
    with pytest.raises(desk.Conflict) as caught:
        desk.reply(ticket=ticket, agent=anna, text="We look for it.", version=seen, at=noon + 2 * MINUTE)
    assert caught.value.theirs == [added]


def test_notes_tags_and_whose_it_is_block_nobody(ticket, noon, anna, boris):
    seen = ticket.version
    desk.note(ticket=ticket, agent=boris, text="Look at the click.", at=noon)
    desk.change(ticket=ticket, by=boris, tags=["vip"], at=noon)
    desk.assign(ticket=ticket, agent=boris, by=boris, at=noon)
    desk.answer_by_itself(ticket=ticket, text="We are on it.", at=noon)
    assert ticket.version == seen + 4
    sent = desk.reply(ticket=ticket, agent=anna, text="Found it.", version=seen, at=noon + MINUTE)
    assert isinstance(sent, Message)


def test_ones_own_answer_from_another_window_blocks_oneself_not(ticket, noon, anna):
    seen = ticket.version
    desk.reply(ticket=ticket, agent=anna, text="First.", version=seen, at=noon + MINUTE)
    desk.reply(ticket=ticket, agent=anna, text="And this.", version=seen, at=noon + 2 * MINUTE)
    assert ticket.messages.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_who_send_at_once_one_is_told(ticket, noon, anna, boris):
    seen = ticket.version
    found = together(
        *(
            lambda who=who: desk.reply(
                ticket=fresh(ticket), agent=who, text=f"{who}'s answer", version=seen, at=noon + MINUTE
            )
            for who in (anna, boris)
        )
    )
    sent = [each for each in found if isinstance(each, Message)]
    told = [each for each in found if isinstance(each, desk.Conflict)]
    assert (len(sent), len(told)) == (1, 1)
    assert told[0].theirs == sent
    loser = Draft.objects.get()
    assert loser.is_conflicted and loser.agent != sent[0].agent
    assert loser.text == f"{loser.agent}'s answer"
    assert ticket.messages.filter(author=Author.AGENT).count() == 1
    assert fresh(ticket).assignee == sent[0].agent


@pytest.mark.django_db(transaction=True)
def test_words_at_once_are_all_kept_and_each_raises_the_version(ticket, noon):
    seen = ticket.version
    together(*(lambda n=n: hear(fresh(ticket), f"Word {n}", at=noon + MINUTE) for n in range(4)))
    assert ticket.messages.count() == 5
    assert fresh(ticket).version == seen + 4
