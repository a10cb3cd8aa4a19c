"""Who may use a storefront while it is on trial, as staff list them."""

from collections.abc import Iterable

from django.db import transaction

from partners.models import PilotShopper, Storefront


@transaction.atomic
def write(*, storefront: Storefront, names: Iterable[str]) -> None:
    """Exactly these are listed, however their letters are written."""
    wanted = {name.strip().lower() for name in names} - {""}
    storefront.pilot_shoppers.exclude(name__in=wanted).delete()
    PilotShopper.objects.bulk_create(
        [
            PilotShopper(partner_id=storefront.partner_id, storefront=storefront, name=name)
            for name in sorted(wanted)
        ],
        ignore_conflicts=True,
    )


def read(storefront: Storefront) -> list[str]:
    return list(storefront.pilot_shoppers.order_by("name").values_list("name", flat=True))
