"""Which shops a storefront shows: what its rules allow, less what they deny, and only what is delivered where it sells.

One condition holds everywhere that a shopper could meet a shop: lists, search, coupons, a shop's own page, favourites.
A link out is given by these pages alone and lives for half an hour (transactions.click_out.tickets): so long, at most,
can a shop that was just left out still be reached. The click-out itself asks no rules: it is the hot path.
"""

import re
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from partners.models import Storefront

_NAMED = """
    SELECT r.merchant_id FROM offers_cataloguerule r
    WHERE r.storefront_id = %(storefront)s AND r.kind = '{kind}' AND r.merchant_id IS NOT NULL
    UNION ALL
    SELECT mc.merchant_id FROM offers_cataloguerule r
    JOIN offers_merchant_categories mc ON mc.category_id = r.category_id
    WHERE r.storefront_id = %(storefront)s AND r.kind = '{kind}'"""
# Of a query in which offers_offer is the offer that a click would use.
_NOT_DENIED_AND_DELIVERED = f"""offers_offer.merchant_id NOT IN ({_NAMED.format(kind="deny")})
    AND (cardinality(%(ships_to)s::text[]) = 0 OR cardinality(offers_offer.countries) = 0
         OR offers_offer.countries::text[] && %(ships_to)s::text[])"""
SHOWN = f"""(
    (NOT EXISTS (SELECT FROM offers_cataloguerule r WHERE r.storefront_id = %(storefront)s AND r.kind = 'allow')
     OR offers_offer.merchant_id IN ({_NAMED.format(kind="allow")}))
    AND {_NOT_DENIED_AND_DELIVERED}
)"""
_PLACEHOLDER = re.compile(r"%\((\w+)\)s")

_EDITION = """
SELECT coalesce((SELECT number FROM offers_catalogueversion WHERE storefront_id = %(storefront)s), 0),
       (SELECT coalesce(hashtextextended(string_agg(id::text, ',' ORDER BY id), 0), 0)
        FROM networks_networkaccount WHERE is_active),
       ARRAY(SELECT merchant_id FROM offers_cataloguerule
             WHERE storefront_id = %(storefront)s AND kind = 'pin' ORDER BY position, id)
"""
_TURN = """
INSERT INTO offers_catalogueversion (storefront_id, partner_id, number)
SELECT id, partner_id, 1 FROM partners_storefront
WHERE %(storefront)s::uuid IS NULL OR id = %(storefront)s::uuid ORDER BY id
ON CONFLICT (storefront_id) DO UPDATE SET number = offers_catalogueversion.number + 1
"""


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of a storefront's shelves: whatever was made of them is good as long as `key` is the same."""

    key: str
    pins: tuple[uuid.UUID, ...]


def parameters(storefront: Storefront) -> dict[str, Any]:
    """What SHOWN asks for."""
    return {"storefront": storefront.pk, "ships_to": list(storefront.ships_to)}


def shown(storefront: Storefront) -> RawSQL:
    """SHOWN as a condition for a queryset of offers, or one that has joined them once."""
    return _condition(SHOWN, storefront)


def would_be_shown(storefront: Storefront) -> RawSQL:
    """The same, were everything allowed."""
    return _condition(_NOT_DENIED_AND_DELIVERED, storefront)


def _condition(statement: str, storefront: Storefront) -> RawSQL:
    values, given = parameters(storefront), []

    def positional(found: re.Match[str]) -> str:
        given.append(values[found[1]])
        return "%s"

    return RawSQL(_PLACEHOLDER.sub(positional, statement), given, output_field=BooleanField())  # noqa: S611


def edition(storefront: Storefront) -> Edition:
    """Read before the shelves are: what is then read may be newer than its key says, and never older.

    A network account that is switched on or off changes the shelves too, from a room below this one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_EDITION, {"storefront": storefront.pk})
        number, accounts, pins = cursor.fetchone()
    facts = (storefront.currency, storefront.shopper_percent.normalize(), *storefront.ships_to)
    return Edition(f"{storefront.pk.hex}.{number}.{accounts}.{'-'.join(map(str, facts))}", tuple(pins))


def turn(storefront: Storefront | None = None) -> None:
    """The shelves of the storefront, or of all, may have changed: nothing rendered of older ones is shown again.

    Called last in the transaction that changes them, for it holds up whoever turns them next.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TURN, {"storefront": storefront.pk if storefront else None})
