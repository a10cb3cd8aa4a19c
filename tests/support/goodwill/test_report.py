"""Goodwill among the figures: by shop, giver and shopper, with what came back; of one's own partners alone."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cashback import staff
from offers.networks.base import SaleStatus
from partners.models import StaffReach
from support.goodwill import services as goodwill
from support.quality.measures import goodwill as measures
from support.quality.measures.goodwill import Of
from support.quality.measures.scope import Scope
from tests.support import claims_make

DAY = timedelta(days=1)
PAGE = "/admin/quality/rating/kpi/"


@pytest.fixture
def month(noon) -> Scope:
    return Scope(since=noon - 20 * DAY, until=noon + 10 * DAY, at=noon + 10 * DAY)


@pytest.fixture
def given(case, kim, lena, noon):
    """1 000.00 by Kim alone, and 2 000.00 more with Lena."""
    first = goodwill.ask(case=case, amount_minor=100_000, why="Late", by=kim, at=noon)
    second = goodwill.ask(case=case, amount_minor=200_000, why="Later still", by=kim, at=noon + DAY)
    goodwill.approve(grant=second, by=lena, at=noon + DAY)
    return first


@pytest.fixture
def operator(django_user_model, db) -> Client:
    staff.make_groups()
    user = django_user_model.objects.create_user("olga", password="a-long-password", is_staff=True)
    user.groups.add(Group.objects.get(name=staff.OPERATORS))
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "of, name", [(Of.MERCHANT, "Harbor"), (Of.GIVER, "kim"), (Of.SHOPPER, "alice")], ids=lambda it: str(it)
)
def test_what_was_given_and_what_came_back(given, click, noon, month, of, name):
    [row] = measures.given(month, of)
    assert (row.name, row.currency, row.grants, row.given_minor) == (name, "RUB", 2, 300_000)
    assert (row.repaid_minor, row.with_second) == (0, 1)

    claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=200_000)

    [row] = measures.given(month, of)
    assert (row.repaid_minor, round(row.recovery, 3)) == (140_000, 0.467)
    assert row.per_100_purchases == 200


def test_what_came_back_is_the_older_grants_first(given, click, noon, month):
    """In a period that has the second grant alone only what is left of the 1 400.00 counts."""
    claims_make.sold(click, at=noon + 2 * DAY, status=SaleStatus.APPROVED, commission=200_000)
    second = Scope(since=noon + DAY, until=month.until, at=month.at)
    [row] = measures.given(second, Of.MERCHANT)
    assert (row.grants, row.given_minor, row.repaid_minor) == (1, 200_000, 40_000)


def test_what_waits_or_lies_outside_is_not_in_it(case, kim, noon, month):
    goodwill.ask(case=case, amount_minor=200_000, why="Waits", by=kim, at=noon)
    goodwill.ask(case=case, amount_minor=100, why="Later", by=kim, at=noon + 11 * DAY)
    assert measures.given(month, Of.MERCHANT) == []


def read(client, name, noon) -> list[list[str]]:
    answer = client.get(f"{PAGE}{name}.csv?period=month&on={noon:%Y-%m-%d}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_the_page_and_its_files_show_it(given, operator, noon):
    page = operator.get(f"{PAGE}?period=month&on={noon:%Y-%m-%d}").content.decode()
    for title in ("Goodwill by shop", "Goodwill by who asked for it", "Goodwill by shopper"):
        assert title in page
    assert "3,000.00" in page
    [_heads, row] = read(operator, "goodwill-givers", noon)
    assert row == ["kim", "2", "300000", "0", "0.0", "RUB", "1"]
    assert read(operator, "goodwill-shops", noon)[1][0] == "Harbor"
    assert read(operator, "goodwill-shoppers", noon)[1][0] == "alice"


def test_nobody_reads_another_partners(given, operator, noon, birch, django_user_model):
    olga = django_user_model.objects.get(username="olga")
    StaffReach.objects.create(pk=olga.pk).partners.set([birch.partner])
    for name in ("goodwill-shops", "goodwill-givers", "goodwill-shoppers"):
        assert len(read(operator, name, noon)) == 1
    page = operator.get(f"{PAGE}?period=month&on={noon:%Y-%m-%d}").content.decode()
    assert "Harbor" not in page and "alice" not in page


@pytest.mark.parametrize("grants", [1, 4])
def test_a_file_takes_the_same_queries_for_any_length(case, kim, noon, operator, grants):
    for _number in range(grants):
        goodwill.ask(case=case, amount_minor=100, why="Late", by=kim, at=noon)
    read(operator, "goodwill-shops", noon)
    with CaptureQueriesContext(connection) as asked:
        read(operator, "goodwill-shops", noon)
    assert len(asked) == QUERIES


# The session and who it is, what they may, whom they reach, and the table.
QUERIES = 8
