"""Whatever a network says, in whatever order it reaches us, the books balance and end where its last word puts them."""

import uuid
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cashback.lib import ids
from cashback.lib.money import percent_of
from offers.networks.base import Sale, SaleStatus
from tests import make
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Transaction, TransactionEvent
from transactions.my_cashback.balances import available, balances

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)
STATUSES = st.sampled_from(list(SaleStatus))
COMMISSIONS = st.integers(0, 5_000_00)


class NetworkAndUs(RuleBasedStateMachine):
    """The network changes its sales; its words reach us late, repeated, out of order or never."""

    storefronts = ()
    account = None

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.words: list[list[Sale]] = []
        self.paid_out = [0, 0]

    def teardown(self):
        try:
            self.hear_everything_with_the_last_word_first()
            self.check_against_the_last_words()
        finally:
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    @initialize(commission=COMMISSIONS, status=STATUSES, place=st.integers(0, 1))
    def first_sale(self, commission, status, place):
        self.sell(commission, status, place)

    @rule(commission=COMMISSIONS, status=STATUSES, place=st.integers(0, 1))
    def sell(self, commission, status, place):
        shopper = self.shoppers[place]
        click = make.click(by=shopper, on=self.offers[place])
        sale = make.sale(
            click_ref=ids.suffix(click.pk),
            currency=shopper.storefront.currency,
            commission_minor=commission,
            status=status,
            occurred_at=EPOCH,
            changed_at=EPOCH,
            observed_at=EPOCH,
        )
        self.words.append([sale])

    @rule(data=st.data(), commission=COMMISSIONS, status=STATUSES, paid=st.booleans(), gap=st.integers(0, 3))
    def restate(self, data, commission, status, paid, gap):
        """The network changes a sale, perhaps within the second of its last change; we ask a little later each time."""
        history = data.draw(st.sampled_from(self.words))
        last = history[-1]
        changed_at = last.changed_at + timedelta(seconds=gap)
        history.append(
            replace(
                last,
                commission_minor=commission,
                status=status,
                paid=paid and status == SaleStatus.APPROVED,
                changed_at=changed_at,
                observed_at=max(changed_at, last.observed_at) + timedelta(milliseconds=1),
            )
        )

    @rule(data=st.data(), times=st.integers(1, 3))
    def hear(self, data, times):
        word = data.draw(st.sampled_from(data.draw(st.sampled_from(self.words))))
        for _ in range(times):
            self.record(word)

    @invariant()
    def books_balance(self):
        assert not any(ledger.totals().values())
        assert ledger.verify() == []

    @invariant()
    def nobody_gets_more_than_the_commission(self):
        for known in Transaction.objects.all():
            posted = ledger.posted(subject_id=known.pk)
            assert known.is_credited or not any(posted.values())
            assert min([0, *posted.values()]) >= -known.commission_minor
            wallet = Account.objects.filter(kind=AccountKind.SHOPPER, owner_id=known.shopper_id).first()
            assert 0 <= posted.get(wallet and wallet.pk, 0) <= known.commission_minor

    @rule(place=st.integers(0, 1), part=st.integers(1, 100))
    def pay_out(self, place, part):
        """To an account of the shopper's own bank, which is nobody's here."""
        shopper = self.shoppers[place]
        held = balances(shopper).available.minor * part // 100
        if held > 0:
            own, bank = (
                ledger.open_account(
                    partner_id=shopper.partner_id,
                    kind=AccountKind.SHOPPER,
                    owner_id=owner,
                    currency=shopper.storefront.currency,
                )
                for owner in (shopper.pk, uuid.UUID(int=place + 1))
            )
            ledger.transfer(
                source=own,
                target=bank,
                amount=held,
                key=f"payout {Transfer.objects.count()}",
                reason="payout",
                occurred_at=EPOCH,
                subject_id=shopper.pk,
            )
            self.paid_out[place] += held

    @invariant()
    def five_sums_are_the_transfers(self):
        """Counted from the transfers and the purchases one by one, and not by the queries that the page asks."""
        for place, shopper in enumerate(self.shoppers):
            found = balances(shopper)
            own = Account.objects.filter(kind=AccountKind.SHOPPER, owner_id=shopper.pk).first()
            held = earned = 0
            for moved in Transfer.objects.filter(Q(source=own) | Q(target=own)) if own else ():
                amount = moved.amount if moved.target_id == own.pk else -moved.amount
                held += amount
                earned += amount if moved.reason != "payout" else 0
            promised = sum(
                known.cashback_minor
                for known in shopper.transactions.all()
                if not known.is_declined and not known.is_credited
            )
            assert [getattr(found, field.name).minor for field in fields(found)] == [
                held,
                promised,
                0,
                self.paid_out[place],
                earned,
            ]
            assert earned == held + self.paid_out[place]
            assert available(shopper) == found.available

    @precondition(lambda self: len(self.words) > 1)
    @rule()
    def settle_again(self):
        for known in Transaction.objects.all():
            assert services.settle(transaction=known, at=EPOCH) is False

    def record(self, word):
        services.record(sale=word, account=self.account, via=TransactionEvent.Via.POLL, at=word.observed_at)

    def hear_everything_with_the_last_word_first(self):
        for history in self.words:
            for word in reversed(history):
                self.record(word)

    def check_against_the_last_words(self):
        due: dict = {shopper.pk: 0 for shopper in self.shoppers}
        for history in self.words:
            last = history[-1]
            known = Transaction.objects.get(external_id=last.external_id)
            assert (known.status, known.commission_minor) == (last.status, last.commission_minor)
            needs_payment = known.storefront.credit_on == "paid"
            if last.status == SaleStatus.APPROVED and (last.paid or not needs_payment):
                due[known.shopper_id] += percent_of(last.commission_minor, known.shopper_percent)
        wallets = Account.objects.filter(kind=AccountKind.SHOPPER)
        held = {wallet.owner_id: ledger.balance(account=wallet) for wallet in wallets}
        paid_out = dict(zip(due, self.paid_out, strict=True))
        assert {owner: held.get(owner, 0) + paid_out[owner] for owner in due} == due


@pytest.mark.django_db
def test_any_history_ends_where_the_networks_last_word_puts_it(alice, bob, account):
    NetworkAndUs.account = account
    NetworkAndUs.shoppers = (alice, bob)
    NetworkAndUs.offers = (make.offer(at=account), make.offer(at=account, currency="USD"))
    run_state_machine_as_test(
        NetworkAndUs,
        settings=settings(
            max_examples=40,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
