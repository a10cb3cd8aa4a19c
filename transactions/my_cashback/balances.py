"""What one shopper's cashback comes to, in five sums."""

from dataclasses import dataclass, fields

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from cashback.lib.money import Money
from partners.models import Shopper
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Balance

# Where cashback comes from, and goes back to when a purchase is declined after all or a network pays for what was
# given in goodwill; and from whom it comes when two shoppers turn out to be one. What leaves the shopper's account for
# an account of any other kind is on its way to the shopper's own.
_EARNED_FROM = (
    ledger.MERGED,
    AccountKind.NETWORK_RECEIVABLE,
    AccountKind.PARTNER,
    AccountKind.MARGIN,
    AccountKind.GOODWILL,
)


@dataclass(frozen=True, slots=True)
class Balances:
    """`pending` is a promise and not in the ledger; `reserved` is in a payout that is under way. All that was ever
    credited, less what was taken back, is `lifetime` = available + reserved + paid out."""

    available: Money
    pending: Money
    reserved: Money
    paid_out: Money
    lifetime: Money

    def as_json(self) -> dict[str, dict[str, str]]:
        """The outward form (contracts: balance)."""
        return {field.name: getattr(self, field.name).as_json() for field in fields(self)}


def balances(shopper: Shopper) -> Balances:
    held = {account.kind: account for account in _accounts(shopper)}
    own = held.pop(AccountKind.SHOPPER, None)
    reserved = sum(ledger.balance(account=account) for account in held.values())
    # Of one look, so that what is credited at this moment is in both sums or in neither, and never "paid out".
    flows = ledger.flows(account=own) if own else {}
    available, lifetime = sum(flows.values()), sum(flows.get(kind, 0) for kind in _EARNED_FROM)

    def money(minor: int) -> Money:
        return Money(minor, shopper.storefront.currency)

    return Balances(
        available=money(available),
        pending=pending(shopper),
        reserved=money(reserved),
        paid_out=money(lifetime - available - reserved),
        lifetime=money(lifetime),
    )


def available(shopper: Shopper) -> Money:
    """What the ledger holds for the shopper; below zero after a return of what was spent."""
    own = Balance.objects.filter(account__in=_accounts(shopper).filter(kind=AccountKind.SHOPPER))
    return Money(own.values_list("amount", flat=True).first() or 0, shopper.storefront.currency)


def pending(shopper: Shopper) -> Money:
    """What the shops have still to decide about (or to pay for)."""
    awaited = shopper.transactions.awaited().aggregate(sum=Coalesce(Sum("cashback_minor"), 0))
    return Money(int(awaited["sum"]), shopper.storefront.currency)


def _accounts(shopper: Shopper) -> QuerySet[Account]:
    found = Account.objects.filter(
        partner_id=shopper.partner_id, owner_id=shopper.pk, currency=shopper.storefront.currency
    )
    return found.order_by("kind", "pk")
