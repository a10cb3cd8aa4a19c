import uuid
from datetime import UTC, datetime

import pytest

from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.ledger.services import Posting, open_account, post


class Books:
    """One partner's accounts, and a short way to post between them."""

    def __init__(self, currency: str) -> None:
        self.partner_id = uuid.uuid4()
        self.currency = currency
        self.subject_id = uuid.uuid4()
        self.network = self.open(AccountKind.NETWORK_RECEIVABLE, owner_id=uuid.uuid4())
        self.partner = self.open(AccountKind.PARTNER)
        self.margin = self.open(AccountKind.MARGIN)
        self.shopper = self.open(AccountKind.SHOPPER, owner_id=uuid.uuid4())

    def open(self, kind: AccountKind, *, owner_id=None, may_go_negative=True) -> Account:
        return open_account(
            partner_id=self.partner_id,
            kind=kind,
            owner_id=owner_id,
            currency=self.currency,
            may_go_negative=may_go_negative,
        )

    def open_guarded(self) -> Account:
        return self.open(AccountKind.SHOPPER, owner_id=uuid.uuid4(), may_go_negative=False)

    def posting(self, source: Account, target: Account, amount: int, *, key=None, subject_id=None) -> Posting:
        return Posting(
            source=source,
            target=target,
            amount=amount,
            key=key or str(uuid.uuid4()),
            reason="Cashback",
            occurred_at=datetime(2026, 11, 1, 12, 0, tzinfo=UTC),
            subject_id=subject_id or self.subject_id,
        )

    def move(self, source: Account, target: Account, amount: int, **facts) -> Transfer:
        [made] = post(postings=[self.posting(source, target, amount, **facts)])
        return made


@pytest.fixture
def new_books() -> type[Books]:
    return Books


@pytest.fixture
def acorn(db) -> Books:
    return Books("RUB")


@pytest.fixture
def birch(db) -> Books:
    return Books("USD")
