"""The network's money comes first: what it pays for an order gives the goodwill back; the shopper has the larger."""

from datetime import timedelta

import pytest

from offers.networks.base import SaleStatus
from partners import merging
from partners.models import OutboxEvent
from support.claims.deciding import case_of
from support.goodwill import money
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillPolicy, Payer
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer

DAY = timedelta(days=1)
GIVEN = 100_000


@pytest.fixture
def given(case, kim, noon):
    return goodwill.ask(case=case, amount_minor=GIVEN, why="Late", by=kim, at=noon)


def settle(given, entitled, at):
    return goodwill.settle(claim_id=given.claim_id, entitled_minor=entitled, at=at)


def spent() -> int:
    """What all goodwill accounts have given and not got back."""
    return -sum(ledger.balance(account=each) for each in Account.objects.filter(kind=AccountKind.GOODWILL))


@pytest.mark.parametrize("commission, reward", [(50_000, 35_000), (200_000, 140_000)], ids=["less", "more"])
def test_the_shopper_has_the_larger_of_the_two(given, click, alice, noon, commission, reward):
    claims_make.sold(click, at=noon + 30 * DAY, status=SaleStatus.APPROVED, commission=commission)
    assert balance(alice) == max(reward, GIVEN)
    assert spent() == GIVEN - min(reward, GIVEN)
    assert money.repaid(given.claim_id, granted=GIVEN) == min(reward, GIVEN)


def test_a_reversal_undoes_it_and_another_yes_does_it_again(given, click, alice, noon):
    sale = claims_make.sold(click, at=noon + DAY, status=SaleStatus.APPROVED, commission=200_000)
    claims_make.say(sale, SaleStatus.DECLINED, at=noon + 2 * DAY)
    assert (balance(alice), spent()) == (GIVEN, GIVEN)
    claims_make.say(sale, SaleStatus.APPROVED, at=noon + 3 * DAY)
    assert (balance(alice), spent()) == (140_000, 0)


def test_the_goodwill_of_a_shopper_who_turned_out_to_be_another_is_repaid_by_that_one(
    given, click, alice, noon
):
    other = make.shopper(alice.storefront, "alice-2")
    merging.merge(gone=alice, into=other, at=noon + DAY)
    assert (balance(alice), balance(other), spent()) == (0, GIVEN, GIVEN)
    claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=200_000)
    assert (balance(alice), balance(other), spent()) == (0, 140_000, 0)
    assert money.repaid(given.claim_id, granted=GIVEN) == GIVEN


def test_twice_is_once(given, noon):
    posted = Transfer.objects.count()
    assert [settle(given, 30_000, noon), settle(given, 30_000, noon)] == [True, False]
    assert (Transfer.objects.count(), spent()) == (posted + 1, GIVEN - 30_000)
    assert settle(given, 0, noon) and spent() == GIVEN
    assert settle(given, 30_000, noon) and spent() == GIVEN - 30_000


def test_no_more_comes_back_than_was_given_and_nothing_without_goodwill(given, noon):
    settle(given, 10 * GIVEN, noon)
    assert spent() == 0
    settle(given, -5, noon)
    assert spent() == GIVEN


def test_what_waits_or_was_refused_is_not_repaid(case, kim, lena, noon):
    waiting = goodwill.ask(case=case, amount_minor=200_000, why="Late", by=kim, at=noon)
    assert not settle(waiting, 1000, noon)
    goodwill.refuse(grant=waiting, by=lena, why="No", at=noon)
    assert not settle(waiting, 1000, noon)


def test_two_purses_are_repaid_in_the_order_in_which_they_gave(given, case, kim, noon, alice):
    GoodwillPolicy.objects.update(payer=Payer.PARTNER)
    goodwill.ask(case=case, amount_minor=20_000, why="Once more", by=kim, at=noon + DAY)
    ours = Account.objects.get(kind=AccountKind.GOODWILL, owner_id=None)
    theirs = Account.objects.get(kind=AccountKind.GOODWILL, owner_id=case.partner_id)
    settle(given, GIVEN + 5_000, noon)
    assert (ledger.balance(account=ours), ledger.balance(account=theirs)) == (0, -15_000)
    assert balance(alice) == 15_000
    settle(given, 50_000, noon)
    assert (ledger.balance(account=ours), ledger.balance(account=theirs)) == (-50_000, -20_000)


def test_a_reward_for_one_order_repays_the_older_claim_first_and_nothing_twice(
    given, click, kim, alice, noon
):
    """The same order was made good again under a second claim."""
    again = claims_make.claim(click, at=noon + DAY)
    goodwill.ask(case=case_of(again), amount_minor=10_000, why="Again", by=kim, at=noon + DAY)
    claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=150_000)
    reward = 105_000
    assert balance(alice) == GIVEN + 10_000 + reward - (GIVEN + 5_000)
    assert spent() == 5_000


def test_the_partner_hears_of_every_change_of_the_balance(given, alice, noon):
    settle(given, 30_000, noon)
    heard = OutboxEvent.objects.filter(type="balance.changed", subject_id=given.claim_id).order_by("pk")
    assert [event.payload["available"]["amount"] for event in heard] == ["1000.00", "700.00"]
