"""Promises kept, and whose the broken ones are."""

from dataclasses import replace

from support.clocks.models import Metric
from support.quality.measures import sla
from support.quality.measures.sla import Hits
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK


def promised(
    house, metric=Metric.FIRST_REPLY, *, met=None, breached=None, on_duty=(), by=None, opened=MONDAY
):
    case = make.ticket(by=house.alice, team=house.day, opened=opened)
    made = make.clock(
        case, metric, started=opened, met=met, breached_at=breached, on_duty=[each.pk for each in on_duty]
    )
    if met and by:
        make.reply(case, by=by, at=met)
    return made


def test_met_of_met_and_breached_by_clock(house):
    promised(house, met=MONDAY + HOUR)
    promised(house, met=MONDAY + HOUR)
    promised(house, met=MONDAY + HOUR)
    promised(house, breached=MONDAY + HOUR)
    promised(house, Metric.LODGE, met=MONDAY + HOUR)
    promised(house, Metric.RESOLVE_TOTAL, met=MONDAY + HOUR)

    found = sla.hits(WEEK)

    assert found == {Metric.FIRST_REPLY: Hits(3, 1), Metric.LODGE: Hits(1, 0)}
    assert found[Metric.FIRST_REPLY].share == 0.75


def test_met_too_late_is_broken_once_and_in_the_period_in_which_it_broke(house):
    promised(house, met=WEEK.until + HOUR, breached=WEEK.until - HOUR, opened=WEEK.until - DAY)
    next_week = replace(WEEK, since=WEEK.until, until=WEEK.until + 7 * DAY)

    assert sla.hits(WEEK) == {Metric.FIRST_REPLY: Hits(0, 1)}
    assert sla.hits(next_week) == {Metric.FIRST_REPLY: Hits(0, 0)}


def test_a_breach_is_of_those_on_duty_and_not_of_who_answered_then(house):
    promised(house, met=MONDAY + 2 * HOUR, breached=MONDAY + HOUR, on_duty=[house.ann], by=house.ben)
    promised(house, met=MONDAY + HOUR, by=house.ben)

    assert sla.breaches_on_duty(WEEK) == {house.ann.pk: 1}
    assert sla.replies(WEEK) == {house.ann.pk: Hits(0, 1), house.ben.pk: Hits(1, 0)}
    assert sla.hits(replace(WEEK, agent_id=house.ben.pk)) == {Metric.FIRST_REPLY: Hits(1, 0)}


def test_one_breach_is_of_all_who_were_there(house):
    promised(house, breached=MONDAY + HOUR, on_duty=[house.ann, house.ben])

    assert sla.breaches_on_duty(WEEK) == {house.ann.pk: 1, house.ben.pk: 1}
    assert sla.hits(WEEK) == {Metric.FIRST_REPLY: Hits(0, 1)}
