"""Who closed how much: weighed by category, and no trick adds to it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from support.quality.measures import cycles, quantity
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK

SECOND = timedelta(seconds=1)


def of(agent, scope=WEEK):
    return quantity.quantity(scope).get(agent.pk, quantity.NOTHING)


def test_a_hard_category_counts_for_more(house):
    """Medians: untracked 1800, payout 5400, all ten of them (3000 + 5400) / 2 = 4200."""
    for seconds in (600, 1200, 1800, 2400, 3000):
        make.case(by=house.alice, agent=house.ann, handled=seconds, category="untracked")
    for _number in range(5):
        make.case(by=house.alice, agent=house.ben, handled=5400, category="payout_problem")

    weighed = quantity.weights(WEEK)

    assert weighed == {"payout_problem": Decimal("1.29"), "untracked": Decimal("0.43")}
    assert (of(house.ann).closed, of(house.ann).weighted) == (5, Decimal("2.15"))
    assert (of(house.ben).closed, of(house.ben).weighted) == (5, Decimal("6.45"))
    assert of(house.ann).by_category == {"untracked": 5}


def test_weights_are_the_whole_houses_whoever_is_looked_at(house):
    for seconds in (600, 1200, 1800, 2400, 3000):
        make.case(by=house.alice, agent=house.ann, handled=seconds, category="untracked")
    for _number in range(5):
        make.case(by=house.alice, agent=house.ben, handled=5400, category="payout_problem")

    only_ann = replace(WEEK, agent_id=house.ann.pk)

    assert quantity.quantity(only_ann) == {house.ann.pk: of(house.ann)}
    assert quantity.weights(only_ann) == quantity.weights(WEEK)


def test_a_category_closed_fewer_than_five_times_weighs_one(house):
    for _number in range(4):
        make.case(by=house.alice, agent=house.ann, handled=60, category="other")

    assert quantity.weights(WEEK) == {"other": Decimal(1)}
    assert of(house.ann).weighted == Decimal("4.00")


@pytest.mark.parametrize(
    ("after", "closed", "taken_back"),
    [(72 * HOUR, 0, 1), (72 * HOUR + SECOND, 1, 0)],
    ids=["within", "after"],
)
def test_a_case_that_comes_back_within_72_hours_is_taken_back(house, after, closed, taken_back):
    case = make.case(by=house.alice, agent=house.ann)
    make.reopen(case, at=MONDAY + HOUR + after)

    assert (of(house.ann).closed, of(house.ann).taken_back) == (closed, taken_back)


def test_closing_it_again_counts_for_who_closed_it_then(house):
    case = make.case(by=house.alice, agent=house.ann)
    make.reopen(case, at=MONDAY + 2 * HOUR)
    make.reply(case, by=house.ben, at=MONDAY + 3 * HOUR)
    make.solve(case, by=house.ben, at=MONDAY + 3 * HOUR)

    assert (of(house.ann).closed, of(house.ann).taken_back) == (0, 1)
    assert (of(house.ben).closed, of(house.ben).taken_back) == (1, 0)


def test_what_came_back_after_the_moment_of_looking_is_not_known_yet(house):
    case = make.case(by=house.alice, agent=house.ann)
    make.reopen(case, at=MONDAY + DAY)

    assert of(house.ann, replace(WEEK, at=MONDAY + 12 * HOUR)).closed == 1
    assert of(house.ann).closed == 0


def test_solving_the_same_cycle_again_counts_once(house):
    case = make.case(by=house.alice, agent=house.ann)
    make.event(case, "solved", at=MONDAY + 5 * HOUR, by=house.ben)

    assert of(house.ann).closed == 1
    assert of(house.ben).closed == 0


def test_what_triage_answered_by_itself_is_nobodys(house):
    by_itself = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(by_itself, by=None, at=MONDAY)
    make.solve(by_itself, by=None, at=MONDAY)
    pressed = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(pressed, by=None, at=MONDAY)
    make.solve(pressed, by=house.ann, at=MONDAY + HOUR)

    assert quantity.quantity(WEEK) == {}


def test_an_internal_note_is_no_work_that_a_shopper_sees(house):
    case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.note(case, by=house.ann, at=MONDAY + HOUR)
    make.solve(case, by=house.ann, at=MONDAY + 2 * HOUR)

    assert quantity.quantity(WEEK) == {}


def test_a_verdict_on_the_claim_is_work_though_the_service_wrote_the_answer(house):
    claim = make.claim(by=house.alice, team=house.day, opened=MONDAY)
    make.step(claim, "in_review", at=MONDAY)
    make.step(claim, "goodwill_pending", at=MONDAY + HOUR, by=house.ann)
    make.reply(claim.ticket, by=None, at=MONDAY + HOUR)
    make.solve(claim.ticket, by=house.ann, at=MONDAY + HOUR)

    assert of(house.ann).closed == 1


def test_merged_cases_count_once(house):
    kept = make.case(by=house.alice, agent=house.ann)
    other = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(other, by=house.ann, at=MONDAY + HOUR)
    make.event(other, "merged", at=MONDAY + HOUR, by=house.ann, into=kept.public_number)
    make.event(kept, "merged", at=MONDAY + HOUR, by=house.ann, of=other.public_number)
    other.merged_into = kept
    make.solve(other, by=house.ann, at=MONDAY + HOUR)

    assert of(house.ann).closed == 1


def test_the_category_is_the_one_it_was_closed_under(house):
    case = make.case(by=house.alice, agent=house.ann, category="untracked")
    case.category = "payout_problem"
    case.save()

    assert of(house.ann).by_category == {"untracked": 1}


def test_a_period_is_half_open(house):
    make.case(by=house.alice, agent=house.ann, opened=WEEK.since - HOUR, took=HOUR)
    make.case(by=house.alice, agent=house.ann, opened=WEEK.until - HOUR, took=HOUR)

    assert of(house.ann).closed == 1


def test_partners_teams_and_agents_narrow_it(house, bob):
    make.case(by=house.alice, agent=house.ann)
    make.case(by=bob, agent=house.zoe)

    at_birch = replace(WEEK, partner_ids=[bob.partner_id])
    by_day = replace(WEEK, team_id=house.day.pk)
    nobody = replace(WEEK, partner_ids=[])

    assert set(quantity.quantity(at_birch)) == {house.zoe.pk}
    assert set(quantity.quantity(by_day)) == {house.ann.pk}
    assert quantity.quantity(nobody) == {}


def test_one_touch_is_one_public_reply_that_was_enough(house):
    make.case(by=house.alice, agent=house.ann, replies=1)
    make.case(by=house.alice, agent=house.ann, replies=1)
    make.case(by=house.alice, agent=house.ann, replies=2)
    back = make.case(by=house.alice, agent=house.ann, replies=1)
    make.reopen(back, at=MONDAY + 6 * DAY)

    found = cycles.one_touch(WEEK)[""]

    assert (found.one_touch, found.cycles, found.share) == (2, 4, 0.5)


def test_complete_is_answered_and_closed_of_what_was_opened(house):
    make.case(by=house.alice, agent=house.ann)
    by_itself = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(by_itself, by=None, at=MONDAY)
    make.solve(by_itself, by=None, at=MONDAY)
    answered = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.reply(answered, by=house.ann, at=MONDAY + HOUR)
    ignored = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    make.note(ignored, by=house.ann, at=MONDAY + HOUR)

    found = cycles.complete(WEEK)

    assert (found.opened, found.answered, found.closed, found.complete) == (4, 3, 2, 2)
    assert (found.share, found.answered_share) == (0.5, 0.75)


def test_the_flow_is_by_the_days_of_the_zone(house):
    """21:30 in London is the next day in Moscow."""
    make.case(by=house.alice, agent=house.ann, opened=MONDAY + timedelta(hours=20, minutes=30), took=HOUR)

    found = cycles.flow_by_day(replace(WEEK, zone="Europe/Moscow"))

    assert {str(day): (flow.opened, flow.closed) for day, flow in found.items()} == {
        "2026-03-02": (1, 0),
        "2026-03-03": (0, 1),
    }
