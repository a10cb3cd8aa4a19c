"""A ticket is found by what anybody remembers of it, and by nothing of another partner's."""

from datetime import timedelta

import pytest
from django.db import connection

from support.desk import search
from support.desk import services as desk
from support.desk.models import Ticket
from tests.support import claims_make, desk_make

DAY = timedelta(days=1)


def found(words: str, *, among=None) -> set[Ticket]:
    return set(search.find(Ticket.objects.all() if among is None else among, words))


@pytest.fixture
def claim(alice, account, at):
    shop = claims_make.offer(at=account)
    return claims_make.claim(
        claims_make.trip(by=alice, on=shop, at=at - 20 * DAY), at=at, order_no="№ AB-1001/7"
    )


def test_numbers_find_their_ticket_however_they_are_written(claim, ticket):
    for words in (
        ticket.public_number,
        ticket.public_number.lower(),
        f"  T {ticket.number} ",
        str(ticket.number),
    ):
        assert found(words) == {ticket}, words
    for words in (claim.public_number, f"c{claim.number}", f"c-{claim.number}"):
        assert found(words) == {claim.ticket}, words


def test_order_is_found_whole_by_its_beginning_and_however_it_is_written(claim, ticket):
    for words in ("AB-1001/7", "ab10017", "№ AB 1001 7", "АВ-1001", "AB-100", "AB10"):
        assert found(words) == {claim.ticket}, words
    assert found("AB-2") == set()


def test_trip_finds_its_ticket(claim, ticket):
    assert found(claim.click.public_id) == {claim.ticket}
    assert found("clk_rubbish") == set()


def test_address_finds_whoever_wrote_from_it(alice, ticket, noon):
    letter = desk_make.ticket(alice, at=noon, shopper=None, requester_email="Bella@Mail.test")
    assert found("bella@mail.test") == found("Bella@Mail.test") == {letter}
    assert found("nobody@mail.test") == set()
    alice.email = "alice@mail.test"
    alice.save()
    assert found("alice@mail.test") == found("ALICE@mail.test") == {ticket}
    assert found("alice") == {ticket}


def test_words_are_found_by_their_stems_in_both_languages(alice, noon, anna):
    russian = desk_make.ticket(alice, at=noon, subject="Про вывод", text="Не пришли деньги за ботинки")
    english = desk_make.ticket(alice, at=noon, subject="Boots", text="My orders were never confirmed")
    desk.reply(ticket=russian, agent=anna, text="Магазин подтвердил", version=russian.version, at=noon)
    desk.note(ticket=english, agent=anna, text="Looks like a blocker", at=noon)
    assert found("деньгах") == found("ботинках") == found("вывода") == found("подтвердит") == {russian}
    assert found("order confirming") == found("boot") == found("blockers") == {english}
    assert found('"деньги за ботинки"') == {russian}
    assert found("order -confirmed") == set()
    assert found("ботинки or boots") == {russian, english}


def test_subject_and_name_that_change_are_found_anew(ticket, noon, anna):
    desk.change(ticket=ticket, by=anna, subject="Velociraptor", at=noon)
    assert found("velociraptor") == {ticket}
    assert found("cashback") == {ticket}


def test_blanked_words_are_found_no_more(ticket, noon, anna):
    from support.desk import redacting

    said = desk_make.hear(ticket, "My card is cardinality", at=noon)
    assert found("cardinality") == {ticket}
    redacting.redact(message=said, agent=anna, reason="a card", at=noon)
    assert found("cardinality") == set()
    assert found("cashback") == {ticket}


def test_room_above_has_its_words_found(claim):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE desk_ticket SET search = NULL")
    assert found("where") == set()
    search.reindex(claim.ticket)
    assert found(claim.public_number) == {claim.ticket}
    assert found(claim.merchant.name) == {claim.ticket}


def test_nothing_of_another_partners_is_found(alice, bob, noon, birch):
    hers, his = desk_make.ticket(alice, at=noon), desk_make.ticket(bob, at=noon)
    walled = desk_make.agent("Vera")
    desk_make.reaches_only(walled, birch.partner)
    among = desk.tickets_for(walled.user)
    assert found("cashback") == {hers, his}
    assert found("cashback", among=among) == {his}
    assert found(hers.public_number, among=among) == found("alice", among=among) == set()


def test_no_words_find_everything(ticket):
    assert found("") == found("  \x00 ") == {ticket}


@pytest.mark.parametrize(
    "words",
    [
        "'",
        '"',
        '"""',
        "(((",
        "\\",
        "&|!:*<->",
        "a & | b",
        "-",
        "- - -",
        "or or or",
        "%",
        "%%%s {0}",
        "T-99999999999999999999999999",
        "T-999999999999999999",
        "C-0",
        "T-\u0661\u0662",
        "@",
        "@@",
        "a\x00b",
        "half \ud83d pair",
        "💸" * 200,
        "x" * 100_000,
        "clk_",
        "clk_01h2xcejqtf2nbrexx3vqjhp4!",
        "1" * 199,
        "; drop table desk_ticket",
        "\u202e",
    ],
)
def test_rubbish_finds_nothing_and_breaks_nothing(ticket, words):
    assert found(words) == set()


def test_conversation_without_end_goes_on_though_not_all_of_it_is_found(ticket, noon):
    """An index of words holds a megabyte; forty of the longest messages are more."""
    for number in range(40):
        words = (f"{number:02}{place:04}" + "щ" * 30 for place in range(540))
        desk_make.hear(ticket, " ".join(words), at=noon)
    assert ticket.messages.count() == 41
    assert found("cashback") == found("000000" + "щ" * 30) == {ticket}
    search.reindex(ticket)
    assert found("cashback") == {ticket}
