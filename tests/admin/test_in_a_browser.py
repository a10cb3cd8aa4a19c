"""The admin under its own content security policy, in a real browser."""

import shutil

import pytest
from django.db import connection

from cashback.lib.admin import list_of, page_of
from offers.models import Merchant
from offers.networks.models import NetworkAccount
from partners.models import Partner, Shopper
from transactions.models import Transaction, UnattributedSale

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody has looked at the admin"),
]


@pytest.fixture
def desk(live_server, client, admin_user, monkeypatch):
    """A browser in which a superuser is signed in; what its console complains of is in `desk.complaints`."""
    # Playwright's loop runs in this thread, and Django takes it for asynchronous code.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # The server's threads keep no connection, or the test database could not be dropped.
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    from tests.in_a_browser import driven

    client.force_login(admin_user)
    cookie = {"name": "staff-session", "value": client.cookies["staff-session"].value, "url": live_server.url}
    with driven() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=live_server.url, locale="en-GB")
        context.add_cookies([cookie])
        desk = context.new_page()
        desk.complaints = []
        desk.on("console", lambda said: desk.complaints.append(said.text) if said.type == "error" else None)
        desk.on("pageerror", lambda error: desk.complaints.append(str(error)))
        desk.on("request", lambda asked: _expect_home(desk, asked.url, live_server.url))
        yield desk
        browser.close()


def _expect_home(desk, url, home):
    if not url.startswith((home, "data:")):
        desk.complaints.append(f"asked {url}")


def test_every_kind_of_page_works_under_the_policy(desk, purchase, waiting_sale, account):
    pages = [
        "/admin/",
        list_of(Transaction),
        page_of(Transaction, purchase.pk),
        page_of(NetworkAccount, account.pk),
        page_of(UnattributedSale, waiting_sale.pk).replace("change", "attribute"),
    ]

    for page in pages:
        desk.goto(page, wait_until="networkidle")
        # The theme's script hides these once it runs; a policy too tight leaves them over the page.
        assert [desk.is_visible(overlay) for overlay in ("#modal-overlay", "#changelist-filter")] == [
            False,
            False,
        ]

    assert [said for said in desk.complaints if "favicon" not in said and "404" not in said] == []


def test_filters_open_and_narrow_the_list(desk, purchase):
    desk.goto(list_of(Transaction))
    desk.click("text=Filters")
    desk.click("#changelist-filter >> text=declined")
    desk.wait_for_url("**/?status__exact=declined")

    assert desk.locator("#result_list tbody tr").count() == 0


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_list_of_purchases_fits_a_laptops_screen(desk, live_server, purchase, language):
    Merchant.objects.update(name="Grand Bazaar Direct")
    Shopper.objects.update(external_id="1f0e4c1a-customer-0042")
    Transaction.objects.update(sale_minor=123_456_789)
    desk.set_viewport_size({"width": 1280, "height": 800})
    address = f"{live_server.url}/admin/"
    desk.context.add_cookies([{"name": "staff-language", "value": language, "url": address}])
    desk.goto(list_of(Transaction), wait_until="networkidle")

    last_cell = desk.locator("#result_list tbody td").last
    assert desk.get_attribute("html", "lang") == language
    assert last_cell.evaluate("cell => cell.getBoundingClientRect().right") <= 1280


def test_staff_attribute_a_sale_with_two_clicks_of_the_mouse(desk, waiting_sale, trip):
    desk.goto(list_of(UnattributedSale))
    desk.click("text=Attribute…")
    desk.click("text=Attribute to this")
    desk.wait_for_url("**/transactions/transaction/**")

    assert desk.is_visible("text=The sale is alice's purchase now.")


def test_a_new_secret_is_asked_for_twice_and_shown_once(desk, acorn):
    desk.goto(page_of(Partner, acorn.partner_id))
    desk.click("summary:has-text('Make a new sign-on secret')")
    desk.click("details button:has-text('Make a new sign-on secret')")

    assert desk.input_value("#secret") == Partner.objects.get().sso_secret
