"""The coupons on the narrowest screen, in a real browser."""

import re
import shutil
from pathlib import Path

import pytest

from tests import make

CHROMIUM = shutil.which("chromium")
STYLES = Path(__file__).parents[2] / "cashback" / "static" / "vitrina.css"

# How wide the page is with this menu open, and no other.
_WIDTH = """which => {
  document.querySelectorAll("details.menu").forEach((menu, place) => { menu.open = place === which; });
  return document.documentElement.scrollWidth;
}"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: nobody has looked at the coupons"
    ),
]


def test_words_longer_than_the_screen_and_open_menus_push_nothing_sideways(client, acorn, account):
    shop = make.merchant("Интернет-магазин СверхДлинноеНазваниеМагазина")
    shop.categories.add(make.category("tours", name_ru="Путешествия, авиабилеты, гостиницы и отпуск у моря"))
    make.coupon(
        of=make.offer(of=shop, at=account),
        code="SUPERLONGCODE-2026-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        name="НаВсёВсёВсёВсёВсёВсёВсёВсёВсёВсёВсёВсё",
        description="https://shop.example/" + "a" * 120,
    )
    page = client.get("/s/acorn/coupons/").content.decode()
    theme = client.get(re.search(r'href="(/theme/[^"]+)"', page)[1]).content.decode()
    page = re.sub(r"<(script|link)\b[^>]*>", "", page)

    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        screen = browser.new_page(viewport={"width": 320, "height": 800})
        screen.set_content(page)
        screen.add_style_tag(content=theme + STYLES.read_text())
        widths = [screen.evaluate(_WIDTH, menu) for menu in (None, 0, 1)]
        browser.close()
    assert widths == [320, 320, 320]
