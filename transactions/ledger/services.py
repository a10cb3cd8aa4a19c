"""The only way to move money, and what follows from the moves.

`post` is a hot path, written for speed: one INSERT for a batch, whatever its size. A trigger adds the batch
to the balance rows in account order, so that two batches never wait for each other in a circle.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Case, F, Sum, Value, When
from django.db.models.functions import Coalesce
from psycopg import errors

from cashback.lib.errors import DomainError
from transactions.ledger.models import KINDS_WITH_BALANCE_ROW, Account, AccountKind, Balance, Entry, Transfer

LARGEST_AMOUNT = 2**63 - 1
ATTEMPTS = 5
_HEALED_BY_REPEATING = (errors.DeadlockDetected, errors.SerializationFailure)

# In key order: two batches that share keys wait for each other in one direction only.
_INSERT = """
INSERT INTO ledger_transfer
    (partner_id, source_id, target_id, amount, currency, key, subject_id, reason, occurred_at)
SELECT * FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::uuid[], %s::text[],
    %s::timestamptz[]
) AS posting (partner_id, source_id, target_id, amount, currency, key, subject_id, reason, occurred_at)
ORDER BY key
ON CONFLICT (key) DO NOTHING
RETURNING *
"""


class OtherTerms(DomainError):
    """The account is open already, and on other terms."""

    code = "other_terms"


class InvalidPosting(DomainError):
    """Not a movement of money: no positive whole amount, one account twice, or accounts of two partners."""

    code = "invalid_posting"


class CurrencyMismatch(DomainError):
    """The two accounts hold different currencies."""

    code = "currency_mismatch"


class KeyReused(DomainError):
    """The key names a transfer that moved other money."""

    code = "key_reused"


# The reason of transfers between two shoppers who turned out to be one.
MERGED = "merged"


class Overdrawn(DomainError):
    """An account that may not go negative holds less than it should give."""

    code = "overdrawn"


@dataclass(frozen=True, slots=True)
class Posting:
    """A transfer to be made: `amount` in minor units of both accounts' currency, `key` its name for ever."""

    source: Account
    target: Account
    amount: int
    key: str
    reason: str
    occurred_at: datetime
    subject_id: uuid.UUID

    @classmethod
    def signed(cls, *, source: Account, target: Account, amount: int, **named: Any) -> "Posting":
        """Of an amount other than 0, which goes the other way round where it is below 0."""
        ends = (source, target) if amount > 0 else (target, source)
        return cls(*ends, abs(amount), **named)


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """A balance row that is not the sum of its account's transfers, or is not there (None)."""

    account_id: uuid.UUID
    balance: int | None
    transfers: int


def open_account(
    *,
    partner_id: uuid.UUID,
    kind: AccountKind,
    owner_id: uuid.UUID | None,
    currency: str,
    may_go_negative: bool = True,
) -> Account:
    """The account is open. By default it may go negative: cashback is taken back also when it was spent."""
    account, is_new = Account.objects.get_or_create(
        partner_id=partner_id,
        kind=kind,
        owner_id=owner_id,
        currency=currency,
        defaults={"may_go_negative": may_go_negative},
    )
    if not is_new and account.may_go_negative != may_go_negative:
        raise OtherTerms(f"Account {account.pk} is open with may_go_negative={account.may_go_negative}.")
    return account


def post(*, postings: Sequence[Posting]) -> list[Transfer]:
    """Each posting has become a transfer, or none has; a key that was posted before is its first transfer."""
    if not postings:
        return []
    for posting in postings:
        _refuse_invalid(posting)
    # In a caller's transaction a deadlock has undone the caller's work too, so only the caller can repeat it.
    attempts = 1 if connection.in_atomic_block else ATTEMPTS
    while True:
        attempts -= 1
        try:
            return _post_once(postings)
        except OperationalError as error:
            if not attempts or not isinstance(error.__cause__, _HEALED_BY_REPEATING):
                raise
        except IntegrityError as error:
            _raise_overdrawn(error)
            raise


def transfer(
    *,
    source: Account,
    target: Account,
    amount: int,
    key: str,
    reason: str,
    occurred_at: datetime,
    subject_id: uuid.UUID,
) -> Transfer:
    """Money has moved once; calling again with the same key returns the first transfer."""
    [made] = post(postings=[Posting(source, target, amount, key, reason, occurred_at, subject_id)])
    return made


def balance(*, account: Account) -> int:
    """What the account holds now, in minor units."""
    row = Balance.objects.filter(account=account).values_list("amount", flat=True).first()
    if row is not None:
        return row
    return int(Entry.objects.filter(account=account).aggregate(net=Coalesce(Sum("amount"), 0))["net"])


def flows(*, account: Account) -> dict[str, int]:
    """By the kind of the account at the other end, the net of what has come to this one from there; MERGED is what came
    from, or went to, a shopper who is the same person."""
    other = Case(
        When(transfer__reason=MERGED, then=Value(MERGED)),
        When(transfer__source=F("account"), then=F("transfer__target__kind")),
        default=F("transfer__source__kind"),
    )
    nets = Entry.objects.filter(account=account).annotate(other=other).values_list("other")
    return {kind: int(net) for kind, net in nets.annotate(net=Sum("amount")).order_by("other")}


def posted(*, subject_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """By account, the net of every transfer about this subject."""
    nets = Entry.objects.filter(subject_id=subject_id).values_list("account_id").annotate(net=Sum("amount"))
    return {account_id: int(net) for account_id, net in nets.order_by("account_id")}


def subjects(*, account: Account) -> dict[uuid.UUID, int]:
    """By subject, the net of the account's transfers about it, where it is not zero."""
    nets = Entry.objects.filter(account=account).values_list("subject_id").annotate(net=Sum("amount"))
    return {subject_id: int(net) for subject_id, net in nets.exclude(net=0).order_by("subject_id")}


def totals(*, partner_id: uuid.UUID | None = None) -> dict[str, int]:
    """By currency, the sum over all accounts (of one partner, or of all): zero, or the ledger is damaged."""
    accounts = Account.objects.all() if partner_id is None else Account.objects.filter(partner_id=partner_id)
    held: dict[str, int] = {}
    nets = accounts.annotate(net=Coalesce(F("balance__amount"), Sum("entries__amount"), 0))
    for currency, net in nets.order_by("pk").values_list("currency", "net"):
        held[currency] = held.get(currency, 0) + int(net)
    return held


def verify() -> list[Discrepancy]:
    """The balance rows that disagree with their transfers: none, or the ledger is damaged."""
    accounts = Account.objects.filter(kind__in=KINDS_WITH_BALANCE_ROW).annotate(
        transfers=Coalesce(Sum("entries__amount"), 0)
    )
    rows = accounts.order_by("pk").values_list("pk", "balance__amount", "transfers").iterator()
    return [Discrepancy(pk, row, int(transfers)) for pk, row, transfers in rows if row != transfers]


def _refuse_invalid(posting: Posting) -> None:
    source, target = posting.source, posting.target
    # A Decimal or a float would reach the database as a rounded amount.
    if type(posting.amount) is not int or not 0 < posting.amount <= LARGEST_AMOUNT:
        raise InvalidPosting(
            f"{posting.key} would move {posting.amount!r}, which is no positive whole amount."
        )
    if source.pk == target.pk:
        raise InvalidPosting(f"{posting.key} would move money from account {source.pk} to itself.")
    if source.partner_id != target.partner_id:
        raise InvalidPosting(f"{posting.key} would move money from one partner to another.")
    if source.currency != target.currency:
        raise CurrencyMismatch(
            f"{posting.key} would move {source.currency} to an account in {target.currency}."
        )


@transaction.atomic
def _post_once(postings: Sequence[Posting]) -> list[Transfer]:
    made = _insert(postings)
    if known := {posting.key for posting in postings} - made.keys():
        made |= {earlier.key: earlier for earlier in Transfer.objects.filter(key__in=known)}
    for posting in postings:
        _refuse_other_facts(posting, made[posting.key])
    return [made[posting.key] for posting in postings]


def _insert(postings: Sequence[Posting]) -> dict[str, Transfer]:
    columns = [
        [posting.source.partner_id for posting in postings],
        [posting.source.pk for posting in postings],
        [posting.target.pk for posting in postings],
        [posting.amount for posting in postings],
        [posting.source.currency for posting in postings],
        [posting.key for posting in postings],
        [posting.subject_id for posting in postings],
        [posting.reason for posting in postings],
        [posting.occurred_at for posting in postings],
    ]
    return {made.key: made for made in Transfer.objects.raw(_INSERT, columns)}


def _refuse_other_facts(posting: Posting, made: Transfer) -> None:
    asked = (
        posting.source.pk,
        posting.target.pk,
        posting.amount,
        posting.source.currency,
        posting.subject_id,
    )
    if asked != (made.source_id, made.target_id, made.amount, made.currency, made.subject_id):
        raise KeyReused(
            f"{posting.key} moved {made.amount} {made.currency} from {made.source_id} to {made.target_id} "
            f"about {made.subject_id} before; it cannot mean anything else now."
        )


def _raise_overdrawn(error: IntegrityError) -> None:
    cause = error.__cause__
    if isinstance(cause, errors.CheckViolation) and cause.diag.constraint_name == "balance_is_not_overdrawn":
        raise Overdrawn("An account would go below zero and may not.") from error
