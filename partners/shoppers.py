"""Shoppers as their partner tells of them."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners import personal_data
from partners.models import Shopper, Storefront


class ShopperRefused(DomainError):
    """The shopper stays as they were."""

    code = "shopper_refused"


@transaction.atomic
def tell(
    *, storefront: Storefront, external_id: str, locale: str | None, email: str | None, at: datetime
) -> tuple[Shopper, bool]:
    """The partner's shopper exists and is as the partner says; whether they are new. What is None is left as it is. The
    partner's word for an address confirms it. Raises ShopperRefused."""
    shopper, is_new = Shopper.objects.select_for_update().get_or_create(
        partner_id=storefront.partner_id, storefront=storefront, external_id=external_id
    )
    _check_is_there(shopper)
    if locale is not None:
        shopper.locale = locale
    if email is not None and email != shopper.email:
        if shopper.signs_in_by_email:
            raise ShopperRefused(_("This shopper signs in with their address."), code="email_signs_in")
        shopper.email, shopper.email_confirmed_at = email, at if email else None
    shopper.save(update_fields=["locale", "email", "email_confirmed_at"])
    return shopper, is_new


def rename(*, shopper: Shopper, external_id: str) -> Shopper:
    """The partner calls the shopper by another id from now on; whatever is theirs stays theirs. Raises ShopperRefused
    where somebody is called so already, and for one whose account has been deleted meanwhile."""
    try:
        with transaction.atomic():
            locked = Shopper.objects.select_for_update().select_related("storefront").get(pk=shopper.pk)
            _check_is_there(locked)
            locked.external_id = external_id
            locked.save(update_fields=["external_id"])
            personal_data.rename_in_outbox(locked)
    except IntegrityError as error:
        raise ShopperRefused(_("Another shopper has this id."), code="shopper_exists") from error
    return locked


def _check_is_there(shopper: Shopper) -> None:
    if shopper.erased_at:
        raise ShopperRefused(_("This shopper's account has been deleted."), code="shopper_erased")
