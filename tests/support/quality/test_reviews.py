"""Colleagues look at each other's work: what is picked, and what is written."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from support.goodwill.models import GoodwillGrant
from support.quality import personal_data, ratings, reviews
from support.quality.models import QAReview, Rubric, Why
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY

NEXT_WEEK = MONDAY + 7 * DAY + HOUR
SCORES = dict.fromkeys(Rubric.values, 4)


def picked(why):
    return QAReview.objects.filter(why=why)


def test_3_percent_of_what_an_agent_closed_last_week_are_drawn_at_least_one(house):
    for _number in range(40):
        make.case(by=house.alice, agent=house.ann)
    make.case(by=house.alice, agent=house.ben)
    make.case(by=house.alice, agent=house.ben, opened=NEXT_WEEK)

    assert reviews.pick_samples(at=NEXT_WEEK) == 3
    drawn = set(picked(Why.SAMPLE).values_list("ticket", "agent"))
    assert sorted(agent for _ticket, agent in drawn) == sorted([house.ann.pk] * 2 + [house.ben.pk])
    assert reviews.pick_samples(at=NEXT_WEEK + DAY) == 0
    assert set(picked(Why.SAMPLE).values_list("ticket", "agent")) == drawn


def test_every_score_of_2_or_less_is_looked_at(house):
    for score in (1, 2, 3, 5):
        case = make.case(by=house.alice, agent=house.ann, opened=NEXT_WEEK)
        make.rated(case, score, at=NEXT_WEEK + 2 * HOUR)
    by_itself = make.ticket(by=house.alice, team=house.day, opened=NEXT_WEEK)
    make.reply(by_itself, by=None, at=NEXT_WEEK)
    make.rated(make.solve(by_itself, by=None, at=NEXT_WEEK), 1, at=NEXT_WEEK + HOUR)

    reviews.pick_samples(at=NEXT_WEEK + 3 * HOUR)

    assert sorted(picked(Why.LOW_SCORE).values_list("rating__score", flat=True)) == [1, 2]
    assert reviews.pick_samples(at=NEXT_WEEK + 4 * HOUR) == 0


def grant(house, *, needs_second, minor=100000):
    claim = make.claim(by=house.alice, team=house.day, opened=NEXT_WEEK)
    return GoodwillGrant.objects.create(
        partner=claim.partner,
        storefront=claim.storefront,
        shopper=claim.shopper,
        claim=claim,
        amount_minor=minor,
        currency="RUB",
        payer="platform",
        reason="lodge",
        status="paid",
        requested_by=house.ann.user,
        approved_by=house.zoe.user if needs_second else None,
        needs_second=needs_second,
        created_at=NEXT_WEEK,
        decided_at=NEXT_WEEK,
    )


def test_every_goodwill_over_its_givers_limit_is_looked_at(house):
    over = grant(house, needs_second=True)
    grant(house, needs_second=False, minor=100)

    reviews.pick_samples(at=NEXT_WEEK + HOUR)

    review = picked(Why.GOODWILL).get()
    assert (review.ticket, review.agent) == (over.claim.ticket, house.ann)


@pytest.fixture
def review(house):
    case = make.case(by=house.alice, agent=house.ann)
    return QAReview.objects.create(
        partner=case.partner, ticket=case, cycle=1, agent=house.ann, why=Why.SAMPLE, picked_at=MONDAY
    )


def test_a_review_scores_every_line(review, house):
    written = reviews.write(
        review=review, reviewer=house.ben, scores={**SCORES, "right": 5}, comment="Good.", at=MONDAY
    )

    assert (written.percent, written.reviewer, written.comment) == (85, house.ben, "Good.")


def test_a_critical_failure_outweighs_all_scores(review, house):
    assert (
        reviews.write(review=review, reviewer=house.ben, scores=SCORES, is_critical=True, at=MONDAY).percent
        == 0
    )


@pytest.mark.parametrize("scores", [{}, {"right": 5}, {**SCORES, "right": 6}, {**SCORES, "extra": 1}])
def test_an_incomplete_review_is_refused(review, house, scores):
    with pytest.raises(reviews.RubricIncomplete):
        reviews.write(review=review, reviewer=house.ben, scores=scores, at=MONDAY)


def test_nobody_reviews_their_own_work_and_the_database_says_so_too(review, house):
    with pytest.raises(reviews.NotYours):
        reviews.write(review=review, reviewer=house.ann, scores=SCORES, at=MONDAY)
    with pytest.raises(IntegrityError), transaction.atomic():
        QAReview.objects.update(reviewer=house.ann, reviewed_at=MONDAY)

    assert QAReview.objects.waiting().count() == 1


def test_a_written_review_stays(review, house):
    reviews.write(review=review, reviewer=house.ben, scores=SCORES, at=MONDAY)
    with pytest.raises(reviews.AlreadyReviewed):
        reviews.write(review=review, reviewer=house.zoe, scores=SCORES, at=MONDAY)
    for rewrite in (lambda: QAReview.objects.update(scores={}), lambda: QAReview.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()


def test_a_shopper_sees_and_takes_back_their_words(house):
    case = make.case(by=house.alice, agent=house.ann)
    ratings.ask(ticket=case, cycle=1, at=MONDAY)
    ratings.answer(token=make.token_of(case), score=1, comment="I am Alice", at=MONDAY + timedelta(days=1))

    exported = personal_data.export(house.alice)
    assert [(row["score"], row["comment"]) for row in exported] == [(1, "I am Alice")]
    personal_data.erase(house.alice, {}, MONDAY)
    assert [(row["score"], row["comment"]) for row in personal_data.export(house.alice)] == [(1, "")]
