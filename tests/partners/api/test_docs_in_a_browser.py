"""The page of the API under our own content security policy, in a real browser: with a key, every example runs."""

import shutil
import socket
from collections.abc import Iterator

import pytest
import yaml
from django.db import connection
from playwright.sync_api import Dialog, Page

from cashback.api_docs import openapi_yaml
from partners.keys import api_keys
from tests import make
from tests.support import claims_make

CHROMIUM = shutil.which("chromium")
PATIENCE = 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: nobody has looked at the API's page"
    ),
]
# Of Dora, whom an example makes up: she is made, renamed, made again, merged, and erased.
ABOUT_DORA = ["put_shopper", "rename_shopper", "put_shopper", "merge_shopper", "erase_shopper"]
LAST = "delete_webhook_endpoint"


@pytest.fixture
def page(live_server, monkeypatch) -> Iterator[Page]:
    """The docs' page, open; it complains of nothing, and asks nobody but our server."""
    # Playwright's loop runs in this thread, and Django takes it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # The server's threads keep no connection, or the test database could not be dropped.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    from tests.in_a_browser import driven

    complaints, abroad = [], []
    with driven() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=live_server.url, viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda asked: abroad.append(asked.url))
        page.goto("/api/docs/")
        page.wait_for_selector(".opblock")
        yield page
        browser.close()
    # That an answer was a refusal is no fault of the page's.
    assert [said for said in complaints if "Failed to load resource" not in said] == []
    assert [url for url in abroad if not url.startswith((live_server.url, "data:", "blob:"))] == []


def give(page: Page, key: str) -> None:
    page.fill("#key-text", key)
    page.click("#key button")


def execute(page: Page, tag: str, operation: str) -> str:
    """The example of the address is sent as the page has it. A selector of the address's part of the page."""
    block = f"#operations-{tag}-{operation}"
    page.click(f"{block} .opblock-summary-control")
    page.click(f"{block} button.execute")
    return block


def run(page: Page, tag: str, operation: str) -> tuple[int, str]:
    """What was answered. Leaves the address closed again: the page is slow where many are open."""
    block = execute(page, tag, operation)
    answer = page.wait_for_selector(f"{block} .live-responses-table .response")
    told = int(answer.query_selector(".response-col_status").inner_text().split()[0]), answer.inner_text()
    page.click(f"{block} button.btn-clear")
    page.click(f"{block} .opblock-summary-control")
    return told


def test_every_example_runs_with_ones_own_names(page, acorn, known, monkeypatch):
    # Beyond our network: the one name that an example has for a partner's server.
    found = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *more, **named: found(
            "93.184.215.14" if host == "example.com" else host, *more, **named
        ),
    )
    _row, key = api_keys.create(partner=acorn.partner, name="Browser")
    give(page, key)
    page.get_by_text("about alice at acorn").wait_for()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.accept()))

    schema = yaml.safe_load(openapi_yaml())
    tags = {
        operation["operationId"]: operation["tags"][0]
        for methods in schema["paths"].values()
        for operation in methods.values()
    }
    order = [*(name for name in tags if name not in {*ABOUT_DORA, LAST}), *ABOUT_DORA, LAST]
    answers = {name: run(page, tags[name], name) for name in order}
    assert {name: told for name, told in answers.items() if not 200 <= told[0] < 300} == {}
    assert '"external_id": "alice"' in answers["get_shopper"][1]
    # A key for the sandbox is asked nothing.
    assert dialogs == []
    assert [name for name, (_status, told) in answers.items() if "Undocumented" in told] == []


def test_an_amount_is_in_ones_own_currency(page, birch, account, at):
    offer = claims_make.offer(of=make.merchant("Harbor"), at=account, currency="USD")
    claims_make.trip(by=make.shopper(birch, "bob"), on=offer, at=at)
    claims_make.clocks()
    _row, key = api_keys.create(partner=birch.partner, name="Browser")
    give(page, key)
    page.get_by_text("about bob at birch").wait_for()
    status, told = run(page, "claims", "open_claim")
    assert status == 201, told


def test_of_whoever_is_erased_no_example_is(page, acorn, known, account, at):
    gone = make.shopper(acorn, "gone")
    offer = claims_make.offer(of=make.merchant("Harbor"), at=account)
    claims_make.trip(by=gone, on=offer, at=at)
    gone.erased_at = at
    gone.save()
    _row, key = api_keys.create(partner=acorn.partner, name="Browser")
    give(page, key)
    page.get_by_text("about alice at acorn").wait_for()


@pytest.mark.parametrize("is_wanted", [True, False])
def test_a_change_of_real_data_is_asked_about(page, acorn, known, settings, is_wanted):
    settings.ENVIRONMENT, ours = "production", settings.ENVIRONMENT
    _row, key = api_keys.create(partner=acorn.partner, name="Browser")
    settings.ENVIRONMENT = ours
    give(page, key)
    page.get_by_text("about alice at acorn").wait_for()
    asked, sent = [], []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if is_wanted else dialog.dismiss()

    page.on("dialog", answer)
    page.on("request", lambda request: sent.append(request.method))
    execute(page, "webhooks", "delete_webhook_endpoint")
    # Whatever was sent before it has arrived by the time that this is answered.
    status, _told = run(page, "shoppers", "get_shopper")
    assert status == 200
    [question] = asked
    assert "DELETE /api/v1/webhook-endpoints/{endpoint}" in question
    assert ("DELETE" in sent) is is_wanted
    assert acorn.partner.webhook_endpoints.kept().count() == (0 if is_wanted else 1)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_is_for_everybody(page, width):
    """Whatever is there can be read, on a phone too. What the viewer's form lacks (labels) is its authors' to mend."""
    from axe_playwright_python.sync_playwright import Axe

    page.set_viewport_size({"width": width, "height": 844})
    page.click("#operations-clicks-make_click .opblock-summary-control")
    page.wait_for_selector("#operations-clicks-make_click button.execute")
    found = Axe().run(page, options={"runOnly": ["color-contrast"]}).response["violations"]
    assert [node["html"][:200] for each in found for node in each["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


@pytest.mark.parametrize("key", ["cb_live_nothing", "кошка", "a b", " \t "])
def test_what_is_no_key_is_told_so(page, acorn, key):
    give(page, key)
    page.wait_for_selector("#key-said.is-wrong")
    assert page.is_enabled("#key button")
