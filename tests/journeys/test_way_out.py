"""The page on the way to a shop, in a real browser with scripts: it goes on, waits when asked, finds a blocker."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from cashback.visitor import launch_token

pytestmark = pytest.mark.browser

# More than the storefront's five seconds and a slow machine's patience.
SHOP_OPENS = LOOKS = 20_000


@pytest.fixture
def browser(chromium) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", viewport={"width": 390, "height": 844})
    yield context
    context.close()


@pytest.fixture
def patient(city) -> Iterator[None]:
    """The page gives a slow machine time to look at the browser before it goes on by itself."""
    city.change("UPDATE partners_storefront SET interstitial_seconds = 60 WHERE slug = 'birch'")
    yield
    city.change("UPDATE partners_storefront SET interstitial_seconds = 5 WHERE slug = 'birch'")


@pytest.fixture
def leave(city, browser):
    """Bob presses the button of Birch's plain shop; the tab that opens."""

    def go() -> Page:
        facts = city.partner("birch")
        page = browser.new_page()
        token = launch_token(partner="birch", secret=facts["sso_secret"], shopper="bob")
        page.goto(f"{facts['storefront']}launch?token={token}")
        page.goto(f"{facts['storefront']}shops/{facts['plain_merchant']}/")
        with page.expect_popup() as opened:
            page.locator('a[href^="/go/"]').first.click()
        return opened.value

    return go


def evidence(city) -> tuple[bool | None, bool | None] | None:
    """Of the latest click: whether a blocker was seen and cookies were kept; None before the page has told."""
    [row] = city.rows(
        "SELECT blocker_seen, cookies_kept, evidence_at FROM transactions_click ORDER BY id DESC LIMIT 1"
    )
    return row[:2] if row[2] else None


def test_it_goes_on_by_itself_and_back_leads_home(city, leave):
    tab = leave()
    expect(tab.get_by_role("progressbar")).to_be_visible()
    tab.wait_for_url(f"{city.sandbox}/shop/**", timeout=SHOP_OPENS)
    city.eventually(lambda: evidence(city) == (False, True))
    tab.go_back()
    assert tab.url == city.partner("birch")["storefront"]
    expect(tab.locator(".card").first).to_be_visible()


def test_who_stays_is_not_sent_on(city, leave):
    tab = leave()
    tab.get_by_role("button", name="Stay here").click()
    expect(tab.get_by_role("progressbar")).to_be_hidden()
    expect(tab.get_by_text("Take your time.")).to_be_focused()
    tab.wait_for_timeout(6000)
    assert "/out/" in tab.url
    tab.get_by_role("link", name="Continue to the shop").click()
    tab.wait_for_url(f"{city.sandbox}/shop/**", timeout=SHOP_OPENS)
    tab.go_back()
    assert tab.url == city.partner("birch")["storefront"]


def test_who_moves_by_keyboard_is_not_sent_on(city, leave):
    tab = leave()
    expect(tab.get_by_role("progressbar")).to_be_visible()
    tab.keyboard.press("Tab")
    expect(tab.get_by_text("Take your time.")).to_be_visible()
    tab.wait_for_timeout(6000)
    assert "/out/" in tab.url
    link = tab.get_by_role("link", name="Continue to the shop")
    link.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{city.sandbox}/shop/**", timeout=SHOP_OPENS)


def test_a_blocker_is_noticed_explained_and_no_wall(city, browser, leave, patient):
    browser.route(re.compile("ad-banner"), lambda route: route.abort("blockedbyclient"))
    tab = leave()
    expect(tab.get_by_text("An ad blocker is on")).to_be_visible(timeout=LOOKS)
    expect(tab.get_by_role("progressbar")).to_be_hidden()
    city.eventually(lambda: evidence(city) == (True, True))
    tab.get_by_role("link", name="Continue to the shop").click()
    tab.wait_for_url(f"{city.sandbox}/shop/**", timeout=SHOP_OPENS)


def test_a_paused_blocker_is_forgotten_when_the_shopper_checks_again(city, browser, leave, patient):
    browser.route(re.compile("ad-banner"), lambda route: route.abort("blockedbyclient"))
    tab = leave()
    expect(tab.get_by_text("An ad blocker is on")).to_be_visible(timeout=LOOKS)
    browser.unroute(re.compile("ad-banner"))
    tab.get_by_role("link", name="Check again").click()
    expect(tab.get_by_role("progressbar")).to_be_visible()
    city.eventually(lambda: evidence(city) == (False, True))
    expect(tab.get_by_text("An ad blocker is on")).to_be_hidden()


def test_a_browser_without_cookies_is_told_what_to_do(city, browser, leave, patient):
    def lose_cookie(route: Route) -> None:
        browser.clear_cookies(name="cb.probe")
        route.continue_()

    browser.route(re.compile("ad-banner"), lose_cookie)
    tab = leave()
    expect(tab.get_by_text("Your browser keeps no cookies")).to_be_visible(timeout=LOOKS)
    city.eventually(lambda: evidence(city) == (False, False))


def test_a_probe_that_hangs_holds_nobody_up(city, browser, leave):
    browser.route(re.compile("ad-banner"), lambda route: None)
    tab = leave()
    tab.wait_for_url(f"{city.sandbox}/shop/**", timeout=SHOP_OPENS)
    assert evidence(city) is None
