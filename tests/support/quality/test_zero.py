"""Shifts at zero, from the frozen closes."""

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from support.quality.measures import zero
from support.shifts.models import Excuse, Shift, ShiftClose, ShiftCloseItem
from tests.support.quality_make import HOUR, MONDAY, WEEK


def closed(house, *agents, team=None, left=0, late=0, ends=MONDAY + 21 * HOUR, partner=None):
    shift = Shift.objects.create(
        team=team or house.day, name=f"Shift {uuid4()}", starts_at=ends - 12 * HOUR, ends_at=ends
    )
    for agent in agents:
        shift.members.create(agent=agent)
    close = ShiftClose.objects.create(shift=shift, as_of=ends, closed_at=ends, owed=left, late_arrivals=late)
    for number in range(left + late):
        ShiftCloseItem.objects.create(
            partner=partner or house.alice.partner,
            close=close,
            kind="answer",
            what="ticket",
            what_id=uuid4(),
            ticket_id=uuid4(),
            number="T-1",
            title="Where is it?",
            owed_since=ends - HOUR,
            minutes=60,
            is_late_arrival=number >= left,
        )
    return close


def excuse(close, *, house, approved=MONDAY + 22 * HOUR):
    for item in close.items.all():
        Excuse.objects.create(
            item=item,
            reason="The network's site was down.",
            asked_by=house.ann,
            asked_at=MONDAY + 21 * HOUR,
            approved_by=house.zoe if approved else None,
            approved_at=approved,
        )


def found(scope=WEEK):
    return zero.closes(scope)


def test_all_on_the_shift_earn_it_or_nobody_does(house):
    closed(house, house.ann, house.ben, ends=MONDAY + 21 * HOUR)
    closed(house, house.ann, house.zoe, left=1, ends=MONDAY + 45 * HOUR)

    assert zero.total(found()) == zero.Zero(2, 1)
    assert zero.by_agent(found()) == {
        house.ann.pk: zero.Zero(2, 1),
        house.ben.pk: zero.Zero(1, 1),
        house.zoe.pk: zero.Zero(1, 0),
    }


def test_late_arrivals_belong_to_the_next_shift(house):
    closed(house, house.ann, late=3)

    assert [(each.is_zero, each.left_over, each.late_arrivals) for each in found()] == [(True, 0, 3)]


@pytest.mark.parametrize("approved", [MONDAY + 22 * HOUR, None], ids=["approved", "asked for"])
def test_an_excuse_counts_once_it_is_approved(house, approved):
    excuse(closed(house, house.ann, left=2), house=house, approved=approved)

    assert [each.is_zero for each in found()] == [approved is not None]


def test_an_excuse_approved_after_the_moment_of_looking_is_not_known_yet(house):
    excuse(closed(house, house.ann, left=2), house=house)

    assert [each.left_over for each in found(replace(WEEK, at=MONDAY + 21 * HOUR))] == [2]


def test_a_partner_sees_what_was_left_over_of_theirs(house, bob):
    closed(house, house.ann, left=1, partner=bob.partner)

    assert zero.total(found(replace(WEEK, partner_ids=[house.alice.partner_id]))) == zero.Zero(1, 1)
    assert zero.total(found(replace(WEEK, partner_ids=[bob.partner_id]))) == zero.Zero(1, 0)


def test_a_night_belongs_to_the_day_on_which_it_ends(house):
    closed(house, house.zoe, team=house.night, ends=MONDAY + 23 * HOUR)

    assert list(zero.by_day(found(), zone="Europe/Moscow")) == [date(2026, 3, 3)]
    assert found(replace(WEEK, team_id=house.day.pk)) == []
    assert len(found(replace(WEEK, agent_id=house.zoe.pk))) == 1
