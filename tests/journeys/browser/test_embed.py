"""The storefront in a frame of a partner's own site, which is another site, in a browser that keeps no cookies of
third parties."""

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.journeys.browser import hosts
from tests.journeys.browser.shopping import amount, arrived, buy, choose, frame_of, heard, leave, told
from tests.journeys.browser.world import CLUB, EVIL, SHOP, listen

pytestmark = pytest.mark.browser


def test_from_launch_to_my_cashback(world, page):
    merchant = world.city.partner("acorn")["plain_merchant"]
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto(world.host_page(world.embed("acorn", "dora")))
    store = frame_of(page, "acorn")
    expect(store.locator(".card").first).to_be_visible()

    choose(store, merchant)
    shop = leave(store.locator('a[href^="/go/"]').first, page)
    order = buy(world.city, shop, cart="1990.00")
    sale = world.city.eventually(lambda: world.city.sale(order))
    assert (sale["shopper"], sale["cashback"]) == ("dora", 6965)
    # The new tab is of another site than the frame: it has no cookie of ours, and needed none.
    assert "/shop/" in shop.url

    page.bring_to_front()
    store.locator('a[href$="/me/"]').first.click()
    expect(store.locator("main")).to_contain_text(amount("69.65"))
    arrived(page, "/me/")
    said = heard(page)
    assert said[0] == ("ready", {"storefront": "acorn", "mode": "cookie"})
    assert ("activate", merchant) in [(name, detail.get("shop")) for name, detail in said]
    assert [detail["path"] for name, detail in said if name == "navigate"] == [
        "/",
        f"/?q={merchant}",
        f"/shops/{merchant}/",
        "/me/",
    ]
    # Each page says it anew; what is pending is no balance.
    assert {tuple(detail.items()) for name, detail in said if name == "balance"} == {
        (("amount", "0.00"), ("currency", "RUB"))
    }
    assert world.tokens
    assert [url for url in asked for token in world.tokens if token in url] == []
    [cookie] = [each for each in page.context.cookies() if each["name"].startswith("__Host-cb-")]
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("__Host-cb-acorn", True, "None")


def test_the_frame_is_as_high_as_its_page(world, page):
    page.goto(world.host_page(world.embed("acorn", "alice")))
    store = frame_of(page, "acorn")
    expect(store.locator(".card").first).to_be_visible()
    heights = {}
    for path, width in (("", 1280), ("", 420), ("me/", 420), ("coupons/", 1000)):
        page.set_viewport_size({"width": width, "height": 800})
        _settled_height(
            page, store
        )  # a link that moves between press and release of the mouse is not clicked
        if path:
            store.locator(f'a[href$="/{path}"]').first.click()
            expect(store.locator(f'a[href$="/{path}"][aria-current]').first).to_be_visible()
        heights[(path, width)] = _settled_height(page, store)
    assert len(set(heights.values())) == 4


def _settled_height(page: Page, store: FrameLocator) -> float:
    """The frame's height, once it is that of the page in it; nothing of it is cut off or scrolls by itself."""
    frame, html = page.locator("cashback-store iframe"), store.locator("html")
    for _patience in range(100):
        height = frame.evaluate("frame => frame.offsetHeight")
        if abs(height - html.evaluate("html => html.offsetHeight")) <= 1:
            break
        page.wait_for_timeout(100)
    assert abs(height - html.evaluate("html => html.offsetHeight")) <= 1
    assert html.evaluate("html => html.scrollHeight <= html.clientHeight")
    return height


def test_a_frame_of_360_px_never_scrolls_sideways(world, page):
    merchant = world.city.partner("acorn")["plain_merchant"]
    page.goto(world.host_page(world.embed("acorn", "alice")))
    page.locator("cashback-store").evaluate(
        "element => { element.style.cssText = 'display: block; width: 360px'; }"
    )
    store = frame_of(page, "acorn")
    expect(store.locator(".card").first).to_be_visible()
    frame = next(frame for frame in page.frames if frame.parent_frame)
    seen = []
    for path in (
        "",
        f"shops/{merchant}/",
        "coupons/",
        "favourites/",
        "me/",
        "me/trips/",
        "me/profile/",
        "terms/",
    ):
        frame.goto(f"{world.web}/s/acorn/{path}")
        expect(store.locator(".purse")).to_be_visible()
        seen.append(store.locator("html").evaluate("html => [html.clientWidth, html.scrollWidth]"))
    assert seen == [[360, 360]] * 8


def test_the_host_chooses_look_and_language_and_changes_its_mind(world, page):
    page.goto(world.host_page(world.embed("acorn", "lena", theme="dark", locale="en")))
    store = frame_of(page, "acorn")
    html, element = store.locator("html"), page.locator("cashback-store")
    expect(html).to_have_attribute("data-theme", "dark")
    expect(html).to_have_attribute("lang", "en")

    element.evaluate("element => element.setAttribute('theme', 'light')")
    expect(html).to_have_attribute("data-theme", "light")
    store.locator('a[href$="/coupons/"]').first.click()
    expect(store.locator('a[href$="/coupons/"][aria-current]')).to_be_visible()
    expect(html).to_have_attribute("data-theme", "light")

    element.evaluate("element => element.setAttribute('locale', 'ru')")
    expect(html).to_have_attribute("lang", "ru")
    expect(store.locator('a[href$="/coupons/"][aria-current]')).to_be_visible()


def test_two_partners_in_one_page_do_not_mix(world, page):
    world.city.change(
        "UPDATE partners_storefront SET embed_origins = array_append(embed_origins, %s::varchar) WHERE slug = 'birch'",
        world.sites.origin(SHOP),
    )
    world.serve_tokens(host=SHOP, partner="birch")
    page.goto(world.host_page(world.embed("acorn", "alice"), world.embed("birch", "bob")))
    stores = {slug: frame_of(page, slug) for slug in ("acorn", "birch")}
    for slug, store in stores.items():
        expect(store.locator(".purse")).to_be_visible()
        _look_at(page, slug)
        choose(store, world.city.partner(slug)["plain_merchant"])
    for slug, store in stores.items():
        _look_at(page, slug)
        leave(store.locator('a[href^="/go/"]').first, page).close()
        [who, where] = world.city.rows(
            "SELECT h.external_id, s.slug FROM transactions_click c JOIN partners_shopper h ON h.id = c.shopper_id "
            "JOIN partners_storefront s ON s.id = c.storefront_id ORDER BY c.id DESC LIMIT 1"
        )[0]
        assert (who, where) == ({"acorn": "alice", "birch": "bob"}[slug], slug)
    for slug, store in stores.items():
        _look_at(page, slug)
        store.locator('a[href$="/me/"]').first.click()
    expect(stores["acorn"].locator(".purse")).to_contain_text("₽")
    expect(stores["birch"].locator(".purse")).to_contain_text("$")
    assert {each["name"] for each in page.context.cookies()} >= {"__Host-cb-acorn", "__Host-cb-birch"}


def _look_at(page: Page, slug: str) -> None:
    """A browser draws neither the tab behind another nor the frame of another site that is out of sight."""
    page.bring_to_front()
    page.locator(f'cashback-store[storefront="{slug}"] iframe').evaluate("frame => frame.scrollIntoView()")


def test_on_a_page_that_nobody_listed_it_does_not_load(world, browser):
    page = browser.new_page()
    page.clock.install()
    world.serve_tokens(host=EVIL, partner="acorn")
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if "frame-ancestors" in said.text else None)
    tokens = len(world.tokens)
    page.goto(world.host_page(world.embed("acorn", "alice"), host=EVIL))
    frame = page.locator("cashback-store iframe").element_handle().content_frame()
    frame.wait_for_url("chrome-error://**")
    page.clock.fast_forward(20_000)

    assert len(refused) == 1
    # Nobody has asked for a token, and the host's developer hears what to do about it.
    assert len(world.tokens) == tokens
    told(page, "error")
    [(name, detail)] = heard(page)
    assert (name, detail["code"]) == ("error", "frame_silent")
    assert world.sites.origin(EVIL) in detail["message"]


def test_a_listed_site_of_one_partner_may_not_show_the_storefront_of_another(world, browser):
    page = browser.new_page()
    world.serve_tokens(host=CLUB, partner="acorn")
    page.goto(world.host_page(world.embed("acorn", "alice"), host=CLUB))
    page.locator("cashback-store iframe").element_handle().content_frame().wait_for_url("chrome-error://**")


@pytest.mark.parametrize("trouble", ["token_spent", "token_expired", "token_foreign", "token_invalid"])
def test_a_token_that_opens_nothing_is_explained_and_the_next_one_opens(world, page, trouble):
    """To the shopper in plain words, and to the integrator with the code and the fix."""
    tokens = {
        "token_spent": lambda: world.spent_token("acorn", "alice"),
        "token_expired": lambda: world.old_token("acorn", "alice"),
        "token_foreign": lambda: world.launch_token("birch", "bob"),
        "token_invalid": lambda: "not-a-token-of-anybody",
    }
    token = tokens[trouble]()
    world.sites.answer(SHOP, "/token/bad", lambda _asked: world.as_token(token))
    page.goto(world.host_page(world.embed("acorn", "alice").replace("/token/acorn", "/token/bad")))
    store = frame_of(page, "acorn")
    expect(store.locator("main h1:visible")).to_be_visible()
    # Another partner's token is to us as any unknown one: nothing is said of who made it.
    code = {"token_foreign": "token_invalid"}.get(trouble, trouble)
    expect(store.locator("[data-code]:visible")).to_have_text(code)
    assert len(store.locator("[data-fix]:visible").inner_text()) > 20
    told(page, "error")
    assert [(name, detail["code"]) for name, detail in heard(page) if name == "error"] == [("error", code)]
    assert not [each for each in page.context.cookies() if each["name"].startswith("__Host-cb-")]

    page.goto(world.host_page(world.embed("acorn", "alice")))
    expect(frame_of(page, "acorn").locator(".purse")).to_be_visible()


def test_a_sign_on_that_has_aged_is_renewed_where_the_shopper_stands(world, page):
    page.goto(world.host_page(world.embed("acorn", "alice")))
    store = frame_of(page, "acorn")
    expect(store.locator(".purse")).to_be_visible()
    tokens = len(world.tokens)

    world.later(13 * 3600)
    store.locator('a[href$="/me/"]').first.click()
    expect(store.locator(".purse")).to_be_visible()
    expect(store.locator('a[href$="/me/"][aria-current]').first).to_be_visible()
    assert len(world.tokens) == tokens + 1


def test_who_signs_out_at_the_hosts_site_leaves_nothing_to_the_next_one(world, page):
    page.goto(world.host_page(world.embed("acorn", "alice")))
    store = frame_of(page, "acorn")
    expect(store.locator(".purse")).to_be_visible()

    world.sites.answer(SHOP, "/token/nobody", lambda _asked: hosts.as_json({}, status=401))
    page.goto(world.host_page(world.embed("acorn", "alice").replace("/token/acorn", "/token/nobody")))
    expect(store.locator(".card").first).to_be_visible()
    expect(store.locator(".purse")).to_have_count(0)
    assert not [each for each in page.context.cookies() if each["name"].startswith("__Host-cb-")]


@pytest.mark.parametrize(("partner", "currency"), [("acorn", "₽"), ("birch", "$")])
def test_the_demos_own_host_pages_show_the_storefront_too(city, browser, partner, currency):
    """Over plain http, where a frame's cookie has no other site to be kept from: as `make demo` shows it."""
    complaints = listen(browser, city.web, city.sandbox)
    page = browser.new_page()
    page.goto(city.partner(partner)["host_page"])
    storefront = page.frame_locator("cashback-store iframe")
    expect(storefront.locator(".purse")).to_contain_text(currency)
    storefront.locator('a[href$="/me/"]').first.click()
    expect(storefront.locator('a[href$="/me/"][aria-current]').first).to_be_visible()
    assert complaints == []
