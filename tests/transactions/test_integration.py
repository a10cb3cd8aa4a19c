"""The checklist knows whether shoppers leave for shops and whether purchases come back."""

import pytest

from partners import checklist
from partners.checklist import State
from tests import make
from transactions import services
from transactions.models import TransactionEvent


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Околица", slug="okolitsa"), at=account)


@pytest.fixture
def step(at):
    def go(storefront, name):
        [found] = [step for step in checklist.steps(storefront, at=at) if step.name == name]
        return found

    return go


def test_before_anybody_has_shopped_each_step_says_what_to_do(acorn, step):
    for name in ("click_out", "purchase"):
        assert step(acorn, name).state == State.NOT_SEEN
        assert step(acorn, name).fix
    assert "allow-popups" in step(acorn, "click_out").sample


def test_a_click_and_a_purchase_are_seen_with_their_shop_and_time(acorn, alice, offer, step, at):
    click = make.click(by=alice, on=offer)
    assert (step(acorn, "click_out").state, step(acorn, "purchase").state) == (State.WORKS, State.NOT_SEEN)
    services.record(
        sale=make.sale(click_ref=click.public_id[4:]),
        account=offer.account,
        via=TransactionEvent.Via.POLL,
        at=at,
    )
    seen = step(acorn, "purchase")
    assert (seen.state, seen.detail, seen.fix) == (State.WORKS, "Околица", "")
    assert seen.seen_at is not None


def test_another_storefronts_shoppers_prove_nothing_here(acorn, birch, bob, account, step):
    make.click(by=bob, on=make.offer(at=account, currency="USD"))
    assert step(birch, "click_out").state == State.WORKS
    assert step(acorn, "click_out").state == State.NOT_SEEN
