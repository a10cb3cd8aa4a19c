"""What a shopper does in a browser, wherever the storefront is shown. By addresses and marks, not by words: the
journeys are the same in every language."""

import re

from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.journeys.city import City

Store = Page | FrameLocator


def frame_of(page: Page, slug: str) -> FrameLocator:
    return page.frame_locator(f'cashback-store[storefront="{slug}"] iframe')


def heard(page: Page, *, of: str | None = None) -> list[tuple[str, dict]]:
    """The events that the host's page has had, of one of its storefronts or of all."""
    said = page.evaluate("window.heard")
    return [(each["name"], each["detail"]) for each in said if of in (None, each["of"])]


def arrived(page: Page, path: str) -> None:
    """The host's page was told that this page of the storefront is there; so has the browser's history."""
    page.wait_for_function(
        "path => heard.findLast(each => each.name === 'navigate')?.detail.path === path", arg=path
    )


def told(page: Page, name: str) -> None:
    """The host's page has had an event of this name: it comes by message, a moment after what the shopper sees."""
    page.wait_for_function("name => heard.some(each => each.name === name)", arg=name)


def amount(plain: str) -> re.Pattern[str]:
    """The amount as either language writes it."""
    return re.compile(plain.replace(".", "[.,]"))


def choose(store: Store, merchant: str) -> None:
    """Searches for the shop and opens its page."""
    search = store.locator('input[name="q"]').first
    search.fill(merchant)
    search.press("Enter")
    # A first page shows more: what is clicked stands on the page of what was found.
    expect(store.locator(".card")).not_to_have_count(24)
    card = store.locator(f'.card[href$="/shops/{merchant}/"]').first
    expect(card).to_be_visible()
    card.click()
    expect(store.locator('a[href^="/go/"]').first).to_be_visible()


def leave(button: Locator, page: Page) -> Page:
    """The tab that the button opens, once it has come through the page before the shop to the shop."""
    with page.context.expect_page() as opened:
        button.click()
    shop = opened.value
    shop.wait_for_url("**/out/*")
    expect(shop.locator(".dos li")).to_have_count(3)
    shop.locator("[data-go]").click()
    shop.wait_for_url("**/shop/*/**")
    return shop


def buy(city: City, shop: Page, *, cart: str) -> int:
    """The id of the network's action that the purchase has made."""
    shop.locator('input[name="cart"]').fill(cart)
    shop.locator('form[action$="/buy"] button').click()
    shop.wait_for_load_state()
    return max(action["id"] for action in city.actions())
