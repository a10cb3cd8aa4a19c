"""Addresses of the demo's shoppers, so that their news arrives in the sandbox's mail."""

from datetime import datetime, timedelta

from django.utils import timezone

from partners.models import Shopper, Storefront

# Carol has given none, so that her profile shows how that looks.
ADDRESSES = {"acorn": {"alice": "alice@mail.test"}, "birch": {"bob": "bob@mail.test"}}


def give_addresses(*, at: datetime | None = None) -> None:
    """Alice and Bob have confirmed an e-mail address; whatever they have changed since stays."""
    since = (at or timezone.now()) - timedelta(days=70)
    for slug, shoppers in ADDRESSES.items():
        storefront = Storefront.objects.get(slug=slug)
        for name, address in shoppers.items():
            Shopper.objects.get_or_create(
                partner_id=storefront.partner_id,
                storefront=storefront,
                external_id=name,
                defaults={
                    "email": address,
                    "email_confirmed_at": since,
                    "created_at": since,
                },
            )
