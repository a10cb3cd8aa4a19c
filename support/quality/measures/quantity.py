"""How much an agent closed, with a hard category counting for more than an easy one."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from support.quality.measures import cycles
from support.quality.measures.scope import Scope

# Of fewer, the median says more of one bad day than of the category.
LEAST_FOR_A_WEIGHT = 5
PLAIN = Decimal(1)
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Quantity:
    """`closed` stayed closed; `taken_back` came back within 72 hours and counts for nobody. `weighted` is the sum of
    the closed ones' weights, to the hundredth."""

    closed: int
    taken_back: int
    weighted: Decimal
    by_category: Mapping[str, int]


NOTHING = Quantity(0, 0, Decimal("0.00"), {})


def weights(scope: Scope) -> Mapping[str, Decimal]:
    """By category: its median handling time ÷ that of all, over the whole house, so that one agent's, team's or
    partner's figures are weighed like every other's. A category closed fewer than five times weighs 1."""
    found = {each.category: each for each in cycles.handling(scope)}
    overall = found.pop("", None)
    if overall is None or not overall.median_seconds:
        return {category: PLAIN for category in found}
    return {
        category: _hundredths(Decimal(each.median_seconds) / Decimal(overall.median_seconds))
        if each.cycles >= LEAST_FOR_A_WEIGHT
        else PLAIN
        for category, each in found.items()
    }


def quantity(scope: Scope, *, weighed: Mapping[str, Decimal] | None = None) -> Mapping[uuid.UUID, Quantity]:
    """By agent. `weighed` are the period's weights, where they are known already."""
    weighed = weights(scope) if weighed is None else weighed
    by_agent: dict[uuid.UUID, list[cycles.Tally]] = {}
    for line in cycles.tally(scope):
        by_agent.setdefault(line.agent_id, []).append(line)
    return {agent: _sum(lines, weighed) for agent, lines in by_agent.items()}


def total(by_agent: Mapping[uuid.UUID, Quantity]) -> Quantity:
    """Of all together."""
    categories: dict[str, int] = {}
    for each in by_agent.values():
        for category, closed in each.by_category.items():
            categories[category] = categories.get(category, 0) + closed
    return Quantity(
        closed=sum(each.closed for each in by_agent.values()),
        taken_back=sum(each.taken_back for each in by_agent.values()),
        weighted=sum((each.weighted for each in by_agent.values()), Decimal("0.00")),
        by_category=categories,
    )


def _sum(lines: list[cycles.Tally], weighed: Mapping[str, Decimal]) -> Quantity:
    worth = sum((line.kept * weighed.get(line.category, PLAIN) for line in lines), Decimal(0))
    return Quantity(
        closed=sum(line.kept for line in lines),
        taken_back=sum(line.taken_back for line in lines),
        weighted=_hundredths(worth),
        by_category={line.category: line.kept for line in lines if line.kept},
    )


def _hundredths(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)
