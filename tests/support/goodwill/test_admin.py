"""The staff pages of goodwill: amounts as people write them, and a waiting grant that is refused with a reason."""

import pytest
from django.urls import reverse

from cashback import staff
from cashback.lib.admin import page_of
from partners.models import StaffReach
from support.goodwill import services as goodwill
from support.goodwill.budgets import month_of
from support.goodwill.models import GoodwillBudget, GoodwillGrant, GoodwillPolicy

POLICIES = "admin:goodwill_goodwillpolicy_add"
AMOUNTS = {
    "auto_max_minor": "300",
    "agent_max_minor": "1500.50",
    "lead_max_minor": "10000",
    "per_shopper_30d_minor": "1500",
    "per_shopper_life_minor": "10000",
    "monthly_budget_minor": "300000",
}
LIMITS = {"ratio_to_confirmed": "100", "cooldown_days": "7", "payer": "platform", "is_active": "on"}


@pytest.fixture
def root(client, admin_user):
    client.force_login(admin_user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def form(partner, **fields):
    return {"partner": partner.pk, "currency": "RUB", **LIMITS, **AMOUNTS, **fields}


def test_a_policy_is_written_in_ordinary_amounts_and_kept_in_minor_units(root, acorn):
    root.post(reverse(POLICIES), form(acorn.partner))
    policy = GoodwillPolicy.objects.get()
    assert (policy.auto_max_minor, policy.agent_max_minor, policy.monthly_budget_minor) == (
        30_000,
        150_050,
        30_000_000,
    )
    page = root.get(page_of(GoodwillPolicy, policy.pk)).content.decode()
    assert 'value="1500.50"' in page and "minor units" not in page
    # Saved as it is shown, nothing changes.
    root.post(page_of(GoodwillPolicy, policy.pk), form(acorn.partner, agent_max_minor="1500.50"))
    policy.refresh_from_db()
    assert policy.agent_max_minor == 150_050


@pytest.mark.parametrize(
    "currency, typed, minor",
    [("JPY", "1500", 1_500), ("KWD", "1500.125", 1_500_125), ("kzt", "1500", 150_000)],
)
def test_each_currency_has_its_own_decimals(root, acorn, currency, typed, minor):
    root.post(reverse(POLICIES), form(acorn.partner, currency=currency, agent_max_minor=typed))
    policy = GoodwillPolicy.objects.get()
    assert (policy.currency, policy.agent_max_minor) == (currency.upper(), minor)


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"agent_max_minor": "1500.505"}, "RUB has no more than 2 decimals."),
        ({"agent_max_minor": "1500.5", "currency": "JPY"}, "JPY has no more than 0 decimals."),
        ({"agent_max_minor": "1.00000000000000000000000000000001"}, "RUB has no more than 2 decimals."),
        ({"agent_max_minor": "many"}, "Enter a number."),
        ({"agent_max_minor": "NaN"}, "Enter a number."),
        ({"agent_max_minor": "-1"}, "greater than or equal to 0"),
        ({"agent_max_minor": "1e300"}, "less than or equal to 10000000000"),
        ({"agent_max_minor": ""}, "This field is required."),
        ({"agent_max_minor": "299"}, "An agent gives no less than is given at once"),
        ({"currency": "XXX"}, "Write the currency&#x27;s code, such as RUB."),
    ],
)
def test_what_is_no_amount_is_refused_and_nothing_is_kept(root, acorn, fields, said):
    answer = root.post(reverse(POLICIES), form(acorn.partner, **fields))
    assert answer.status_code == 200 and said in answer.content.decode()
    assert not GoodwillPolicy.objects.exists()


def test_a_budget_is_never_cut_below_what_is_spent(root, case, kim, noon):
    goodwill.ask(case=case, amount_minor=100_000, why="Late", by=kim, at=noon)
    budget = GoodwillBudget.objects.get()
    page = page_of(GoodwillBudget, budget.pk)
    answer = root.post(page, {"amount_minor": "999.99"})
    assert "More than this has been spent already." in answer.content.decode()
    root.post(page, {"amount_minor": "1000"})
    budget.refresh_from_db()
    assert (budget.amount_minor, budget.spent_minor) == (100_000, 100_000)


def test_a_part_of_the_budget_is_one_persons(root, policy, kim, noon):
    begins, ends = (moment.date() for moment in month_of(noon))
    fields = {"begins_at_0": begins, "begins_at_1": "00:00", "ends_at_0": ends, "ends_at_1": "00:00"}
    told = {"partner": policy.partner_id, "currency": "RUB", "holder": kim.pk, "amount_minor": "500.00"}
    root.post(reverse("admin:goodwill_goodwillbudget_add"), told | fields)
    budget = GoodwillBudget.objects.get()
    assert (budget.holder, budget.amount_minor) == (kim, 50_000)


def test_the_list_leads_to_its_figures(root, case):
    page = root.get(reverse("admin:goodwill_goodwillgrant_changelist")).content.decode()
    assert f'href="{reverse("admin:quality_kpi")}#kpi-goodwill-shops"' in page


# --- a waiting grant ----------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(case, kim, noon) -> GoodwillGrant:
    return goodwill.ask(case=case, amount_minor=200_000, why="Late", by=kim, at=noon)


@pytest.fixture
def lead(client, lena):
    staff.make_groups()
    lena.groups.add(staff.support_group())
    client.force_login(lena)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def refuse(client, grant, why):
    return client.post(
        reverse("admin:goodwill_goodwillgrant_refuse", args=[grant.pk]), {"why": why}, follow=True
    )


def test_it_is_refused_on_its_page_with_a_reason(lead, waiting, lena):
    assert "Why not? Whoever asked reads it." in lead.get(page_of(GoodwillGrant, waiting.pk)).content.decode()
    for nothing in ("", " \n", "\x00"):
        assert "Say why not." in refuse(lead, waiting, nothing).content.decode()
    waiting.refresh_from_db()
    assert waiting.status == "asked"

    page = refuse(lead, waiting, "The shop has paid it.").content.decode()
    waiting.refresh_from_db()
    assert (waiting.status, waiting.refused_by, waiting.refusal) == ("refused", lena, "The shop has paid it.")
    assert "The shop has paid it." in page
    # What was decided shows no way to decide again, and is refused all the same.
    assert reverse("admin:goodwill_goodwillgrant_refuse", args=[waiting.pk]) not in page
    assert "It has been decided already." in refuse(lead, waiting, "Again.").content.decode()


def test_who_may_only_look_refuses_nothing(client, waiting, sam):
    client.force_login(sam)
    assert refuse(client, waiting, "No.").status_code == 403
    waiting.refresh_from_db()
    assert waiting.status == "asked"


def test_behind_the_wall_it_is_not_there(lead, waiting, lena, birch):
    StaffReach.objects.create(user=lena).partners.set([birch.partner])
    assert refuse(lead, waiting, "No.").status_code == 404
    waiting.refresh_from_db()
    assert waiting.status == "asked"
