"""`make screenshots`: a demo of its own is started, walked through in both languages, and put into pictures.

Look at every picture afterwards: that is what they are for.
"""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from cashback.embedded import free_port  # noqa: E402 - the checkout is on the path now
from cashback.visitor import launch_token  # noqa: E402

LARGEST = 150 * 1024
OPTIONS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking"]
SCREENS = {"phone": ((390, 844), 2), "desktop": ((1280, 900), 1)}
# Each language at the storefront that speaks it by itself: Acorn's day and Birch's night.
PLACES = {"ru": ("acorn", "alice", "okolitsa"), "en": ("birch", "bob", "lumen-audio")}
SEARCH = {"ru": "jrjkbwf", "en": "lumne"}  # on the wrong keyboard, and with a slip


@dataclass(frozen=True, slots=True)
class Shot:
    """A page to be taken: its path with {shop}, and the link that is followed from there."""

    name: str
    path: str
    follow: str = ""
    screens: tuple[str, ...] = ("phone",)
    is_host: bool = False


SHOTS = (
    Shot("shops", "", screens=("phone", "desktop")),
    Shot("search", "?q={search}"),
    Shot("shop", "shops/{shop}/", screens=("phone", "desktop")),
    Shot("way-out", "shops/{shop}/", follow="/go/"),
    Shot("my-cashback", "me/", screens=("phone", "desktop")),
    Shot("purchase", "me/trips/", follow="/me/purchases/"),
    Shot("trips", "me/trips/"),
    Shot("claims", "me/claims/"),
    Shot("claim-new", "me/claims/new/", follow="/me/claims/new/clk_"),
    Shot("claim", "me/claims/", follow="/me/claims/C-", screens=("phone", "desktop")),
    Shot("coupons", "coupons/"),
    Shot("profile", "me/profile/"),
    Shot("how-it-works", "how-it-works/"),
    Shot("embedded", "", screens=("desktop",), is_host=True),
)


@dataclass(frozen=True, slots=True)
class StaffShot:
    """A page of the agents' desk: its path, and the link that is followed from there."""

    name: str
    path: str
    follow: str = ""
    languages: tuple[str, ...] = ("en",)
    screens: tuple[str, ...] = ("desktop",)


STAFF = "sam"
STAFF_SCREENS = {"phone": ((390, 844), 2), "desktop": ((1440, 900), 1)}
STAFF_SHOTS = (
    StaffShot("staff-queue", "desk/ticket/?view=owed", languages=("en", "ru"), screens=("phone", "desktop")),
    StaffShot(
        "staff-case",
        "desk/ticket/?view=owed&language={language}",
        follow=".row-open",
        languages=("en", "ru"),
    ),
    StaffShot("staff-board", "shifts/shiftclose/board/"),
    StaffShot("staff-close", "shifts/shiftclose/", follow=".strip .is-not"),
    StaffShot("staff-figures", "quality/rating/kpi/"),
)


@contextmanager
def demo() -> Iterator[dict[str, Any]]:
    """What demo.json says of a demo that runs for as long as the pictures take."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "PORT": str(free_port()),
            "SANDBOX_PORT": str(free_port()),
            "STACK_DIR": str(Path(folder, "demo")),
        }
        command = [sys.executable, "-m", "cashback.stack", "demo"]
        stack = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
        try:
            for line in stack.stdout or ():
                print(line, end="", flush=True)
                if line.strip() == "READY":
                    break
            else:
                raise SystemExit("The demo did not start.")
            yield json.loads(Path(folder, "demo", "demo.json").read_text())
        finally:
            stack.send_signal(signal.SIGINT)
            stack.wait(60)


def take(page: Page, name: str) -> str:
    picture = HERE / f"{name}.webp"
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    for quality in (82, 70, 55, 40):
        image.save(picture, quality=quality, method=6)
        if picture.stat().st_size <= LARGEST:
            return f"{picture.relative_to(ROOT)} {picture.stat().st_size:,} bytes"
    raise SystemExit(f"{name} does not fit into {LARGEST} bytes.")


def walk(chromium: Browser, facts: dict[str, Any], language: str, screen: str) -> None:
    slug, shopper, shop = PLACES[language]
    partner = facts["partners"][slug]
    (width, height), scale = SCREENS[screen]
    scheme = "dark" if slug == "birch" else "light"
    context = chromium.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, color_scheme=scheme
    )
    page = context.new_page()
    token = launch_token(partner=slug, secret=partner["sso_secret"], shopper=shopper, locale=language)
    page.goto(f"{partner['storefront']}launch?token={token}")
    for shot in SHOTS:
        if screen not in shot.screens:
            continue
        if shot.is_host:
            page.goto(partner["host_page"])
            page.frame_locator("iframe").locator(".card").first.wait_for()
        else:
            page.goto(partner["storefront"] + shot.path.format(shop=shop, search=SEARCH[language]))
        if shot.follow:
            page.goto(page.locator(f'a[href*="{shot.follow}"]').first.evaluate("link => link.href"))
        page.wait_for_load_state("networkidle")
        print(take(page, f"{shot.name}-{language}-{screen}"))
    context.close()


def walk_the_desk(chromium: Browser, facts: dict[str, Any], language: str, screen: str) -> None:
    (width, height), scale = STAFF_SCREENS[screen]
    admin = facts["admin"]["url"]
    context = chromium.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, locale=language
    )
    page = context.new_page()
    page.goto(admin)
    page.fill("[name=username]", STAFF)
    page.fill("[name=password]", facts["staff"][STAFF]["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url(admin)
    for shot in STAFF_SHOTS:
        if screen not in shot.screens or language not in shot.languages:
            continue
        page.goto(admin + shot.path.format(language=language))
        if shot.follow:
            page.goto(page.locator(shot.follow).first.evaluate("link => link.href"))
        page.wait_for_load_state("networkidle")
        print(take(page, f"{shot.name}-{language}-{screen}"))
    context.close()


def main() -> None:
    chromium_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium_path is None:
        raise SystemExit("Pictures need chromium: `apt-get install chromium`.")
    with demo() as facts, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=OPTIONS)
        for language in PLACES:
            for screen in SCREENS:
                walk(chromium, facts, language, screen)
                walk_the_desk(chromium, facts, language, screen)
        chromium.close()


if __name__ == "__main__":
    main()
