"""Clocks as rows: started, paused, met, missed; never revived."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from support.clocks import services as clocks
from support.clocks.models import Clock, ClockPause, ClockPolicy, Metric
from tests.support import clocks_make as make
from tests.support.clocks_make import moscow

TUESDAY_NINE = moscow(2026, 3, 3, 9)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _policies(db):
    clocks.make_default_policies()


@pytest.fixture
def hours(db):
    return make.calendar()


@pytest.fixture
def case(acorn, hours):
    return make.facts(acorn.partner_id, calendar_id=hours.pk)


@pytest.fixture
def duty(monkeypatch):
    """Who is on duty: a list that the test fills."""
    people: list[uuid.UUID] = []
    monkeypatch.setattr(clocks, "_duties", [lambda _team_id, _at: people])
    return people


def start(case, metric, at, **more) -> Clock:
    return clocks.start(ticket_facts=case, metric=metric, at=at, **more)


def now(clock: Clock) -> Clock:
    return Clock.objects.get(pk=clock.pk)


def test_clock_is_due_in_working_hours(case):
    assert start(case, Metric.FIRST_REPLY, moscow(2026, 3, 6, 17, 30)).due_at == moscow(2026, 3, 9, 9, 30)


def test_team_without_a_calendar_works_round_the_clock(case):
    round_the_clock = replace(case, calendar_id=None)
    assert start(round_the_clock, Metric.FIRST_REPLY, moscow(2026, 3, 7, 23, 30)).due_at == moscow(
        2026, 3, 8, 0, 30
    )


def test_word_to_the_shopper_is_due_in_wall_time(case):
    assert start(case, Metric.CUSTOMER_UPDATE, TUESDAY_NINE).due_at == TUESDAY_NINE + timedelta(days=14)


@pytest.mark.parametrize(
    ("metric", "channel", "seconds"),
    [
        (Metric.FIRST_REPLY, "storefront", 15 * 60),
        (Metric.FIRST_REPLY, "api", 15 * 60),
        (Metric.FIRST_REPLY, "email", 3600),
        (Metric.FIRST_REPLY, "agent", 3600),
        (Metric.NEXT_REPLY, "storefront", 30 * 60),
        (Metric.NEXT_REPLY, "email", 4 * 3600),
        (Metric.TRIAGE, "email", 10),
        (Metric.LODGE, "email", 8 * 3600),
        (Metric.NETWORK, "email", 75 * 86_400),
        (Metric.CUSTOMER_UPDATE, "email", 14 * 86_400),
        (Metric.RESOLVE_OWN, "email", 8 * 3600),
        (Metric.RESOLVE_TOTAL, "email", None),
    ],
)
def test_default_targets(case, metric, channel, seconds):
    assert start(replace(case, channel=channel), metric, TUESDAY_NINE).target_seconds == seconds


def test_default_policies_leave_what_a_manager_decided():
    number = ClockPolicy.objects.count()
    ClockPolicy.objects.filter(metric=Metric.TRIAGE).update(target_seconds=5)
    ClockPolicy.objects.filter(metric=Metric.LODGE).update(is_active=False)
    clocks.make_default_policies()
    assert ClockPolicy.objects.count() == number
    assert ClockPolicy.objects.get(metric=Metric.TRIAGE).target_seconds == 5
    assert not ClockPolicy.objects.get(metric=Metric.LODGE).is_active


def test_more_specific_policy_wins(case, acorn, birch):
    def policy(seconds, **conditions):
        ClockPolicy.objects.create(metric=Metric.FIRST_REPLY, target_seconds=seconds, **conditions)

    def target(**facts):
        return start(
            replace(case, subject_id=uuid.uuid4(), **facts), Metric.FIRST_REPLY, TUESDAY_NINE
        ).target_seconds

    policy(100, priority="urgent")
    policy(200, for_partner=acorn.partner)
    policy(300, for_partner=acorn.partner, channel="storefront")
    policy(400, for_partner=acorn.partner, priority="high", language="ru")
    assert target(partner_id=birch.partner_id) == 3600
    assert target(partner_id=birch.partner_id, priority="urgent") == 100
    # One condition each: the partner weighs more.
    assert target(priority="urgent") == 200
    assert target(channel="storefront") == 300
    assert target(priority="high") == 400
    assert target(priority="high", language="en") == 200


def test_without_a_policy_nothing_is_promised_but_the_whole_is_reported(case):
    ClockPolicy.objects.all().delete()
    assert start(case, Metric.FIRST_REPLY, TUESDAY_NINE) is None
    total = start(case, Metric.RESOLVE_TOTAL, TUESDAY_NINE)
    assert (total.target_seconds, total.due_at) == (None, None)


def test_target_from_experience_holds_where_it_is_tighter(case):
    assert start(case, Metric.NETWORK, TUESDAY_NINE, at_most=3600).due_at == TUESDAY_NINE + HOUR
    other = replace(case, subject_id=uuid.uuid4())
    assert start(other, Metric.NETWORK, TUESDAY_NINE, at_most=10**9).target_seconds == 75 * 86_400


def test_second_message_never_restarts_the_clock(case):
    first = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    again = start(case, Metric.NEXT_REPLY, TUESDAY_NINE + HOUR)
    assert (again.pk, again.started_at, again.due_at) == (first.pk, TUESDAY_NINE, TUESDAY_NINE + 4 * HOUR)
    assert Clock.objects.count() == 1


def test_next_reply_runs_once_for_each_wait(case):
    first = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.NEXT_REPLY], at=TUESDAY_NINE + HOUR)
    second = start(case, Metric.NEXT_REPLY, TUESDAY_NINE + 2 * HOUR)
    assert second.pk != first.pk
    assert second.due_at == TUESDAY_NINE + 6 * HOUR


def test_met_exactly_at_the_deadline_is_met(case):
    clock = start(case, Metric.FIRST_REPLY, TUESDAY_NINE)
    assert clocks.sweep(at=clock.due_at) == 0
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.FIRST_REPLY], at=clock.due_at)
    met = now(clock)
    assert (met.met_at, met.breached_at, met.worked_seconds) == (clock.due_at, None, 3600)


def test_met_a_microsecond_later_is_late(case, duty):
    clock = start(case, Metric.FIRST_REPLY, TUESDAY_NINE)
    moment = clock.due_at + timedelta(microseconds=1)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.FIRST_REPLY], at=moment)
    assert (now(clock).met_at, now(clock).breached_at) == (moment, clock.due_at)


def test_breach_belongs_to_those_on_duty_when_it_happened(case, duty):
    on_duty, later = uuid.uuid4(), uuid.uuid4()
    duty.append(on_duty)
    clock = start(replace(case, team_id=uuid.uuid4()), Metric.FIRST_REPLY, TUESDAY_NINE)
    assert clocks.sweep(at=TUESDAY_NINE + 5 * HOUR) == 1
    duty[:] = [later]
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.FIRST_REPLY], at=TUESDAY_NINE + 6 * HOUR)
    assert (now(clock).breached_at, now(clock).on_duty) == (TUESDAY_NINE + HOUR, [on_duty])


def test_sweep_notices_each_breach_once_and_no_more_than_it_may(case, duty):
    for _ in range(3):
        start(replace(case, subject_id=uuid.uuid4()), Metric.FIRST_REPLY, TUESDAY_NINE)
    late = TUESDAY_NINE + 2 * HOUR
    assert [clocks.sweep(at=late, limit=2) for _ in range(3)] == [2, 1, 0]


def test_ten_pauses_in_one_day(case):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    for number in range(10):
        begin = TUESDAY_NINE + timedelta(minutes=10 + 30 * number)
        clocks.pause(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], why="need_info", at=begin)
        assert now(clock).due_at is None
        clocks.resume(
            subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], at=begin + timedelta(minutes=5)
        )
    # Eight hours of work and fifty minutes of pauses.
    assert now(clock).due_at == TUESDAY_NINE + timedelta(hours=8, minutes=50)
    assert ClockPause.objects.count() == 10


def test_second_pause_and_second_resume_change_nothing(case):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    for minutes in (10, 20):
        clocks.pause(
            subject_id=case.subject_id,
            metrics=[Metric.RESOLVE_OWN],
            why="need_info",
            at=TUESDAY_NINE + timedelta(minutes=minutes),
        )
    for minutes in (40, 50):
        clocks.resume(
            subject_id=case.subject_id,
            metrics=[Metric.RESOLVE_OWN],
            at=TUESDAY_NINE + timedelta(minutes=minutes),
        )
    assert now(clock).due_at == TUESDAY_NINE + timedelta(hours=8, minutes=30)


def test_what_never_pauses_goes_on(case):
    for metric in Metric:
        start(case, metric, TUESDAY_NINE)
    clocks.pause(subject_id=case.subject_id, metrics=list(Metric), why="need_info", at=TUESDAY_NINE)
    paused = set(ClockPause.objects.values_list("clock__metric", flat=True))
    assert paused == {Metric.LODGE, Metric.RESOLVE_OWN}


def test_paused_clock_is_never_breached_and_met_in_time(case):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    clocks.pause(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], why="network", at=clock.due_at)
    month_later = TUESDAY_NINE + timedelta(days=30)
    assert clocks.sweep(at=month_later) == 0
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], at=month_later)
    met = now(clock)
    assert (met.breached_at, met.worked_seconds) == (None, 8 * 3600)
    assert met.pauses.get().until == month_later


def test_resolving_stops_the_next_reply_though_the_shopper_wrote_last(case, duty):
    """Chatwoot #10178: next-response went on counting after resolve when the client wrote last."""
    clock = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    clocks.stop(subject_id=case.subject_id, reason="solved", at=TUESDAY_NINE + HOUR)
    assert clocks.sweep(at=TUESDAY_NINE + timedelta(days=30)) == 0
    stopped = now(clock)
    assert (stopped.stopped_at, stopped.stopped_reason, stopped.breached_at) == (
        TUESDAY_NINE + HOUR,
        "solved",
        None,
    )
    assert clocks.next_due(subject_id=case.subject_id) is None


def test_missed_duration_stops_growing_at_resolve(case, duty):
    """Chatwoot #15024: the missed duration grew for ever."""
    clock = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    clocks.stop(subject_id=case.subject_id, reason="solved", at=TUESDAY_NINE + 5 * HOUR)
    for later in (TUESDAY_NINE + 6 * HOUR, TUESDAY_NINE + timedelta(days=60)):
        assert now(clock).missed_by == HOUR
        (state,) = clocks.states([case.subject_id], later)[case.subject_id]
        assert (state.state, state.seconds_left) == (clocks.State.BREACHED, -3600)


def test_reopened_ticket_does_not_revive_a_finished_clock(case):
    """Chatwoot #15024, the other half."""
    clock = start(case, Metric.FIRST_REPLY, TUESDAY_NINE)
    own = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    clocks.meet(
        subject_id=case.subject_id,
        metrics=[Metric.FIRST_REPLY, Metric.RESOLVE_OWN],
        at=TUESDAY_NINE + HOUR / 2,
    )
    # In the same cycle it had its one clock; the new cycle has clocks of its own.
    assert start(case, Metric.FIRST_REPLY, TUESDAY_NINE + 2 * HOUR) is None
    next_cycle = replace(case, cycle=2)
    anew = start(next_cycle, Metric.RESOLVE_OWN, TUESDAY_NINE + 3 * HOUR)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.FIRST_REPLY], at=TUESDAY_NINE + 4 * HOUR)
    clocks.stop(subject_id=case.subject_id, reason="solved", at=TUESDAY_NINE + 5 * HOUR)
    clocks.replan(ticket_facts=next_cycle, at=TUESDAY_NINE + 6 * HOUR)
    assert now(clock).met_at == now(own).met_at == TUESDAY_NINE + HOUR / 2
    assert now(anew).stopped_at == TUESDAY_NINE + 5 * HOUR


def test_stop_of_some_leaves_the_others(case):
    start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    total = start(case, Metric.RESOLVE_TOTAL, TUESDAY_NINE)
    clocks.stop(
        subject_id=case.subject_id, reason="merged", at=TUESDAY_NINE + HOUR, metrics=[Metric.NEXT_REPLY]
    )
    assert list(Clock.objects.running()) == [total]


def test_policy_changed_mid_flight_counts_from_the_start(case):
    clock = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    ClockPolicy.objects.create(metric=Metric.NEXT_REPLY, priority="urgent", target_seconds=2 * 3600)
    clocks.replan(ticket_facts=replace(case, priority="urgent"), at=TUESDAY_NINE + HOUR)
    assert (now(clock).started_at, now(clock).due_at) == (TUESDAY_NINE, TUESDAY_NINE + 2 * HOUR)


def test_less_time_than_has_passed_is_late_from_the_change_on(case, duty):
    clock = start(case, Metric.NEXT_REPLY, TUESDAY_NINE)
    ClockPolicy.objects.create(metric=Metric.NEXT_REPLY, priority="urgent", target_seconds=600)
    changed_at = TUESDAY_NINE + 2 * HOUR
    clocks.replan(ticket_facts=replace(case, priority="urgent"), at=changed_at)
    assert clocks.sweep(at=changed_at + HOUR) == 1
    assert (now(clock).due_at, now(clock).breached_at) == (
        TUESDAY_NINE + timedelta(minutes=10),
        changed_at,
    )


def test_breach_is_not_planned_away(case, duty):
    clock = start(case, Metric.FIRST_REPLY, TUESDAY_NINE)
    ClockPolicy.objects.create(metric=Metric.FIRST_REPLY, priority="low", target_seconds=86_400)
    # Neither one that was noticed nor one that the sweep has not seen yet.
    clocks.replan(ticket_facts=replace(case, priority="low"), at=TUESDAY_NINE + 2 * HOUR)
    assert clocks.sweep(at=TUESDAY_NINE + 2 * HOUR) == 1
    clocks.replan(ticket_facts=replace(case, priority="low"), at=TUESDAY_NINE + 3 * HOUR)
    assert (now(clock).due_at, now(clock).breached_at) == (TUESDAY_NINE + HOUR, TUESDAY_NINE + HOUR)


def test_new_calendar_version_moves_running_clocks_only_when_planned_anew(case, hours):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    make.calendar(holidays=[moscow(2026, 3, 3).date()], at=TUESDAY_NINE + HOUR)
    assert now(clock).due_at == TUESDAY_NINE + 8 * HOUR
    clocks.replan(ticket_facts=case, at=TUESDAY_NINE + 2 * HOUR)
    assert now(clock).due_at == moscow(2026, 3, 4, 17)
    assert now(clock).calendar_version.number == 2


def test_new_calendar_version_leaves_history_alone(case, hours):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    clocks.meet(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], at=TUESDAY_NINE + 2 * HOUR)
    make.calendar(holidays=[moscow(2026, 3, 3).date()], at=TUESDAY_NINE + 3 * HOUR)
    clocks.replan(ticket_facts=case, at=TUESDAY_NINE + 4 * HOUR)
    (state,) = clocks.states([case.subject_id], TUESDAY_NINE + 5 * HOUR)[case.subject_id]
    assert (state.state, state.used_seconds) == (clocks.State.MET, 2 * 3600)
    assert now(clock).calendar_version.number == 1


def test_pause_and_new_calendar_together(case, hours):
    clock = start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    clocks.pause(
        subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], why="network", at=TUESDAY_NINE + HOUR
    )
    make.calendar(holidays=[moscow(2026, 3, 4).date()], at=TUESDAY_NINE + 2 * HOUR)
    clocks.replan(ticket_facts=case, at=TUESDAY_NINE + 2 * HOUR)
    assert now(clock).due_at is None
    clocks.resume(subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], at=moscow(2026, 3, 3, 16))
    # One hour on Tuesday morning, two in the afternoon, Wednesday is free, five on Thursday.
    assert now(clock).due_at == moscow(2026, 3, 5, 14)


def test_next_due_is_the_earliest_that_ticks(case):
    start(case, Metric.RESOLVE_OWN, TUESDAY_NINE)
    start(case, Metric.CUSTOMER_UPDATE, TUESDAY_NINE)
    start(case, Metric.RESOLVE_TOTAL, TUESDAY_NINE)
    assert clocks.next_due(subject_id=case.subject_id) == TUESDAY_NINE + 8 * HOUR
    clocks.pause(
        subject_id=case.subject_id, metrics=[Metric.RESOLVE_OWN], why="network", at=TUESDAY_NINE + HOUR
    )
    assert clocks.next_due(subject_id=case.subject_id) == TUESDAY_NINE + timedelta(days=14)


def test_calendar_that_never_opens_is_not_taken(hours):
    before = hours.versions.count()
    with pytest.raises(clocks.calendars.NeverOpen):
        clocks.new_calendar_version(
            calendar=hours, intervals={}, holidays=(), time_zone="Europe/Moscow", at=TUESDAY_NINE
        )
    assert hours.versions.count() == before


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", ""])
def test_unknown_zone_is_refused(hours, zone):
    from support.clocks.hours import UnknownZone

    with pytest.raises(UnknownZone):
        clocks.new_calendar_version(
            calendar=hours, intervals=make.WEEKDAYS, holidays=(), time_zone=zone, at=TUESDAY_NINE
        )


def test_default_calendar_is_made_once():
    first = clocks.make_default_calendar(at=TUESDAY_NINE)
    assert clocks.make_default_calendar(at=TUESDAY_NINE) == first
    assert first.versions.count() == 1
