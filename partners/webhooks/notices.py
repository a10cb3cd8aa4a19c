"""The letter that tells a partner that an endpoint of theirs has been switched off."""

import logging
from datetime import datetime

from partners.notices import services as letters
from partners.webhooks.models import WebhookEndpoint

logger = logging.getLogger(__name__)


def tell_switched_off(endpoint: WebhookEndpoint, *, at: datetime) -> None:
    """It goes to the endpoint's own contact, in the name of the partner's first storefront."""
    logger.warning("Webhook endpoint %s is switched off: %s", endpoint, endpoint.off_because)
    storefront = endpoint.partner.storefronts.filter(is_active=True).order_by("pk").first()
    if not endpoint.contact_email or storefront is None:
        return
    letters.post(
        storefront=storefront,
        to=endpoint.contact_email,
        language=storefront.locale,
        letter="webhook_switched_off",
        context={
            "url": endpoint.url,
            "endpoint": endpoint.public_id,
            "is_gone": endpoint.off_because == WebhookEndpoint.OffBecause.GONE,
        },
        at=at,
    )
