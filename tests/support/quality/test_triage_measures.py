"""How much the service answers by itself, how often wrongly, and what happens to a rule that is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from support.claims.models import RuleSwitch
from support.quality.measures import triage
from support.quality.measures.scope import Scope
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK

SECOND = timedelta(seconds=1)


@pytest.fixture
def claim(house):
    return lambda opened=MONDAY: make.claim(by=house.alice, team=house.day, opened=opened)


def answer(claim, *, rule="already_ours", at=MONDAY, contested=None, then=""):
    answered = claim(at)
    make.answered_by(rule, about=answered, at=at)
    if contested is not None:
        make.step(answered, "in_review", at=at + contested, reason="contested")
    if then:
        make.step(answered, then, at=at + contested + HOUR)
    return answered


def test_the_share_that_no_person_had_to_look_at(claim):
    """Of five: two answered and left at that, one made good at once, one contested, one for a person from the start."""
    answer(claim)
    answer(claim)
    answer(claim, contested=DAY)
    make.step(claim(), "compensated", at=MONDAY)
    by_hand = claim()
    make.step(by_hand, "in_review", at=MONDAY)
    make.step(by_hand, "compensated", at=MONDAY + HOUR)

    found = triage.auto_resolved(WEEK)[""]

    assert (found.claims, found.answered, found.made_good, found.contested) == (5, 3, 1, 1)
    assert (found.share, found.may_yet_be_contested) == (0.6, 0)
    assert triage.auto_resolved(replace(WEEK, at=MONDAY + 2 * DAY))[""].may_yet_be_contested == 3
    assert list(triage.auto_resolved(WEEK, by_day=True)) == ["2026-03-02"]


@pytest.mark.parametrize(
    ("after", "contested"), [(7 * DAY, 1), (7 * DAY + SECOND, 0)], ids=["in time", "later"]
)
def test_an_answer_may_be_contested_for_seven_days(claim, after, contested):
    answer(claim, contested=after)

    assert triage.auto_resolved(WEEK)[""].contested == contested
    assert triage.records(WEEK)[0].contested == contested


def test_an_error_is_contested_and_overturned(claim):
    answer(claim)
    answer(claim, contested=DAY)
    answer(claim, contested=DAY, then="rejected")
    answer(claim, contested=DAY, then="lodged")
    answer(claim, rule="declined_sale")

    assert triage.records(WEEK) == [
        triage.RuleRecord("already_ours", 4, 3, 1),
        triage.RuleRecord("declined_sale", 1, 0, 0),
    ]
    assert triage.records(WEEK)[0].error == 0.25


def test_an_agents_answer_is_not_the_services(claim, house):
    by_ann = claim()
    make.step(by_ann, "answered_auto", at=MONDAY, by=house.ann)

    assert triage.records(WEEK) == []
    found = triage.auto_resolved(WEEK)[""]
    assert (found.claims, found.answered, found.share) == (1, 0, 0)


def test_a_claim_that_was_credited_without_a_contest_is_no_error(claim):
    answered = answer(claim)
    make.step(answered, "credited", at=MONDAY + 10 * DAY)

    assert triage.records(WEEK)[0].overturned == 0


def many(claim, *, right, wrong, at=MONDAY, rule="already_ours"):
    for _number in range(right):
        answer(claim, at=at, rule=rule)
    for _number in range(wrong):
        answer(claim, at=at, rule=rule, contested=DAY, then="compensated")


def test_a_rule_that_is_wrong_in_more_than_2_percent_stops_itself(claim):
    many(claim, right=48, wrong=2)
    now = MONDAY + 10 * DAY

    assert triage.disable_bad_rules(at=now) == ["already_ours"]
    switch = RuleSwitch.objects.get()
    assert (switch.is_on, switch.changed_at) == (False, now)
    assert switch.why == "2 of 50 answers were overturned: more than 2 %."
    assert triage.disable_bad_rules(at=now + HOUR) == []
    switch.refresh_from_db()
    assert switch.changed_at == now


@pytest.mark.parametrize(("right", "wrong"), [(49, 1), (47, 2), (60, 0)], ids=["2 %", "of 49", "never"])
def test_a_rule_stays_at_2_percent_and_while_its_answers_are_few(claim, right, wrong):
    many(claim, right=right, wrong=wrong)

    assert triage.disable_bad_rules(at=MONDAY + 10 * DAY) == []
    assert not RuleSwitch.objects.exists()


def test_a_rule_switched_on_again_is_judged_by_its_answers_since(claim):
    many(claim, right=48, wrong=2)
    triage.disable_bad_rules(at=MONDAY + 10 * DAY)
    RuleSwitch.objects.update(is_on=True, changed_at=MONDAY + 11 * DAY)

    assert triage.disable_bad_rules(at=MONDAY + 12 * DAY) == []

    many(claim, right=48, wrong=2, at=MONDAY + 12 * DAY)
    assert triage.disable_bad_rules(at=MONDAY + 20 * DAY) == ["already_ours"]


def test_answers_of_long_ago_are_forgiven(claim):
    many(claim, right=48, wrong=2)

    assert triage.disable_bad_rules(at=MONDAY + 91 * DAY) == []


def test_a_rule_is_not_judged_by_the_future(claim):
    many(claim, right=48, wrong=2)

    assert triage.records(Scope(since=MONDAY, until=WEEK.until, at=MONDAY + HOUR))[0].overturned == 0
