"""Two shoppers of a partner who are one person: what was the one's is the other's from now on.

Rooms hand over their part as they erase it (`personal_data.Keeper`). The row of who is gone stays, empty, for the books
and for what was under way: that is brought along later, with the stragglers of erasures. See docs/adr/0007.
"""

import secrets
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from partners import personal_data
from partners.models import Shopper
from partners.shoppers import ShopperRefused


@transaction.atomic
def merge(*, gone: Shopper, into: Shopper, at: datetime) -> Shopper:
    """`into` has all that was theirs and that was `gone`'s: trips, purchases, money, claims. Nobody is called by the
    other name any more. Raises ShopperRefused."""
    gone, into = _lock(gone, into)
    if gone == into:
        raise ShopperRefused(_("These are the same shopper."), code="shopper_same")
    if gone.storefront_id != into.storefront_id:
        raise ShopperRefused(_("These shoppers are of two storefronts."), code="shopper_elsewhere")
    if gone.erased_at or into.erased_at:
        raise ShopperRefused(_("This shopper's account has been deleted."), code="shopper_erased")
    for keeper in personal_data.keepers():
        keeper.part_with(gone, into)
    _hand_over_themselves(gone, into, at=at)
    bring_along(gone, into, at=at)
    return into


def bring_along(gone: Shopper, into: Shopper, *, at: datetime) -> None:
    """What there is of `gone`, be it from before the merge or from just after it, is `into`'s."""
    for keeper in personal_data.keepers():
        keeper.merge(gone, into, at)
    personal_data.rename_in_outbox(into)


def _lock(*shoppers: Shopper) -> list[Shopper]:
    """In one order, whichever is merged into which."""
    rows = Shopper.objects.select_for_update(of=("self",)).select_related("storefront").order_by("pk")
    found = {row.pk: row for row in rows.filter(pk__in=[shopper.pk for shopper in shoppers])}
    return [found[shopper.pk] for shopper in shoppers]


def _hand_over_themselves(gone: Shopper, into: Shopper, *, at: datetime) -> None:
    """What `into` has said of themselves counts; what they have not is as `gone` said it."""
    takes_address = not into.email or (gone.signs_in_by_email and not into.signs_in_by_email)
    address = (gone.email, gone.email_confirmed_at, gone.signs_in_by_email)
    into.locale = into.locale or gone.locale
    into.chosen_locale = into.chosen_locale or gone.chosen_locale
    into.last_seen_at = max(filter(None, (into.last_seen_at, gone.last_seen_at)), default=None)
    gone.external_id, gone.merged_into, gone.erased_at = f"merged-{secrets.token_hex(10)}", into, at
    gone.email, gone.email_confirmed_at, gone.signs_in_by_email = "", None, False
    gone.locale, gone.chosen_locale, gone.last_seen_at = "", "", None
    gone.save()  # first: an address signs in one shopper only
    if takes_address and address[0]:
        into.email, into.email_confirmed_at, into.signs_in_by_email = address
    into.save()
