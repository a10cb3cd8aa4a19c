"""Agents at work in a real browser, under the admin's own content security policy: by keyboard alone, two at once, and
at the end of a shift."""

import shutil
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from support.desk import macros
from support.desk import services as desk_services
from support.desk.models import Draft, Macro, Message, Ticket
from support.shifts import close, rota
from support.shifts.models import ShiftClose
from tests import make
from tests.support import claims_make
from tests.support.admin.conftest import ask, at_the_desk, in_review
from tests.support.claims_make import DAY

CHROMIUM = shutil.which("chromium")
QUEUE = "/admin/desk/ticket/"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody has looked at the desk"),
]


@pytest.fixture
def browser(live_server, monkeypatch):
    # Playwright's loop runs in this thread, and Django takes it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # The server's threads keep no connection, or the test database could not be dropped.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    from tests.in_a_browser import driven

    with driven() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def open_desk(browser, live_server):
    """A browser for an agent. What its console complains of is in `page.complaints`, and is nothing in the end."""
    pages = []

    def open_for(agent, **options):
        client = at_the_desk(agent)
        context = browser.new_context(
            base_url=live_server.url,
            locale="en-GB",
            **{"viewport": {"width": 1280, "height": 820}, **options},
        )
        value = client.cookies["staff-session"].value
        context.add_cookies([{"name": "staff-session", "value": value, "url": live_server.url}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        pages.append(page)
        return page

    yield open_for
    # A conflict is an answer of 409 by intention, and the browser says so; what is asked on leaving may end unanswered.
    assert [
        said
        for page in pages
        for said in page.complaints
        if "favicon" not in said and "409" not in said and "ERR_ABORTED" not in said
    ] == []


@pytest.fixture
def macro(sam, now):
    made = Macro.objects.create(name="Looked at and fine", actions=[{"do": "solve"}])
    macros.new_version(macro=made, texts={"en": "We looked at it, {ticket.no}."}, by=sam.user, at=now)
    return made


def ready(page):
    """The desk's script is at work, and the page's own is too."""
    page.wait_for_selector("html.has-script")
    page.wait_for_load_state("networkidle")


def test_an_agent_handles_ten_cases_by_keyboard_alone(open_desk, sam, macro, alice, shop, now):
    claims_make.generous(alice.partner)
    questions = [ask(alice, at=now - timedelta(hours=1), subject=f"Question {n}") for n in range(7)]
    trips = [
        claims_make.trip(by=make.shopper(alice.storefront, f"member-{n}"), on=shop, at=now - 5 * DAY)
        for n in range(3)
    ]
    claims = [in_review(trip, at=now, order_no=f"AB-{n}") for n, trip in enumerate(trips)]
    for order, ticket in enumerate([*questions, *(claim.ticket for claim in claims)]):
        desk_services.assign(ticket=Ticket.objects.get(pk=ticket.pk), agent=sam, by=sam, at=now)
        Ticket.objects.filter(pk=ticket.pk).update(next_due_at=now + timedelta(minutes=order))
    page = open_desk(sam)
    keys = page.keyboard
    page.add_init_script("addEventListener('pointerdown', () => console.error('by mouse'), true)")
    page.goto(QUEUE)
    ready(page)

    def arrive(ticket):
        page.wait_for_url(f"**/{ticket.pk}/change/**")
        ready(page)

    # The second row is opened, left again, and then the first.
    for key in ("j", "j"):
        keys.press(key)
    keys.press("Enter")
    arrive(questions[1])
    keys.press("u")
    page.wait_for_url(f"**{QUEUE}?**")
    ready(page)
    keys.press("j")
    keys.press("o")
    arrive(questions[0])

    # 1: an answer in one's own words. The keys of the page are letters while one writes.
    keys.press("r")
    keys.type("Your payout is on its way, jane & gus.")
    keys.press("Control+Enter")
    arrive(questions[1])
    assert Message.objects.filter(ticket=questions[0]).last().text == "Your payout is on its way, jane & gus."

    # 2: a macro, found by typing.
    keys.press("m")
    page.wait_for_selector("#macros:popover-open")
    keys.type("looked")
    page.wait_for_function(
        "document.querySelector('[data-macro-preview]').textContent.includes('We looked at it')"
    )
    keys.press("Enter")
    page.wait_for_function("document.querySelector('[data-text]').value.includes('We looked at it')")
    keys.press("Control+Enter")
    arrive(questions[2])
    assert (
        Message.objects.filter(ticket=questions[1]).last().text
        == f"We looked at it, {questions[1].public_number}."
    )

    # 3: another way to send: it waits for the shopper.
    keys.press("r")
    keys.type("Which bank is it?")
    keys.press("Control+Shift+Enter")
    page.wait_for_selector("#endings:popover-open")
    keys.press("ArrowDown")
    keys.press("Enter")
    arrive(questions[3])
    assert Ticket.objects.get(pk=questions[2].pk).status == "pending"

    # 4: solved without a word. 5: asleep until tomorrow. 6: a note first, then an answer.
    keys.press("e")
    arrive(questions[4])
    keys.press("s")
    page.wait_for_selector("#snooze:popover-open")
    keys.press("ArrowDown")
    keys.press("Enter")
    arrive(questions[5])
    keys.press("n")
    keys.type("Asked the bank.")
    keys.press("Control+Enter")
    page.wait_for_selector("text=Noted. Only colleagues read it.")
    ready(page)
    keys.press("r")
    keys.type("The bank has it.")
    keys.press("Control+Enter")
    arrive(questions[6])
    # 7: skipped for now, and come back to.
    keys.press("j")
    arrive(claims[0].ticket)
    keys.press("k")
    arrive(questions[6])
    keys.press("r")
    keys.type("Done.")
    keys.press("Control+Enter")
    arrive(claims[0].ticket)

    # 8: the suggested step, whatever it is for this claim, is one key away; 9 and 10: goodwill.
    keys.press("d")
    arrive(claims[1].ticket)
    for number in (1, 2):
        keys.press("g")
        keys.press("Control+a")
        keys.type("69.65")
        keys.press("Tab")
        keys.type("The shop is silent.")
        keys.press("Enter")
        page.wait_for_selector("text=are paid, and the shopper knows")
        ready(page)
        keys.press("r")
        keys.type("It is in your balance.")
        keys.press("Control+Enter")
        if number == 1:
            arrive(claims[2].ticket)
    page.wait_for_selector("text=Sent")

    states = dict(Ticket.objects.values_list("pk", "status"))
    assert [states[each.pk] for each in questions] == [
        "solved",
        "solved",
        "pending",
        "solved",
        "open",
        "solved",
        "solved",
    ]
    statuses = [type(claim).objects.get(pk=claim.pk).status for claim in claims]
    assert statuses == ["lodged", "compensated", "compensated"]
    owed = Ticket.objects.exclude(owed_since=None).values_list("pk", flat=True)
    # One sleeps, and who asked about the lodged one still waits for a person's word.
    assert set(owed) == {questions[4].pk, claims[0].ticket_id}


def test_two_agents_collide_and_neither_loses_a_word(open_desk, sam, marta, question):
    address = f"{QUEUE}{question.pk}/change/?view=all"
    ours, theirs = open_desk(sam), open_desk(marta)
    for page in (theirs, ours):
        page.goto(address)
        ready(page)
    ours.wait_for_selector("text=Marta is looking")
    theirs.keyboard.press("r")
    theirs.keyboard.type("Marta answers.")
    ours.keyboard.press("r")
    ours.keyboard.type("Sam answers too.")
    theirs.keyboard.press("Control+Enter")
    theirs.wait_for_selector("text=Sent and solved.")
    ours.keyboard.press("Control+Enter")
    ours.wait_for_selector("[data-conflict]")

    shown = ours.inner_text("[data-conflict]")
    assert "Marta answers." in shown and "Sam answers too." in shown
    assert ours.input_value("[data-text]") == "Sam answers too."
    assert Draft.objects.get().text == "Sam answers too."
    assert Message.objects.filter(ticket=question, author="agent").count() == 1

    ours.keyboard.press("Control+Enter")
    ours.wait_for_selector("text=Sent")
    assert Message.objects.filter(ticket=question, author="agent").count() == 2
    assert not Draft.objects.exists()


def test_a_draft_survives_a_closed_page(open_desk, sam, question):
    page = open_desk(sam)
    page.goto(f"{QUEUE}{question.pk}/change/")
    ready(page)
    page.keyboard.press("r")
    page.keyboard.type("Half a sen")
    page.wait_for_selector("text=Draft saved")
    page.keyboard.type("tence")
    page.goto(QUEUE)
    ready(page)
    page.goto(f"{QUEUE}{question.pk}/change/")

    assert page.input_value("[data-text]") == "Half a sentence"


def test_the_board_counts_down_and_freezes(open_desk, sam, alice, now):
    for number in range(2):
        ask(alice, at=now - timedelta(hours=2), subject=f"Left over {number}")
    shift = rota.plan_shift(
        team=sam.team,
        name="Day",
        starts_at=now - timedelta(hours=8),
        ends_at=now + timedelta(hours=1),
        agents=[sam],
    )
    page = open_desk(sam)
    page.goto("/admin/shifts/shiftclose/board/")
    ready(page)
    assert page.inner_text(".board-number strong") == "2"
    first = Ticket.objects.order_by("pk").first()
    desk_services.solve(ticket=first, agent=sam, at=timezone.now())
    page.wait_for_function(
        "document.querySelector('.board-number strong').textContent === '1'", timeout=15000
    )

    type(shift).objects.filter(pk=shift.pk).update(ends_at=timezone.now())
    close.close_due(at=timezone.now() + timedelta(seconds=1))
    page.wait_for_selector(".strip .is-not", timeout=15000)
    desk_services.solve(ticket=Ticket.objects.order_by("pk").last(), agent=sam, at=timezone.now())
    page.wait_for_selector(".board-number.is-zero", timeout=15000)
    page.click(".strip .is-not")
    page.wait_for_url(f"**/{ShiftClose.objects.get().pk}/change/")

    assert page.inner_text(".board-number strong") == "1"
    assert page.is_visible("text=Left over 1")
    page.click("text=Excuse it")
    page.fill("[name=reason]", "The bank was shut.")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=waits for a lead")


@pytest.fixture
def frozen(sam, claim, question, now):
    """Sam's shift ended with the question and the claim left over; for one of them there is an excuse."""
    Ticket.objects.update(owed_since=now - timedelta(hours=3))
    crew = {"team": sam.team, "agents": [sam]}
    rota.plan_shift(**crew, name="Day", starts_at=now - timedelta(hours=8), ends_at=now - timedelta(hours=1))
    rota.plan_shift(
        **crew, name="Night", starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=7)
    )
    close.close_due(at=now)
    ended = ShiftClose.objects.get()
    close.excuse(item=ended.items.first(), reason="The bank was shut.", by=sam, at=now)
    return ended


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_is_for_everybody(open_desk, irina, claim, frozen, birch, scheme, width):
    """No serious finding of axe on the main pages, in both schemes, on a desktop and a phone; nothing wider than it."""
    from axe_playwright_python.sync_playwright import Axe

    page = open_desk(irina, color_scheme=scheme, viewport={"width": width, "height": 844})
    found = {}
    shifts = "/admin/shifts/shiftclose/"
    addresses = [
        QUEUE + "?view=all",
        f"{QUEUE}{claim.ticket_id}/change/?view=all",
        shifts + "board/",
        shifts,
        f"{shifts}{frozen.pk}/change/",
        "/admin/quality/rating/kpi/",
    ]
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        results = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa"]}).response["violations"]
        serious = [
            (each["id"], each["nodes"][0]["html"][:200], each["nodes"][0].get("failureSummary", "")[:300])
            for each in results
            if each["impact"] in ("serious", "critical")
        ]
        if serious:
            found[address] = serious
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), address
    assert found == {}


def test_the_keys_are_told_and_never_fire_while_one_writes(open_desk, sam, question):
    page = open_desk(sam)
    page.goto(QUEUE + "?view=all")
    ready(page)
    page.keyboard.press("?")
    page.wait_for_selector("#keys:popover-open")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("uejrc?")

    assert page.input_value("[data-search]") == "uejrc?"
    assert page.url.endswith("?view=all")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("p")
    page.wait_for_selector(".peek >> text=I asked for it on Monday.")
    page.keyboard.press("a")
    page.wait_for_selector("text=1 case is yours now.")
    assert Ticket.objects.get().assignee == sam


def test_the_keys_are_where_they_are_on_a_russian_keyboard_too(open_desk, sam, question):
    def press(**key):
        page.evaluate(
            "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, ...key}))", key
        )

    page = open_desk(sam)
    page.goto(f"{QUEUE}{question.pk}/change/")
    ready(page)
    press(key="к", code="KeyR")
    assert page.evaluate("document.activeElement.matches('[data-text]')")

    page.keyboard.press("Escape")
    press(key=",", code="Slash", shiftKey=True)
    page.wait_for_selector("#keys:popover-open")


def test_ctrl_k_finds_a_case_by_its_order(open_desk, sam, claim):
    page = open_desk(sam)
    page.goto(QUEUE)
    ready(page)
    page.keyboard.press("Control+k")
    page.wait_for_function("document.activeElement.id === 'search-input-command'")
    # Pasted, and its last letter pressed: typed slowly it is looked for twice, and the second list replaces the first.
    page.keyboard.insert_text("AB-100")
    page.keyboard.press("1")
    page.wait_for_selector(f"#command-results-list a[href*='{claim.ticket_id}']")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{claim.ticket_id}/change/**")
