"""The queue: whose turn it is, page by page, and what an agent does with several at once."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from support.admin import queue
from support.claims import services as claims
from support.desk import services as desk_services
from support.desk.models import Presence, SavedView, Ticket, TicketStatus
from tests import make
from tests.support import claims_make
from tests.support.admin.conftest import ask, in_review
from tests.support.claims_make import DAY

pytestmark = pytest.mark.django_db

QUEUE = "/admin/desk/ticket/"


def shown(desk, query="") -> list[str]:
    page = desk.get(QUEUE + query)
    assert page.status_code == 200
    return [row.ticket.public_number for row in page.context["rows"]]


def test_an_agent_begins_with_their_own(desk, sam, question, alice, now):
    other = ask(alice, at=now, subject="Another")
    desk_services.assign(ticket=question, agent=sam, by=sam, at=now)

    assert shown(desk) == [question.public_number]
    assert shown(desk, "?view=unassigned") == [other.public_number]


def test_each_view_holds_what_its_name_says(desk, sam, claim, question, click, alice, shop, now):
    ice = claims_make.claim(
        claims_make.trip(by=alice, on=shop, at=now), at=now + timedelta(hours=1), order_no="ICE-1"
    )
    solved = ask(alice, at=now)
    desk_services.solve(ticket=solved, agent=sam, at=now)
    by_view = {view.name: shown(desk, f"?view={view.name}") for view in queue.VIEWS}

    assert by_view["owed"] == [claim.ticket.public_number, question.public_number]
    assert by_view["ice"] == [ice.ticket.public_number]
    assert by_view["solved"] == [solved.public_number]
    assert by_view["mine"] == by_view["goodwill"] == by_view["network"] == []
    assert set(by_view["all"]) == {each.public_number for each in (claim.ticket, question, ice.ticket)}


def test_a_claim_at_the_network_waits_in_a_view_of_its_own(desk, sam, claim, now):
    claims.lodge(claim=claim, agent=sam, at=now)

    assert shown(desk, "?view=network") == [claim.ticket.public_number]


def test_a_snoozed_case_is_out_of_the_way_until_its_time(desk, sam, question, now):
    desk_services.assign(ticket=question, agent=sam, by=sam, at=now)
    desk_services.snooze(ticket=question, until=now + timedelta(hours=1), agent=sam, at=now)
    assert shown(desk) == []

    Ticket.objects.update(snoozed_until=now - timedelta(minutes=1))
    assert shown(desk) == [question.public_number]


@pytest.fixture
def many(alice, now):
    """Sixty cases: forty with a due time, two of them at the same moment, and twenty without one."""
    made = [ask(alice, at=now, subject=f"Question {number}") for number in range(60)]
    for number, ticket in enumerate(made):
        due = None if number >= 40 else now + timedelta(minutes=number // 2)
        Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due)
    return made


def pages_of(desk, query) -> list[list[str]]:
    found = []
    while True:
        page = desk.get(QUEUE + query)
        found.append([row.ticket.public_number for row in page.context["rows"]])
        if not page.context["page"].has_next or len(found) > 9:
            return found
        query = f"?view=all&after={page.context['page'].next_cursor}".replace("+", "%2B")


def test_pages_follow_each_other_without_a_gap_or_a_repeat(desk, many):
    pages = pages_of(desk, "?view=all")

    assert [len(page) for page in pages] == [25, 25, 10]
    assert sum(pages, []) == [ticket.public_number for ticket in many]


def test_pages_lead_back_the_same_way(desk, many):
    first = desk.get(QUEUE + "?view=all")
    second = desk.get(f"{QUEUE}?view=all&after={first.context['page'].next_cursor}".replace("+", "%2B"))
    third = desk.get(f"{QUEUE}?view=all&after={second.context['page'].next_cursor}".replace("+", "%2B"))
    back = desk.get(f"{QUEUE}?view=all&before={third.context['page'].previous_cursor}".replace("+", "%2B"))
    start = desk.get(f"{QUEUE}?view=all&before={back.context['page'].previous_cursor}".replace("+", "%2B"))

    def numbers(page):
        return [row.ticket.public_number for row in page.context["rows"]]

    assert numbers(back) == numbers(second)
    assert numbers(start) == numbers(first)
    assert not start.context["page"].has_previous


def test_what_is_done_meanwhile_shifts_no_page(desk, sam, many, now):
    first = desk.get(QUEUE + "?view=all")
    for ticket in many[:10]:
        desk_services.solve(ticket=ticket, agent=sam, at=now)
    second = desk.get(f"{QUEUE}?view=all&after={first.context['page'].next_cursor}".replace("+", "%2B"))

    assert second.context["rows"][0].ticket.pk == many[25].pk


@pytest.mark.parametrize("rubbish", ["x", "_", "2026-13-45_1", "\x00", "_%00"])
def test_rubbish_for_a_place_is_the_beginning(desk, question, rubbish):
    assert shown(desk, f"?view=all&after={rubbish}") == [question.public_number]


@pytest.mark.parametrize(
    "query",
    ["?category=nonsense", "?priority=%00", "?storefront=1", "?partner=x", "?language=..", "?view=zzz"],
)
def test_a_filter_that_nobody_could_choose_is_none(desk, sam, question, now, query):
    desk_services.assign(ticket=question, agent=sam, by=sam, at=now)
    assert shown(desk, query) == [question.public_number]


def test_filters_narrow_the_queue(desk, question, claim, alice):
    assert shown(desk, "?view=all&category=untracked") == [claim.ticket.public_number]
    assert shown(desk, f"?view=all&storefront={alice.storefront_id}&category=other") == [
        question.public_number
    ]
    assert shown(desk, "?view=all&priority=urgent") == []


@pytest.mark.parametrize("words", ["payout", "T-{number}", "{email}", "Where is my payout"])
def test_search_finds_a_case_by_what_anybody_remembers(desk, question, alice, words):
    alice.email = "alice@shopper.test"
    alice.save()
    words = words.format(number=question.number, email=alice.email)

    assert shown(desk, f"?q={words}") == [question.public_number]


def test_search_finds_a_claim_by_its_order_and_its_number(desk, claim):
    assert shown(desk, "?q=AB-1001") == [claim.ticket.public_number]
    assert shown(desk, f"?q={claim.public_number}") == [claim.ticket.public_number]


def test_ticked_cases_are_taken_at_once(desk, sam, question, claim):
    answer = desk.post(QUEUE + "take/", {"ticket": [question.pk, claim.ticket_id], "in": "view=unassigned"})

    assert answer.headers["Location"].endswith("?view=unassigned")
    assert set(Ticket.objects.values_list("assignee", flat=True)) == {sam.pk}


def test_the_next_case_is_the_most_urgent_that_waits_and_theirs_from_then_on(desk, sam, question, claim, now):
    Ticket.objects.filter(pk=question.pk).update(next_due_at=now + timedelta(hours=2))
    Ticket.objects.filter(pk=claim.ticket_id).update(next_due_at=now + timedelta(hours=1))

    answer = desk.get(QUEUE + "next/?view=unassigned")

    assert str(claim.ticket_id) in answer.headers["Location"]
    assert Ticket.objects.get(pk=claim.ticket_id).assignee == sam


def test_after_one_case_comes_the_next_and_after_the_last_the_first(desk, sam, alice, now):
    one, two = ask(alice, at=now), ask(alice, at=now)
    for number, ticket in enumerate((one, two)):
        desk_services.assign(ticket=ticket, agent=sam, by=sam, at=now)
        Ticket.objects.filter(pk=ticket.pk).update(next_due_at=now + timedelta(hours=number))
        ticket.refresh_from_db()

    after_one = desk.get(QUEUE + "next/", {"view": "mine", "after": str(queue.Cursor.of(one))})
    after_two = desk.get(QUEUE + "next/", {"view": "mine", "after": str(queue.Cursor.of(two))})

    assert str(two.pk) in after_one.headers["Location"]
    assert str(one.pk) in after_two.headers["Location"]


def test_a_case_that_waits_for_the_shopper_is_no_next_case(desk, sam, question, now):
    desk_services.assign(ticket=question, agent=sam, by=sam, at=now)
    desk_services.set_status(ticket=question, status=TicketStatus.PENDING, agent=sam, at=now)

    answer = desk.get(QUEUE + "next/", follow=True)

    assert "Nothing is owed: the queue is at zero." in answer.content.decode()


def test_a_view_is_kept_and_dropped(desk, sam, marta, other_desk, question):
    desk.post(QUEUE + "views/save/", {"name": "Payouts", "in": "view=all&category=other", "shared": "1"})
    view = SavedView.objects.get()

    assert view.filters == {"view": "all", "category": "other"}
    assert "Payouts" in desk.get(QUEUE + "?view=all&category=other").content.decode()
    assert "Payouts" in other_desk.get(QUEUE).content.decode()
    assert other_desk.post(f"{QUEUE}views/{view.pk}/drop/").status_code == 404
    desk.post(f"{QUEUE}views/{view.pk}/drop/")
    assert not SavedView.objects.exists()


def test_a_view_of_ones_own_is_nobody_elses(desk, other_desk):
    desk.post(QUEUE + "views/save/", {"name": "Private", "in": "view=owed"})

    assert "Private" not in other_desk.get(QUEUE).content.decode()


def test_presence_is_one_press_away_and_leaves_a_trace(desk, sam):
    answer = desk.post(QUEUE + "presence/", {"presence": "online", "here": "/admin/desk/ticket/?view=owed"})

    sam.refresh_from_db()
    assert sam.presence == Presence.ONLINE
    assert answer.headers["Location"] == "/admin/desk/ticket/?view=owed"
    assert sam.presence_changes.get().presence == Presence.ONLINE


@pytest.mark.parametrize("here", ["https://evil.test/admin/", "//evil.test/admin/", "/s/acorn/", ""])
def test_presence_leads_nowhere_else(desk, here):
    answer = desk.post(QUEUE + "presence/", {"presence": "away", "here": here})

    assert answer.headers["Location"] == QUEUE


def test_a_presence_that_there_is_not_is_refused(desk, sam):
    assert desk.post(QUEUE + "presence/", {"presence": "asleep"}).status_code == 400
    sam.refresh_from_db()
    assert sam.presence == Presence.OFFLINE


def test_the_numbers_beside_the_queues(desk, question, claim):
    told = desk.get(QUEUE + "counts/").json()

    assert {name: told[name] for name in ("unassigned", "owed", "mine", "all")} == {
        "unassigned": "2",
        "owed": "2",
        "mine": "0",
        "all": "2",
    }
    assert told["board"] == "2"


def test_the_numbers_are_counted_once_in_five_seconds(desk, question):
    desk.get(QUEUE + "counts/")
    with CaptureQueriesContext(connection) as asked:
        desk.get(QUEUE + "counts/")

    assert not [each for each in asked.captured_queries if "desk_ticket" in each["sql"]]


def test_a_claim_is_called_after_its_order_for_its_shop_stands_beside(desk, claim, question, click, now):
    page = desk.get(QUEUE + "?view=all")
    titles = {row.ticket: row.title for row in page.context["rows"]}

    assert "Harbor" in claim.ticket.subject
    assert titles == {claim.ticket: f"Order № {claim.order_no}", question: "Where is my payout?"}
    assert page.content.decode().count("Harbor") == 1


def test_a_look_into_a_case_without_opening_it(desk, claim):
    page = desk.get(f"{QUEUE}{claim.ticket_id}/peek/").content.decode()

    assert "That is not right." in page
    assert "AB-1001" in page


@pytest.mark.parametrize("rows", [1, 25])
def test_the_queue_costs_the_same_for_any_length(desk, alice, shop, now, rows):
    for number in range(rows):
        trip = claims_make.trip(
            by=make.shopper(alice.storefront, f"shopper-{number}"), on=shop, at=now - 5 * DAY
        )
        in_review(trip, at=now, order_no=f"AB-{number}")
    desk.get(QUEUE)
    with CaptureQueriesContext(connection) as asked:
        page = desk.get(QUEUE + "?view=all")

    assert len(page.context["rows"]) == rows
    assert len(asked) <= 25


def test_who_is_no_agent_looks_and_presses_nothing(client, django_user_model, groups, question):
    from cashback import staff

    olga = django_user_model.objects.create_user("olga", password="a-long-password", is_staff=True)
    olga.groups.add(staff.support_group())
    client.force_login(olga)

    assert client.get(QUEUE).status_code == 200
    assert client.post(QUEUE + "take/", {"ticket": question.pk}).status_code == 403
    assert client.post(f"{QUEUE}{question.pk}/do/reply/", {"text": "x", "version": "1"}).status_code == 403


def test_who_may_not_look_sees_nothing(client, django_user_model, question):
    nora = django_user_model.objects.create_user("nora", password="a-long-password", is_staff=True)
    client.force_login(nora)
    addresses = [QUEUE, QUEUE + "counts/", f"{QUEUE}{question.pk}/change/", f"{QUEUE}{question.pk}/peek/"]

    assert [client.get(address).status_code for address in addresses] == [403] * 4


def test_every_link_of_the_queue_leads_somewhere(desk, question, claim):
    page = desk.get(QUEUE + "?view=all").content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/admin/[^"]*)"', page)}

    assert reverse("admin:desk_ticket_change", args=[question.pk]) in {
        link.partition("?")[0] for link in links
    }
    assert {link: desk.get(link, follow=True).status_code for link in links} == dict.fromkeys(links, 200)


def test_another_partners_agent_counts_and_finds_nothing_of_it(
    django_user_model, groups, birch, question, claim
):
    from partners.models import StaffReach
    from tests.support.admin.conftest import at_the_desk, hire

    bella = hire(django_user_model, "bella")
    StaffReach.objects.create(user=bella.user).partners.add(birch.partner)
    own = ask(make.shopper(birch, "bob"), at=question.created_at, subject="Birch's own")
    desk = at_the_desk(bella)

    assert shown(desk, "?view=all") == [own.public_number]
    assert shown(desk, "?q=AB-1001") == []
    told = desk.get(QUEUE + "counts/").json()
    assert (told["all"], told["board"]) == ("1", "1")
    desk.post(QUEUE + "take/", {"ticket": question.pk})
    assert Ticket.objects.get(pk=question.pk).assignee is None
