"""Money is integer minor units and an ISO 4217 currency. Decimal lives only inside rate arithmetic."""

import re
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

from babel.core import get_global

# ISO 4217's minor units where they are not two (iso.org/iso-4217, table A.1).
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW"), 0),
    **dict.fromkeys(("PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
# Money that some territory accepts today, from CLDR: neither test codes nor metals nor the dead franc.
_CURRENCIES = frozenset(
    code
    for used in get_global("territory_currencies").values()
    for code, _since, until, is_tender in used
    if until is None and is_tender
)


# Decimal itself would read "1_990" and the digits of other scripts, which no network means.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


class InvalidMoney(ValueError):
    """An amount or a currency from outside that is not money."""


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (kopecks, cents) of `currency` (ISO 4217)."""

    minor: int
    currency: str

    def as_decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def as_json(self) -> dict[str, str]:
        """The outward form: `{"amount": "12.34", "currency": "RUB"}`."""
        return {"amount": f"{self.as_decimal():.{decimals(self.currency)}f}", "currency": self.currency}


def check_currency(code: object) -> str:
    """The ISO 4217 code, as given. Raises InvalidMoney when it is not one."""
    if not isinstance(code, str) or code not in _CURRENCIES:
        raise InvalidMoney(f"{code!r} is not an ISO 4217 currency.")
    return code


def decimals(currency: str) -> int:
    """How many decimals the currency has: 2 for RUB, 0 for JPY, 3 for KWD."""
    return _DECIMALS.get(currency, 2)


def to_minor(amount: object, currency: str) -> int:
    """A network's amount (str, int or Decimal, never float) in minor units; half a unit goes to the even one.

    Raises InvalidMoney for a float, for what is not a finite number, and for an amount beyond bigint.
    """
    if isinstance(amount, (bool, float)) or not isinstance(amount, (str, int, Decimal)):
        raise InvalidMoney(f"{amount!r} is not an exact amount.")
    if isinstance(amount, str) and not _NUMBER.fullmatch(amount.strip()):
        raise InvalidMoney(f"{amount!r:.100} is not an amount.")
    try:
        number = Decimal(amount.strip() if isinstance(amount, str) else amount)
        if not number.is_finite():
            raise InvalidMoney(f"{amount!r} is not a finite amount.")
        minor = number.scaleb(decimals(currency)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    except ArithmeticError as error:
        raise InvalidMoney(f"{amount!r} is not an amount.") from error
    if abs(minor) >= 2**63:
        raise InvalidMoney(f"{amount!r} is larger than any amount we keep.")
    return int(minor)


def percent_of(minor: int, percent: Decimal) -> int:
    """`percent` per cent of `minor`, rounded towards zero: what is cut off stays with the house."""
    return int((Decimal(minor) * percent / 100).quantize(Decimal(1), rounding=ROUND_DOWN))
