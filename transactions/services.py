"""What can happen to purchases: the network's words are recorded, and the ledger follows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import DataError, IntegrityError
from django.db import transaction as database
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cashback.lib import ids
from cashback.lib.errors import DomainError
from cashback.lib.money import Money
from offers.models import Offer
from offers.networks.base import Sale
from offers.networks.models import NetworkAccount
from partners.services import emit
from transactions import words
from transactions.attribution import CLOCKS_DIFFER
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Click, Status, Transaction, TransactionEvent, UnattributedSale

DEFAULT_HOLD = timedelta(days=45)
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
# What `payload` says of a transaction's neighbours.
_NAMED = ("storefront", "shopper", "merchant")


class CannotAttribute(DomainError):
    """The sale and the click do not belong together; the message says why."""

    code = "cannot_attribute"


class CurrencyChanged(DomainError):
    """A network restated a sale in another currency; a person must look, for no arithmetic mends it."""

    code = "currency_changed"


# What a single sale may be refused for, by us or by the database, however well the network means it: no text for its
# column, no number for a bigint, a date beyond the calendar. The sale is kept for staff, and others go on.
UNRECORDABLE = (DomainError, DataError, IntegrityError, ValueError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where a sale's word ended: on a transaction, or waiting as an unattributed sale. `is_news` says whether it
    changed anything."""

    transaction: Transaction | None
    unattributed: UnattributedSale | None
    is_news: bool


@database.atomic
def record(*, sale: Sale, account: NetworkAccount, via: TransactionEvent.Via, at: datetime) -> Recorded:
    """The transaction says what the network last said of this sale, and the ledger with it; an older word changes
    nothing. A sale without a click of ours waits among the unattributed."""
    found = _lock(account=account, external_id=sale.external_id)
    if found is None:
        click, why = _find_click(sale=sale, account=account)
        if click is None:
            return _set_aside(sale=sale, account=account, why=why)
        begun, is_news = _begin(sale=sale, account=account, click=click, via=via, at=at)
        return Recorded(begun, None, is_news)
    return Recorded(found, None, is_news=_hear(found, sale=sale, via=via, at=at))


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
    begun, _is_news = _begin(
        sale=word, account=waiting.account, click=click, via=TransactionEvent.Via.STAFF, at=at
    )
    return begun


@database.atomic
def settle(*, transaction: Transaction, at: datetime) -> bool:
    """The ledger holds what the transaction entitles each side to, and nothing more; false if it did already."""
    locked = _locked().get(pk=transaction.pk)
    receivable, sides = _accounts(locked)
    posted = ledger.posted(subject_id=locked.pk)
    step = Transfer.objects.filter(subject_id=locked.pk).count()
    postings = []
    for name, (side, entitled) in sides.items():
        difference = entitled - posted.get(side.pk, 0)
        if difference:
            postings.append(
                ledger.Posting(
                    source=receivable if difference > 0 else side,
                    target=side if difference > 0 else receivable,
                    amount=abs(difference),
                    # Counted under the row's lock: a key never meets another amount.
                    key=f"{locked.public_id}:{step}:{name}",
                    subject_id=locked.pk,
                    reason=locked.status,
                    occurred_at=locked.changed_at,
                )
            )
    ledger.post(postings=postings)
    if any(posting.key.endswith(":shopper") for posting in postings):
        _tell(locked, "balance.changed", _balance_payload(locked, sides["shopper"][0]), at=at)
    return bool(postings)


def _lock(*, account: NetworkAccount, external_id: str) -> Transaction | None:
    return _locked().filter(account=account, external_id=external_id).first()


def _locked() -> QuerySet[Transaction]:
    """Locked alone, and with all that the outward form names: one statement instead of four."""
    return Transaction.objects.select_for_update(of=("self",)).select_related(*_NAMED)


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
    offer = named or click.offer
    begun = Transaction(
        partner_id=click.partner_id,
        storefront_id=click.storefront_id,
        shopper_id=click.shopper_id,
        merchant_id=offer.merchant_id,
        offer=offer,
        account=account,
        click=click,
        external_id=sale.external_id,
        currency=sale.currency,
        shopper_percent=click.shopper_percent,
        partner_percent=click.partner_percent,
        credit_on=click.credit_on,
        occurred_at=sale.occurred_at,
    )
    _take_over(begun, sale=sale, at=at)
    Transaction.objects.bulk_create([begun], ignore_conflicts=True)
    stored = _locked().get(account=account, external_id=sale.external_id)
    UnattributedSale.objects.filter(account=account, external_id=sale.external_id, transaction=None).update(
        transaction=stored
    )
    if stored.events.exists():
        return stored, _hear(stored, sale=sale, via=via, at=at)
    _note(stored, sale=sale, via=via, at=at)
    _tell(stored, "transaction.created", payload(stored), at=at)
    if stored.status != Status.PENDING:
        _tell_news(stored, was_status=Status.PENDING, was_paid=False, at=at)
    settle(transaction=stored, at=at)
    return stored, True


def _hear(known: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> bool:
    """Takes a newer word over; false for an older one, and for one that says nothing new."""
    if not _is_newer(sale, than=known):
        return False
    if sale.currency != known.currency:
        raise CurrencyChanged(f"The sale was in {known.currency} and is now in {sale.currency}.")
    before = {name: getattr(known, name) for name in _CHANGING}
    was_paid, was_settled = known.paid_at is not None, _is_settled(sale, as_in=known)
    _take_over(known, sale=sale, at=at)
    is_paid = known.paid_at is not None
    is_news = is_paid != was_paid or any(getattr(known, name) != value for name, value in before.items())
    if not is_news:
        if not was_settled:
            known.save(update_fields=["changed_at", "observed_at"])
        return False
    known.updated_at = at
    known.save()
    _note(known, sale=sale, via=via, at=at)
    _tell_news(known, was_status=before["status"], was_paid=was_paid, at=at)
    settle(transaction=known, at=at)
    return True


def _is_newer(sale: Sale, *, than: Transaction | UnattributedSale) -> bool:
    return (sale.changed_at, sale.observed_at) > (than.changed_at, than.observed_at)


def _is_settled(sale: Sale, *, as_in: Transaction) -> bool:
    """The same word was read long after it was said: no slower read can bring an older one, so reading it once more
    needs no note of when. Polls read every sale of the last hour again and again."""
    return sale.changed_at == as_in.changed_at and as_in.observed_at - as_in.changed_at > SLOWEST_READ


def _take_over(known: Transaction, *, sale: Sale, at: datetime) -> None:
    known.status = Status(sale.status)
    known.is_stalled = sale.stalled
    known.decline_reason = sale.decline_reason
    known.sale_minor = sale.sale_minor
    known.commission_minor = sale.commission_minor
    known.order_id = sale.order_id
    known.rate_name = sale.rate_name
    # The network tells that it has paid, not when: the time we first heard of it stands.
    known.paid_at = (known.paid_at or at) if sale.paid else None
    known.expected_at = _expected_at(known, sale=sale)
    known.changed_at = sale.changed_at
    known.observed_at = sale.observed_at
    known.updated_at = at
    known.share_out()


def _expected_at(known: Transaction, *, sale: Sale) -> datetime:
    """When the decision should be there: the network's closing date, else the offer's usual hold after the purchase,
    as it was when we first heard."""
    if sale.closes_on is not None:
        return datetime.combine(sale.closes_on, sale.occurred_at.timetz())
    if known.expected_at is not None:
        return known.expected_at
    hold = known.offer.hold_days
    return sale.occurred_at + (timedelta(days=hold) if hold else DEFAULT_HOLD)


def _accounts(locked: Transaction) -> tuple[Account, dict[str, tuple[Account, int]]]:
    """The network's receivable, and each side's account with what the transaction entitles it to now."""

    def account(kind: AccountKind, owner_id: Any) -> Account:
        return ledger.open_account(
            partner_id=locked.partner_id, kind=kind, owner_id=owner_id, currency=locked.currency
        )

    kind = AccountKind
    cashback = locked.cashback_minor if locked.is_credited else 0
    share = locked.partner_minor if locked.is_credited else 0
    commission = locked.commission_minor if locked.is_credited else 0
    return account(kind.NETWORK_RECEIVABLE, locked.account_id), {
        "shopper": (account(kind.SHOPPER, locked.shopper_id), cashback),
        "partner": (account(kind.PARTNER, locked.partner_id), share),
        "margin": (account(kind.MARGIN, None), commission - cashback - share),
    }


def _note(known: Transaction, *, sale: Sale, via: TransactionEvent.Via, at: datetime) -> None:
    TransactionEvent.objects.create(
        partner_id=known.partner_id,
        transaction=known,
        via=via,
        status=known.status,
        sale_minor=known.sale_minor,
        commission_minor=known.commission_minor,
        cashback_minor=known.cashback_minor,
        is_paid=known.paid_at is not None,
        note=known.decline_reason,
        changed_at=sale.changed_at,
        recorded_at=at,
        raw=words.plain(dict(sale.raw)),
    )


def _tell_news(known: Transaction, *, was_status: str, was_paid: bool, at: datetime) -> None:
    """One event for each thing that happened, for one word may bring both; `updated` for any other change."""
    happened = []
    if known.status != was_status and known.status != Status.PENDING:
        happened.append(str(known.status))
    if known.paid_at is not None and not was_paid:
        happened.append("paid")
    for what in happened or ["updated"]:
        _tell(known, f"transaction.{what}", payload(known), at=at)


def _tell(about: Transaction, type: str, body: Mapping[str, Any], *, at: datetime) -> None:
    emit(partner_id=about.partner_id, type=type, subject_id=about.pk, payload=body, at=at)


def payload(about: Transaction) -> dict[str, Any]:
    """The transaction in its outward form (contracts: Transaction)."""

    def moment(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    return {
        "id": about.public_id,
        "click_id": ids.public("clk", about.click_id) if about.click_id else None,
        "storefront": about.storefront.slug,
        "shopper": about.shopper.external_id,
        "merchant": ids.public("mrc", about.merchant_id),
        "merchant_name": about.merchant.name,
        "order_id": about.order_id,
        "status": str(about.status),
        "is_credited": about.is_credited,
        "paid_at": moment(about.paid_at),
        "sale_amount": about.sale_amount.as_json() if about.sale_amount else None,
        "cashback": about.cashback.as_json(),
        "partner_share": Money(about.partner_minor, about.currency).as_json(),
        "occurred_at": moment(about.occurred_at),
        "expected_at": moment(about.expected_at),
        "updated_at": moment(about.updated_at),
        "decline_reason": about.decline_reason,
    }


def _balance_payload(about: Transaction, account: Account) -> dict[str, Any]:
    available = Money(ledger.balance(account=account), about.currency)
    return {"shopper": about.shopper.external_id, "available": available.as_json()}
