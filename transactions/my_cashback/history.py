"""The story of a purchase's amount: what each word of the network meant for the shopper."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _

from cashback.lib.display import money, percent
from cashback.lib.money import Money
from partners.models import CreditOn
from transactions.models import Status, Transaction, TransactionEvent
from transactions.my_cashback import reasons

_HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that the shop said, and what the cashback was from then on."""

    recorded_at: datetime
    state: str
    sentences: Sequence[str]
    cashback: Money


def story(purchase: Transaction, events: Sequence[TransactionEvent]) -> list[Word]:
    """`events` in the order in which they came; the newest word first."""
    words = []
    before: TransactionEvent | None = None
    for event in events:
        cashback = 0 if event.status == Status.DECLINED else event.cashback_minor
        words.append(
            Word(
                event.recorded_at,
                # A network may leave its "paid" on a purchase that it has declined since.
                _("paid")
                if event.is_paid and event.status == Status.APPROVED
                else event.get_status_display(),
                list(_sentences(purchase, before, event)),
                Money(cashback, purchase.currency),
            )
        )
        before = event
    return words[::-1]


def reckoning(purchase: Transaction) -> str:
    """`3,5 % of 1 990,00 ₽`, where the cashback is that to the kopeck; "" where it is a fixed sum or a mixed basket."""
    if not purchase.sale_minor or not purchase.cashback_minor or purchase.is_declined:
        return ""
    rate = (Decimal(purchase.cashback_minor) * 100 / purchase.sale_minor).quantize(_HUNDREDTH)
    # Two roundings lie between the order and the cashback, each by less than one.
    if abs(purchase.sale_minor * rate / 100 - purchase.cashback_minor) >= 1:
        return ""
    return _("%(rate)s of %(amount)s") % {
        "rate": percent(rate),
        "amount": money(Money(purchase.sale_minor, purchase.currency)),
    }


def _sentences(
    purchase: Transaction, before: TransactionEvent | None, now: TransactionEvent
) -> Iterator[str]:
    if before is None:
        yield from _first(purchase, now)
        return
    told = [
        *_decision(purchase, before, now),
        *_amount(purchase, before, now),
        *_payment(purchase, before, now),
    ]
    yield from told or [_("The shop corrected the order's details.")]


def _first(purchase: Transaction, now: TransactionEvent) -> Iterator[str]:
    if now.via == TransactionEvent.Via.STAFF:
        yield _("We found the purchase and gave it to your shopping trip by hand.")
    elif now.via == TransactionEvent.Via.INQUIRY:
        yield _("We asked the shop about your order, and it agreed that the purchase is yours.")
    elif now.sale_minor:
        yield _("The shop reported your order of %(amount)s.") % {"amount": _shown(purchase, now.sale_minor)}
    else:
        yield _("The shop reported your order.")
    if now.status == Status.DECLINED:
        yield _("At the same time it declined it.")
        yield str(reasons.explain(now.note).words)
    elif now.status == Status.APPROVED:
        yield _("It was confirmed at once.")
        yield _whose(purchase, now)
    else:
        yield _("The cashback is a promise until the shop confirms it.")


def _decision(purchase: Transaction, before: TransactionEvent, now: TransactionEvent) -> Iterator[str]:
    was, is_now = before.status, now.status
    if was == is_now:
        return
    if is_now == Status.APPROVED:
        yield (
            _("The shop thought again and confirmed the purchase.")
            if was == Status.DECLINED
            else _("The shop confirmed the purchase.")
        )
        yield _whose(purchase, now)
    elif is_now == Status.DECLINED:
        yield (
            _("The shop took its confirmation back and declined the purchase.")
            if was == Status.APPROVED
            else _("The shop declined the purchase.")
        )
        yield str(reasons.explain(now.note).words)
        if _was_credited(purchase, before):
            yield _("The cashback was taken out of your balance.")
    elif was == Status.APPROVED:
        yield _("The shop took its confirmation back and is looking at the purchase again.")
    else:
        yield _("The shop is looking at the purchase again.")


def _amount(purchase: Transaction, before: TransactionEvent, now: TransactionEvent) -> Iterator[str]:
    if Status.DECLINED in (before.status, now.status):
        return
    sums = {"before": _shown(purchase, before.cashback_minor), "now": _shown(purchase, now.cashback_minor)}
    if before.sale_minor is None or now.sale_minor is None:
        # Without the order nobody knows whether it was the order or the rate, and it is never "now 0.00".
        if now.cashback_minor < before.cashback_minor:
            yield _("Reduced from %(before)s to %(now)s.") % sums
        elif now.cashback_minor > before.cashback_minor:
            yield _("Raised from %(before)s to %(now)s.") % sums
        return
    orders = {
        "order_before": _shown(purchase, before.sale_minor),
        "order_now": _shown(purchase, now.sale_minor),
    }
    order_was, order_is = before.sale_minor, now.sale_minor
    if now.cashback_minor < before.cashback_minor:
        if order_is < order_was:
            yield (
                _(
                    "Reduced from %(before)s to %(now)s: the order is now %(order_now)s instead of %(order_before)s, "
                    "as when a part of it is returned."
                )
                % (sums | orders)
            )
        else:
            yield _("Reduced from %(before)s to %(now)s: the shop counted the order at a lower rate.") % sums
    elif now.cashback_minor > before.cashback_minor:
        if order_is > order_was:
            yield (
                _(
                    "Raised from %(before)s to %(now)s: the order is now %(order_now)s instead of %(order_before)s."
                )
                % (sums | orders)
            )
        else:
            yield _("Raised from %(before)s to %(now)s: the shop counted the order at a higher rate.") % sums
    elif order_is != order_was:
        yield _("The order's amount was corrected to %(order_now)s. Your cashback stays as it was.") % orders


def _payment(purchase: Transaction, before: TransactionEvent, now: TransactionEvent) -> Iterator[str]:
    if now.is_paid and not before.is_paid:
        yield _("The shop has paid for the purchase.")
        if before.status == now.status == Status.APPROVED and purchase.credit_on == CreditOn.PAID:
            yield _("The cashback is yours.")
    elif before.is_paid and not now.is_paid:
        yield _("The shop's payment for the purchase was taken back.")
        if (
            now.status == Status.APPROVED
            and _was_credited(purchase, before)
            and purchase.credit_on == CreditOn.PAID
        ):
            yield _("The cashback was taken out of your balance.")


def _whose(purchase: Transaction, now: TransactionEvent) -> str:
    if purchase.credit_on == CreditOn.PAID and not now.is_paid:
        return _("The cashback is yours once the shop has paid.")
    return _("The cashback is yours.")


def _was_credited(purchase: Transaction, event: TransactionEvent) -> bool:
    return event.status == Status.APPROVED and (purchase.credit_on == CreditOn.APPROVED or event.is_paid)


def _shown(purchase: Transaction, minor: int) -> str:
    return money(Money(minor, purchase.currency))
