"""Of two shoppers who are one: the trips, the purchases and the money of the one become the other's. Nothing that was
written in the books is changed; what was credited moves, purchase by purchase, by transfers of its own."""

from datetime import datetime

from cashback.lib.money import Money
from partners.models import Shopper
from partners.services import emit
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Transaction
from transactions.recording import rows
from transactions.telling import news


def merge(gone: Shopper, into: Shopper, at: datetime) -> None:
    gone.clicks.update(shopper=into)
    for purchase in rows.locked().filter(shopper=gone).order_by("pk"):
        _hand_over(purchase, into, at=at)
    accounts = Account.objects.filter(partner_id=gone.partner_id, owner_id=gone.pk)
    for account in accounts.order_by("kind", "currency"):
        _move(account, gone, into, at=at)


def _hand_over(purchase: Transaction, into: Shopper, *, at: datetime) -> None:
    theirs = Transaction.objects.filter(
        shopper=into, account_id=purchase.account_id, merchant_id=purchase.merchant_id
    )
    if purchase.order_norm and theirs.filter(order_norm=purchase.order_norm).exists():
        purchase.order_norm = ""  # one order in several sales: the first of them holds its number
    purchase.shopper, purchase.updated_at = into, at
    purchase.save(update_fields=["shopper", "order_norm", "updated_at"])


def _move(account: Account, gone: Shopper, into: Shopper, *, at: datetime) -> None:
    """By what each sum is about, so that a purchase that is declined later takes it back from where it is now."""
    target = ledger.open_account(
        partner_id=account.partner_id,
        kind=AccountKind(account.kind),
        owner_id=into.pk,
        currency=account.currency,
        may_go_negative=account.may_go_negative,
    )
    postings = [
        ledger.Posting.signed(
            source=account,
            target=target,
            amount=net,
            # Counted under the lock of who is gone: a key never meets another amount.
            key=f"{gone.public_id}:merged:{subject_id}:{Transfer.objects.filter(subject_id=subject_id).count()}",
            reason=ledger.MERGED,
            occurred_at=at,
            subject_id=subject_id,
        )
        for subject_id, net in ledger.subjects(account=account).items()
    ]
    ledger.post(postings=postings)
    if postings and account.kind == AccountKind.SHOPPER:
        available = Money(ledger.balance(account=target), target.currency)
        body = news.balance(into.external_id, available)
        emit(partner_id=into.partner_id, type="balance.changed", subject_id=into.pk, payload=body, at=at)
