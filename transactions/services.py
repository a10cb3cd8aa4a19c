"""What can happen to purchases: the network's words are recorded, and the ledger follows them."""

from datetime import datetime, timedelta

from django.db import DataError, IntegrityError
from django.db import transaction as database
from django.utils.translation import gettext as _

from cashback.lib import ids
from cashback.lib.errors import DomainError
from offers.models import Offer
from offers.networks.base import Sale
from offers.networks.models import NetworkAccount
from transactions.models import Click, Transaction, TransactionEvent, UnattributedSale
from transactions.recording import grants, inquiries, listeners, orders, rows, words
from transactions.recording.attribution import CLOCKS_DIFFER
from transactions.recording.inquiries import CannotGrant, grant, record_inquiry
from transactions.recording.listeners import Recorded
from transactions.recording.rows import CurrencyChanged
from transactions.recording.settling import settle
from transactions.telling import news

__all__ = [
    "UNRECORDABLE",
    "CannotAttribute",
    "CannotGrant",
    "CurrencyChanged",
    "Recorded",
    "attribute",
    "grant",
    "record",
    "record_inquiry",
    "settle",
]

SLOWEST_READ = timedelta(minutes=10)

# What a word of the network may change. Everything else of a transaction is frozen with its click.
_CHANGING = (
    "status",
    "is_stalled",
    "decline_reason",
    "sale_minor",
    "commission_minor",
    "order_id",
    "rate_name",
    "expected_at",
)


class CannotAttribute(DomainError):
    """The sale and the click do not belong together; the message says why."""

    code = "cannot_attribute"


# What a single sale may be refused for, by us or by the database, however well the network means it: no text for its
# column, no number for a bigint, a date beyond the calendar. The sale is kept for staff, and others go on.
UNRECORDABLE = (DomainError, DataError, IntegrityError, ValueError, ArithmeticError)


@database.atomic
def record(*, sale: Sale, account: NetworkAccount, via: TransactionEvent.Via, at: datetime) -> Recorded:
    """The transaction says what the network last said of this sale, and the ledger with it; an older word changes
    nothing. A sale without a click of ours waits among the unattributed."""
    found = rows.find(account=account, external_id=sale.external_id)
    if found is None:
        heard = _meet(sale=sale, account=account, via=via, at=at)
    else:
        heard = Recorded(found, None, is_news=_hear(found, sale=sale, via=via, at=at))
    if heard.is_news:
        listeners.recorded(heard, at)
    return heard


@database.atomic
def attribute(*, sale: UnattributedSale, click: Click, at: datetime) -> Transaction:
    """Staff gave the waiting sale to this click: it is a transaction like any other from now on."""
    waiting = UnattributedSale.objects.select_for_update().get(pk=sale.pk)
    if waiting.transaction_id:
        raise CannotAttribute(_("This sale has been attributed already."))
    if click.account_id != waiting.account_id:
        raise CannotAttribute(_("The click went out through another network account."))
    if click.created_at > waiting.occurred_at + CLOCKS_DIFFER:
        raise CannotAttribute(_("The click came after the purchase."))
    named = Offer.objects.filter(account=waiting.account, external_id=waiting.offer_external_id).first()
    if named is not None and named.merchant_id != click.merchant_id:
        raise CannotAttribute(_("The click went to another shop than the purchase's."))
    if click.currency != waiting.currency:
        raise CannotAttribute(
            _("The sale is in %(sale)s, the storefront in %(storefront)s.")
            % {"sale": waiting.currency, "storefront": click.currency}
        )
    word = words.from_json(waiting.word)
    begun, is_news = _begin(
        sale=word, account=waiting.account, click=click, via=TransactionEvent.Via.STAFF, at=at
    )
    if is_news:
        listeners.recorded(Recorded(begun, None, is_news), at)
    return begun


def _meet(*, sale: Sale, account: NetworkAccount, via: TransactionEvent.Via, at: datetime) -> Recorded:
    """A sale that we have not heard of as a transaction."""
    click, why = _find_click(sale=sale, account=account)
    if click is not None:
        begun, is_news = _begin(sale=sale, account=account, click=click, via=via, at=at)
        return Recorded(begun, None, is_news)
    if why in (UnattributedSale.Why.NO_CLICK, UnattributedSale.Why.UNKNOWN_CLICK):
        awaiting = grants.awaiting(sale=sale, account=account)
        held = rows.locked().get(pk=awaiting) if awaiting else None
        if held is not None and held.external_id == sale.external_id:
            return Recorded(held, None, _hear(held, sale=sale, via=via, at=at))
        if held is not None and grants.awaits_its_row(held):
            _join(held, sale=sale, via=via, at=at)
            return Recorded(held, None, is_news=True)
    return _set_aside(sale=sale, account=account, why=why)


def _find_click(*, sale: Sale, account: NetworkAccount) -> tuple[Click | None, str]:
    why = UnattributedSale.Why
    if not sale.click_ref:
        return None, why.NO_CLICK
    try:
        click = Click.objects.filter(pk=ids.from_suffix(sale.click_ref)).first()
    except ids.InvalidId:
        return None, why.UNKNOWN_CLICK
    if click is None:
        return None, why.UNKNOWN_CLICK
    if click.account_id != account.pk:
        return None, why.OTHER_ACCOUNT
    if click.currency != sale.currency:
        return None, why.OTHER_CURRENCY
    return click, ""


def _set_aside(*, sale: Sale, account: NetworkAccount, why: str) -> Recorded:
    """The sale's latest word waits, whole; if staff have attributed it, it would not come here."""
    facts = {
        "why": why,
        "click_ref": sale.click_ref[:250],
        "order_id": sale.order_id,
        "offer_external_id": sale.offer_external_id,
        "status": sale.status,
        "commission_minor": sale.commission_minor,
        "currency": sale.currency,
        "occurred_at": sale.occurred_at,
        "changed_at": sale.changed_at,
        "observed_at": sale.observed_at,
        "word": words.to_json(sale),
    }
    waiting, is_new = UnattributedSale.objects.select_for_update().get_or_create(
        account=account, external_id=sale.external_id, defaults=facts
    )
    is_news = is_new or _is_newer(sale, than=waiting)
    if is_news and not is_new:
        for name, value in facts.items():
            setattr(waiting, name, value)
        waiting.save(update_fields=list(facts))
    return Recorded(None, waiting, is_news)


def _begin(
    *, sale: Sale, account: NetworkAccount, click: Click, via: TransactionEvent.Via, at: datetime
) -> tuple[Transaction, bool]:
    """The first word of a sale. Two at once meet at the unique constraint, and the later is heard as any other."""
    # The network's word on what was bought where counts, should the shopper have gone on to another shop of its.
    named = Offer.objects.filter(account=account, external_id=sale.offer_external_id).first()
    begun = rows.purchase(
        click=click, offer=named or click.offer, account=account, occurred_at=sale.occurred_at
    )
    begun.external_id = sale.external_id
    begun.order_norm = orders.normal(sale.order_id)
    rows.take_over(begun, sale=sale, at=at)
    stored = _store(begun)
    if stored is None:
        held = rows.locked().get(
            account=account,
            merchant_id=begun.merchant_id,
            shopper_id=begun.shopper_id,
            order_norm=begun.order_norm,
        )
        if held.external_id == sale.external_id:  # another worker has just joined them
            return held, _hear(held, sale=sale, via=via, at=at)
        if grants.awaits_its_row(held):
            _join(held, sale=sale, via=via, at=at)
            return held, True
        begun.order_norm = ""  # one order in several sales: the first of them holds its number
        stored = _store(begun)
        assert stored is not None  # noqa: S101 - whatever it met now has its own id
    waited = rows.end_its_wait(stored)
    if stored.events.exists():
        is_news = _hear(stored, sale=sale, via=via, at=at)
    else:
        rows.note_down(stored, sale=sale, via=via, at=at)
        news.tell_begun(stored, at=at)
        settle(transaction=stored, at=at)
        is_news = True
    if waited is not None:
        is_news |= _hear(stored, sale=waited, via=via, at=at)
    return stored, is_news


def _join(held: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> None:
    """The purchase that we were granted has this row of the network's from now on, and says its newest word."""
    inquiries.join(held, sale=sale, via=via, at=at)
    waited = rows.end_its_wait(held)
    if waited is not None:
        _hear(held, sale=waited, via=via, at=at)


def _store(begun: Transaction) -> Transaction | None:
    """The row of the sale's id, be it this one or an earlier worker's; None when another holds the order's number."""
    Transaction.objects.bulk_create([begun], ignore_conflicts=True)
    return rows.find(account=begun.account, external_id=begun.external_id)


def _hear(known: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> bool:
    """Takes a newer word over; false for an older one, and for one that says nothing new."""
    if not _is_newer(sale, than=known):
        return False
    before = {name: getattr(known, name) for name in _CHANGING}
    was_paid, was_settled = known.paid_at is not None, _is_settled(sale, as_in=known)
    is_said_anew = sale.changed_at > known.changed_at
    rows.take_over(known, sale=sale, at=at)
    is_paid = known.paid_at is not None
    is_news = is_paid != was_paid or any(getattr(known, name) != value for name, value in before.items())
    if not is_news:
        if known.granted_minor is not None and is_said_anew:
            rows.note_down(
                known, sale=sale, via=via, at=at
            )  # outweighed by the grant, and shown to staff all the same
        if not was_settled:
            known.save(update_fields=["changed_at", "observed_at"])
        return False
    known.updated_at = at
    known.save()
    rows.note_down(known, sale=sale, via=via, at=at)
    news.tell_changed(known, was_status=before["status"], was_paid=was_paid, at=at)
    settle(transaction=known, at=at)
    return True


def _is_newer(sale: Sale, *, than: Transaction | UnattributedSale) -> bool:
    return (sale.changed_at, sale.observed_at) > (than.changed_at, than.observed_at)


def _is_settled(sale: Sale, *, as_in: Transaction) -> bool:
    """The same word was read long after it was said: no slower read can bring an older one, so reading it once more
    needs no note of when. Polls read every sale of the last hour again and again."""
    return sale.changed_at == as_in.changed_at and as_in.observed_at - as_in.changed_at > SLOWEST_READ
