"""The ledger follows a transaction: the one road by which a purchase becomes money, and ceases to be."""

from datetime import datetime
from typing import Any

from django.db import transaction as database

from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Transaction
from transactions.recording import listeners, rows
from transactions.telling import news


@database.atomic
def settle(*, transaction: Transaction, at: datetime) -> bool:
    """The ledger holds what the transaction entitles each side to, and nothing more; false if it did already."""
    locked = rows.locked().get(pk=transaction.pk)
    receivable, sides = _accounts(locked)
    posted = ledger.posted(subject_id=locked.pk)
    step = Transfer.objects.filter(subject_id=locked.pk).count()
    postings = []
    for name, (side, entitled) in sides.items():
        difference = entitled - posted.get(side.pk, 0)
        if difference:
            postings.append(
                ledger.Posting.signed(
                    source=receivable,
                    target=side,
                    amount=difference,
                    # Counted under the row's lock: a key never meets another amount.
                    key=f"{locked.public_id}:{step}:{name}",
                    subject_id=locked.pk,
                    reason=locked.status,
                    occurred_at=locked.changed_at,
                )
            )
    ledger.post(postings=postings)
    if any(posting.key.endswith(":shopper") for posting in postings):
        news.tell_balance(locked, sides["shopper"][0], at=at)
    if postings:
        listeners.settled(locked, at)
    return bool(postings)


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
