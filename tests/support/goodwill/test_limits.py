"""Ways around a limit that somebody would find, each of them shut."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offers.networks.base import SaleStatus
from partners.models import Shopper
from support.claims import services as claims
from support.claims.deciding import case_of
from support.desk.models import Agent
from support.goodwill import services as goodwill
from support.goodwill.budgets import month_of
from support.goodwill.models import GoodwillBudget, GoodwillPolicy
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from tests.support.goodwill.test_giving import ask, refusal_of

DAY = timedelta(days=1)


def elsewhere(case, number=1):
    return replace(case, merchant_id=make.merchant(f"Elsewhere {number}", slug=f"elsewhere-{number}").pk)


@pytest.fixture
def ada(django_user_model):
    """Another agent."""
    return claims_make.agent(django_user_model, "ada").user


@pytest.mark.parametrize("limit", ["per_shopper_30d_minor", "per_shopper_life_minor"])
def test_two_agents_who_agree_do_not_lift_a_shoppers_limit(click, case, kim, ada, lena, noon, limit):
    """100.00 more is within an agent's 1 500.00, and with what the shopper has had it is a lead's to decide."""
    GoodwillPolicy.objects.update(**{limit: 150_000})
    ask(case, kim, noon, minor=150_000)
    other = claims_make.claim(click, at=noon, order_no="OTHER-1")
    grant = ask(elsewhere(case_of(other)), kim, noon, minor=10_000)
    assert grant.status == "asked"
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=ada, at=noon)) == "above_own_limit"
    assert goodwill.approve(grant=grant, by=lena, at=noon).status == "paid"


def test_a_tag_in_the_address_makes_nobody_another_person(case, kim, noon):
    Shopper.objects.filter(pk=case.shopper_id).update(email="kim+shop@mail.test")
    kim.email = "Kim@Mail.test"
    assert refusal_of(lambda: ask(case, kim, noon)) == "own_account"
    kim.email = ""
    assert ask(case, kim, noon).status == "paid"


def test_amounts_of_another_currency_are_never_added(case, policy, kim, noon):
    """1 500.00 tenge are no 1 500.00 roubles."""
    claims_make.generous(policy.partner, currency="KZT")
    assert ask(replace(case, currency="KZT"), kim, noon, minor=150_000).status == "paid"
    assert ask(case, kim, noon, minor=150_000).status == "paid"


def test_who_left_the_desk_decides_nothing(case, kim, lena, noon):
    grant = ask(case, kim, noon, minor=200_000)
    Agent.objects.update(is_active=False)
    assert refusal_of(lambda: ask(case, kim, noon)) == "not_an_agent"
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=lena, at=noon)) == "above_own_limit"


def test_what_is_left_is_what_would_be_paid(case, policy, kim, lena, noon):
    """Of the partner's budget, of the agent's own part in it, and of their limit: the least."""
    assert goodwill.left(case=case, by=kim, at=noon).alone_minor == 150_000
    begins, ends = month_of(noon)
    GoodwillBudget.objects.create(
        partner=policy.partner,
        currency="RUB",
        holder=kim,
        begins_at=begins,
        ends_at=ends,
        amount_minor=90_000,
    )
    assert goodwill.left(case=case, by=kim, at=noon).alone_minor == 90_000
    assert goodwill.left(case=case, by=lena, at=noon).alone_minor == 1_000_000
    ask(case, kim, noon, minor=20_000)
    left = goodwill.left(case=case, by=kim, at=noon)
    assert (left.alone_minor, left.budget_minor) == (70_000, 100_000_000 - 20_000)
    assert refusal_of(lambda: ask(case, kim, noon, minor=70_001)) == "budget_spent"
    assert ask(case, kim, noon, minor=70_000).status == "paid"


def test_looking_at_what_is_left_begins_no_budget(case, kim, noon):
    goodwill.left(case=case, by=kim, at=noon)
    assert not GoodwillBudget.objects.exists()


# --- one reward repays no goodwill twice --------------------------------------------------------------------------


def test_goodwill_under_a_mistyped_number_is_repaid_by_the_same_reward_once(
    case, claim, click, kim, alice, noon
):
    """A person finds that two claims were about one purchase: its 1 400.00 repay 1 000.00, and 400.00 of 1 000.00."""
    ask(case, kim, noon, minor=100_000)
    mistyped = claims_make.claim(click, at=noon, order_no="ZX/77", order_minor=5_000)
    goodwill.ask(case=elsewhere(case_of(mistyped)), amount_minor=100_000, why="Late", by=kim, at=noon + DAY)
    sale = claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=200_000)
    assert balance(alice) == 100_000 + 140_000
    claims.link(claim=mistyped, sale=sale, agent=kim.agent, at=noon + 3 * DAY)
    assert balance(alice) == 200_000


def test_goodwill_for_the_older_claim_after_the_reward_repaid_the_younger(
    case, claim, click, kim, alice, noon
):
    claims.withdraw(claim=claim, at=noon)
    younger = claims_make.claim(click, at=noon + DAY)
    ask(case_of(younger), kim, noon + DAY, minor=100_000)
    claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=100_000)
    assert balance(alice) == 100_000  # of 700.00 that came all repay
    ask(case, kim, noon + 3 * DAY, minor=20_000)
    assert balance(alice) == 120_000
