"""What a shopper is promised: a reward and two times, as text in the language that is active."""

from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.units import format_unit
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cashback.lib import display
from cashback.lib.money import Money, percent_of

# Networks report an order within hours; the slowest of those we know lag half an hour behind the shop's own report,
# which some shops send once a day.
TRACKS_WITHIN = timedelta(hours=24)


def reward(*, percent: Decimal | None, fixed_minor: int | None, currency: str, share: Decimal) -> str:
    """`3,5 %`, `350 ₽`, or "" for nothing: the shopper's part (`share` per cent) of what the network pays."""
    return _reward(percent, fixed_minor, currency, share, get_language())


@lru_cache(maxsize=4096)
def _reward(
    percent: Decimal | None, fixed_minor: int | None, currency: str, share: Decimal, _language: str
) -> str:
    if percent:
        return display.percent(percent * share / 100)
    if fixed_minor:
        return display.round_money(Money(percent_of(fixed_minor, share), currency))
    return ""


def confirms_within(*, hold_days: int | None, max_hold_days: int | None) -> str:
    """`30 дней`, `30–60 дней`, or "" where the network does not say."""
    usual, longest = hold_days or max_hold_days, max_hold_days or hold_days
    if not usual or not longest:
        return ""
    return _days(usual, max(usual, longest), get_language())


@lru_cache(maxsize=1024)
def _days(usual: int, longest: int, language: str) -> str:
    text = format_unit(longest, "duration-day", length="long", locale=language)
    return text if usual == longest else f"{usual}\N{EN DASH}{text}"


def country(code: str) -> str:
    """The country's name, or its code where CLDR knows no name."""
    return Locale.parse(get_language()).territories.get(code, code)


def limits(*, country_code: str, min_order: Money | None, is_only: bool) -> str:
    """Which orders of its kind a rate is for; "" where it is the only one and for all of them."""
    parts = []
    if country_code:
        parts.append(_("orders from %(country)s") % {"country": country(country_code)})
    if min_order:
        parts.append(_("orders from %(amount)s up") % {"amount": display.round_money(min_order)})
    if not parts and not is_only:
        return _("all other orders")
    return ", ".join(parts)
