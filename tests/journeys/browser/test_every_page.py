"""What holds on every page, in every look: it can be read and used by everybody, and it fits its window."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page as Tab

from cashback.stack import manage
from cashback.visitor import launch_token
from partners import theme
from partners.theme.ready import READY
from tests.journeys.city import City
from tests.pages import PAGES, Page

pytestmark = pytest.mark.browser

# The third look, beside Acorn's light green and Birch's dark blue: the ready theme for tired eyes.
STARK = next(ready.tokens for ready in READY if ready.name == "contrast")
LOOKS = ("acorn", "birch", "stark")
SCHEMES = ("light", "dark")
# A small phone, a frame in a phone's page, a phone, a desk.
WIDTHS = (320, 360, 390, 1280)
# A shop of the demo of which everything is known that can be.
RICH_SHOP = "okolitsa"
# What the levels A and AA ask for, and what axe's authors hold to be good practice.
_WHOLE = {"resultTypes": ["violations"]}
_COLOURS = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": ["color-contrast"]}}


_ADDRESSES = """
import json
from partners.embed import checklist
from partners.models import Shopper, Storefront
from partners.notices import links
from tests.support import cases_make
alice = Shopper.objects.get(storefront__slug="acorn", external_id="alice")
names = {"checklist": checklist.address(alice.storefront), "unsubscribe": links.unsubscribe(alice)}
print(json.dumps(names | cases_make.addresses(alice)))
"""


@dataclass(frozen=True, slots=True)
class Street:
    """Two tabs, one of a guest and one of Alice's; the looks' style sheets; what the pages' addresses need."""

    city: City
    tabs: dict[bool, Tab]
    looks: dict[str, str]
    names: dict[str, str]

    def come_to(self, page: Page) -> Tab:
        tab = self.tabs[page.is_for_guests]
        path = page.path.format(**self.names)
        base = f"{self.city.web}/s/{page.storefront}/"
        answer = tab.goto(urljoin(base, path))
        if page.follow:
            answer = tab.goto(
                urljoin(base, tab.locator(f'a[href*="{page.follow}"]').first.get_attribute("href"))
            )
        if page.send_to:
            form = tab.locator(f'form[action$="{page.send_to}"]')
            for name, value in page.send:
                form.locator(f'[name="{name}"]').fill(value)
            with tab.expect_navigation() as arrived:
                form.locator("button").click()
            answer = arrived.value
        assert answer.status == page.status, tab.url
        return tab


@pytest.fixture(scope="module")
def street(whole_city, chromium) -> Iterator[Street]:
    city = whole_city
    city.change(
        "INSERT INTO partners_storefront SELECT (jsonb_populate_record(s, jsonb_build_object("
        "'id', uuidv7(), 'slug', 'stark', 'name', 'Stark', 'theme', %s::jsonb, 'theme_digest', %s::text))).* "
        "FROM partners_storefront s WHERE slug = 'birch'",
        json.dumps(STARK),
        theme.digest(STARK),
    )
    # The page before the shop stays for as long as it is looked at.
    city.change("UPDATE partners_storefront SET interstitial_seconds = 60")
    acorn = city.partner("acorn")
    contexts = {
        is_guest: chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
        for is_guest in (True, False)
    }
    tabs = {is_guest: context.new_page() for is_guest, context in contexts.items()}
    token = launch_token(partner="acorn", secret=acorn["sso_secret"], shopper="alice", locale="ru")
    tabs[False].goto(f"{acorn['storefront']}launch?token={token}")
    order = city.visitor("alice", partner="acorn").buy(acorn["plain_merchant"], cart="1000.00")
    [action] = city.actions(click_ref=order.click_ref)
    city.eventually(lambda: city.sale(action["id"]))
    city.stack.run("addresses", manage("shell", "-v", "0", "-c", _ADDRESSES))
    names = json.loads(city.stack.logs("addresses").splitlines()[-1])
    names |= {"shop": acorn["plain_merchant"], "rich_shop": RICH_SHOP}
    looks = {}
    for slug in LOOKS:
        tabs[True].goto(f"{city.web}/s/{slug}/")
        looks[slug] = tabs[True].locator('link[href^="/theme/"]').get_attribute("href")
    assert len(set(looks.values())) == len(LOOKS)
    yield Street(city, tabs, looks, names)
    for context in contexts.values():
        context.close()
    city.change("UPDATE partners_storefront SET interstitial_seconds = 5")
    city.change("DELETE FROM partners_storefront WHERE slug = 'stark'")


def faults(tab: Tab, options: dict) -> list[str]:
    # A colour on its way to another is neither; what is measured is where it comes to rest.
    tab.evaluate(
        "document.getAnimations().forEach(each => each.effect.getTiming().iterations < 9 && each.finish())"
    )
    found = tab.evaluate(f"axe.run({json.dumps(options)})")["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:160]} {node['failureSummary'][:300]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def wear(tab: Tab, address: str) -> None:
    """The page in another storefront's look: nothing but the theme's style sheet is another."""
    tab.evaluate(
        """address => new Promise(done => {
            const worn = document.querySelector('link[href^="/theme/"]');
            if (worn.getAttribute("href") === address) return done();
            const next = worn.cloneNode();
            next.onload = () => { worn.remove(); done(); };
            next.href = address;
            worn.after(next);
        })""",
        address,
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_serves_everybody_in_every_look_and_window(street, page):
    """No serious or critical fault in three looks by day and by night, and no sideways scroll, from a small phone to a
    desk: one visit, for most of the time goes into loading."""
    tab = street.come_to(page)
    tab.evaluate(AXE_SCRIPT)
    found = {"acorn, light": faults(tab, _WHOLE)}
    for look, address in street.looks.items():
        wear(tab, address)
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            if (look, scheme) != ("acorn", "light"):  # that is the page as it came
                found[f"{look}, {scheme}"] = faults(tab, _COLOURS)
    tab.emulate_media(color_scheme="light")
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        needed = tab.locator("html").evaluate("html => html.scrollWidth")
        found[f"{width} px"] = [f"{needed} px are needed"] if needed > width else []
    tab.set_viewport_size({"width": 390, "height": 844})
    assert {where: each for where, each in found.items() if each} == {}
