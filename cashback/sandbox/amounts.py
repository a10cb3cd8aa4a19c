"""Amounts as people and programs write them, to minor units."""

from decimal import Decimal, InvalidOperation

LARGEST = Decimal(1_000_000_000)


def to_minor(value: object) -> int:
    """1990, 1990.5, "1990.00" or "1 990,00" in minor units; ValueError says what is wrong with others."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("an amount is a number or a text like 1990.00")
    try:
        amount = Decimal(str(value).replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", "."))
    except InvalidOperation as problem:
        raise ValueError("an amount looks like 1990.00") from problem
    if not amount.is_finite() or not 0 <= amount <= LARGEST:
        raise ValueError(f"an amount is between 0 and {LARGEST:,}")
    minor = amount * 100
    if minor != minor.to_integral_value():
        raise ValueError("an amount has at most two decimals")
    return int(minor)
