"""The shift-zero board and the shifts that were frozen, as the team sees them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import StaffReach
from support.desk import services as desk_services
from support.desk.models import Ticket
from support.shifts import close, rota
from support.shifts.models import Excuse, HandOver, ShiftClose
from tests import make
from tests.support.admin.conftest import ask, at_the_desk, hire

pytestmark = pytest.mark.django_db

BOARD = "/admin/shifts/shiftclose/board/"
CLOSES = "/admin/shifts/shiftclose/"
HOUR = timedelta(hours=1)


@pytest.fixture
def ended(sam, marta, irina, alice, now):
    """Sam's shift ended an hour ago with one question unanswered; Marta's runs now, and Irina's comes after."""
    ask(alice, at=now - 5 * HOUR, subject="Left over")
    desk_services.assign(ticket=Ticket.objects.get(), agent=sam, by=None, at=now - 5 * HOUR)
    plan = {"team": sam.team}
    rota.plan_shift(**plan, name="Day", starts_at=now - 9 * HOUR, ends_at=now - HOUR, agents=[sam])
    rota.plan_shift(
        **plan, name="Evening", starts_at=now - HOUR, ends_at=now + 7 * HOUR, agents=[marta, irina]
    )
    close.close_due(at=now)
    return ShiftClose.objects.get()


def test_the_board_says_how_much_is_owed_and_how_long_there_is(desk, ended, alice, now):
    page = desk.get(BOARD)

    assert page.context["board"].owed == 1
    assert page.context["board"].shift.name == "Evening"
    assert [(kind.letter, kind.count) for kind in page.context["kinds"]] == [
        *[("a", 1), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 0)]
    ]
    assert "Left over" in page.content.decode()


def test_the_board_at_zero_says_so(desk, sam, ended, now):
    desk_services.solve(ticket=Ticket.objects.get(), agent=sam, at=now)

    assert "The shift stands at zero" in desk.get(BOARD).content.decode()


def test_late_arrivals_stand_apart(desk, sam, alice, now):
    rota.plan_shift(
        team=sam.team, name="Day", starts_at=now - 8 * HOUR, ends_at=now + timedelta(minutes=10), agents=[sam]
    )
    ask(alice, at=now)
    page = desk.get(BOARD)

    assert (page.context["board"].owed, page.context["board"].late_arrivals) == (0, 1)
    assert (len(page.context["items"]), len(page.context["late_items"])) == (0, 1)


@pytest.mark.parametrize("rows", [1, 20])
def test_the_board_costs_the_same_for_any_length(desk, alice, now, rows):
    for _ in range(rows):
        ask(alice, at=now - HOUR)
    desk.get(BOARD)
    with CaptureQueriesContext(connection) as asked:
        page = desk.get(BOARD)

    assert page.context["board"].owed == rows
    assert len(asked) <= 32


def test_a_frozen_shift_stays_as_it_was(desk, sam, ended, now):
    address = f"{CLOSES}{ended.pk}/change/"
    before = desk.get(address).context["left"]
    desk_services.solve(ticket=Ticket.objects.get(), agent=sam, at=now)

    assert (before, desk.get(address).context["left"]) == (1, 1)
    assert "Left over" in desk.get(address).content.decode()


def test_an_excuse_needs_a_lead_who_did_not_ask_for_it(desk, irina, ended):
    item = ended.items.get()
    base = f"{CLOSES}{ended.pk}"
    desk.post(f"{base}/excuse/{item.pk}/", {"reason": "The bank's site was down."})
    excuse = Excuse.objects.get()
    assert desk.get(f"{base}/change/").context["left"] == 1

    refused = desk.post(f"{base}/decide/{excuse.pk}/", {"decision": "approve"}, follow=True)
    assert "lead" in str(list(refused.context["messages"])[0])
    lead = at_the_desk(irina)
    lead.post(f"{base}/decide/{excuse.pk}/", {"decision": "approve"})

    assert lead.get(f"{base}/change/").context["left"] == 0
    assert [row.unexcused for row in lead.get(CLOSES).context["closes"]] == [0]


def test_an_excuse_that_is_refused_counts(desk, irina, ended):
    item = ended.items.get()
    desk.post(f"{CLOSES}{ended.pk}/excuse/{item.pk}/", {"reason": "I forgot."})
    at_the_desk(irina).post(f"{CLOSES}{ended.pk}/decide/{Excuse.objects.get().pk}/", {"decision": "refuse"})

    page = desk.get(f"{CLOSES}{ended.pk}/change/")
    assert page.context["left"] == 1
    assert "I forgot." in page.content.decode()


def test_what_is_left_is_handed_over_with_a_note(desk, marta, ended):
    item = ended.items.get()
    base = f"{CLOSES}{ended.pk}/hand-over/"
    desk.post(base, {"item": item.pk, "agent": marta.pk, "note": ""})
    assert not HandOver.objects.exists()

    desk.post(base, {"item": item.pk, "agent": marta.pk, "note": "The shopper calls back at six."})
    assert HandOver.objects.get().to_agent == marta
    assert Ticket.objects.get().assignee == marta


def test_the_closes_say_how_many_ended_at_zero(desk, ended):
    page = desk.get(CLOSES)

    assert (len(page.context["closes"]), page.context["at_zero"]) == (1, 0)
    assert "not at zero" in page.content.decode()


def test_behind_a_wall_nothing_of_other_partners_counts(django_user_model, groups, ended, birch, now):
    bella = hire(django_user_model, "bella")
    StaffReach.objects.create(user=bella.user).partners.add(birch.partner)
    ask(make.shopper(birch, "bob"), at=now - HOUR, subject="Of Birch")
    desk = at_the_desk(bella)
    item = ended.items.get()

    assert desk.get(BOARD).context["board"].owed == 1
    page = desk.get(f"{CLOSES}{ended.pk}/change/")
    assert (page.context["left"], len(page.context["items"])) == (0, 0)
    assert "Left over" not in page.content.decode()
    assert desk.post(f"{CLOSES}{ended.pk}/excuse/{item.pk}/", {"reason": "x"}).status_code == 404
    desk.post(f"{CLOSES}{ended.pk}/hand-over/", {"item": item.pk, "note": "x"})
    assert not HandOver.objects.exists()


def test_who_is_no_agent_only_looks(client, django_user_model, groups, ended):
    from cashback import staff

    olga = django_user_model.objects.create_user("olga", password="a-long-password", is_staff=True)
    olga.groups.add(staff.support_group())
    client.force_login(olga)
    item = ended.items.get()

    assert client.get(BOARD).status_code == 200
    assert client.post(f"{CLOSES}{ended.pk}/excuse/{item.pk}/", {"reason": "x"}).status_code == 403


@pytest.mark.parametrize("pk", ["00000000-0000-7000-8000-000000000000", "nonsense"])
def test_a_close_that_there_is_not_is_404(desk, pk):
    assert desk.get(f"{CLOSES}{pk}/change/").status_code == 404
