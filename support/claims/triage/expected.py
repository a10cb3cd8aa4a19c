"""What a click's promise makes of an order. Told only where the terms leave no choice; never guessed. Pure."""

from collections.abc import Iterable

from cashback.lib.money import percent_of
from support.claims.models import BoughtIn, PaidWith
from support.claims.triage.facts import Facts, RateSeen, Terms

# Parts of an order that cannot be told from its amount.
_HIDDEN_PARTS = {"vat", "delivery", "services"}


def cashback(facts: Facts) -> int | None:
    """In minor units of the storefront's currency; 0 where the goods earn nothing, None where it cannot be told."""
    terms, amount = facts.terms, facts.order_minor
    if amount is None or not terms.is_in_our_currency or not terms.shopper_percent:
        return None
    if _HIDDEN_PARTS & set(terms.deductions) or facts.paid_with != PaidWith.CARD:
        return None
    commissions = {_commission(rate, amount, terms) for rate in _candidates(facts)}
    if len(commissions) != 1 or None in commissions:
        return None
    commission = commissions.pop()
    assert commission is not None  # noqa: S101 - looked at above
    return percent_of(commission, terms.shopper_percent)


def named_rates(facts: Facts) -> list[RateSeen]:
    """The rates that the goods were named by, letter for letter."""
    goods = plain(facts.goods)
    return [rate for rate in facts.terms.rates if goods and plain(rate.name) == goods]


def plain(words: str) -> str:
    return " ".join(words.split()).casefold()


def _candidates(facts: Facts) -> list[RateSeen]:
    """Every rate that the order may have been paid by. Of one kind of goods that with the highest minimum reached."""
    named = named_rates(facts)
    fitting = [rate for rate in named or facts.terms.rates if _fits(rate, facts)]
    best: dict[tuple[str, str, str], RateSeen] = {}
    for rate in sorted(fitting, key=lambda rate: rate.min_order_minor):
        best[(rate.name, rate.country, rate.customer)] = rate
    return list(best.values())


def _fits(rate: RateSeen, facts: Facts) -> bool:
    coupon = "with" if facts.coupon_used else "without"
    channel = "app" if facts.bought_in == BoughtIn.APP else "web"
    return (
        rate.min_order_minor <= (facts.order_minor or 0)
        and rate.coupon in ("", coupon)
        and rate.channel in ("", channel)
    )


def _commission(rate: RateSeen, amount: int, terms: Terms) -> int | None:
    commission = rate.fixed_minor if rate.percent is None else percent_of(amount, rate.percent)
    if commission is None:
        return None
    return min(commission, terms.cap_minor) if terms.cap_minor else commission


def sold(amounts: Iterable[int | None]) -> int | None:
    """The sum, where every part is known."""
    parts = list(amounts)
    return None if None in parts or not parts else sum(part for part in parts if part is not None)
