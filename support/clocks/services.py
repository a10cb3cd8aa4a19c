"""What can happen to a clock. Rooms above say when; what is due follows from the rows.

`due_at` is derived anew each time from start, calendar version, target and pauses, never added up. Who finishes a
clock exactly when it is due is in time.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from support.clocks import calendars
from support.clocks.hours import hours_of, make_default_calendar, new_calendar_version, version_at
from support.clocks.models import PAUSABLE, CalendarVersion, Clock, ClockPause, ClockPolicy, Metric
from support.clocks.policies import CaseFacts, make_default_policies, policy_for
from support.clocks.states import ClockState, State, states

__all__ = [
    "CaseFacts",
    "ClockState",
    "State",
    "make_default_calendar",
    "make_default_policies",
    "meet",
    "new_calendar_version",
    "next_due",
    "pause",
    "register_duty",
    "replan",
    "resume",
    "start",
    "states",
    "stop",
    "sweep",
]

Duty = Callable[[uuid.UUID, datetime], list[uuid.UUID]]
_duties: list[Duty] = []


def register_duty(duty: Duty) -> None:
    """A room above tells whose agents are on duty: `duty(team_id, at)` gives their ids."""
    if duty not in _duties:
        _duties.append(duty)


@transaction.atomic
def start(
    *, ticket_facts: CaseFacts, metric: Metric, at: datetime, at_most: int | None = None
) -> Clock | None:
    """The clock runs from `at`; one that runs already is returned unchanged, whatever was said since.

    None when nothing is promised for such a case (resolve_total runs always), or when this cycle has had the one
    clock of its kind: a finished clock is never revived. `at_most` is a target in seconds, from experience, that holds
    where it is tighter than the policy's.
    """
    facts = ticket_facts
    running = Clock.objects.running().of_subject(facts.subject_id, [metric])
    if (found := running.first()) is not None:
        return found
    policy = policy_for(metric, facts)
    if policy is None and metric != Metric.RESOLVE_TOTAL:
        return None
    version = _version(policy, facts, at)
    target = _target(policy, at_most)
    clock = Clock(
        partner_id=facts.partner_id,
        subject_id=facts.subject_id,
        metric=metric,
        cycle=facts.cycle,
        team_id=facts.team_id,
        policy=policy,
        calendar_version=version,
        target_seconds=target,
        at_most_seconds=at_most,
        started_at=at,
        planned_at=at,
        due_at=None if target is None else calendars.deadline(hours_of(version), at, target),
    )
    # Two who start it at once make one; and the database knows whether this cycle has had it.
    Clock.objects.bulk_create([clock], ignore_conflicts=True)
    return running.first()


@transaction.atomic
def pause(*, subject_id: uuid.UUID, metrics: Collection[Metric], why: str, at: datetime) -> None:
    """Those of the clocks that may stand still (our own time, and the way to the network) do so from `at`; the others
    never pause, whatever is asked. A second pause changes nothing."""
    for clock in _running(subject_id, set(metrics) & set(PAUSABLE)):
        pauses = list(clock.pauses.order_by("since"))
        if pauses and pauses[-1].until is None:
            continue
        pauses.append(ClockPause.objects.create(clock=clock, since=max(at, clock.started_at), why=why[:40]))
        _plan(clock, pauses)


@transaction.atomic
def resume(*, subject_id: uuid.UUID, metrics: Collection[Metric], at: datetime) -> None:
    """Paused clocks go on from `at`, with as much time left as they had."""
    for clock in _running(subject_id, metrics):
        pauses = list(clock.pauses.order_by("since"))
        if pauses and pauses[-1].until is None:
            _close(pauses[-1], at)
            _plan(clock, pauses)


@transaction.atomic
def meet(*, subject_id: uuid.UUID, metrics: Collection[Metric], at: datetime) -> None:
    """What was promised was done at `at`; later than due it is met, and breached as well."""
    for clock in _running(subject_id, metrics):
        clock.met_at = max(at, clock.started_at)
        _finish(clock, clock.met_at)


@transaction.atomic
def stop(
    *, subject_id: uuid.UUID, reason: str, at: datetime, metrics: Collection[Metric] | None = None
) -> None:
    """The promise no longer stands (all of them, without `metrics`); one that was overdue by then stays breached, by
    as much as it was."""
    for clock in _running(subject_id, metrics):
        clock.stopped_at, clock.stopped_reason = max(at, clock.started_at), reason[:40]
        _finish(clock, clock.stopped_at)


@transaction.atomic
def replan(*, ticket_facts: CaseFacts, at: datetime) -> None:
    """Running clocks follow the policy, the calendar and the team as they are now, counted from their start.

    What was breached stays so, with the due time that it missed. Who is given less time than has passed already is
    late from now, not from before the change.
    """
    for clock in _running(ticket_facts.subject_id):
        if clock.breached_at is not None or (clock.due_at is not None and clock.due_at < at):
            continue
        policy = policy_for(Metric(clock.metric), ticket_facts)
        clock.team_id = ticket_facts.team_id
        if policy is not None:
            clock.policy = policy
            clock.target_seconds = _target(policy, clock.at_most_seconds)
            clock.calendar_version = _version(policy, ticket_facts, at)
        clock.planned_at = at
        _plan(clock, list(clock.pauses.order_by("since")))


def next_due(*, subject_id: uuid.UUID) -> datetime | None:
    """The earliest due time of the clocks that tick, late ones too; None: nothing is due."""
    found: datetime | None = (
        Clock.objects.ticking().of_subject(subject_id).aggregate(earliest=Min("due_at"))["earliest"]
    )
    return found


@transaction.atomic
def sweep(*, at: datetime, limit: int = 500) -> int:
    """Clocks whose due time has passed unmet are breached, as of that time, with the agents who were on duty then.
    Tells how many; two sweeps at once share the work."""
    late = list(
        Clock.objects.running()
        .filter(due_at__lt=at, breached_at=None)
        .select_for_update(skip_locked=True)
        .order_by("due_at", "pk")[:limit]
    )
    _breach(late)
    Clock.objects.bulk_update(late, ["breached_at", "on_duty"])
    return len(late)


def _running(subject_id: uuid.UUID, metrics: Collection[Metric] | None = None) -> Iterable[Clock]:
    return (
        Clock.objects.running()
        .of_subject(subject_id, metrics)
        .select_related("calendar_version")
        .select_for_update(of=("self",))
        .order_by("pk")
    )


def _plan(clock: Clock, pauses: Sequence[ClockPause]) -> None:
    if clock.breached_at is None:
        clock.due_at = _due(clock, pauses)
    clock.save()


def _due(clock: Clock, pauses: Sequence[ClockPause]) -> datetime | None:
    if clock.target_seconds is None:
        return None
    return calendars.due(
        hours_of(clock.calendar_version),
        clock.started_at,
        timedelta(seconds=clock.target_seconds),
        [(pause.since, pause.until) for pause in pauses],
    )


def _finish(clock: Clock, at: datetime) -> None:
    """The clock has ended at `at`: no pause is open, what it took is written down, and whether it was late."""
    pauses = list(clock.pauses.order_by("since"))
    if pauses and pauses[-1].until is None:
        _close(pauses[-1], at)
        if clock.breached_at is None:
            clock.due_at = _due(clock, pauses)
    clock.worked_seconds = (
        calendars.used(
            hours_of(clock.calendar_version),
            clock.started_at,
            at,
            [(pause.since, pause.until) for pause in pauses],
        )
        // calendars.SECOND
    )
    if clock.breached_at is None and clock.due_at is not None and at > clock.due_at:
        _breach([clock])
    clock.save()


def _close(pause: ClockPause, at: datetime) -> None:
    pause.until = max(at, pause.since)
    pause.save(update_fields=["until"])


def _breach(clocks: Iterable[Clock]) -> None:
    known: dict[tuple[uuid.UUID, datetime], list[uuid.UUID]] = {}
    for clock in clocks:
        assert clock.due_at is not None  # noqa: S101 - a clock without a due time is never late
        # A plan that came when its time had passed already is missed from the plan on: nobody knew of it before.
        clock.breached_at = max(clock.due_at, clock.planned_at)
        if clock.team_id is not None:
            # Who was there is asked once a minute of a team: a thousand clocks need no thousand questions.
            key = clock.team_id, clock.breached_at.replace(second=0, microsecond=0)
            if key not in known:
                known[key] = sorted({agent for duty in _duties for agent in duty(*key)})
            clock.on_duty = known[key]


def _version(policy: ClockPolicy | None, facts: CaseFacts, at: datetime) -> CalendarVersion | None:
    return version_at(facts.calendar_id, at) if policy is not None and policy.in_hours else None


def _target(policy: ClockPolicy | None, at_most: int | None) -> int | None:
    if policy is None:
        return None
    return policy.target_seconds if at_most is None else min(policy.target_seconds, at_most)
