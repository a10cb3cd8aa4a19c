"""The shopper's road in a real browser, which needs no script of ours and finds nothing to complain of."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from cashback.visitor import launch_token

pytestmark = pytest.mark.browser

SMALL, PHONE, DESK = ({"width": width, "height": 900} for width in (320, 390, 1280))


@pytest.fixture
def browser(chromium) -> Iterator[BrowserContext]:
    """A fresh one without JavaScript."""
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE, locale="en-GB")
    yield context
    context.close()


@pytest.fixture
def complaints(city, browser) -> list[str]:
    """What the browser has to say of our own pages: refused styles and frames, missing files."""
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and message.location["url"].startswith(city.web):
            heard.append(message.text)

    browser.on("console", listen)
    return heard


def sign_on(city, page: Page, *, shopper: str, partner: str) -> None:
    facts = city.partner(partner)
    token = launch_token(partner=partner, secret=facts["sso_secret"], shopper=shopper)
    page.goto(f"{facts['storefront']}launch?token={token}")


def clicks(city, *, shopper: str, merchant: str) -> int:
    [[count]] = city.rows(
        "SELECT count(*) FROM transactions_click c JOIN partners_shopper h ON h.id = c.shopper_id "
        "JOIN offers_merchant m ON m.id = c.merchant_id WHERE h.external_id = %s AND m.slug = %s",
        shopper,
        merchant,
    )
    return count


def test_from_sign_on_to_the_shop_and_back_to_my_cashback(city, browser, complaints):
    page = browser.new_page()
    sign_on(city, page, shopper="alice", partner="acorn")
    assert page.url == city.partner("acorn")["storefront"]
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Кэшбэк деньгами за покупки в любимых магазинах"
    )
    assert page.locator(".card").count() == 24

    merchant = city.partner("acorn")["plain_merchant"]
    page.get_by_role("searchbox").fill(merchant.replace("-", " "))
    page.get_by_role("button", name="Найти").click()
    card = page.locator(f'.card[href$="/shops/{merchant}/"]')
    expect(card).to_contain_text("3,5")
    card.click()
    name = page.get_by_role("heading", level=1).inner_text()

    clicks_before = clicks(city, shopper="alice", merchant=merchant)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="В магазин").first.click()
    shop = opened.value
    expect(shop.locator(".dos li")).to_have_count(3)
    shop.locator("[data-go]").click()
    shop.wait_for_load_state()
    assert shop.url.startswith(f"{city.sandbox}/shop/")
    shop.close()

    page.get_by_role("link", name="Мой кэшбэк").click()
    page.get_by_role("link", name="Переходы").click()
    trip = page.locator(".trip").first
    expect(trip).to_contain_text(name)
    # The shop's report is still to come: there is the shop to see, and the way to say that it never came.
    expect(trip.get_by_role("link")).to_have_count(2)
    expect(trip.get_by_role("link", name="Покупки нет в списке")).to_be_visible()
    assert clicks(city, shopper="alice", merchant=merchant) == clicks_before + 1
    assert complaints == []


def test_a_purchase_shows_itself_in_my_cashback(city, browser):
    order = city.visitor("carol", partner="acorn").buy(
        city.partner("acorn")["plain_merchant"], cart="3000.00"
    )
    [action] = city.actions(click_ref=order.click_ref)
    city.eventually(lambda: city.sale(action["id"]))
    page = browser.new_page()
    sign_on(city, page, shopper="carol", partner="acorn")
    page.get_by_role("link", name="Мой кэшбэк").click()
    purchase = page.locator(".purchase").first
    expect(purchase).to_contain_text("105,00")
    expect(purchase).to_contain_text("Ожидает")
    purchase.locator("summary").click()
    expect(purchase.get_by_role("table")).to_contain_text("105,00")


@pytest.mark.parametrize(("partner", "shopper"), [("acorn", "alice"), ("birch", "bob")])
def test_no_page_is_wider_than_its_window(city, browser, complaints, partner, shopper):
    page = browser.new_page()
    sign_on(city, page, shopper=shopper, partner=partner)
    place = city.partner(partner)
    shop = f"shops/{place['plain_merchant']}/"
    for path in ("", "?sort=name&page=2", "?q=zzz", shop, "coupons/", "me/", "me/trips/"):
        page.goto(f"{place['storefront']}{path}")
        for viewport in (SMALL, PHONE, DESK):
            page.set_viewport_size(viewport)
            sizes = page.locator("html").evaluate("html => [html.scrollWidth, html.clientWidth]")
            assert sizes[0] <= sizes[1], f"{path} at {viewport['width']} px: {sizes}"
    assert complaints == []
