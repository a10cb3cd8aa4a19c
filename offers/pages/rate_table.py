"""The kinds of orders that an offer pays for, as a shopper reads them: what each earns now, and from which day on
something else."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import F, Q

from cashback.lib.money import Money, to_minor
from offers import promises
from offers.models import Offer, Rate, RateFacts
from offers.networks.base import RateKind

# Per cent before fixed amounts, which say little without a basket; then by height.
_Worth = tuple[bool, Decimal]
_UNTOLD = RateFacts()


@dataclass(frozen=True, slots=True)
class RateLine:
    """One kind of order in the rate table: what it earns now ("" is nothing), and from which days on something else.

    `conditions` are in words: for new customers, with a coupon, in the app."""

    name: str
    limits: str
    conditions: Sequence[str]
    is_known_now: bool
    reward: str
    later: Sequence[tuple[date, str]]

    @property
    def earns_nothing(self) -> bool:
        return self.is_known_now and not self.reward


@dataclass(frozen=True, slots=True)
class RateGroup:
    """Lines under one heading. The heading is "" for those that nobody has put under one."""

    heading: str
    lines: Sequence[RateLine]


def rates_of(offer: Offer, *, since: datetime) -> list[Rate]:
    """Every rate that is current or was at some time after `since`, those of one kind of order in their order."""
    known = offer.rates.filter(Q(replaced_at=None) | Q(replaced_at__gt=since))
    return list(
        known.order_by("name", "country", "min_order_minor", F("starts_on").asc(nulls_first=True), "pk")
    )


def rate_table(
    rates: Iterable[Rate], *, share: Decimal, at: datetime, facts: Mapping[str, RateFacts]
) -> list[RateGroup]:
    """The current ones of these rates, as `rates_of` has them: under their headings, in each the lines that earn most
    first and those that earn nothing last. `facts` by the network's rate id.

    Of two rates for one kind of order the later begun has replaced the other; what begins later is told as such.
    """
    today, groups = at.date(), dict[str, list[tuple[_Worth, list[RateLine]]]]()
    current = [rate for rate in rates if rate.replaced_at is None]
    by_name = sorted(current, key=lambda rate: (_told(rate, facts).group, rate.name))
    for (heading, _name), alike in groupby(by_name, key=lambda rate: (_told(rate, facts).group, rate.name)):
        kinds = _kinds(alike, facts)
        kinds.sort(key=lambda versions: _worth(versions, today=today), reverse=True)
        lines = [
            _rate_line(
                versions, share=share, today=today, told=_told(versions[0], facts), is_only=len(kinds) == 1
            )
            for versions in kinds
        ]
        groups.setdefault(heading, []).append((_worth(kinds[0], today=today), lines))
    return _in_order(groups)


def _told(rate: Rate, facts: Mapping[str, RateFacts]) -> RateFacts:
    return facts.get(rate.external_id, _UNTOLD)


def _kinds(rates: Iterable[Rate], facts: Mapping[str, RateFacts]) -> list[list[Rate]]:
    """The versions of each kind of order, in the order of their first days."""
    kinds: dict[object, list[Rate]] = {}
    for rate in rates:
        kind = (rate.country, rate.min_order_minor, *_told(rate, facts).conditions)
        kinds.setdefault(kind, []).append(rate)
    return list(kinds.values())


def _in_order(groups: Mapping[str, list[tuple[_Worth, list[RateLine]]]]) -> list[RateGroup]:
    """The best heading first; what has none is the rest, and stands last."""
    for parts in groups.values():
        parts.sort(key=lambda part: part[0], reverse=True)
    headings = sorted(groups, key=lambda heading: (bool(heading), groups[heading][0][0]), reverse=True)
    return [
        RateGroup(heading, [line for _best, lines in groups[heading] for line in lines])
        for heading in headings
    ]


def _in_force(versions: list[Rate], *, today: date) -> Rate | None:
    """The last to have begun. `versions` are in the order of their first days."""
    begun = [rate for rate in versions if rate.starts_on is None or rate.starts_on <= today]
    return begun[-1] if begun else None


def _worth(versions: list[Rate], *, today: date) -> _Worth:
    now = _in_force(versions, today=today)
    return (
        (False, Decimal(-1)) if now is None else (now.kind == RateKind.PERCENT and now.value > 0, now.value)
    )


def _rate_line(
    versions: list[Rate], *, share: Decimal, today: date, told: RateFacts, is_only: bool
) -> RateLine:
    now, one = _in_force(versions, today=today), versions[0]
    later = [
        (rate.starts_on, _reward(rate, share))
        for rate in versions
        if rate.starts_on and rate.starts_on > today
    ]
    conditions = told.conditions
    return RateLine(
        # Under its heading a name need not repeat it, in whichever language the network names its rates.
        name=one.name.removeprefix(f"{told.group_ru}: ").removeprefix(f"{told.group_en}: "),
        limits=promises.limits(
            country_code=one.country,
            min_order=Money(one.min_order_minor, one.currency) if one.min_order_minor else None,
            is_only=is_only or bool(conditions),
        ),
        conditions=conditions,
        is_known_now=now is not None,
        reward=_reward(now, share) if now else "",
        later=later,
    )


def _reward(rate: Rate, share: Decimal) -> str:
    is_percent = rate.kind == RateKind.PERCENT
    return promises.reward(
        percent=rate.value if is_percent else None,
        fixed_minor=None if is_percent else to_minor(rate.value, rate.currency),
        currency=rate.currency,
        share=share,
    )
