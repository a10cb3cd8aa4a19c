"""First replies and resolutions, to the second."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support.clocks.models import Metric
from support.quality.measures import resolution, speed, survival
from support.quality.measures.scope import By
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK

MINUTE = timedelta(minutes=1)


def answered(house, *, by, minutes, worked=None, opened=MONDAY):
    case = make.ticket(by=house.alice, team=by.team, opened=opened)
    make.clock(
        case,
        Metric.FIRST_REPLY,
        started=opened,
        met=opened + minutes * MINUTE,
        worked=60 * (minutes if worked is None else worked),
    )
    make.reply(case, by=by, at=opened + minutes * MINUTE)
    return case


def test_first_replies_by_percentile_in_working_and_in_wall_time(house):
    """Working minutes 1, 2, 3, 4, 10: the median is 3; the 90th percentile is 4 + 0.6 × 6 = 7.6 minutes."""
    for minutes, worked in ((1, 1), (2, 2), (3, 3), (4, 4), (600, 10)):
        answered(house, by=house.ann, minutes=minutes, worked=worked)

    found = speed.first_reply(WEEK)[""]

    assert (found.replies, found.p50, found.p90) == (5, 180.0, 456.0)
    assert (found.wall_p50, found.wall_p90) == (180.0, pytest.approx((4 + 0.6 * 596) * 60))


def test_a_first_reply_belongs_to_who_gave_it_and_to_when_it_was_given(house):
    case = answered(house, by=house.ann, minutes=5)
    make.reply(case, by=house.ben, at=MONDAY + HOUR)
    answered(house, by=house.ben, minutes=15, opened=WEEK.until - 5 * MINUTE)

    assert {key: row.p50 for key, row in speed.first_reply(WEEK, By.AGENT).items()} == {
        str(house.ann.pk): 300.0
    }
    assert list(speed.first_reply(WEEK, By.DAY)) == ["2026-03-02"]
    assert list(speed.first_reply(WEEK, By.TEAM)) == [str(house.day.pk)]
    assert list(speed.first_reply(WEEK, By.PARTNER)) == [str(house.alice.partner_id)]
    assert speed.first_reply(replace(WEEK, agent_id=house.ben.pk)) == {}


def test_neither_a_note_nor_an_automatic_answer_is_a_first_reply(house):
    """The clock runs on, so the case waits, and in no percentile is anything of it."""
    case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.clock(case, Metric.FIRST_REPLY, started=MONDAY)
    make.reply(case, by=None, at=MONDAY + MINUTE)
    make.note(case, by=house.ann, at=MONDAY + 2 * MINUTE)

    waits = speed.waiting(replace(WEEK, at=MONDAY + HOUR))

    assert speed.first_reply(WEEK) == {}
    assert (waits.count, waits.oldest_since, waits.oldest_seconds) == (1, MONDAY, 3600)


def test_who_waited_at_the_end_of_a_period_is_remembered(house):
    answered(house, by=house.ann, minutes=30, opened=WEEK.until - 10 * MINUTE)

    then = speed.waiting(WEEK)

    assert (then.count, then.oldest_seconds) == (1, 600)


def test_our_own_time_and_the_shoppers_are_told_apart(house):
    """Own working hours 1, 2, 3, 4; in all 1, 2, 3 days and 4 days."""
    for number in (1, 2, 3, 4):
        case = make.case(by=house.alice, agent=house.ann, took=number * DAY, handled=number * 3600)
        make.clock(case, Metric.RESOLVE_TOTAL, started=MONDAY, met=MONDAY + number * DAY)

    own = resolution.resolution(WEEK, Metric.RESOLVE_OWN)[""]
    total = resolution.resolution(WEEK, Metric.RESOLVE_TOTAL)[""]

    assert (own.solved, own.p50, own.p90, own.p95) == (4, 9000.0, pytest.approx(13320), pytest.approx(13860))
    assert (total.p50, total.p90) == (2.5 * 86400, pytest.approx(3.7 * 86400))


def test_open_cases_are_counted_in_once_they_are_many(house):
    """Solved after 1, 2 and 3 hours; two have lasted 10. S(1) = 4/5, S(2) = 3/5, S(3) = 2/5: the median is 3 hours,
    where the three that are over would say 2."""
    for number in (1, 2, 3):
        case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
        make.clock(case, Metric.RESOLVE_OWN, started=MONDAY, met=MONDAY + number * HOUR)
        make.clock(case, Metric.RESOLVE_TOTAL, started=MONDAY, met=MONDAY + number * HOUR)
    for _number in range(2):
        case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
        make.clock(case, Metric.RESOLVE_OWN, started=MONDAY)
        make.clock(case, Metric.RESOLVE_TOTAL, started=MONDAY)
    seen = replace(WEEK, at=MONDAY + 10 * HOUR)

    for metric in (Metric.RESOLVE_OWN, Metric.RESOLVE_TOTAL):
        found = resolution.estimate(seen, metric)
        assert (found.begun, found.still_open, found.median) == (5, 2, 3 * 3600)
        assert found.is_needed and found.open_share == 0.4


def test_a_pause_does_not_age_an_open_case(house):
    case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    running = make.clock(case, Metric.RESOLVE_OWN, started=MONDAY)
    running.pauses.create(since=MONDAY + HOUR, until=None, why="waiting_network")

    assert speed.lasting(running, at=MONDAY + 10 * HOUR) == 3600


@pytest.mark.parametrize(
    ("finished", "lasting", "median"),
    [
        ([1, 2, 3], [], 2),
        ([1, 2, 3, 4], [], 2),
        # Three of four are still open after 5: half of them have not finished.
        ([1], [5, 5, 5], None),
        # S(6) = 1 - 3/21, 7: × (1 - 1/17), 10: × (1 - 1/15), 13, 16, 22, 23: Freireich's 6-MP arm has median 23.
        (
            [6, 6, 6, 7, 10, 13, 16, 22, 23],
            [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
            23,
        ),
        ([], [1, 2], None),
        ([], [], None),
    ],
    ids=["odd", "even", "mostly open", "the textbook's leukaemia trial", "all open", "nothing"],
)
def test_kaplan_and_meiers_median(finished, lasting, median):
    assert survival.median(finished, lasting) == median
