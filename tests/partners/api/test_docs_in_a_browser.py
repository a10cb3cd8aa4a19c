"""The page of the API under our own content security policy, in a real browser: an example runs from it."""

import shutil

import pytest
from django.db import connection

from partners.keys import api_keys
from tests import make

CHROMIUM = shutil.which("chromium")
PATIENCE = 60_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: nobody has looked at the API's page"
    ),
]


def test_an_example_runs_from_the_page(live_server, acorn, monkeypatch):
    # Playwright's loop runs in this thread, and Django takes it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # The server's threads keep no connection, or the test database could not be dropped.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    from tests.in_a_browser import driven

    make.shopper(acorn, "alice")
    _row, key = api_keys.create(partner=acorn.partner, name="Browser")
    complaints, abroad = [], []
    with driven() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(base_url=live_server.url, viewport={"width": 1280, "height": 900})
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda asked: (
                abroad.append(asked.url) if not asked.url.startswith((live_server.url, "data:")) else None
            ),
        )
        page.goto("/api/docs/")
        page.click("button.authorize")
        page.fill(".auth-container input", key)
        page.click(".auth-btn-wrapper button.authorize")
        page.click(".btn-done")
        page.click("#operations-shoppers-list_shoppers .opblock-summary-control")
        page.click("#operations-shoppers-list_shoppers button.execute")
        answer = page.wait_for_selector("#operations-shoppers-list_shoppers .live-responses-table .response")
        assert '"external_id": "alice"' in answer.inner_text()
        browser.close()
    assert (complaints, abroad) == ([], [])
