"""The five sums: they agree with each other and with the ledger, whatever happens to the purchases."""

import pytest
from django.db import connection

from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Transaction, TransactionEvent
from transactions.my_cashback.balances import available, balances, pending


@pytest.fixture
def offer(account):
    return make.offer(at=account)


@pytest.fixture
def report(offer, at):
    def go(shopper, *, on=offer, **facts) -> Transaction:
        click = make.click(by=shopper, on=on, currency=on.currency)
        sale = make.sale(click_ref=click.public_id[4:], currency=on.currency, **facts)
        return services.record(
            sale=sale, account=on.account, via=TransactionEvent.Via.POLL, at=at
        ).transaction

    return go


def sums(shopper) -> dict[str, str]:
    return {name: amount["amount"] for name, amount in balances(shopper).as_json().items()}


def test_a_new_shopper_has_nothing_in_the_storefronts_currency(alice):
    assert balances(alice).as_json() == {
        name: {"amount": "0.00", "currency": "RUB"}
        for name in ("available", "pending", "reserved", "paid_out", "lifetime")
    }


def test_each_sum_counts_what_its_name_says(alice, report):
    report(alice)
    report(alice, status=SaleStatus.APPROVED)
    report(alice, status=SaleStatus.APPROVED, commission_minor=20000)
    report(alice, status=SaleStatus.DECLINED)
    assert sums(alice) == {
        "available": "209.65",
        "pending": "69.65",
        "reserved": "0.00",
        "paid_out": "0.00",
        "lifetime": "209.65",
    }


def test_what_is_taken_back_was_not_earned(alice, report, at):
    bought = report(alice, status=SaleStatus.APPROVED)
    returned = make.sale(
        click_ref=bought.click.public_id[4:], external_id=bought.external_id, status=SaleStatus.DECLINED
    )
    services.record(sale=returned, account=bought.account, via=TransactionEvent.Via.POLL, at=at)
    assert (sums(alice)["available"], sums(alice)["lifetime"]) == ("0.00", "0.00")


def test_what_has_left_for_the_shoppers_own_account_is_paid_out_and_stays_earned(alice, report, at):
    """Payouts are not built yet; whatever kind of account they leave for, the sums already count them."""
    bought = report(alice, status=SaleStatus.APPROVED)
    facts = {"partner_id": alice.partner_id, "currency": "RUB"}
    own = Account.objects.get(kind=AccountKind.SHOPPER, owner_id=alice.pk)
    elsewhere = ledger.open_account(
        kind=AccountKind.SHOPPER, owner_id=make.shopper(alice.storefront, "x").pk, **facts
    )
    ledger.transfer(
        source=own,
        target=elsewhere,
        amount=5000,
        key="out",
        reason="payout",
        occurred_at=at,
        subject_id=bought.pk,
    )
    assert sums(alice) == {
        "available": "19.65",
        "pending": "0.00",
        "reserved": "0.00",
        "paid_out": "50.00",
        "lifetime": "69.65",
    }


def test_another_shoppers_money_and_another_currency_are_not_counted(alice, acorn, report, at):
    report(make.shopper(acorn, "carol"), status=SaleStatus.APPROVED)
    assert sums(alice)["available"] == "0.00"
    assert available(alice).minor == pending(alice).minor == 0


def test_what_is_credited_while_we_count_is_never_told_as_paid_out(alice, report):
    """Three statements see three moments; a purchase that is confirmed between two of them is in both sums or none."""
    report(alice, status=SaleStatus.APPROVED)
    late = []

    def confirm_another(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "ledger_account" in sql and not late:
            late.append(True)
            report(alice, status=SaleStatus.APPROVED)
        return answer

    with connection.execute_wrapper(confirm_another):
        found = balances(alice)
    assert late
    assert (found.paid_out.minor, found.lifetime) == (0, found.available)


def test_the_sums_take_three_queries(alice, report, django_assert_num_queries):
    report(alice, status=SaleStatus.APPROVED)
    with django_assert_num_queries(3):  # the accounts, the flows, the pending purchases
        balances(alice)
