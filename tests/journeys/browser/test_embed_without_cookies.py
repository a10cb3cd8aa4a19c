"""A browser that keeps no cookie at all, not even a partitioned one: the storefront lives in the frame's first page,
and what says who is shopping is in its script's memory alone."""

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Route, expect

from tests.journeys.browser.shopping import amount, arrived, buy, choose, frame_of, heard, leave
from tests.journeys.browser.world import listen
from tests.journeys.conftest import CHROMIUM, OPTIONS, PATIENCE, RESOLVER

pytestmark = pytest.mark.browser

BLOCK = 2  # chromium's word for a setting that allows nothing


@pytest.fixture(scope="module")
def strict_browser(playwright, tmp_path_factory) -> Iterator[BrowserContext]:
    """With "block all cookies" chosen in its settings."""
    profile = tmp_path_factory.mktemp("profile")
    (profile / "Default").mkdir()
    chosen = {"profile": {"default_content_setting_values": {"cookies": BLOCK}}}
    (profile / "Default" / "Preferences").write_text(json.dumps(chosen))
    context = playwright.chromium.launch_persistent_context(
        profile,
        executable_path=CHROMIUM,
        args=[*OPTIONS, RESOLVER],
        ignore_https_errors=True,
        viewport={"width": 1280, "height": 900},
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def page(world, strict_browser) -> Iterator[Page]:
    heard = listen(strict_browser, world.web)
    page = strict_browser.new_page()
    yield page
    page.close()
    assert strict_browser.cookies() == []
    assert heard == []


def where(page: Page) -> list[str]:
    """The pages of the storefront that the host was told of."""
    return [detail["path"] for name, detail in heard(page) if name == "navigate"]


def test_from_launch_to_my_cashback_in_one_document(world, page):
    merchant = world.city.partner("acorn")["plain_merchant"]
    page.goto(world.host_page(world.embed("acorn", "erin")))
    store = frame_of(page, "acorn")
    expect(store.locator(".card").first).to_be_visible()
    arrived(page, "/")
    assert heard(page)[0] == ("ready", {"storefront": "acorn", "mode": "bearer"})

    choose(store, merchant)
    shop = leave(store.locator('a[href^="/go/"]').first, page)
    order = buy(world.city, shop, cart="2000.00")
    sale = world.city.eventually(lambda: world.city.sale(order))
    assert (sale["shopper"], sale["cashback"]) == ("erin", 7000)
    shop.close()

    store.locator('a[href$="/me/"]').first.click()
    expect(store.locator("main")).to_contain_text(amount("70.00"))
    arrived(page, "/me/")
    page.evaluate("history.back()")
    expect(store.locator('a[href^="/go/"]').first).to_be_visible()
    arrived(page, f"/shops/{merchant}/")
    page.evaluate("history.forward()")
    expect(store.locator("main")).to_contain_text(amount("70.00"))
    arrived(page, "/me/")
    assert where(page) == [
        "/",
        f"/?q={merchant}",
        f"/shops/{merchant}/",
        "/me/",
        f"/shops/{merchant}/",
        "/me/",
    ]


def test_after_a_quarter_of_an_hour_the_host_is_asked_for_a_new_token(world, page):
    page.clock.install()
    page.goto(world.host_page(world.embed("acorn", "kate")))
    store = frame_of(page, "acorn")
    expect(store.locator(".purse")).to_be_visible()
    tokens = len(world.tokens)

    # Both clocks move on: the frame knows that its time is up, and asks before it is refused.
    page.clock.fast_forward(16 * 60_000)
    world.later(16 * 60)
    store.locator('a[href$="/me/"]').first.click()
    expect(store.locator('a[href$="/me/"][aria-current]').first).to_be_visible()
    assert len(world.tokens) == tokens + 1

    # The server's alone: the frame is refused, asks, and says the same again.
    world.later(33 * 60)
    store.locator('a[href$="/coupons/"]').first.click()
    expect(store.locator('a[href$="/coupons/"][aria-current]').first).to_be_visible()
    expect(store.locator(".purse")).to_be_visible()
    assert len(world.tokens) == tokens + 2
    arrived(page, "/coupons/")
    assert where(page) == ["/", "/me/", "/coupons/"]


def test_what_is_sent_is_kept(world, page):
    """A form that changes something: the language, and with it the next pages."""
    page.goto(world.host_page(world.embed("acorn", "kate", locale="ru")))
    store = frame_of(page, "acorn")
    expect(store.locator("html")).to_have_attribute("lang", "ru")
    store.locator("a.language").click()
    expect(store.locator("html")).to_have_attribute("lang", "en")
    store.locator('a[href$="/coupons/"]').first.click()
    expect(store.locator('a[href$="/coupons/"][aria-current]').first).to_be_visible()
    expect(store.locator("html")).to_have_attribute("lang", "en")


def test_the_last_wish_wins_however_late_an_earlier_answer_comes(world, page):
    """As in any browser: who clicks on while a page is still on its way gets the page they clicked last."""
    page.goto(world.host_page(world.embed("acorn", "kate")))
    store = frame_of(page, "acorn")
    expect(store.locator(".purse")).to_be_visible()
    held: list[Route] = []
    page.route("**/s/acorn/coupons/", lambda route: held.append(route))
    store.locator('a[href$="/coupons/"]').first.click()
    for _patience in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    store.locator('a[href$="/me/"]').first.click()
    arrived(page, "/me/")
    [coupons] = held
    with suppress(Error):  # given up by the browser, as it should be
        coupons.continue_()
    page.wait_for_timeout(500)
    expect(store.locator('a[href$="/me/"][aria-current]').first).to_be_visible()
    assert where(page) == ["/", "/me/"]
