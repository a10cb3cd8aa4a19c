"""The figures' page: who sees whose, what is asked of it, and its tables as files."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cashback import staff
from partners.models import StaffReach
from support.quality.bonus import sheets
from support.quality.periods import Kind, period_at
from tests.support import quality_make as make
from tests.support import quality_month

pytestmark = pytest.mark.django_db

PAGE = "/admin/quality/rating/kpi/"


@pytest.fixture
def desk(house, bob, at):
    """Ann and Ben have closed a case each at Acorn, Zoe one at Birch."""
    opened = at - timedelta(hours=3)
    for agent, shopper in ((house.ann, house.alice), (house.ben, house.alice), (house.zoe, bob)):
        make.case(by=shopper, agent=agent, opened=opened)
    return house


def at_the_desk(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def operator(django_user_model, db):
    staff.make_groups()
    user = django_user_model.objects.create_user("olga", password="a-long-password", is_staff=True)
    user.groups.add(Group.objects.get(name=staff.OPERATORS))
    return at_the_desk(user)


def table(client, name, query="") -> list[list[str]]:
    answer = client.get(f"{PAGE}{name}.csv{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def agents_in(client, query="") -> list[str]:
    return sorted(row[0] for row in table(client, "agents", query)[1:])


def test_an_operator_sees_everybody_and_narrows(desk, operator):
    assert operator.get(PAGE).status_code == 200
    assert agents_in(operator) == ["Ann", "Ben", "Zoe"]
    assert agents_in(operator, f"?team={desk.day.pk}") == ["Ann", "Ben"]
    assert agents_in(operator, f"?agent={desk.ben.pk}") == ["Ben"]
    assert agents_in(operator, f"?partner={desk.alice.partner_id}") == ["Ann", "Ben"]


def test_a_lead_sees_everybody_and_an_agent_their_own_row_alone(desk):
    assert agents_in(at_the_desk(desk.zoe.user)) == ["Ann", "Ben", "Zoe"]
    ann = at_the_desk(desk.ann.user)

    assert agents_in(ann) == ["Ann"]
    # Whatever she asks for.
    assert agents_in(ann, f"?agent={desk.ben.pk}&team={desk.night.pk}") == ["Ann"]
    page = ann.get(PAGE).content.decode()
    assert "these are your own figures" in page
    assert "Ben" not in page and "Zoe" not in page
    assert ann.get(f"{PAGE}teams.csv").status_code == 404
    assert ann.get(f"{PAGE}contacts.csv").status_code == 404


def test_staff_who_answer_nobody_and_may_not_look_are_refused(sam, desk):
    assert at_the_desk(sam).get(PAGE).status_code == 403
    assert at_the_desk(sam).get(f"{PAGE}agents.csv").status_code == 403


def test_behind_the_wall_the_others_work_is_not_counted(desk, operator, django_user_model, birch):
    user = django_user_model.objects.get(username="olga")
    StaffReach.objects.create(user=user).partners.add(birch.partner)
    walled = at_the_desk(django_user_model.objects.get(username="olga"))

    assert agents_in(walled) == ["Zoe"]
    assert walled.get(f"{PAGE}?partner={desk.alice.partner_id}").status_code == 404
    page = walled.get(PAGE).content.decode()
    assert "Acorn" not in page


def test_the_desks_own_way_around_stands_beside_the_figures(desk, operator):
    page = operator.get(PAGE).content.decode()

    assert 'href="/admin/desk/ticket/?view=owed"' in page
    assert page.count('aria-current="page"') == 1
    assert f'href="{PAGE}" title="Figures" aria-current="page"' in page


@pytest.mark.parametrize(
    "query",
    [
        "?period=week",
        "?period=month&on=2026-02-30",
        "?period=nothing&on=9999-99-99",
        "?on=0001-01-01",
        "?period=shift",
        "?period=week&on=2999-01-01",
    ],
)
def test_any_period_that_is_asked_for_is_answered(operator, desk, query):
    assert operator.get(PAGE + query).status_code == 200


@pytest.mark.parametrize("query", ["?agent=ann", "?team=1", "?partner=%00", "?period=shift&shift=x"])
def test_nobody_s_work_is_no_page(operator, desk, query):
    assert operator.get(PAGE + query).status_code == 404


def test_a_file_says_the_figures_as_numbers_and_names_as_text(desk, operator):
    desk.ann.name = "=Ann"
    desk.ann.save()

    rows = {
        row[0]: dict(zip(table(operator, "agents")[0], row, strict=True)) for row in table(operator, "agents")
    }

    assert (rows["'=Ann"]["Closed"], rows["'=Ann"]["Weighed"], rows["'=Ann"]["One touch, %"]) == (
        "1",
        "1.00",
        "100.0",
    )
    answer = operator.get(f"{PAGE}agents.csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="agents_')
    assert operator.get(f"{PAGE}nothing.csv").status_code == 404


NAMES = (
    *("agents", "shifts", "first-replies", "opened-and-closed", "satisfaction", "automatic", "contacts"),
    *("teams", "partners", "promises", "breaches", "rules", "networks", "refusals"),
)


def test_every_chart_and_table_of_the_page_is_there_as_a_file(house, operator, account, at):
    quality_month.month(house, until=at, account=account, cases=2)
    page = operator.get(PAGE).content.decode()

    for name in NAMES:
        assert f"{PAGE}{name}.csv?" in page, name
        rows = table(operator, name)
        assert len(rows) > 1 and len({len(row) for row in rows}) == 1, name
    assert page.count("<canvas") == 5
    assert "<script>" not in page


def test_the_headline_says_how_it_changed(house, operator, at):
    for number in range(3):
        make.case(by=house.alice, agent=house.ann, opened=at - timedelta(days=number, hours=3))
    for number in range(2):
        make.case(by=house.alice, agent=house.ann, opened=at - timedelta(days=40 + number))

    page = operator.get(PAGE).context

    closed = page["tiles"][0]
    assert (closed.value, closed.change, closed.trend) == ("3", "+50%", "better")


def test_an_agent_sees_their_own_frozen_bonus_and_nobody_elses(house):
    now = make.MONDAY + 20 * make.DAY
    for agent in (house.ann, house.ben):
        make.case(by=house.alice, agent=agent)
    period = period_at(Kind.WEEK, make.MONDAY, zone="UTC")
    sheets.freeze(period=period, by=house.zoe.user, at=now)

    rows = table(at_the_desk(house.ann.user), "bonus")

    assert rows[0][-1] == "Total"
    assert len(rows) == 2 and rows[1][1] == "1.00"


def test_the_number_of_queries_does_not_grow_with_the_cases(house, operator, at):
    for number in range(2):
        make.case(by=house.alice, agent=house.ann, opened=at - timedelta(days=number, hours=3))
    # The numbers beside the queues are kept for some seconds.
    cache.clear()
    with CaptureQueriesContext(connection) as few:
        operator.get(PAGE)
    for number in range(10):
        make.case(by=house.alice, agent=house.ann, opened=at - timedelta(days=number, hours=3))
    cache.clear()
    with CaptureQueriesContext(connection) as many:
        operator.get(PAGE)

    assert len(many) == len(few)
