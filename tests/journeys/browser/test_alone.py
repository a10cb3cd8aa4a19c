"""The storefront by itself: in an app's WebView, without scripts, under a host name of its own, by the keyboard."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.browser.conftest import PHONE
from tests.journeys.browser.shopping import amount, buy, choose, leave
from tests.journeys.browser.world import OWN, listen

pytestmark = pytest.mark.browser

WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 8 Build/AP3A.240905.015; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/141.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def webview(world, chromium) -> Iterator[Page]:
    context = chromium.new_context(
        ignore_https_errors=True, viewport=PHONE, is_mobile=True, has_touch=True, user_agent=WEBVIEW
    )
    complaints = listen(context, world.web)
    yield context.new_page()
    context.close()
    assert complaints == []


@pytest.fixture
def scriptless(world, chromium) -> Iterator[Page]:
    context = chromium.new_context(ignore_https_errors=True, viewport=PHONE, java_script_enabled=False)
    complaints = listen(context, world.web)
    yield context.new_page()
    context.close()
    assert complaints == []


@pytest.fixture
def own_host(world) -> Iterator[str]:
    world.city.change("UPDATE partners_storefront SET host = %s WHERE slug = 'acorn'", OWN)
    yield world.own_host()
    world.city.change("UPDATE partners_storefront SET host = '' WHERE slug = 'acorn'")


def shop_and_see(world, page: Page, *, cart: str, cashback: str) -> Page:
    """From the first page to the purchase in my cashback; the shop's tab."""
    choose(page, world.city.partner("acorn")["plain_merchant"])
    shop = leave(page.locator('a[href^="/go/"]').first, page)
    order = buy(world.city, shop, cart=cart)
    world.city.eventually(lambda: world.city.sale(order))
    page.locator('a[href$="/me/"]').first.click()
    expect(page.locator("main")).to_contain_text(amount(cashback))
    return shop


def test_in_a_webview_from_the_launch_address_to_my_cashback(world, webview):
    session = world.embed_session("acorn", "fred")
    webview.goto(session["launch_url"])
    assert webview.url == world.storefront("acorn")
    [cookie] = webview.context.cookies()
    assert (cookie["sameSite"], cookie["secure"], cookie["httpOnly"]) == ("Lax", True, True)
    shop_and_see(world, webview, cart="3000.00", cashback="105.00")
    # The app's back button never meets the token again.
    webview.goto(session["launch_url"])
    expect(webview.locator("main h1")).to_be_visible()
    assert webview.url == session["launch_url"]


def test_without_scripts_from_the_launch_to_my_cashback(world, scriptless):
    world.sign_on(scriptless, shopper="gina", partner="acorn")
    assert scriptless.url == world.storefront("acorn")
    shop_and_see(world, scriptless, cart="4000.00", cashback="140.00")


def test_under_its_own_host_name_everything_stays_there(world, page, own_host):
    world.sign_on(page, shopper="hugo", partner="acorn", address=own_host)
    assert page.url == own_host
    visited = {urlsplit(own_host).netloc}
    page.context.on("request", lambda request: visited.add(urlsplit(request.url).netloc))
    shop = shop_and_see(world, page, cart="5000.00", cashback="175.00")
    assert visited == {urlsplit(own_host).netloc, urlsplit(world.city.sandbox).netloc}
    # Back from the shop is the storefront, not the page in between.
    shop.go_back()
    shop.go_back()
    shop.wait_for_url(own_host)
    # The staff's pages and other partners' storefronts are not there.
    assert {world.status(path, host=OWN) for path in ("/admin/", "/s/birch/", "/api/v1/")} == {404}


def test_by_the_keyboard_from_the_first_page_to_the_shop(world, page):
    world.sign_on(page, shopper="iris", partner="acorn")
    merchant = world.city.partner("acorn")["plain_merchant"]
    page.keyboard.press("Tab")
    assert page.locator(":focus").get_attribute("href") == "#main"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()

    tab_to(page, page.locator('input[name="q"]').first)
    page.keyboard.type(merchant)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?*q=*")
    tab_to(page, page.locator(f'.card[href$="/shops/{merchant}/"]').first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/shops/**")
    tab_to(page, page.locator('a[href^="/go/"]').first)
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    tab = opened.value
    tab.wait_for_url("**/out/*")
    tab_to(tab, tab.locator("[data-go]"))
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/shop/*/**")


def tab_to(page: Page, wanted: Locator, *, most: int = 60) -> None:
    """Presses Tab until it has the focus; on the way, who has the focus can be seen to have it."""
    expect(wanted).to_be_attached()
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(
            """() => {
                const focused = document.activeElement;
                if (focused === document.body) return true;
                // A field may leave the ring to the form that frames it.
                const ringed = [focused, focused.parentElement, focused.closest("form")];
                return focused.matches(":focus-visible") && ringed.some(element => {
                    const style = element && getComputedStyle(element);
                    return style && style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                });
            }"""
        ), page.locator(":focus").evaluate("element => element.outerHTML.slice(0, 200)")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{most} times Tab, and it never came to {wanted}")
