"""Goodwill in the ledger: given from its own account, and given back when a network pays after all."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from cashback.lib.money import Money
from partners.models import Shopper
from partners.services import emit
from support.goodwill.models import GoodwillGrant, Payer
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer


def pay(grant: GoodwillGrant, *, at: datetime) -> None:
    """The shopper has the money. A second time changes nothing."""
    ledger.transfer(
        source=_given(grant),
        target=_shopper(grant),
        amount=grant.amount_minor,
        key=f"goodwill:{grant.pk}",
        reason="goodwill",
        occurred_at=at,
        subject_id=grant.claim_id,
    )
    tell_balance(grant, at=at)


def bring_repaid(grants: Sequence[GoodwillGrant], *, wanted: int, at: datetime) -> bool:
    """Of what the paid grants of one claim gave, `wanted` has come back from the shopper's account, the oldest grant's
    first; in either direction, whatever was posted before. False if it was so already."""
    first = grants[0]
    posted, step = ledger.posted(subject_id=first.claim_id), _steps(first.claim_id)
    given: dict[uuid.UUID, tuple[Account, int]] = {}
    for grant in grants:
        account = _given(grant)
        given[account.pk] = (account, given.get(account.pk, (account, 0))[1] + grant.amount_minor)
    shopper, postings = _shopper(first), []
    for account, gave in given.values():
        back = min(wanted, gave)
        wanted -= back
        difference = back - (posted.get(account.pk, 0) + gave)
        if difference:
            postings.append(
                ledger.Posting.signed(
                    source=shopper,
                    target=account,
                    amount=difference,
                    key=f"goodwill-back:{first.claim_id}:{step}:{account.pk}",
                    reason="goodwill repaid" if difference > 0 else "goodwill again",
                    occurred_at=at,
                    subject_id=first.claim_id,
                )
            )
    ledger.post(postings=postings)
    if postings:
        tell_balance(first, at=at)
    return bool(postings)


def repaid(claim_id: uuid.UUID, *, granted: int) -> int:
    """How much of the claim's goodwill has come back."""
    held = Account.objects.filter(pk__in=ledger.posted(subject_id=claim_id), kind=AccountKind.GOODWILL)
    ids = set(held.values_list("pk", flat=True))
    return granted + sum(net for pk, net in ledger.posted(subject_id=claim_id).items() if pk in ids)


def tell_balance(grant: GoodwillGrant, *, at: datetime) -> None:
    shopper = Shopper.objects.get(pk=grant.shopper_id)
    available = Money(ledger.balance(account=_shopper(grant)), grant.currency)
    body = {"shopper": shopper.external_id, "available": available.as_json()}
    emit(partner_id=grant.partner_id, type="balance.changed", subject_id=grant.claim_id, payload=body, at=at)


def _steps(claim_id: uuid.UUID) -> int:
    return Transfer.objects.filter(subject_id=claim_id).count()


def _given(grant: GoodwillGrant) -> Account:
    owner = grant.partner_id if grant.payer == Payer.PARTNER else None
    return ledger.open_account(
        partner_id=grant.partner_id, kind=AccountKind.GOODWILL, owner_id=owner, currency=grant.currency
    )


def _shopper(grant: GoodwillGrant) -> Account:
    return ledger.open_account(
        partner_id=grant.partner_id,
        kind=AccountKind.SHOPPER,
        owner_id=grant.shopper_id,
        currency=grant.currency,
    )
