"""A partner without a developer: the whole integration is a link, and shoppers sign in by e-mail."""

from decimal import Decimal

from partners.models import Partner, Storefront

SLUG, NAME = "linden", "Linden Club"


def open_storefront() -> None:
    partner, _created = Partner.objects.get_or_create(slug=SLUG, defaults={"name": NAME})
    Storefront.objects.get_or_create(
        slug=SLUG,
        defaults={
            "partner": partner,
            "name": NAME,
            "currency": "USD",
            "locale": "en",
            "time_zone": "America/New_York",
            "shopper_percent": Decimal(60),
            "partner_percent": Decimal(15),
            "has_email_sign_in": True,
            "theme": {"brand": "#6b3fa0", "accent": "#a8410f", "radius": "16px"},
        },
    )
