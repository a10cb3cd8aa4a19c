"""This room's part of what is held of a shopper: trips, purchases and money. The books stay; nothing in them names
anybody. See docs/adr/0007."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cashback.lib.display import money
from cashback.lib.money import Money
from partners.models import Shopper
from partners.personal_data import NOT_NOW, Keeper, Question
from transactions import merging
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Balance, Transfer
from transactions.models import Click, Transaction, TransactionEvent, UnattributedSale

GIVEN_UP = "given up"
# A click or a network's word that was under way while its shopper was erased has come in by then.
_STRAGGLERS_COME_WITHIN = timedelta(days=2)
# What networks tell of the person who bought, beside the purchase itself.
_OF_THE_PERSON = ["click_user_ip", "click_user_referer", "keyword", "user_agent", "user_ip", "user_referer"]


def export(shopper: Shopper) -> dict[str, Any]:
    return {
        "balances": [_amount(minor, account.currency) for account, minor in _held(shopper)],
        "transfers": [_transfer(row, mine=mine) for row, mine in _transfers(shopper)],
        "purchases": [_purchase(row) for row in _purchases(shopper)],
        "shopping_trips": [
            _trip(row) for row in shopper.clicks.latest_first().select_related("merchant").iterator()
        ],
    }


def questions(shopper: Shopper) -> list[Question]:
    """Money that could still be had is given up knowingly, and to the kopeck: another amount is another question."""
    held = [(account, minor) for account, minor in _held(shopper) if minor > 0]
    if not held:
        return []
    sums = ", ".join(money(Money(minor, account.currency)) for account, minor in held)
    exact = "-".join(f"{account.currency}{minor}" for account, minor in held)
    return [
        Question(
            name="balance",
            text=_("You have %(sums)s of cashback. What should happen to it?") % {"sums": sums},
            choices=[
                (NOT_NOW, _("Keep my account for now, I want to use the cashback first")),
                (f"give_up-{exact}", _("I give up %(sums)s") % {"sums": sums}),
            ],
        )
    ]


def consequences(shopper: Shopper) -> list[str | Promise]:
    said = [
        _(
            "The shops' reports of your purchases stay in the books, as the law asks, "
            "without anything that leads to you."
        )
    ]
    awaited = shopper.transactions.awaited()
    if number := awaited.count():
        minor = awaited.aggregate(sum=Coalesce(Sum("cashback_minor"), 0))["sum"]
        said.append(
            ngettext(
                "%(number)s purchase with %(sum)s of cashback still waits for its shop. It will be credited to nobody.",
                "%(number)s purchases with %(sum)s of cashback still wait for their shops. "
                "They will be credited to nobody.",
                number,
            )
            % {"number": number, "sum": money(Money(int(minor), shopper.storefront.currency))}
        )
    return said


@transaction.atomic
def erase(shopper: Shopper, answers: dict[str, str], at: datetime) -> None:
    if shopper.erased_at or answers.get("balance"):
        _return_to_the_house(shopper, at=at)
    shopper.clicks.exclude(user_agent="").update(user_agent="")
    _forget_the_person(shopper)


def unfinished(at: datetime) -> list[Shopper]:
    """Erased of late; or a purchase has been confirmed or declined since, and moved money that nobody can have."""
    moved = Balance.objects.exclude(amount=0).filter(account__kind=AccountKind.SHOPPER)
    erased = Shopper.objects.filter(erased_at__isnull=False)
    of_late = Q(erased_at__gt=at - _STRAGGLERS_COME_WITHIN)
    return list(erased.filter(of_late | Q(pk__in=moved.values("account__owner_id"))).order_by("pk"))


def _return_to_the_house(shopper: Shopper, *, at: datetime) -> None:
    """A positive balance is the house's; when a purchase behind it is declined later, the house gives back as much
    of it as it took. These transfers are about the shopper, so what settles a purchase never sees them."""
    for account in _accounts(shopper).order_by("currency"):
        # Under the row's lock no transfer changes the balance, and no key meets another amount.
        held = Balance.objects.select_for_update().get(account=account).amount
        taken = -ledger.posted(subject_id=shopper.pk).get(account.pk, 0)
        change = held if held > 0 else -min(-held, taken)
        if not change:
            continue
        house = ledger.open_account(
            partner_id=account.partner_id, kind=AccountKind.MARGIN, owner_id=None, currency=account.currency
        )
        step = Transfer.objects.filter(subject_id=shopper.pk).count()
        posting = ledger.Posting.signed(
            source=account,
            target=house,
            amount=change,
            key=f"{shopper.public_id}:given-up:{step}",
            reason=GIVEN_UP,
            occurred_at=at,
            subject_id=shopper.pk,
        )
        ledger.post(postings=[posting])


def _forget_the_person(shopper: Shopper) -> None:
    words = TransactionEvent.objects.filter(transaction__shopper=shopper, raw__has_any_keys=_OF_THE_PERSON)
    for word in words.iterator():
        word.raw = _impersonal(word.raw)
        word.save(update_fields=["raw"])
    waited = UnattributedSale.objects.filter(
        transaction__shopper=shopper, word__raw__has_any_keys=_OF_THE_PERSON
    )
    for sale in waited.iterator():
        sale.word["raw"] = _impersonal(sale.word["raw"])
        sale.save(update_fields=["word"])


def _impersonal(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in _OF_THE_PERSON}


def _accounts(shopper: Shopper) -> Any:
    return Account.objects.filter(
        partner_id=shopper.partner_id, kind=AccountKind.SHOPPER, owner_id=shopper.pk
    )


def _held(shopper: Shopper) -> list[tuple[Account, int]]:
    accounts = _accounts(shopper).select_related("balance").order_by("currency")
    return [(account, account.balance.amount) for account in accounts]


def _transfers(shopper: Shopper) -> list[tuple[Transfer, bool]]:
    """Each with whether it came to the shopper."""
    mine = set(_accounts(shopper).values_list("pk", flat=True))
    rows = Transfer.objects.filter(Q(source__in=mine) | Q(target__in=mine)).order_by("-pk")
    return [(row, row.target_id in mine) for row in rows.iterator()]


def _purchases(shopper: Shopper) -> Any:
    return shopper.transactions.latest_first().select_related("merchant").prefetch_related("events")


def _transfer(row: Transfer, *, mine: bool) -> dict[str, Any]:
    return {
        "amount": _amount(row.amount if mine else -row.amount, row.currency),
        "reason": row.reason,
        "occurred_at": _moment(row.occurred_at),
    }


def _purchase(row: Transaction) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "shop": row.merchant.name,
        "order": row.order_id or None,
        "bought_at": _moment(row.occurred_at),
        "status": str(row.status),
        "decline_reason": row.decline_reason or None,
        "order_amount": row.sale_amount.as_json() if row.sale_amount else None,
        "cashback": row.cashback.as_json(),
        "decision_expected_at": _moment(row.expected_at),
        "history": [
            {
                "recorded_at": _moment(word.recorded_at),
                "status": str(word.status),
                "order_amount": None if word.sale_minor is None else _amount(word.sale_minor, row.currency),
                "cashback": _amount(word.cashback_minor, row.currency),
                "note": word.note or None,
            }
            for word in sorted(row.events.all(), key=lambda word: word.pk)
        ],
    }


def _trip(row: Click) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "shop": row.merchant.name,
        "left_at": _moment(row.created_at),
        "browser": row.user_agent or None,
        "best_rate_percent": None if row.best_percent is None else f"{row.best_percent.normalize():f}",
        "best_reward": None if row.best_fixed_minor is None else _amount(row.best_fixed_minor, row.currency),
        "your_part_percent": str(row.shopper_percent),
        "ad_blocker_seen": row.blocker_seen,
        "cookies_kept": row.cookies_kept,
    }


def _amount(minor: int, currency: str) -> dict[str, str]:
    return Money(minor, currency).as_json()


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


KEEPER = Keeper(
    "shopping",
    export=export,
    erase=erase,
    merge=merging.merge,
    questions=questions,
    question_names=frozenset({"balance"}),
    consequences=consequences,
    subjects=lambda shopper: shopper.transactions.order_by().values("pk"),
    unfinished=unfinished,
)
