import uuid
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction

from transactions.ledger.models import Account, AccountKind, Balance, Transfer
from transactions.ledger.services import (
    CurrencyMismatch,
    Discrepancy,
    InvalidPosting,
    KeyReused,
    OtherTerms,
    Overdrawn,
    balance,
    open_account,
    post,
    posted,
    totals,
    transfer,
    verify,
)


def test_account_opened_twice_is_one_account(acorn):
    again = acorn.open(AccountKind.SHOPPER, owner_id=acorn.shopper.owner_id)

    assert again.pk == acorn.shopper.pk


def test_account_without_an_owner_is_opened_once(acorn):
    assert acorn.open(AccountKind.MARGIN).pk == acorn.margin.pk
    assert Account.objects.filter(kind=AccountKind.MARGIN).count() == 1


def test_account_is_not_opened_again_on_other_terms(acorn):
    with pytest.raises(OtherTerms):
        acorn.open(AccountKind.SHOPPER, owner_id=acorn.shopper.owner_id, may_go_negative=False)

    assert Account.objects.get(pk=acorn.shopper.pk).may_go_negative is True


def test_account_in_another_currency_is_another_account(acorn):
    dollars = open_account(
        partner_id=acorn.partner_id,
        kind=AccountKind.SHOPPER,
        owner_id=acorn.shopper.owner_id,
        currency="USD",
    )

    assert dollars.pk != acorn.shopper.pk


def test_only_a_shopper_account_has_a_balance_row(acorn):
    assert list(Balance.objects.values_list("account_id", "amount")) == [(acorn.shopper.pk, 0)]


def test_transfer_says_what_moved_and_why(acorn):
    occurred_at = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    subject_id = uuid.uuid4()

    made = transfer(
        source=acorn.network,
        target=acorn.shopper,
        amount=1234,
        key="sale 1: shopper",
        reason="Cashback",
        occurred_at=occurred_at,
        subject_id=subject_id,
    )

    stored = Transfer.objects.get()
    assert stored == made
    assert (stored.source_id, stored.target_id) == (acorn.network.pk, acorn.shopper.pk)
    assert (stored.amount, stored.currency, stored.key) == (1234, "RUB", "sale 1: shopper")
    assert (stored.partner_id, stored.subject_id) == (acorn.partner_id, subject_id)
    assert (stored.reason, stored.occurred_at) == ("Cashback", occurred_at)
    assert stored.recorded_at > occurred_at


def test_transfer_moves_balances_with_and_without_a_row(acorn):
    acorn.move(acorn.network, acorn.shopper, 700)
    acorn.move(acorn.network, acorn.margin, 200)
    acorn.move(acorn.shopper, acorn.network, 50)

    held = [
        balance(account=account) for account in (acorn.network, acorn.shopper, acorn.margin, acorn.partner)
    ]
    assert held == [-850, 650, 200, 0]


def test_batch_returns_its_transfers_in_the_order_asked(acorn):
    batch = [
        acorn.posting(acorn.network, acorn.shopper, 70, key="c"),
        acorn.posting(acorn.network, acorn.partner, 10, key="a"),
        acorn.posting(acorn.network, acorn.margin, 20, key="b"),
    ]

    assert [made.key for made in post(postings=batch)] == ["c", "a", "b"]
    assert balance(account=acorn.network) == -100


@pytest.mark.parametrize("size", [1, 3])
def test_batch_takes_the_same_statements_whatever_its_size(acorn, django_assert_num_queries, size):
    batch = [acorn.posting(acorn.network, acorn.shopper, 10) for _ in range(size)]

    with django_assert_num_queries(3):  # savepoint, insert, release
        post(postings=batch)


def test_empty_batch_posts_nothing(acorn, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert post(postings=[]) == []


def test_batch_may_serve_two_partners(acorn, birch):
    post(
        postings=[
            acorn.posting(acorn.network, acorn.shopper, 5),
            birch.posting(birch.network, birch.shopper, 7),
        ]
    )

    assert (balance(account=acorn.shopper), balance(account=birch.shopper)) == (5, 7)


def test_same_key_again_returns_the_first_transfer(acorn):
    first = acorn.move(acorn.network, acorn.shopper, 700, key="sale 1")
    later = replace(
        acorn.posting(acorn.network, acorn.shopper, 700, key="sale 1"), occurred_at=datetime.now(tz=UTC)
    )

    assert post(postings=[later]) == [first]
    assert balance(account=acorn.shopper) == 700


def test_same_key_twice_in_a_batch_moves_money_once(acorn):
    one = acorn.posting(acorn.network, acorn.shopper, 700)

    first, second = post(postings=[one, one])

    assert first == second
    assert balance(account=acorn.shopper) == 700


def test_batch_of_old_and_new_keys_adds_only_the_new(acorn):
    old = acorn.posting(acorn.network, acorn.shopper, 700)
    post(postings=[old])

    post(postings=[acorn.posting(acorn.network, acorn.shopper, 5), old])

    assert balance(account=acorn.shopper) == 705


@pytest.mark.parametrize("difference", ["amount", "source", "target", "currency", "subject"])
def test_key_is_not_reused_for_other_money(acorn, birch, difference):
    posting = acorn.posting(acorn.network, acorn.shopper, 700)
    post(postings=[posting])
    other = {
        "amount": replace(posting, amount=701),
        "source": replace(posting, source=acorn.margin),
        "target": replace(posting, target=acorn.partner),
        "currency": replace(posting, source=birch.network, target=birch.shopper),
        "subject": replace(posting, subject_id=uuid.uuid4()),
    }[difference]

    with pytest.raises(KeyReused):
        post(postings=[birch.posting(birch.network, birch.margin, 9), other])

    assert Transfer.objects.count() == 1
    assert (balance(account=acorn.shopper), balance(account=birch.margin)) == (700, 0)


def test_money_does_not_change_currency(acorn):
    dollars = open_account(
        partner_id=acorn.partner_id, kind=AccountKind.MARGIN, owner_id=None, currency="USD"
    )

    with pytest.raises(CurrencyMismatch):
        acorn.move(acorn.network, dollars, 100)

    assert not Transfer.objects.exists()


def test_money_does_not_change_partner(acorn):
    stranger = open_account(
        partner_id=uuid.uuid4(), kind=AccountKind.MARGIN, owner_id=None, currency=acorn.currency
    )

    with pytest.raises(InvalidPosting):
        acorn.move(acorn.network, stranger, 100)

    assert not Transfer.objects.exists()


@pytest.mark.parametrize("amount", [0, -1, 2**63, 1.5, Decimal("2"), True])
def test_amount_that_is_no_positive_whole_number_is_refused(acorn, amount):
    with pytest.raises(InvalidPosting):
        acorn.move(acorn.network, acorn.shopper, amount)

    assert not Transfer.objects.exists()


def test_account_does_not_pay_itself(acorn):
    with pytest.raises(InvalidPosting):
        acorn.move(acorn.shopper, acorn.shopper, 100)

    assert not Transfer.objects.exists()


def test_cashback_is_taken_back_below_zero(acorn):
    acorn.move(acorn.shopper, acorn.network, 100)

    assert balance(account=acorn.shopper) == -100


def test_guarded_account_is_not_overdrawn_and_nothing_of_the_batch_stays(acorn):
    guarded = acorn.open_guarded()
    acorn.move(acorn.network, guarded, 100)

    with pytest.raises(Overdrawn):
        post(
            postings=[
                acorn.posting(acorn.network, acorn.shopper, 5),
                acorn.posting(guarded, acorn.network, 101),
            ]
        )

    assert (balance(account=guarded), balance(account=acorn.shopper)) == (100, 0)
    assert Transfer.objects.count() == 1


def test_guarded_account_gives_its_last_unit(acorn):
    guarded = acorn.open_guarded()
    acorn.move(acorn.network, guarded, 100)

    acorn.move(guarded, acorn.network, 100)

    assert balance(account=guarded) == 0


def test_refusal_leaves_the_callers_transaction_usable(acorn):
    guarded = acorn.open_guarded()

    with transaction.atomic():
        acorn.move(acorn.network, acorn.shopper, 5)
        with pytest.raises(Overdrawn):
            acorn.move(guarded, acorn.network, 1)
        acorn.move(acorn.network, acorn.shopper, 6)

    assert balance(account=acorn.shopper) == 11


def test_posted_is_the_net_of_a_subject_by_account(acorn):
    sale, other_sale = uuid.uuid4(), uuid.uuid4()
    acorn.move(acorn.network, acorn.shopper, 70, subject_id=sale)
    acorn.move(acorn.network, acorn.margin, 30, subject_id=sale)
    acorn.move(acorn.shopper, acorn.network, 20, subject_id=sale)
    acorn.move(acorn.network, acorn.shopper, 999, subject_id=other_sale)

    assert posted(subject_id=sale) == {acorn.network.pk: -80, acorn.shopper.pk: 50, acorn.margin.pk: 30}
    assert posted(subject_id=uuid.uuid4()) == {}


def test_totals_are_zero_in_every_currency(acorn, birch):
    acorn.move(acorn.network, acorn.shopper, 70)
    birch.move(birch.network, birch.partner, 30)

    assert totals() == {"RUB": 0, "USD": 0}
    assert totals(partner_id=birch.partner_id) == {"USD": 0}


def damage(sql: str) -> None:
    """What only the owner of the tables can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no check may be pending on a table that is altered
        cursor.execute("ALTER TABLE ledger_balance DISABLE TRIGGER balance_changes_by_transfers")
        cursor.execute(sql)


def test_damaged_balance_row_is_found(acorn):
    acorn.move(acorn.network, acorn.shopper, 70)
    assert verify() == []
    damage("UPDATE ledger_balance SET amount = 71")

    assert verify() == [Discrepancy(account_id=acorn.shopper.pk, balance=71, transfers=70)]
    assert totals() == {"RUB": 1}


def test_missing_balance_row_is_found(acorn):
    damage("DELETE FROM ledger_balance")

    assert verify() == [Discrepancy(account_id=acorn.shopper.pk, balance=None, transfers=0)]
