"""However many give at once, no more goes out than there is, and nobody is paid twice."""

import pytest

from support.claims.deciding import case_of
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillBudget, GoodwillGrant, GoodwillPolicy
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from tests.support.desk_make import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_at_once_never_exceed_the_budget(shop, moscow, kim, noon, policy):
    """Twenty shoppers, 100.00 each, and a budget of 735.00: seven are paid and thirteen are told that it is spent."""
    GoodwillPolicy.objects.update(monthly_budget_minor=73_500)
    people = [make.shopper(moscow, f"member-{number}") for number in range(20)]
    cases = []
    for who in people:
        trip = claims_make.trip(by=who, on=shop, at=noon - 5 * claims_make.DAY)
        cases.append(case_of(claims_make.claim(trip, at=noon, order_no=who.external_id)))

    found = together(
        *(
            lambda case=case: goodwill.ask(case=case, amount_minor=10_000, why="Late", by=kim, at=noon)
            for case in cases
        )
    )

    refused = [each for each in found if not isinstance(each, GoodwillGrant)]
    assert [refusal.code for refusal in refused] == ["budget_spent"] * 13
    assert GoodwillBudget.objects.get().spent_minor == 70_000
    assert sum(balance(who) for who in people) == 70_000
    assert GoodwillGrant.objects.paid().count() == GoodwillGrant.objects.count() == 7


def test_of_many_at_once_to_one_shopper_those_above_the_limit_wait(case, kim, noon, alice):
    together(
        *[lambda: goodwill.ask(case=case, amount_minor=50_000, why="Late", by=kim, at=noon)] * 6,
    )
    assert balance(alice) == 150_000
    assert GoodwillGrant.objects.paid().count() == 3 and GoodwillGrant.objects.waiting().count() == 3


def test_of_two_who_decide_at_once_one_does(case, kim, lena, max_, noon, alice):
    grant = goodwill.ask(case=case, amount_minor=200_000, why="Late", by=kim, at=noon)
    found = together(
        lambda: goodwill.approve(grant=grant, by=lena, at=noon),
        lambda: goodwill.refuse(grant=grant, by=max_, why="No", at=noon),
        lambda: goodwill.approve(grant=grant, by=max_, at=noon),
    )
    assert [getattr(each, "code", "") for each in found].count("decided") == 2
    grant.refresh_from_db()
    assert balance(alice) == (200_000 if grant.status == "paid" else 0)
