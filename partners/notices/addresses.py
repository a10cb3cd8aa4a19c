"""Addresses of shoppers: how they are compared, hidden and refused."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.crypto import salted_hmac

from partners.models import Shopper, Storefront
from partners.notices.models import Suppression

_SALT = "partners.notices.address"


def hashed(address: str, *, storefront: Storefront) -> str:
    """The same for the same address in the same storefront, and of no use to anybody without our key."""
    return salted_hmac(_SALT, f"{storefront.pk}:{address.lower()}", algorithm="sha256").hexdigest()


def masked(address: str) -> str:
    """`a***@mail.example`"""
    name, _at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"


def is_valid(address: str) -> bool:
    try:
        validate_email(address)
    except ValidationError:
        return False
    return True


def takes_notices(shopper: Shopper) -> bool:
    """Whether there is a confirmed address, and nobody has asked us not to write there."""
    if not shopper.email or shopper.email_confirmed_at is None or shopper.erased_at is not None:
        return False
    return suppression(shopper) is None


def suppression(shopper: Shopper) -> Suppression | None:
    storefront = shopper.storefront
    return Suppression.objects.filter(
        storefront=storefront, address_hash=hashed(shopper.email, storefront=storefront)
    ).first()
