"""What a shopper is promised: a reward and two times, as text in the language that is active."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.units import format_unit
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cashback.lib import display
from cashback.lib.money import Money, percent_of
from offers.measured import ENOUGH
from offers.models import Offer, OfferMeasured

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
    if percent and share:
        return display.percent(percent * share / 100)
    if fixed_minor and (part := percent_of(fixed_minor, share)):
        return display.round_money(Money(part, currency))
    return ""


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure and who vouches for it; `text` is "" where nobody has said. Of a measured range the first figure is for
    half of the purchases, the second for nine of ten."""

    text: str
    said_by: str = ""
    is_measured: bool = False


def tracks(measured: OfferMeasured | None) -> Promise:
    """How soon a purchase appears: `3–8 часов` as measured, else `24 часа` as networks have it."""
    if measured and measured.tracked >= ENOUGH:
        return _measured(measured.tracks_half, measured.tracks_most, count=measured.tracked)
    hours = round(TRACKS_WITHIN.total_seconds() / 3600)
    return Promise(_span("hour", hours, hours, get_language()), _("as networks usually report"))


def confirms(offer: Offer, measured: OfferMeasured | None) -> Promise:
    """How soon the shop decides, as measured or else as the shop says."""
    if measured and measured.confirmed >= ENOUGH:
        return _measured(measured.confirms_half, measured.confirms_most, count=measured.confirmed)
    told = confirms_within(hold_days=offer.hold_days, max_hold_days=offer.max_hold_days)
    return Promise(told, _("says the shop")) if told else Promise("")


def approval(offer: Offer, measured: OfferMeasured | None) -> Promise:
    """How many of a hundred decided purchases are confirmed: ours where they are enough, else the network's figure."""
    decided = measured.approved + measured.declined if measured else 0
    if measured and decided >= ENOUGH:
        share = Decimal(100 * measured.approved // decided)
        return Promise(display.percent(share), _measured_on(decided), is_measured=True)
    if offer.approval_rate is None or not 0 <= offer.approval_rate <= 100:
        return Promise("")
    return Promise(display.percent(Decimal(int(offer.approval_rate))), _("says the network"))


def _measured(half: timedelta, most: timedelta, *, count: int) -> Promise:
    unit, length = next(
        (unit, length) for unit, length, longest in _UNITS if longest is None or most < longest
    )
    usual, longest = (max(1, -(-time // length)) for time in (half, most))
    return Promise(_span(unit, usual, longest, get_language()), _measured_on(count), is_measured=True)


# Rounded up to whole ones: a promise is rather kept too soon than too late.
_UNITS = (
    ("minute", timedelta(minutes=1), timedelta(minutes=90)),
    ("hour", timedelta(hours=1), timedelta(hours=48)),
    ("day", timedelta(days=1), None),
)


def _measured_on(count: int) -> str:
    return ngettext("measured on %(count)s purchase", "measured on %(count)s purchases", count) % {
        "count": count
    }


def confirms_within(*, hold_days: int | None, max_hold_days: int | None) -> str:
    """`30 дней`, `30–60 дней`, or "" where the network does not say."""
    usual, longest = hold_days or max_hold_days, max_hold_days or hold_days
    if not usual or not longest:
        return ""
    return _span("day", usual, max(usual, longest), get_language())


@lru_cache(maxsize=1024)
def _span(unit: str, usual: int, longest: int, language: str) -> str:
    text = format_unit(longest, f"duration-{unit}", length="long", locale=language)
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
