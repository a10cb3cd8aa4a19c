"""The click-out: one durable SQL statement stores the click and returns what the redirect needs."""

import logging
import uuid
from dataclasses import dataclass

from cashback.lib import ids, sight, statements
from cashback.lib.errors import DomainError
from offers.networks.base import Unreadable
from offers.networks.registry import network_class
from transactions.click_out.tickets import Ticket

logger = logging.getLogger(__name__)

# Hot path, written for speed: look-up and insert in one round trip and one commit, past the ORM (five times slower).
# It always answers with one row, and `click_id` is null where nothing could be stored.
_STORE = """
WITH place AS (
    SELECT s.id AS storefront_id, s.partner_id, s.slug AS storefront_slug, s.currency, s.shopper_percent,
           s.partner_percent, s.credit_on, s.has_interstitial, h.id AS shopper_id, m.id AS merchant_id,
           m.slug AS merchant_slug
    FROM partners_storefront s
    JOIN partners_partner p ON p.id = s.partner_id AND p.is_active
    JOIN partners_shopper h ON h.id = %(shopper)s AND h.storefront_id = s.id AND h.erased_at IS NULL
    LEFT JOIN offers_merchant m ON m.id = %(merchant)s AND NOT m.is_hidden
    WHERE s.id = %(storefront)s AND s.is_active
), best AS (
    SELECT o.id AS offer_id, o.account_id, a.network, o.best_percent, o.best_fixed_minor, o.terms_digest,
           coalesce(c.tracking_url, o.tracking_url) AS tracking_url
    FROM place
    JOIN offers_offer o ON o.merchant_id = place.merchant_id AND o.currency = place.currency AND o.is_open
    JOIN networks_networkaccount a ON a.id = o.account_id AND a.is_active
    LEFT JOIN offers_coupon c ON c.id = %(coupon)s AND c.offer_id = o.id AND c.closed_at IS NULL
    ORDER BY c.id IS NULL, o.score DESC, o.id
    LIMIT 1
), click AS (
    INSERT INTO transactions_click (partner_id, storefront_id, shopper_id, merchant_id, offer_id, account_id,
        currency, shopper_percent, partner_percent, credit_on, best_percent, best_fixed_minor, terms_digest,
        user_agent)
    SELECT partner_id, storefront_id, shopper_id, merchant_id, offer_id, account_id,
        currency, shopper_percent, partner_percent, credit_on, best_percent, best_fixed_minor, terms_digest,
        %(user_agent)s
    FROM place, best
    RETURNING id
)
SELECT place.storefront_slug, place.merchant_slug, best.network, best.tracking_url, click.id,
       place.has_interstitial
FROM (SELECT) AS always
LEFT JOIN place ON true LEFT JOIN best ON true LEFT JOIN click ON true
"""


class ClickRefused(DomainError):
    """Nobody is sent anywhere. `storefront_slug` is "" when not even the storefront is known."""

    def __init__(
        self, message: str, *, code: str, storefront_slug: str = "", merchant_slug: str = ""
    ) -> None:
        super().__init__(message, code=code)
        self.storefront_slug = storefront_slug
        self.merchant_slug = merchant_slug


@dataclass(frozen=True, slots=True)
class Departure:
    """A stored click and where it leads; `has_interstitial` where the storefront shows a page on the way."""

    partner_id: uuid.UUID
    click_id: uuid.UUID
    address: str
    has_interstitial: bool


def depart(*, ticket: Ticket, user_agent: str, target_url: str = "") -> Departure:
    """The click is stored, for good, before anybody is sent anywhere: to `target_url` in the shop, where one is given.
    Raises ClickRefused."""
    with sight.of_partner(ticket.partner_id):
        row = statements.fetch_one(
            _STORE,
            {
                "storefront": ticket.storefront_id,
                "shopper": ticket.shopper_id,
                "merchant": ticket.merchant_id,
                "coupon": ticket.coupon_id,
                "user_agent": user_agent[:300].replace("\x00", ""),
            },
        )
    storefront, merchant, network, tracking_url, click_id, has_interstitial = row
    if storefront is None:
        raise ClickRefused("This storefront is closed.", code="storefront_closed")
    if merchant is None:
        raise ClickRefused("This shop is unknown.", code="merchant_unknown", storefront_slug=storefront)
    closed = ClickRefused(
        "This shop gives no cashback now.",
        code="merchant_closed",
        storefront_slug=storefront,
        merchant_slug=merchant,
    )
    if click_id is None:
        raise closed
    try:
        address = network_class(network).deeplink(
            tracking_url=tracking_url, click_ref=ids.suffix(click_id), target_url=target_url
        )
    except (Unreadable, ValueError) as error:
        logger.warning("The way to the shop %s is not a link: %s", merchant, error)
        raise closed from error
    return Departure(ticket.partner_id, click_id, address, has_interstitial=has_interstitial)
