"""How clocks stand, for the queue."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support.clocks import services as clocks
from support.clocks.models import Metric
from support.clocks.services import State
from tests.support import clocks_make as make
from tests.support.clocks_make import moscow

NINE = moscow(2026, 3, 3, 9)
HOUR = timedelta(hours=1)


@pytest.fixture
def case(acorn):
    clocks.make_default_policies()
    return make.facts(acorn.partner_id, calendar_id=make.calendar().pk)


def state(case, at) -> tuple[State, int]:
    (found,) = clocks.states([case.subject_id], at)[case.subject_id]
    return found.state, found.seconds_left


def test_clock_runs_is_almost_due_and_is_overdue(case):
    clocks.start(ticket_facts=case, metric=Metric.FIRST_REPLY, at=NINE)
    assert state(case, NINE + timedelta(minutes=44, seconds=59)) == (State.RUNNING, 901)
    assert state(case, NINE + timedelta(minutes=45)) == (State.NEAR, 900)
    assert state(case, NINE + HOUR) == (State.NEAR, 0)
    # It is overdue by the clock itself, whether or not the sweep has come by.
    assert state(case, NINE + timedelta(minutes=61)) == (State.BREACHED, -60)
    # And only working time is missed.
    assert state(case, moscow(2026, 3, 4, 9)) == (State.BREACHED, -8 * 3600)


def test_paused_clock_keeps_what_is_left(case):
    clocks.start(ticket_facts=case, metric=Metric.RESOLVE_OWN, at=NINE)
    clocks.pause(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], why="need_info", at=NINE + HOUR)
    for later in (NINE + 2 * HOUR, NINE + timedelta(days=20)):
        assert state(case, later) == (State.PAUSED, 7 * 3600)


def test_met_and_met_late(case):
    clocks.start(ticket_facts=case, metric=Metric.FIRST_REPLY, at=NINE)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.FIRST_REPLY], at=NINE + HOUR)
    assert state(case, NINE + 5 * HOUR) == (State.MET, 0)
    late = replace(case, subject_id=make.facts(case.partner_id).subject_id)
    clocks.start(ticket_facts=late, metric=Metric.FIRST_REPLY, at=NINE)
    clocks.meet(subject_id=late.subject_id, metrics=[Metric.FIRST_REPLY], at=NINE + 3 * HOUR)
    assert state(late, NINE + 5 * HOUR) == (State.MET_LATE, -2 * 3600)


def test_clock_without_a_target_only_runs(case):
    clocks.start(ticket_facts=case, metric=Metric.RESOLVE_TOTAL, at=NINE)
    assert state(case, NINE + timedelta(days=100)) == (State.RUNNING, None)


def test_states_come_by_what_is_due_first_and_of_the_latest_cycle_only(case):
    clocks.start(ticket_facts=case, metric=Metric.FIRST_REPLY, at=NINE)
    clocks.stop(subject_id=case.subject_id, reason="solved", at=NINE + HOUR / 2)
    anew = replace(case, cycle=2)
    for metric in (Metric.RESOLVE_TOTAL, Metric.CUSTOMER_UPDATE, Metric.NEXT_REPLY, Metric.RESOLVE_OWN):
        clocks.start(ticket_facts=anew, metric=metric, at=NINE + 2 * HOUR)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.NEXT_REPLY], at=NINE + 3 * HOUR)
    found = clocks.states([case.subject_id], NINE + 3 * HOUR)[case.subject_id]
    assert [one.metric for one in found] == [
        Metric.RESOLVE_OWN,
        Metric.CUSTOMER_UPDATE,
        Metric.RESOLVE_TOTAL,
        Metric.NEXT_REPLY,
    ]


@pytest.mark.parametrize("cases", [1, 3])
def test_states_of_many_cases_take_four_queries(case, cases, django_assert_num_queries):
    subjects = []
    for _ in range(cases):
        other = replace(case, subject_id=make.facts(case.partner_id).subject_id)
        subjects.append(other.subject_id)
        for metric in Metric:
            clocks.start(ticket_facts=other, metric=metric, at=NINE)
        clocks.pause(subject_id=other.subject_id, metrics=[Metric.RESOLVE_OWN], why="network", at=NINE)
    with django_assert_num_queries(4):
        found = clocks.states(subjects, NINE + HOUR)
    assert [len(found[subject]) for subject in subjects] == [len(Metric)] * cases
