"""What a network granted on an inquiry of ours: a floor under the purchase that the inquiry was about.

Some networks honour an inquiry without a row in their report. Then the purchase is ours alone, under an id made of our
reference, until the network's own row of the same order turns up and takes it over; else one order would be paid twice.
"""

import uuid

from offers.models import Offer
from offers.networks.base import Sale
from offers.networks.models import NetworkAccount
from transactions.models import Source, Status, Transaction
from transactions.recording import orders

# 4 letters and a reference of at most 60 fill the column. No network's own id looks like this.
_OURS = "inq:"


def own_id(reference: str) -> str:
    """The id of a purchase that only our inquiry vouches for."""
    return f"{_OURS}{reference}"


def awaits_its_row(known: Transaction) -> bool:
    """Whether the network has not shown a row of its own for it (yet)."""
    return known.source == Source.INQUIRY and known.external_id.startswith(_OURS)


def keep(known: Transaction) -> None:
    """The purchase is confirmed and gives at least what was granted, whatever its own row says; more as soon as that
    row by itself would be credited with more. A grant is money that the network has put to our balance."""
    granted = known.granted_minor or 0
    if known.is_credited:
        known.commission_minor = max(known.commission_minor, granted)
    else:
        known.status = Status.APPROVED
        known.is_stalled = False
        known.decline_reason = ""
        known.commission_minor = granted
    known.paid_at = known.paid_at or known.granted_at


def awaiting(*, sale: Sale, account: NetworkAccount) -> uuid.UUID | None:
    """The purchase of ours that a sale without a click of ours belongs to: same account, shop and order, and no other
    that could be meant."""
    order = orders.normal(sale.order_id)
    if not order:
        return None
    shop = Offer.objects.filter(account=account, external_id=sale.offer_external_id).values("merchant")
    found = Transaction.objects.filter(
        account=account,
        merchant__in=shop,
        order_norm=order,
        source=Source.INQUIRY,
        external_id__startswith=_OURS,
        currency=sale.currency,
    )
    candidates = list(found.values_list("pk", flat=True)[:2])
    return candidates[0] if len(candidates) == 1 else None
