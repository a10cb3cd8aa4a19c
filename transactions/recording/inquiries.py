"""A network grants an inquiry of ours: an order that its report has no row of, or has at less, becomes money."""

from datetime import datetime

from django.db import transaction as database
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from offers.models import Offer
from offers.networks.base import Sale
from offers.networks.models import NetworkAccount
from transactions.models import Click, Source, Status, Transaction, TransactionEvent
from transactions.recording import grants, listeners, orders, rows
from transactions.recording.settling import settle
from transactions.telling import news


class CannotGrant(DomainError):
    """What the network granted cannot be booked; the message says why."""

    code = "cannot_grant"


@database.atomic
def record_inquiry(
    *,
    click: Click,
    offer: Offer,
    account: NetworkAccount,
    reference: str,
    order_id: str,
    commission_minor: int,
    sale_minor: int | None,
    occurred_at: datetime,
    at: datetime,
) -> Transaction:
    """The network granted this order on our inquiry (`reference`, unique, at most 60 characters) without a row in its
    report: a confirmed purchase of the click's shopper, credited and, being money in our balance, paid. A purchase of
    that order that is there already is raised to the grant instead, and a row that comes later joins this one.

    `commission_minor` is what the network pays for the whole order, in the click's currency. Raises CannotGrant."""
    order = orders.normal(order_id)
    if not order or commission_minor < 0:
        raise CannotGrant(_("An order's number and an amount are needed."))
    granted = rows.purchase(click=click, offer=offer, account=account, occurred_at=occurred_at)
    granted.external_id = grants.own_id(reference)
    granted.source = Source.INQUIRY
    granted.order_id = order_id
    granted.order_norm = order
    granted.status = Status.PENDING
    granted.sale_minor = sale_minor
    granted.commission_minor = granted.cashback_minor = granted.partner_minor = 0
    granted.expected_at = granted.changed_at = granted.observed_at = granted.updated_at = at
    Transaction.objects.bulk_create([granted], ignore_conflicts=True)
    held = rows.locked().get(
        account=account, merchant_id=offer.merchant_id, shopper_id=click.shopper_id, order_norm=order
    )
    return _grant(held, reference=reference, commission_minor=commission_minor, at=at)


@database.atomic
def grant(*, transaction: Transaction, reference: str, commission_minor: int, at: datetime) -> Transaction:
    """The network granted a purchase that it had reported otherwise (declined, or at less): it is confirmed and gives
    no less than the grant from now on. `commission_minor` is for the whole order. Raises CannotGrant."""
    if commission_minor < 0:
        raise CannotGrant(_("An order's number and an amount are needed."))
    known = rows.locked().get(pk=transaction.pk)
    return _grant(known, reference=reference, commission_minor=commission_minor, at=at)


def join(held: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> None:
    """The network shows its own row of an order that it had granted on our inquiry: it is one purchase, known by the
    network's id from now on, and what was granted is its floor. `held` is locked and still awaits its row."""
    held.external_id = sale.external_id
    held.occurred_at = sale.occurred_at
    rows.take_over(held, sale=sale, at=at)
    held.save()
    rows.note_down(held, sale=sale, via=via, at=at)
    news.tell_changed(held, was_status=Status.APPROVED, was_paid=True, at=at)
    settle(transaction=held, at=at)


def _grant(known: Transaction, *, reference: str, commission_minor: int, at: datetime) -> Transaction:
    """Brings the locked purchase up to the grant; hearing of the same one again changes nothing."""
    if known.granted_minor is not None and known.granted_minor >= commission_minor:
        return known
    was_status, was_paid = known.status, known.paid_at is not None
    known.inquiry = reference
    known.granted_minor = commission_minor
    known.granted_at = known.granted_at or at
    grants.keep(known)
    known.share_out()
    known.updated_at = at
    known.save()
    is_begun = not known.events.exists()
    raw = {"inquiry": reference, "granted_minor": commission_minor}
    rows.write_event(known, via=TransactionEvent.Via.INQUIRY, changed_at=at, raw=raw, note="", at=at)
    if is_begun:
        news.tell_begun(known, at=at)
    else:
        news.tell_changed(known, was_status=was_status, was_paid=was_paid, at=at)
    settle(transaction=known, at=at)
    listeners.recorded(listeners.Recorded(known, None, is_news=True), at)
    return known
