"""A period's sheet: worked out by hand here, and the same for ever there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from support.clocks.models import Metric
from support.quality import reviews, suggestions
from support.quality.bonus import plans, sheets
from support.quality.bonus.compute import compute, settled_at
from support.quality.models import BonusLine, BonusPlan, BonusSheet, QAReview, Rubric
from support.quality.periods import Kind, period_at
from support.shifts.models import Shift, ShiftClose
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY

PERIOD = period_at(Kind.WEEK, MONDAY, zone="UTC")
SETTLED = settled_at(PERIOD)


def reply_clock(house, *, by=None, breached_on=()):
    case = make.ticket(by=house.alice, team=house.day, opened=MONDAY)
    met = MONDAY + HOUR if by else None
    make.clock(
        case,
        Metric.FIRST_REPLY,
        started=MONDAY,
        met=met,
        breached_at=MONDAY + HOUR if breached_on else None,
        on_duty=[each.pk for each in breached_on],
    )
    if by:
        make.reply(case, by=by, at=met)


@pytest.fixture
def week(house):
    """Ann closes 25 cases with 21 answers (20 satisfied), replies 18 in time and breaks 2, has one shift of two at
    zero and one suggestion shipped. Ben closes 4 cases, one of which comes back; two scores of his."""
    for number in range(25):
        case = make.case(by=house.alice, agent=house.ann, handled=600)
        if number < 21:
            make.rated(case, 5 if number < 20 else 2, at=MONDAY + 2 * HOUR)
    for number in range(4):
        case = make.case(by=house.alice, agent=house.ben, handled=600)
        if number < 2:
            make.rated(case, 5 if number else 1, at=MONDAY + 2 * HOUR)
        elif number == 3:
            house.returned = make.reopen(case, at=MONDAY + DAY)
    for _number in range(18):
        reply_clock(house, by=house.ann)
    for _number in range(2):
        reply_clock(house, breached_on=[house.ann])
    for number, left in enumerate((0, 1)):
        ends = MONDAY + (21 + 24 * number) * HOUR
        shift = Shift.objects.create(team=house.day, name="Day", starts_at=ends - 12 * HOUR, ends_at=ends)
        shift.members.create(agent=house.ann)
        close = ShiftClose.objects.create(shift=shift, as_of=ends, closed_at=ends, owed=left, late_arrivals=0)
        if left:
            close.items.create(
                partner=house.alice.partner,
                kind="answer",
                what="ticket",
                what_id=house.returned.pk,
                ticket_id=house.returned.pk,
                number="T-1",
                title="?",
                owed_since=MONDAY,
                minutes=60,
                is_late_arrival=False,
            )
    idea = suggestions.propose(author=house.ann, title="Idea", text="Better.", at=MONDAY)
    suggestions.accept(suggestion=idea, by=house.zoe.user, impact=1, confidence=1, ease=1, at=MONDAY)
    suggestions.make_task(suggestion=idea, by=house.zoe.user, task="", at=MONDAY)
    suggestions.ship(suggestion=idea, by=house.zoe.user, at=MONDAY + DAY)
    return house


def lines(sheet):
    return {line.name: line for line in sheet.lines}


def test_points_by_component_as_worked_out_by_hand(week):
    """Ann: 25 × 1; satisfaction 20/21 ÷ 0.98 = 0.9718 of 150; speed 18/20 ÷ 0.95 = 0.9474 of 100; one shift; one idea.
    Ben: 3 cases; measured by all: 21/23 ÷ 0.98 = 0.9317 of 150."""
    found = lines(compute(PERIOD, known_at=SETTLED))
    ann, ben = found["Ann"], found["Ben"]

    assert (ann.quantity, ann.satisfaction, ann.speed, ann.zero, ann.suggestions, ann.total) == (
        Decimal("25.00"),
        Decimal("145.77"),
        Decimal("94.74"),
        Decimal("10.00"),
        Decimal("50.00"),
        Decimal("325.51"),
    )
    assert (ben.quantity, ben.satisfaction, ben.speed, ben.zero, ben.total) == (
        Decimal("3.00"),
        Decimal("139.76"),
        Decimal("0.00"),
        Decimal("0.00"),
        Decimal("142.76"),
    )
    assert ben.inputs["quantity"] == {
        "closed": 3,
        "taken_back": 1,
        "weighted": "3.00",
        "by_category": {"untracked": 3},
    }
    assert (ann.inputs["satisfaction"]["measured_by"], ben.inputs["satisfaction"]["measured_by"]) == (
        "own",
        "all",
    )
    assert ann.inputs["zero"] == {"shifts": 2, "at_zero": 1}


def test_a_critical_failure_takes_the_points_for_satisfaction(week):
    case = week.ann.events.filter(kind="solved").first().ticket
    picked = QAReview.objects.create(
        partner=case.partner, ticket=case, cycle=1, agent=week.ann, why="sample", picked_at=MONDAY
    )
    scores = dict.fromkeys(Rubric.values, 5)
    reviews.write(review=picked, reviewer=week.ben, scores=scores, is_critical=True, at=MONDAY + DAY)

    ann = lines(compute(PERIOD, known_at=SETTLED))["Ann"]

    assert (ann.satisfaction, ann.quantity) == (Decimal("0.00"), Decimal("25.00"))
    assert ann.inputs["satisfaction"]["critical_failures"] == 1


def test_a_frozen_sheet_is_what_was_computed_and_what_is_computed_again(week):
    sheet = sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)

    kept = {line.name: line for line in sheet.lines.all()}
    assert {name: (line.total, line.inputs) for name, line in kept.items()} == {
        name: (line.total, line.inputs) for name, line in lines(compute(PERIOD, known_at=SETTLED)).items()
    }
    assert sheet.inputs["plan"]["per_case"] == "1.00"
    assert sheets.differences(sheet) == []


def test_what_happens_afterwards_changes_neither(week):
    sheet = sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)
    before = list(BonusLine.objects.order_by("pk").values())

    case = week.ann.events.filter(kind="solved").first().ticket
    make.reopen(case, at=SETTLED + HOUR)
    case.category = "payout_problem"
    case.save()
    week.ann.team = week.night
    week.ann.name = "Anna"
    week.ann.save()
    make.case(by=week.alice, agent=week.ann, opened=SETTLED)

    assert list(BonusLine.objects.order_by("pk").values()) == before
    assert sheets.differences(sheet) == []


def test_the_past_rewritten_is_found_out(week):
    sheet = sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)
    make.case(by=week.alice, agent=week.ben, opened=MONDAY, handled=600)

    assert sheets.differences(sheet) == ["Ben"]


def test_a_period_is_frozen_once_and_not_before_it_has_settled(week):
    with pytest.raises(sheets.NotSettled):
        sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED - timedelta(seconds=1))
    sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)
    with pytest.raises(sheets.AlreadyFrozen):
        sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED + DAY)
    assert BonusSheet.objects.count() == 1


def test_the_database_keeps_a_sheet_as_it_is(week):
    sheet = sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)
    BonusPlan.objects.create(
        starts_at=SETTLED + DAY,
        per_case=1,
        satisfaction=1,
        speed=1,
        per_zero_shift=1,
        per_suggestion=1,
        made_by=week.zoe.user,
    )

    for rewrite in (
        lambda: BonusSheet.objects.update(inputs={}),
        lambda: BonusLine.objects.update(quantity=1000),
        lambda: BonusLine.objects.first().delete(),
        lambda: BonusPlan.objects.update(per_case=100),
        lambda: BonusLine.objects.create(
            sheet=sheet,
            agent=week.zoe,
            name="Zoe",
            team="Night",
            quantity=9,
            satisfaction=9,
            speed=9,
            zero=9,
            suggestions=9,
            inputs={},
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite()


def test_a_period_is_paid_by_the_plan_that_it_began_under(week):
    dear = plans.Plan(*map(Decimal, ("2", "0", "0", "0", "0")))
    plans.new_plan(plan=dear, starts_at=MONDAY, by=week.zoe.user, at=MONDAY - DAY)
    plans.new_plan(plan=plans.DEFAULT, starts_at=MONDAY + DAY, by=week.zoe.user, at=MONDAY)
    with pytest.raises(plans.PlanInThePast):
        plans.new_plan(plan=dear, starts_at=MONDAY - DAY, by=week.zoe.user, at=MONDAY)

    ann = lines(compute(PERIOD, known_at=SETTLED))["Ann"]

    assert (ann.quantity, ann.total) == (Decimal("50.00"), Decimal("50.00"))


def test_the_sheet_as_a_file(week):
    week.ann.name = "=Ann()"
    week.ann.save()
    sheet = sheets.freeze(period=PERIOD, by=week.zoe.user, at=SETTLED)

    rows = sheets.as_csv(sheet.lines.order_by("-total")).split("\r\n")

    assert rows[0].startswith("Agent,Team,Closed,Taken back,Weighted")
    assert rows[1] == ("'=Ann(),Day,25,0,25.00,25.00,21,20,0,145.77,18,2,94.74,2,1,10.00,1,50.00,325.51")
    assert rows[2].startswith("Ben,Day,3,1,3.00,3.00,2,1,0,139.76,0,0,0.00")
