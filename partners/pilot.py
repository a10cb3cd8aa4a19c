"""A storefront on trial: before it is opened, only the listed shoppers may use it."""

from partners.models import Shopper, Storefront


def may_enter(storefront: Storefront, name: str) -> bool:
    """Whether this one may sign on: by the partner's own shopper id or by an e-mail, however it is written."""
    if not storefront.is_pilot:
        return True
    return storefront.pilot_shoppers.filter(name=name.strip().lower()).exists()


def may_shop(storefront: Storefront, shopper: Shopper) -> bool:
    """The same of somebody who has signed on already, by whichever of their names is listed."""
    if not storefront.is_pilot:
        return True
    names = {shopper.external_id.lower(), shopper.email.lower()} - {""}
    return storefront.pilot_shoppers.filter(name__in=names).exists()
