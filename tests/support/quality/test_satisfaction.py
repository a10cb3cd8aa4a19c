"""Shares of satisfied shoppers, and how far to trust them."""

from dataclasses import replace

import pytest

from support.quality.measures import satisfaction
from support.quality.measures.satisfaction import wilson
from support.quality.measures.scope import By
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK


def scored(house, *scores, agent=None):
    for score in scores:
        make.rated(make.case(by=house.alice, agent=agent or house.ann), score, at=MONDAY + 2 * HOUR)


def test_fours_and_fives_of_those_answered(house):
    scored(house, 5, 5, 4, 3, 1, None, None, None)

    found = satisfaction.satisfaction(WEEK)[""]

    assert (found.asked, found.asked_and_answered, found.answered, found.satisfied) == (8, 5, 5, 3)
    assert (found.share, found.answer_rate) == (0.6, 0.625)
    assert found.interval == (pytest.approx(0.2307, abs=1e-4), pytest.approx(0.8824, abs=1e-4))
    assert not found.is_ranked and not found.meets_target


def test_nobody_is_ranked_below_20_answers(house):
    scored(house, *[5] * 19)
    assert not satisfaction.satisfaction(WEEK)[""].is_ranked

    scored(house, 5)
    found = satisfaction.satisfaction(WEEK)[""]
    assert found.is_ranked and found.meets_target


def test_the_target_is_98_percent():
    assert satisfaction.Satisfaction(50, 50, 50, 49).meets_target
    assert not satisfaction.Satisfaction(50, 50, 50, 48).meets_target
    assert not satisfaction.Satisfaction(0, 0, 0, 0).meets_target


def test_an_answer_counts_in_the_period_in_which_it_came(house):
    case = make.case(by=house.alice, agent=house.ann, opened=WEEK.since - 3 * DAY)
    make.rated(case, 2, asked=WEEK.since - 2 * DAY, at=MONDAY)

    found = satisfaction.satisfaction(WEEK)[""]

    assert (found.asked, found.answered, found.satisfied) == (0, 1, 0)


def test_a_rating_is_the_last_public_repliers_and_the_services_own_is_nobodys(house):
    case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(case, by=house.ann, at=MONDAY)
    make.reply(case, by=house.ben, at=MONDAY + HOUR)
    make.note(case, by=house.zoe, at=MONDAY + 2 * HOUR)
    make.rated(make.solve(case, by=house.zoe, at=MONDAY + 2 * HOUR), 5, at=MONDAY + 2 * HOUR)
    by_itself = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(by_itself, by=None, at=MONDAY)
    make.rated(make.solve(by_itself, by=None, at=MONDAY), 4, at=MONDAY + HOUR)

    found = satisfaction.satisfaction(WEEK, By.AGENT)

    assert {key: row.answered for key, row in found.items()} == {str(house.ben.pk): 1, "": 1}
    assert satisfaction.satisfaction(replace(WEEK, agent_id=house.zoe.pk)) == {}


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),  # Newcombe 1998, method 3
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilsons_interval(successes, trials, low, high):
    found = wilson(successes, trials)

    assert found == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
