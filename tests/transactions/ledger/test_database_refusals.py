"""What the database refuses from anyone who writes SQL, whatever our services would have said."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from transactions.ledger.models import Account, AccountKind, Balance, Transfer
from transactions.ledger.services import balance, open_account


def execute(sql: str, **values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def insert(books, source, target, amount, *, key="by hand", currency=None, partner_id=None) -> None:
    execute(
        """
        INSERT INTO ledger_transfer
            (partner_id, source_id, target_id, amount, currency, key, subject_id, reason, occurred_at)
        VALUES (%(partner)s, %(source)s, %(target)s, %(amount)s, %(currency)s, %(key)s, uuidv7(), '', now())
        """,
        partner=partner_id or books.partner_id,
        source=source.pk,
        target=target.pk,
        amount=amount,
        currency=currency or books.currency,
        key=key,
    )


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_transfer SET amount = 1",
        "UPDATE ledger_transfer SET reason = 'another'",
        "DELETE FROM ledger_transfer",
        "MERGE INTO ledger_transfer t USING ledger_account a ON a.id = t.source_id WHEN MATCHED THEN DELETE",
        """INSERT INTO ledger_transfer SELECT * FROM ledger_transfer
               ON CONFLICT (key) DO UPDATE SET amount = 1""",
    ],
)
def test_transfer_is_never_edited_or_removed(acorn, sql):
    made = acorn.move(acorn.network, acorn.shopper, 700)

    with pytest.raises(IntegrityError, match="A transfer is never edited or removed"):
        execute(sql)

    stored = Transfer.objects.get()
    assert (stored.pk, stored.amount, stored.reason) == (made.pk, 700, "Cashback")


@pytest.mark.parametrize(
    ("sql", "table", "trigger"),
    [
        ("TRUNCATE ledger_transfer", "ledger_transfer", "transfer_is_never_emptied"),
        ("TRUNCATE ledger_account CASCADE", "ledger_transfer", "transfer_is_never_emptied"),
        ("TRUNCATE ledger_balance", "ledger_balance", "balance_is_never_emptied"),
    ],
)
def test_ledger_is_never_emptied(acorn, sql, table, trigger):
    acorn.move(acorn.network, acorn.shopper, 700)
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check may be pending on a table that is altered
    execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")  # as the migrations leave it

    with pytest.raises(IntegrityError, match="never edited"):
        execute(sql)

    assert Transfer.objects.count() == 1
    assert balance(account=acorn.shopper) == 700


@pytest.mark.parametrize("amount", [0, -1])
def test_amount_is_positive(acorn, amount):
    with pytest.raises(IntegrityError, match="transfer_amount_is_positive"):
        insert(acorn, acorn.network, acorn.shopper, amount)

    assert balance(account=acorn.shopper) == 0


def test_transfer_is_between_two_accounts(acorn):
    with pytest.raises(IntegrityError, match="transfer_is_between_two_accounts"):
        insert(acorn, acorn.shopper, acorn.shopper, 1)


def test_key_moves_money_once(acorn):
    insert(acorn, acorn.network, acorn.shopper, 1)

    with pytest.raises(IntegrityError, match="transfer_happens_once"):
        insert(acorn, acorn.network, acorn.shopper, 1)

    assert balance(account=acorn.shopper) == 1


def test_guarded_account_is_not_overdrawn(acorn):
    guarded = acorn.open_guarded()
    insert(acorn, acorn.network, guarded, 100)

    with pytest.raises(IntegrityError, match="balance_is_not_overdrawn"):
        insert(acorn, guarded, acorn.network, 101, key="too much")

    assert balance(account=guarded) == 100
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("currency", ["RUB", "USD"])
def test_transfer_stays_within_a_currency(acorn, currency):
    dollars = open_account(
        partner_id=acorn.partner_id, kind=AccountKind.MARGIN, owner_id=None, currency="USD"
    )

    with pytest.raises(IntegrityError, match="has_its_partner_and_currency"):
        insert(acorn, acorn.network, dollars, 1, currency=currency)


@pytest.mark.parametrize("named", ["ours", "theirs"])
def test_transfer_stays_within_a_partner(acorn, named):
    stranger = open_account(
        partner_id=uuid.uuid4(), kind=AccountKind.MARGIN, owner_id=None, currency=acorn.currency
    )
    partner_id = acorn.partner_id if named == "ours" else stranger.partner_id

    with pytest.raises(IntegrityError, match="has_its_partner_and_currency"):
        insert(acorn, acorn.network, stranger, 1, partner_id=partner_id)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_balance SET amount = 1000000",
        "UPDATE ledger_balance SET may_go_negative = true",
        "DELETE FROM ledger_balance",
        "INSERT INTO ledger_balance (account_id, amount, may_go_negative) VALUES (uuidv7(), 1, true)",
    ],
)
def test_balance_changes_only_by_transfers(acorn, sql):
    acorn.move(acorn.network, acorn.shopper, 700)

    with pytest.raises(IntegrityError, match="A balance is never edited"):
        execute(sql)

    assert list(Balance.objects.values_list("account_id", "amount")) == [(acorn.shopper.pk, 700)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_account SET may_go_negative = true",
        "UPDATE ledger_account SET owner_id = uuidv7()",
        "DELETE FROM ledger_account",
    ],
)
def test_account_keeps_its_terms(acorn, sql):
    guarded = acorn.open_guarded()

    with pytest.raises(IntegrityError, match="An account keeps its terms"):
        execute(sql)

    stored = Account.objects.get(pk=guarded.pk)
    assert (stored.may_go_negative, stored.owner_id) == (False, guarded.owner_id)


@pytest.mark.parametrize(
    ("kind", "currency", "may_go_negative", "refusal"),
    [
        ("slush_fund", "RUB", True, "account_is_of_a_known_kind"),
        ("margin", "rub", True, "account_currency_is_a_code"),
        ("margin", "EUR", False, "account_without_balance_row_may_go_negative"),
        ("margin", "RUB", True, "account_is_opened_once"),
    ],
)
def test_account_opens_only_on_terms_that_can_be_kept(acorn, kind, currency, may_go_negative, refusal):
    before = Account.objects.count()

    with pytest.raises(IntegrityError, match=refusal):
        execute(
            "INSERT INTO ledger_account (partner_id, kind, currency, may_go_negative)"
            " VALUES (%(partner)s, %(kind)s, %(currency)s, %(may_go_negative)s)",
            partner=acorn.partner_id,
            kind=kind,
            currency=currency,
            may_go_negative=may_go_negative,
        )

    assert Account.objects.count() == before
