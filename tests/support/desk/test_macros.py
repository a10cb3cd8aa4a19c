"""Ready answers: names from a list, values of the case, and what they do besides."""

from datetime import timedelta

import pytest

from support.desk import macros
from support.desk import services as desk
from support.desk.default_macros import make_default_macros
from support.desk.macros import MacroRefused
from support.desk.models import Category, Macro, Priority, TicketStatus
from tests.support import claims_make, desk_make
from tests.support.desk_make import fresh, hear

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def macro(text: str, *, at, name: str = "Test", actions=(), **facts) -> Macro:
    made = Macro.objects.create(name=name, actions=list(actions), **facts)
    macros.new_version(macro=made, texts={"en": text, "ru": f"[ru] {text}"}, by=None, at=at)
    return made


def refused(code: str):
    return pytest.raises(MacroRefused, check=lambda refusal: refusal.code == code)


@pytest.fixture
def claim(alice, account, at):
    shop = claims_make.offer(at=account)
    return claims_make.claim(claims_make.trip(by=alice, on=shop, at=at - 20 * DAY), at=at)


def test_names_become_what_they_mean_for_the_case_in_its_language(claim, at, anna):
    made = macro("{claim.no}, {order.no}, {ticket.no}: {storefront.name}. {agent.signature}", at=at)
    shown = macros.preview(made, claim.ticket, anna)
    number = claim.ticket.public_number
    assert shown.text == f"{claim.public_number}, AB-1001, {number}: Acorn Bank. Anna"
    assert shown.missing == [] and shown.version.number == 1
    assert macros.preview(made, claim.ticket, anna, language="ru").text.startswith("[ru]")
    # In a language that it has no words in, English.
    assert macros.preview(made, claim.ticket, anna, language="kk").text == shown.text


def test_name_without_a_value_blocks_and_is_shown(ticket, noon, anna):
    made = macro("Order {order.no} of {claim.no}, {order.no}", at=noon)
    shown = macros.preview(made, ticket, anna)
    assert shown.missing == ["order.no", "claim.no"]
    assert "None" not in shown.text and "{order.no}" in shown.text


@pytest.mark.parametrize(
    "text",
    [
        "{ticket.assignee.user.password}",
        "{shopper.email}",
        "{{ ticket.shopper }}",
        "{% load x %}",
        "{agent.name",
        "agent.name}",
        "{}",
        "{0}",
        "{agent.name!r}",
        "{agent.__class__}",
        "{Agent.Name}",
        "{agent.name:>100}",
    ],
)
def test_only_names_of_the_list_stand_in_a_macro(noon, db, text):
    made = Macro.objects.create(name="Test")
    with refused("name_unknown"):
        macros.new_version(macro=made, texts={"en": text}, by=None, at=noon)
    assert not made.versions.exists()


def test_values_are_never_looked_into_again(alice, noon, anna):
    """Whoever calls themselves {agent.name} stays so called."""
    ticket = desk_make.ticket(alice, at=noon, requester_name="{agent.name} {% x %} Ivanova")
    made = macro("Hello {shopper.name} ({shopper.first_name})", at=noon)
    assert (
        macros.preview(made, ticket, anna, language="en").text
        == "Hello {agent.name} {% x %} Ivanova ({agent.name})"
    )


def test_what_was_told_then_stays_with_the_message(ticket, noon, anna):
    made = macro("Old words", at=noon)
    old = macros.preview(made, ticket, anna).version
    message = desk.reply(
        ticket=ticket, agent=anna, text="Old words", version=ticket.version, macro_version=old, at=noon
    )
    macros.new_version(macro=made, texts={"en": "New words"}, by=anna.user, at=noon)
    message.refresh_from_db()
    assert message.macro_version.texts["en"] == "Old words"
    assert macros.preview(made, ticket, anna).text == "New words"
    assert list(made.versions.order_by("number").values_list("number", flat=True)) == [1, 2]


def test_macro_without_words_is_none(ticket, noon, anna):
    made = Macro.objects.create(name="Test")
    with refused("no_words"):
        macros.preview(made, ticket, anna)
    with refused("no_words"):
        macros.new_version(macro=made, texts={"en": "  ", "ru": ""}, by=None, at=noon)


def test_actions_happen_in_their_order_and_are_told_before(ticket, noon, anna):
    made = macro(
        "Hello",
        at=noon,
        actions=[
            {"do": "tag", "tag": "receipt"},
            {"do": "priority", "priority": "high"},
            {"do": "pend"},
            {"do": "snooze", "days": 3},
        ],
    )
    assert macros.preview(made, ticket, anna).actions == [
        "tag: receipt",
        "priority: high",
        "wait for the shopper",
        "snooze, days: 3",
    ]
    macros.apply_actions(made, ticket, anna, at=noon)
    now = fresh(ticket)
    assert (now.tags, now.priority, now.status) == (["receipt"], Priority.HIGH, TicketStatus.PENDING)
    assert now.snoozed_until == noon + 3 * DAY


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ({"do": "delete"}, "action_unknown"),
        ({}, "action_unknown"),
        ({"do": "solve", "sql": "drop"}, "option_unknown"),
        ({"do": "tag"}, "option_missing"),
        ({"do": "tag", "tag": " "}, "option_missing"),
        ({"do": "tag", "tag": 5}, "option_missing"),
        ({"do": "priority", "priority": "extreme"}, "option_missing"),
        ({"do": "snooze", "days": "3"}, "option_missing"),
        ({"do": "snooze", "days": 0}, "option_missing"),
        ({"do": "snooze", "days": True}, "option_missing"),
        ({"do": "snooze", "days": 10**9}, "option_missing"),
    ],
)
def test_action_beyond_the_list_is_refused_and_nothing_of_the_macro_happens(ticket, noon, anna, action, code):
    with refused(code):
        macros.check_actions([action])
    made = macro("Hello", at=noon, actions=[{"do": "tag", "tag": "first"}, action])
    with refused(code):
        macros.apply_actions(made, ticket, anna, at=noon)
    assert fresh(ticket).tags == []


def test_room_above_adds_what_a_macro_may_say_and_do(ticket, noon, anna, monkeypatch):
    monkeypatch.setattr(macros, "_names", dict(macros._names))
    monkeypatch.setattr(macros, "_actions", dict(macros._actions))
    monkeypatch.setattr(macros, "_providers", list(macros._providers))
    done = []
    macros.register_variables({"moon.phase": "the moon"}, lambda _ticket, _agent: {"moon.phase": "full"})
    macros.register_action("howl", "howl", lambda *about: done.append(about[2]), options=("times",))
    made = macro("{moon.phase}", at=noon, actions=[{"do": "howl", "times": 2}])
    assert macros.preview(made, ticket, anna, language="en").text == "full"
    macros.apply_actions(made, ticket, anna, at=noon)
    assert done == [{"times": 2}]


def test_macros_are_offered_where_they_fit_the_most_used_first(alice, bob, noon, anna, birch):
    everywhere, often = macro("Hello", at=noon, name="A"), macro("Hello", at=noon, name="B")
    macro("Hello", at=noon, name="Claims", categories=[Category.UNTRACKED])
    macro("Hello", at=noon, name="Put away", is_active=False)
    theirs = macro("Hello", at=noon, name="Birch's")
    theirs.for_partners.add(birch.partner)
    hers, his = desk_make.ticket(alice, at=noon), desk_make.ticket(bob, at=noon)
    version = often.versions.get()
    desk.reply(ticket=hers, agent=anna, text="Hello", version=hers.version, macro_version=version, at=noon)
    assert macros.offered(hers) == [often, everywhere]
    assert macros.offered(his) == [often, everywhere, theirs]


def test_use_counts_against_a_macro_when_its_cycle_came_back(alice, noon, anna):
    good, bad = macro("Hello", at=noon, name="Good"), macro("Hello", at=noon, name="Bad")
    for number in range(3):
        ticket = desk_make.ticket(alice, at=noon)
        for made in (bad, good):
            # Bad ends the first cycle, good the second.
            desk.reply(
                ticket=ticket,
                agent=anna,
                text="Hello",
                version=ticket.version,
                macro_version=made.versions.get(),
                then=TicketStatus.SOLVED,
                at=noon + MINUTE,
            )
            if made is bad and number < 2:
                hear(ticket, "But why?", at=noon + DAY)
    found = macros.uses()
    assert (found[bad.pk].uses, found[bad.pk].reopened) == (3, 3)
    assert (found[good.pk].uses, found[good.pk].reopened) == (3, 0)


def test_how_shoppers_liked_it_is_told_by_the_room_that_knows(ticket, noon, anna, monkeypatch):
    made = macro("Hello", at=noon)
    desk.reply(
        ticket=ticket,
        agent=anna,
        text="Hello",
        version=ticket.version,
        macro_version=made.versions.get(),
        at=noon,
    )
    monkeypatch.setattr(macros, "_scores", [])
    macros.register_scores(lambda: {made.pk: (5, 4)})
    assert (macros.uses()[made.pk].rated, macros.uses()[made.pk].content) == (5, 4)


def test_new_desk_begins_with_good_words_in_both_languages(claim, at, anna, django_assert_max_num_queries):
    assert make_default_macros(at=at) == 12
    Macro.objects.filter(name="Ad blocker").update(is_active=False)
    assert make_default_macros(at=at) == 0
    assert not Macro.objects.get(name="Ad blocker").is_active
    for made in Macro.objects.all():
        texts = made.versions.get().texts
        assert set(texts) == {"ru", "en"} and all(macros.unknown_names(text) == [] for text in texts.values())
    with django_assert_max_num_queries(4):
        assert macros.offered(claim.ticket)
