"""How an offer's best rate has moved over a year, reckoned from the versions of its rates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _

from cashback.lib import display
from offers.models import Rate
from offers.networks.base import RateKind

YEAR = timedelta(days=365)
# The drawing's own units; the style sheet scales it.
WIDTH, HEIGHT, _ROOM_ABOVE = 640, 120, 12


@dataclass(frozen=True, slots=True)
class Step:
    """From this day on the best rate was this; `reward` is the shopper's part of it."""

    since: date
    percent: Decimal
    reward: str


@dataclass(frozen=True, slots=True)
class History:
    """At least two steps, the earliest first."""

    steps: Sequence[Step]
    verdict: str
    line: str
    area: str

    @property
    def box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"

    @property
    def lowest(self) -> str:
        return min(self.steps, key=lambda step: step.percent).reward

    @property
    def highest(self) -> str:
        return max(self.steps, key=lambda step: step.percent).reward

    @property
    def latest_first(self) -> Sequence[Step]:
        return self.steps[::-1]


def history(rates: Iterable[Rate], *, share: Decimal, at: datetime) -> History | None:
    """None where the best rate has not changed as long as we know it. `rates` are those that were current at some
    time in the last year."""
    steps = [
        Step(since, percent, display.percent(percent * share / 100) if percent else "")
        for since, percent in _moves([rate for rate in rates if rate.kind == RateKind.PERCENT], at=at)
    ]
    if len(steps) < 2:
        return None
    line = _line(steps, today=at.date())
    return History(
        steps=steps,
        verdict=_verdict(steps, today=at.date()),
        line=line,
        area=f"{line}V{HEIGHT}H0Z",
    )


def _moves(rates: Sequence[Rate], *, at: datetime) -> list[tuple[date, Decimal]]:
    """Each day on which the best percentage became another, with it. A day's last word is the day's."""
    begin = (at - YEAR).date()
    days = {begin, at.date()}
    for rate in rates:
        days |= {day for day in (_first_day(rate), _end(rate)) if day is not None and begin < day < at.date()}
    moves: list[tuple[date, Decimal]] = []
    for day in sorted(days):
        best = _best(rates, day)
        if best is not None and (not moves or moves[-1][1] != best):
            moves.append((day, best))
    return moves


def _first_day(rate: Rate) -> date:
    return max(rate.seen_at.date(), rate.starts_on or date.min)


def _end(rate: Rate) -> date | None:
    """The first day on which the rate was no more."""
    return rate.replaced_at.date() if rate.replaced_at else None


def _best(rates: Sequence[Rate], day: date) -> Decimal | None:
    """The best of the rates in force: of two for one kind of order the later begun has replaced the other."""
    in_force: dict[tuple[str, str, int], Rate] = {}
    for rate in rates:
        end = _end(rate)
        if _first_day(rate) > day or (end is not None and end <= day):
            continue
        kind_of_order = (rate.name, rate.country, rate.min_order_minor)
        other = in_force.get(kind_of_order)
        if other is None or (rate.starts_on or date.min) >= (other.starts_on or date.min):
            in_force[kind_of_order] = rate
    return max((rate.value for rate in in_force.values()), default=None)


def _verdict(steps: Sequence[Step], *, today: date) -> str:
    now, usual = steps[-1], _usual(steps, today=today)
    if now.percent > usual.percent and now.percent == max(step.percent for step in steps):
        if today - steps[0].since >= YEAR - timedelta(days=15):
            return _("The highest in 12 months.")
        return _("The highest since %(day)s.") % {"day": display.day(steps[0].since)}
    if now.percent == usual.percent:
        return _("As it mostly was.")
    usually = {"reward": usual.reward or _("no cashback")}
    if now.percent < usual.percent:
        return _("Lower than usual: mostly it was %(reward)s.") % usually
    return _("Higher than usual: mostly it was %(reward)s.") % usually


def _usual(steps: Sequence[Step], *, today: date) -> Step:
    """The step whose rate was in force on most days."""
    days: dict[Decimal, int] = {}
    for step, end in zip(steps, [*(step.since for step in steps[1:]), today], strict=True):
        days[step.percent] = days.get(step.percent, 0) + (end - step.since).days
    return max(steps, key=lambda step: days[step.percent])


def _line(steps: Sequence[Step], *, today: date) -> str:
    """The steps as an SVG path, to scale from nought, so that a small change looks small."""
    first, highest = steps[0].since, max(step.percent for step in steps)
    length = max((today - first).days, 1)
    drawn = []
    for step in steps:
        x = round(WIDTH * (step.since - first).days / length)
        y = HEIGHT - round((HEIGHT - _ROOM_ABOVE) * step.percent / highest)
        drawn.append(f"H{x}V{y}" if drawn else f"M0 {y}")
    return "".join(drawn) + f"H{WIDTH}"
