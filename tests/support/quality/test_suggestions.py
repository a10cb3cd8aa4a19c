"""From an idea to the day it is live."""

import pytest
from django.db import IntegrityError, transaction

from support.quality import suggestions
from support.quality.measures import ideas
from support.quality.models import Stage, Suggestion
from tests.support import quality_make as make
from tests.support.quality_make import DAY, MONDAY, WEEK


@pytest.fixture
def idea(house):
    return suggestions.propose(author=house.ann, title="Ask for the receipt", text="At once.", at=MONDAY)


def accept(idea, by, **weights):
    weights = {"impact": 5, "confidence": 8, "ease": 3, **weights}
    return suggestions.accept(suggestion=idea, by=by, at=MONDAY, **weights)


def test_from_proposed_to_shipped(idea, house):
    accept(idea, house.zoe.user)
    assert (idea.stage, idea.score, idea.credit) == (Stage.ACCEPTED, 120, 0)
    suggestions.make_task(suggestion=idea, by=house.ann.user, task="DEV-7", at=MONDAY)
    suggestions.ship(suggestion=idea, by=house.zoe.user, at=MONDAY + DAY)

    assert (idea.stage, idea.task, idea.credit, idea.shipped_at) == (Stage.SHIPPED, "DEV-7", 1, MONDAY + DAY)
    assert [step.stage for step in idea.steps.order_by("pk")] == ["proposed", "accepted", "task", "shipped"]
    assert ideas.shipped(WEEK) == {house.ann.pk: 1}


def test_the_credit_is_flat_whatever_the_score(idea, house):
    small = suggestions.propose(author=house.ben, title="A typo", text="In the letter.", at=MONDAY)
    for each, weights in ((idea, {"impact": 10, "confidence": 10, "ease": 10}), (small, {"impact": 1})):
        accept(each, house.zoe.user, **weights)
        suggestions.make_task(suggestion=each, by=house.zoe.user, task="", at=MONDAY)
        suggestions.ship(suggestion=each, by=house.zoe.user, at=MONDAY)

    assert [(each.score, each.credit) for each in Suggestion.objects.order_by("-score")] == [
        (1000, 1),
        (24, 1),
    ]


def test_nobody_decides_on_their_own(idea, house):
    for decide in (
        lambda: accept(idea, house.ann.user),
        lambda: suggestions.decline(suggestion=idea, by=house.ann.user, why="No", at=MONDAY),
    ):
        with pytest.raises(suggestions.NotByItsAuthor):
            decide()
    with pytest.raises(IntegrityError), transaction.atomic():
        Suggestion.objects.update(stage="accepted", impact=1, confidence=1, ease=1, decided_by=house.ann.user)

    idea.refresh_from_db()
    assert idea.stage == Stage.PROPOSED


def test_nobody_ships_their_own(idea, house):
    accept(idea, house.zoe.user)
    suggestions.make_task(suggestion=idea, by=house.ann.user, task="", at=MONDAY)

    with pytest.raises(suggestions.NotByItsAuthor):
        suggestions.ship(suggestion=idea, by=house.ann.user, at=MONDAY)


@pytest.mark.parametrize("weight", [0, 11])
def test_it_is_weighed_from_1_to_10(idea, house, weight):
    with pytest.raises(suggestions.NotWeighed):
        accept(idea, house.zoe.user, ease=weight)


def test_no_stage_is_skipped_and_none_comes_back(idea, house):
    with pytest.raises(suggestions.CannotMove):
        suggestions.ship(suggestion=idea, by=house.zoe.user, at=MONDAY)
    suggestions.decline(suggestion=idea, by=house.zoe.user, why="The shop forbids it.", at=MONDAY)
    with pytest.raises(suggestions.CannotMove):
        accept(idea, house.zoe.user)
    assert idea.steps.latest("pk").note == "The shop forbids it."


def test_of_two_who_move_it_at_once_the_second_is_refused(idea, house):
    stale = Suggestion.objects.get()
    accept(idea, house.zoe.user)

    with pytest.raises(suggestions.CannotMove):
        suggestions.decline(suggestion=stale, by=house.zoe.user, why="No", at=MONDAY)
    assert Suggestion.objects.get().stage == Stage.ACCEPTED


def test_a_refusal_says_why(idea, house):
    with pytest.raises(suggestions.TextMissing):
        suggestions.decline(suggestion=idea, by=house.zoe.user, why=" ", at=MONDAY)
    with pytest.raises(suggestions.TextMissing):
        suggestions.propose(author=house.ann, title=" ", text="Something", at=MONDAY)


def test_duplicates_are_merged_with_the_claims_that_show_them(idea, house):
    claim = make.claim(by=house.alice, team=house.day, opened=MONDAY)
    later = suggestions.propose(
        author=house.ben, title="Receipts!", text="Ask for them.", claims=[claim], at=MONDAY
    )
    oldest = suggestions.propose(author=house.zoe, title="Evidence", text="Ask for it.", at=MONDAY)
    suggestions.merge(suggestion=later, into=idea, by=house.zoe.user, at=MONDAY)
    suggestions.merge(suggestion=idea, into=oldest, by=house.ben.user, at=MONDAY)

    later.refresh_from_db()
    assert (later.merged_into, idea.merged_into) == (oldest, oldest)
    assert list(oldest.claims.all()) == [claim]
    with pytest.raises(suggestions.CannotMove):
        suggestions.merge(suggestion=oldest, into=oldest, by=house.ben.user, at=MONDAY)
    with pytest.raises(suggestions.CannotMove):
        suggestions.merge(suggestion=oldest, into=later, by=house.ben.user, at=MONDAY)


def test_what_was_shipped_and_what_happened_stay(idea, house):
    accept(idea, house.zoe.user)
    suggestions.make_task(suggestion=idea, by=house.zoe.user, task="", at=MONDAY)
    suggestions.ship(suggestion=idea, by=house.zoe.user, at=MONDAY)

    for rewrite in (
        lambda: Suggestion.objects.update(shipped_at=MONDAY + 40 * DAY),
        lambda: idea.steps.update(at=MONDAY),
        lambda: idea.steps.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()
