"""Who may give how much, with whom, and out of which purse; what is refused leaves nothing half-done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from partners.models import Shopper, StaffReach
from support.claims.deciding import case_of
from support.goodwill import services as goodwill
from support.goodwill.budgets import month_of
from support.goodwill.models import (
    GoodwillBudget,
    GoodwillGrant,
    GoodwillPolicy,
    GoodwillRefusal,
    GrantStatus,
    Payer,
)
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from transactions.ledger.models import Account, AccountKind, Transfer

DAY = timedelta(days=1)


def ask(case, by, at, minor=100_000, why="The parcel came late"):
    return goodwill.ask(case=case, amount_minor=minor, why=why, by=by, at=at)


def refusal_of(work) -> str:
    """The code of the refusal, which leaves nothing behind."""
    had = GoodwillGrant.objects.count(), Transfer.objects.count()
    with pytest.raises((goodwill.GoodwillRefused, goodwill.BudgetSpent)) as refused:
        work()
    assert (GoodwillGrant.objects.count(), Transfer.objects.count()) == had
    return refused.value.code


def test_an_agent_gives_within_their_limit_and_the_shopper_has_it(case, kim, noon, alice):
    grant = ask(case, kim, noon)
    assert (grant.status, grant.requested_by, grant.approved_by, grant.decided_at) == (
        "paid",
        kim,
        None,
        noon,
    )
    assert balance(alice) == 100_000
    transfer = Transfer.objects.get()
    assert (transfer.source.kind, transfer.source.owner_id) == (AccountKind.GOODWILL, None)
    assert GoodwillBudget.objects.get().spent_minor == 100_000


def test_what_the_partner_pays_for_comes_from_the_partners_own_account(case, policy, kim, noon):
    GoodwillPolicy.objects.update(payer=Payer.PARTNER)
    ask(case, kim, noon)
    assert Account.objects.get(kind=AccountKind.GOODWILL).owner_id == case.partner_id


def test_above_the_limit_it_waits_for_another_person(case, kim, lena, noon, alice):
    grant = ask(case, kim, noon, minor=150_001)
    assert (grant.status, grant.needs_second, balance(alice)) == (GrantStatus.ASKED, True, 0)
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=kim, at=noon)) == "own_request"
    paid = goodwill.approve(grant=grant, by=lena, at=noon + DAY)
    assert (paid.status, paid.approved_by, paid.decided_at, balance(alice)) == (
        "paid",
        lena,
        noon + DAY,
        150_001,
    )
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=lena, at=noon)) == "decided"


def test_a_lead_approves_no_more_than_a_lead_may(case, kim, lena, admin_user, noon, alice):
    grant = ask(case, kim, noon, minor=1_000_001)
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=lena, at=noon)) == "above_own_limit"
    goodwill.approve(grant=grant, by=admin_user, at=noon)
    assert balance(alice) == 1_000_001


def test_a_lead_asks_above_their_own_limit_and_another_lead_cannot_wave_it_through(case, lena, max_, noon):
    grant = ask(case, lena, noon, minor=1_000_001)
    assert grant.status == GrantStatus.ASKED
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=max_, at=noon)) == "above_own_limit"


def test_a_refusal_gives_nothing_and_says_why(case, kim, lena, noon, alice):
    grant = ask(case, kim, noon, minor=200_000)
    assert refusal_of(lambda: goodwill.refuse(grant=grant, by=lena, why=" ", at=noon)) == "why_missing"
    refused = goodwill.refuse(grant=grant, by=lena, why="The shop paid it", at=noon)
    assert (refused.status, refused.refused_by, refused.refusal) == ("refused", lena, "The shop paid it")
    assert balance(alice) == 0 and not GoodwillBudget.objects.filter(spent_minor__gt=0).exists()
    # It counts against no limit any more.
    assert ask(case, kim, noon).status == "paid"


def test_five_small_ones_for_a_shop_are_one_large_one(case, kim, noon, alice, click):
    """Each is below the agent's limit, and together they are above it: over claims of one shop within a week."""
    found = []
    for number in range(5):
        other = claims_make.claim(click, at=noon, order_no=f"SPLIT-{number}")
        found.append(ask(case_of(other), kim, noon + number * timedelta(hours=1), minor=40_000).status)
    assert found == ["paid", "paid", "paid", "asked", "asked"]
    assert balance(alice) == 120_000
    later = claims_make.claim(click, at=noon, order_no="SPLIT-9")
    assert ask(case_of(later), kim, noon + 8 * DAY, minor=40_000).status == "paid"


def test_a_second_one_for_the_same_claim_counts_with_the_first(case, kim, noon):
    assert [ask(case, kim, noon, minor=100_000).status for _ in range(2)] == ["paid", "asked"]


@pytest.mark.parametrize(
    "limit",
    [{"per_shopper_30d_minor": 90_000}, {"per_shopper_life_minor": 90_000}],
    ids=lambda it: next(iter(it)),
)
def test_what_a_shopper_has_had_needs_a_second_person(case, kim, noon, limit):
    GoodwillPolicy.objects.update(**limit)
    assert ask(case, kim, noon, minor=90_000).status == "paid"
    other = replace(case, merchant_id=make.merchant("Elsewhere", slug="elsewhere").pk)
    assert ask(other, kim, noon + 10 * DAY, minor=1).status == "asked"


@pytest.mark.parametrize("minor", [0, -1, 2**63, True, "5", 5.0, None])
def test_what_is_no_amount_is_refused(case, kim, noon, minor):
    assert refusal_of(lambda: ask(case, kim, noon, minor=minor)) == "amount"


def test_who_gives_must_say_why_and_be_an_agent_of_the_partners(case, kim, noon, django_user_model, birch):
    assert refusal_of(lambda: ask(case, kim, noon, why=" \n")) == "why_missing"
    stranger = django_user_model.objects.create_user("otto", is_staff=True)
    assert refusal_of(lambda: ask(case, stranger, noon)) == "not_an_agent"
    StaffReach.objects.create(pk=kim.pk).partners.set([birch.partner])
    assert refusal_of(lambda: ask(case, kim, noon)) == "out_of_reach"


def test_who_works_for_another_partner_neither_approves_nor_refuses(case, kim, lena, noon, birch):
    grant = ask(case, kim, noon, minor=200_000)
    StaffReach.objects.create(pk=lena.pk).partners.set([birch.partner])
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=lena, at=noon)) == "out_of_reach"
    assert refusal_of(lambda: goodwill.refuse(grant=grant, by=lena, why="No", at=noon)) == "out_of_reach"


def test_nobody_gives_to_their_own_address(case, kim, lena, noon):
    grant = ask(case, kim, noon, minor=200_000)
    Shopper.objects.filter(pk=case.shopper_id).update(email="Kim@mail.test")
    for user in (kim, lena):
        user.email = "kim@mail.test"
        user.save()
    assert refusal_of(lambda: ask(case, kim, noon)) == "own_account"
    assert refusal_of(lambda: goodwill.approve(grant=grant, by=lena, at=noon)) == "own_account"


def test_without_a_policy_in_the_currency_nothing_is_given(case, kim, noon):
    assert refusal_of(lambda: ask(replace(case, currency="USD"), kim, noon)) == "no_policy"
    GoodwillPolicy.objects.update(is_active=False)
    assert refusal_of(lambda: ask(case, kim, noon)) == "no_policy"


def test_an_agents_own_budget_ends_before_the_partners(case, policy, kim, lena, noon):
    begins, ends = month_of(noon)
    GoodwillBudget.objects.create(
        partner_id=case.partner_id,
        currency="RUB",
        holder=kim,
        begins_at=begins,
        ends_at=ends,
        amount_minor=50_000,
    )
    assert refusal_of(lambda: ask(case, kim, noon, minor=50_001)) == "budget_spent"
    ask(case, kim, noon, minor=50_000)
    ask(case, lena, noon, minor=10_000)
    spent = dict(GoodwillBudget.objects.values_list("holder__username", "spent_minor"))
    assert spent == {"kim": 50_000, None: 60_000}


def test_a_new_month_has_a_budget_of_its_own(case, kim, noon):
    GoodwillPolicy.objects.update(monthly_budget_minor=100_000)
    ask(case, kim, noon, minor=100_000)
    assert refusal_of(lambda: ask(case, kim, noon, minor=1)) == "budget_spent"
    ask(case, kim, noon + 7 * DAY, minor=1)  # it is December by then


# Of what is paid at once: the policy or the case, and why a person must decide.
BY_A_PERSON = {
    "no_policy": ({"is_active": False}, {}),
    "no_click": ({}, {"has_click": False}),
    "not_enough_known": ({}, {"expected_minor": None}),
    "flagged": ({}, {"flags": ("same_file",)}),
    "reason_not_allowed": ({"allowed_reasons": ["untracked"]}, {"reason": "lodge"}),
    "above_policy": ({"auto_max_minor": 6_964}, {}),
    "over_30_days": ({"per_shopper_30d_minor": 6_964}, {}),
    "over_life": ({"per_shopper_life_minor": 6_964}, {}),
    "over_ratio": ({"ratio_to_confirmed": 50}, {}),
    "budget_spent": ({"monthly_budget_minor": 6_964}, {}),
}


@pytest.mark.parametrize("code", BY_A_PERSON)
def test_what_is_not_paid_at_once_says_why(case, noon, alice, shop, code):
    claims_make.with_history(alice, on=shop, at=noon)
    had = balance(alice)
    policy, facts = BY_A_PERSON[code]
    GoodwillPolicy.objects.update(**policy)
    assert goodwill.pay_at_once(case=replace(case, **facts), at=noon) is None
    assert GoodwillRefusal.objects.latest("pk").code == code
    assert (balance(alice), GoodwillGrant.objects.count()) == (had, 0)


def test_a_shopper_whom_no_shop_has_confirmed_yet_is_a_persons(case, noon):
    assert goodwill.pay_at_once(case=case, at=noon) is None
    assert GoodwillRefusal.objects.latest("pk").code == "new_shopper"


def test_at_once_is_once_for_a_claim_and_cools_down_between(case, noon, alice, shop, click):
    claims_make.with_history(alice, on=shop, at=noon)
    had = balance(alice)
    GoodwillPolicy.objects.update(cooldown_days=7, auto_max_minor=20_000)
    assert goodwill.pay_at_once(case=case, at=noon).amount_minor == claims_make.CASHBACK
    assert goodwill.pay_at_once(case=case, at=noon) is None
    elsewhere = make.merchant("Elsewhere", slug="elsewhere").pk
    other = claims_make.claim(click, at=noon, order_no="OTHER-1")
    other = replace(case_of(other), merchant_id=elsewhere, expected_minor=100)
    assert goodwill.pay_at_once(case=other, at=noon + 6 * DAY) is None
    assert goodwill.pay_at_once(case=other, at=noon + 7 * DAY).amount_minor == 100
    codes = list(
        GoodwillRefusal.objects.filter(claim=case.claim_id).order_by("pk").values_list("code", flat=True)
    )
    assert codes == ["no_policy", "given_already"]
    assert balance(alice) == had + claims_make.CASHBACK + 100
