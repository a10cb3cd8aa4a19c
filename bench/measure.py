"""How a bench compares: every repetition visits every variant once, so that drift hits all alike; only ratios count."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass
class Comparison:
    """Rates (or times) of named variants, and the ratios of one against others, paired within repetitions."""

    title: str
    unit: str
    rates: dict[str, list[float]] = field(default_factory=dict)
    goals: list[tuple[str, str, str, float]] = field(default_factory=list)
    # (p50, p99) in milliseconds of each repetition, where somebody waited for an answer.
    latencies: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def goal(self, variant: str, against: str, relation: str, limit: float) -> None:
        """`relation` is ">=" or "<=": what variant / against should be."""
        self.goals.append((variant, against, relation, limit))

    def ratios(self, variant: str, against: str) -> list[float]:
        pairs = zip(self.rates[variant], self.rates[against], strict=True)
        return [mine / theirs for mine, theirs in pairs]

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "rates": self.rates,
            "p50_p99_ms": self.latencies,
            "ratios": [
                {
                    "of": variant,
                    "against": against,
                    "median": round(median(self.ratios(variant, against)), 3),
                    "goal": f"{relation} {limit}",
                    "reached": self.is_reached(variant, against, relation, limit),
                }
                for variant, against, relation, limit in self.goals
            ],
        }

    def is_reached(self, variant: str, against: str, relation: str, limit: float) -> bool:
        ratio = median(self.ratios(variant, against))
        return ratio >= limit if relation == ">=" else ratio <= limit

    def lines(self) -> list[str]:
        found = [f"\n{self.title}"]
        found += [
            f"  {name:<34} {_spread(values)} {self.unit}{self._waited(name)}"
            for name, values in self.rates.items()
        ]
        for variant, against, relation, limit in self.goals:
            verdict = "reached" if self.is_reached(variant, against, relation, limit) else "MISSED"
            spread = _spread(self.ratios(variant, against), digits=2)
            found.append(f"  {variant} / {against}: {spread}   goal {relation} {limit}: {verdict}")
        return found

    def _waited(self, name: str) -> str:
        if name not in self.latencies:
            return ""
        p50, p99 = (median(each) for each in zip(*self.latencies[name], strict=True))
        return f", p50 {p50:.1f} ms, p99 {p99:.1f} ms"


def rotate(
    comparison: Comparison, variants: Mapping[str, Callable[[], float]], *, repetitions: int
) -> Comparison:
    """Measures A B C, A B C, …"""
    comparison.rates = {name: [] for name in variants}
    for _ in range(repetitions):
        for name, measure in variants.items():
            comparison.rates[name].append(measure())
    return comparison


def _spread(values: list[float], digits: int = 1) -> str:
    middle, low, high = median(values), min(values), max(values)
    return f"{middle:,.{digits}f} [{low:,.{digits}f} – {high:,.{digits}f}]"
