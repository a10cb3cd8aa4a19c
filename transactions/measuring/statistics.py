"""What a partner's clicks and orders come to, by day, by shop or by storefront; each currency for itself."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from cashback.lib import ids
from cashback.lib.money import Money
from partners.models import Partner, Storefront

# A click is found by its month, which its id tells; the clocks of two servers differ by less.
_CLOCKS_DIFFER = timedelta(hours=1)
_STATISTICS = """
WITH clicked AS (
    SELECT {click_key} AS key, currency, count(*) AS clicks
    FROM transactions_click
    WHERE partner_id = %(partner)s AND id >= %(first_id)s AND created_at >= %(since)s AND created_at < %(until)s
      AND (%(storefront)s::uuid IS NULL OR storefront_id = %(storefront)s::uuid)
    GROUP BY 1, 2
), sold AS (
    SELECT {sale_key} AS key, currency, count(*) AS orders,
           count(*) FILTER (WHERE status = 'pending') AS pending,
           count(*) FILTER (WHERE status = 'approved') AS approved,
           count(*) FILTER (WHERE status = 'declined') AS declined,
           sum(sale_minor) FILTER (WHERE status <> 'declined') AS sales,
           sum(cashback_minor) FILTER (WHERE status <> 'declined') AS cashback,
           sum(partner_minor) FILTER (WHERE status = 'approved') AS income,
           sum(partner_minor) FILTER (WHERE status = 'pending') AS expected
    FROM transactions_transaction
    WHERE partner_id = %(partner)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
      AND (%(storefront)s::uuid IS NULL OR storefront_id = %(storefront)s::uuid)
    GROUP BY 1, 2
)
SELECT told.key, told.currency, coalesce(clicks, 0), coalesce(orders, 0), coalesce(pending, 0), coalesce(approved, 0),
       coalesce(declined, 0), coalesce(sales, 0), coalesce(cashback, 0), coalesce(income, 0), coalesce(expected, 0),
       m.name, s.slug
FROM (clicked FULL JOIN sold USING (key, currency)) AS told
LEFT JOIN offers_merchant m ON m.id::text = told.key
LEFT JOIN partners_storefront s ON s.id::text = told.key
ORDER BY told.key, told.currency
"""


class By(StrEnum):
    DAY = "day"
    MERCHANT = "merchant"
    STOREFRONT = "storefront"


_KEYS = {
    By.DAY: (
        "(created_at AT TIME ZONE %(zone)s)::date::text",
        "(occurred_at AT TIME ZONE %(zone)s)::date::text",
    ),
    By.MERCHANT: ("merchant_id::text", "merchant_id::text"),
    By.STOREFRONT: ("storefront_id::text", "storefront_id::text"),
}


@dataclass(slots=True)
class Figures:
    """Orders are counted on the day of the purchase, whatever became of them since; sums are in minor units."""

    clicks: int = 0
    orders: int = 0
    pending: int = 0
    approved: int = 0
    declined: int = 0
    sales: int = 0
    cashback: int = 0
    income: int = 0
    expected: int = 0

    def add(self, other: "Figures") -> None:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def as_json(self, currency: str) -> dict[str, Any]:
        def money(minor: int) -> dict[str, str]:
            return Money(minor, currency).as_json()

        earned = self.income + self.expected
        return {
            "currency": currency,
            "clicks": self.clicks,
            "orders": self.orders,
            "pending": self.pending,
            "approved": self.approved,
            "declined": self.declined,
            "conversion": _percent(self.orders, self.clicks),
            "approval": _percent(self.approved, self.approved + self.declined),
            "epc": money(earned // self.clicks) if self.clicks else None,
            "sales": money(self.sales),
            "cashback": money(self.cashback),
            "income": money(self.income),
            "expected_income": money(self.expected),
        }


def statistics(
    partner: Partner, *, by: By, first: date, last: date, storefront: Storefront | None = None
) -> dict[str, Any]:
    """From the first day to the last; the days are the storefront's, where one is named, else those of UTC."""
    zone = storefront.time_zone if storefront else "UTC"
    lines = list(_lines(partner, by, first=first, last=last, zone=zone, storefront=storefront))
    totals: dict[str, Figures] = defaultdict(Figures)
    for _about, currency, figures in lines:
        totals[currency].add(figures)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "time_zone": zone,
        "data": [{**about, **figures.as_json(currency)} for about, currency, figures in lines],
        "totals": [totals[currency].as_json(currency) for currency in sorted(totals)],
        "next_cursor": None,
    }


def _lines(
    partner: Partner, by: By, *, first: date, last: date, zone: str, storefront: Storefront | None
) -> Iterable[tuple[dict[str, Any], str, Figures]]:
    since, until = _midnight(first, zone), _midnight(last + timedelta(days=1), zone)
    click_key, sale_key = _KEYS[by]
    asked = {
        "partner": partner.pk,
        "storefront": storefront.pk if storefront else None,
        "first_id": ids.first_id(since - _CLOCKS_DIFFER),
        "since": since,
        "until": until,
        "zone": zone,
    }
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS.format(click_key=click_key, sale_key=sale_key), asked)
        for key, currency, *sums, merchant_name, slug in cursor.fetchall():
            yield _about(by, key, merchant_name, slug), currency, Figures(*(int(each) for each in sums))


def _about(by: By, key: str, merchant_name: str | None, slug: str | None) -> dict[str, Any]:
    if by is By.MERCHANT:
        return {"merchant": ids.public("mrc", uuid.UUID(key)), "merchant_name": merchant_name}
    return {"storefront": slug} if by is By.STOREFRONT else {"day": key}


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone))


def _percent(part: int, whole: int) -> str | None:
    """With two decimals, cut off; None of nothing."""
    if not whole:
        return None
    return str((Decimal(100 * part) / whole).quantize(Decimal("0.01"), rounding=ROUND_DOWN))
