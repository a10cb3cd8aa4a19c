"""Money, rates and times as a shopper reads them, in the language that is active."""

from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import format_currency, format_percent, get_currency_symbol
from django.utils.timezone import is_aware, localtime
from django.utils.translation import get_language

from cashback.lib.money import Money, decimals

# A rate is shown with two decimals; one that they would hide, with as many as its row can hold.
_FINENESS = (Decimal("0.01"), Decimal("0.00000001"))


def money(amount: Money) -> str:
    """`1 234,50 ₽`, `$1,234.50`: every decimal that the currency has."""
    return _money(amount, decimals(amount.currency), get_language())


def round_money(amount: Money) -> str:
    """`350 ₽`: a promise, without decimals when they are all zero."""
    digits = decimals(amount.currency)
    return _money(amount, 0 if amount.minor % 10**digits == 0 else digits, get_language())


def percent(value: Decimal) -> str:
    """`3,5 %`, `3.5%`: cut off, never rounded up, for it is a promise."""
    return _percent(value, get_language())


def day(moment: date | datetime) -> str:
    """`12 мая 2026 г.`, `May 12, 2026`: the day in the time zone that is active, on one line like an amount."""
    if isinstance(moment, datetime) and is_aware(moment):
        moment = localtime(moment)
    return format_date(moment, "medium", locale=get_language()).replace(" ", "\N{NO-BREAK SPACE}")


def ago(moment: datetime, *, at: datetime) -> str:
    """`3 часа назад` within a day, where nobody has to know the server's time zone; the day after that."""
    passed = at - moment.astimezone(UTC)
    return (
        format_timedelta(-passed, add_direction=True, locale=get_language())
        if passed.days < 1
        else day(moment)
    )


@lru_cache(maxsize=4096)
def _money(amount: Money, digits: int, language: str) -> str:
    pattern = Locale.parse(language).currency_formats["standard"].pattern
    pattern = pattern.replace(".00", "." + "0" * digits if digits else "")
    # CLDR sets a lettered symbol apart from its number ("RUB 350"); Babel does not.
    if pattern.startswith("¤") and get_currency_symbol(amount.currency, language)[-1].isalpha():
        pattern = pattern.replace("¤", "¤\N{NO-BREAK SPACE}")
    return format_currency(
        amount.as_decimal(), amount.currency, format=pattern, locale=language, currency_digits=False
    )


@lru_cache(maxsize=4096)
def _percent(value: Decimal, language: str) -> str:
    fineness = _FINENESS[0 if value >= _FINENESS[0] else 1]
    pattern = Locale.parse(language).percent_formats[None].pattern
    return format_percent(
        value.quantize(fineness, rounding=ROUND_DOWN) / 100,
        format=pattern.replace("0", "0." + "#" * -int(fineness.as_tuple().exponent)),
        locale=language,
    )
