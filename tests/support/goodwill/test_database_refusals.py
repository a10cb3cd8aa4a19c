"""Four eyes and what was decided hold for raw SQL too."""

import pytest
from django.db import IntegrityError, connection, transaction

from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillBudget, GoodwillGrant

CHANGE = "UPDATE goodwill_goodwillgrant SET "


def refused(sql: str, *values) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)
    return str(error.value)


@pytest.fixture
def waiting(case, kim, noon) -> GoodwillGrant:
    return goodwill.ask(case=case, amount_minor=200_000, why="Late", by=kim, at=noon)


def test_nobody_approves_their_own(waiting, kim):
    sql = "UPDATE goodwill_goodwillgrant SET status = 'paid', decided_at = now(), approved_by_id = %s"
    assert "goodwill_is_approved_by_another_person" in refused(sql, kim.pk)


def test_above_the_limit_there_is_a_second_person(waiting):
    sql = "UPDATE goodwill_goodwillgrant SET status = 'paid', decided_at = now()"
    assert "goodwill_above_the_limit_had_a_second_person" in refused(sql)


@pytest.mark.parametrize(
    "change",
    [
        "amount_minor = 1",
        "currency = 'USD'",
        "payer = 'partner'",
        "needs_second = false",
        "requested_by_id = NULL",
        "claim_id = uuidv7()",
        "shopper_id = uuidv7()",
        "merchant_id = NULL",
        "partner_id = uuidv7()",
        "created_at = now()",
    ],
)
def test_what_waits_keeps_its_terms(waiting, change):
    assert "goodwill_grant_keeps_its_terms" in refused(CHANGE + change)


@pytest.mark.parametrize(
    "change", ["status = 'asked'", "status = 'refused'", "approved_by_id = NULL", "decided_at = now()"]
)
def test_what_was_paid_never_changes_and_never_goes(waiting, lena, noon, change):
    goodwill.approve(grant=waiting, by=lena, at=noon)
    assert "goodwill_grant_that_was_decided_never_changes" in refused(CHANGE + change)
    assert "goodwill_grant_is_never_deleted" in refused("DELETE FROM goodwill_goodwillgrant")


def test_a_budget_is_never_overspent(case, kim, noon):
    goodwill.ask(case=case, amount_minor=1000, why="Late", by=kim, at=noon)
    assert GoodwillBudget.objects.count() == 1
    sql = "UPDATE goodwill_goodwillbudget SET spent_minor = amount_minor + 1"
    assert "goodwill_budget_is_not_overspent" in refused(sql)
    assert "goodwill_budget_is_not_overspent" in refused(
        "UPDATE goodwill_goodwillbudget SET spent_minor = -1"
    )
