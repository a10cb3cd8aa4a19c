"""Asked once a cycle, answered once, edited by nobody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from partners.models import Storefront
from support.quality import ratings
from support.quality.models import Rating
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY


@pytest.fixture
def case(house):
    return make.case(by=house.alice, agent=house.ann)


@pytest.fixture
def rating(case):
    return ratings.ask(ticket=case, cycle=1, at=MONDAY)


def test_a_cycle_is_asked_about_once_and_a_new_one_again(case, rating, house):
    assert ratings.ask(ticket=case, cycle=1, at=MONDAY + DAY) == rating
    make.reopen(case, at=MONDAY + DAY)
    make.reply(case, by=house.ben, at=MONDAY + DAY)
    again = ratings.ask(ticket=case, cycle=2, at=MONDAY + DAY)

    assert (rating.agent, again.agent, Rating.objects.count()) == (house.ann, house.ben, 2)
    assert rating.expires_at == MONDAY + 14 * DAY


def test_nobody_is_asked_about_a_case_that_nobody_answered_or_that_went_on_elsewhere(house, case):
    silent = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.note(silent, by=house.ann, at=MONDAY)
    merged = make.ticket(by=house.alice, team=house.day, opened=MONDAY, merged_into=case)
    make.reply(merged, by=house.ann, at=MONDAY)

    assert [ratings.ask(ticket=each, cycle=1, at=MONDAY) for each in (silent, merged)] == [None, None]


def test_the_token_is_in_the_link_and_nowhere_else(case, rating):
    link = ratings.invitation(case)
    token = make.token_of(case)

    assert link.endswith(f"/rate/{token}/")
    assert token not in str(Rating.objects.values().get())
    assert ratings.read(token) == rating
    assert ratings.read(token + "x") is None
    assert ratings.read("\ud800\x00") is None


def test_the_letter_that_ends_the_case_asks_and_no_earlier_one(house, case, rating):
    said = case.messages.public().filter(direction="out").get()
    assert ratings.invitation(case) in ratings.footer(said)
    last = make.reply(case, by=house.ann, at=MONDAY + DAY)
    assert ratings.footer(said) is None and ratings.footer(last)
    make.reopen(case, at=MONDAY + DAY)
    last.ticket.refresh_from_db()
    assert ratings.footer(last) is None


def test_the_link_leads_to_the_partners_own_host(case, rating):
    Storefront.objects.update(host="bonus.acorn.test")
    case.storefront.refresh_from_db()

    assert "://bonus.acorn.test/rate/" in ratings.invitation(case)


def test_reading_the_link_records_nothing(case, rating):
    for _look in range(3):
        ratings.read(make.token_of(case))

    assert not Rating.objects.answered().exists()


def test_the_first_answer_is_kept(case, rating):
    token = make.token_of(case)
    ratings.answer(token=token, score=2, comment=" Too slow\x00 ", reason="speed", at=MONDAY + DAY)

    with pytest.raises(ratings.AlreadyRated):
        ratings.answer(token=token, score=5, at=MONDAY + DAY)

    kept = Rating.objects.get()
    assert (kept.score, kept.comment, kept.reason) == (2, "Too slow", "speed")
    assert ratings.invitation(case) is None


def test_a_link_lasts_14_days(case, rating):
    token = make.token_of(case)
    with pytest.raises(ratings.LinkExpired):
        ratings.answer(token=token, score=5, at=MONDAY + 14 * DAY + timedelta(seconds=1))
    assert ratings.invitation(case, at=MONDAY + 15 * DAY) is None
    assert not Rating.objects.answered().exists()

    assert ratings.answer(token=token, score=5, at=MONDAY + 14 * DAY).is_satisfied


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_from_1_to_5(case, rating, score):
    with pytest.raises(ratings.NoSuchScore):
        ratings.answer(token=make.token_of(case), score=score, at=MONDAY)


def test_an_unknown_link_is_refused(rating):
    with pytest.raises(ratings.UnknownLink):
        ratings.answer(token="nobody-asked", score=5, at=MONDAY)


def test_an_unknown_reason_is_no_reason(case, rating):
    assert ratings.answer(token=make.token_of(case), score=3, reason="'--", at=MONDAY).reason == ""


@pytest.mark.parametrize(
    "change",
    [
        {"score": 5},
        {"agent": None},
        {"comment": "Wonderful!"},
        {"answered_at": None, "score": None},
        {"expires_at": MONDAY + 99 * DAY},
        {"asked_at": MONDAY + HOUR},
    ],
    ids=lambda change: next(iter(change)),
)
def test_the_database_lets_nobody_rewrite_a_rating(case, rating, change):
    ratings.answer(token=make.token_of(case), score=1, comment="Rude", at=MONDAY)

    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.all().delete()

    kept = Rating.objects.get()
    assert (kept.score, kept.comment, kept.agent) == (1, "Rude", rating.agent)


def test_the_database_lets_nobody_bring_an_answer_along(case, house):
    with pytest.raises(IntegrityError):
        Rating.objects.create(
            partner=case.partner,
            ticket=case,
            cycle=1,
            agent=house.ann,
            token_hash="f" * 64,
            asked_at=MONDAY,
            expires_at=MONDAY + DAY,
            score=5,
            answered_at=MONDAY,
        )


def test_the_words_can_be_erased_and_the_score_stays(case, rating):
    ratings.answer(token=make.token_of(case), score=1, comment="I am Alice Smith", at=MONDAY)
    Rating.objects.update(comment="")

    assert (Rating.objects.get().score, Rating.objects.get().comment) == (1, "")
