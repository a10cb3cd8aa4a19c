"""What a shopper wants to hear, in which language, and how they say no to all of it."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction

from partners.models import Shopper
from partners.notices import addresses, services
from partners.notices.models import Preference, Suppression

SWITCHES = ("tracked", "confirmed", "changed", "terms")
_LANGUAGES = dict(settings.LANGUAGES)


def of(shopper: Shopper) -> Preference:
    """What they chose; where they have not chosen, everything."""
    found = Preference.objects.filter(shopper=shopper).first()
    return found or Preference(partner_id=shopper.partner_id, shopper=shopper)


def language_of(shopper: Shopper) -> str:
    """What they chose here, else what the partner said of them, else the storefront's own."""
    wishes = (shopper.chosen_locale, shopper.locale)
    return next((wish for wish in wishes if wish in _LANGUAGES), shopper.storefront.locale)


@transaction.atomic
def choose(*, shopper: Shopper, switches: Mapping[str, bool]) -> None:
    """The shopper gets these kinds of notice and no others. Who switches any on is subscribed again."""
    chosen = {name: bool(switches.get(name)) for name in SWITCHES}
    Preference.objects.update_or_create(
        shopper=shopper, defaults={**chosen, "partner_id": shopper.partner_id}
    )
    if any(chosen.values()) and shopper.email:
        Suppression.objects.filter(
            storefront=shopper.storefront,
            address_hash=addresses.hashed(shopper.email, storefront=shopper.storefront),
            reason=Suppression.Reason.UNSUBSCRIBED,
        ).delete()


@transaction.atomic
def unsubscribe(*, shopper: Shopper, at: datetime) -> None:
    """No notice goes to the shopper's address any more; codes to sign in with still do. As often as asked."""
    if shopper.email:
        services.suppress(
            storefront=shopper.storefront,
            address_hash=addresses.hashed(shopper.email, storefront=shopper.storefront),
            reason=Suppression.Reason.UNSUBSCRIBED,
            at=at,
        )
