from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.browser.world import World, listen, open_world
from tests.journeys.conftest import PATIENCE

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def whole_world(whole_city) -> Iterator[World]:
    with open_world(whole_city) as world:
        yield world


@pytest.fixture
def world(whole_world: World) -> Iterator[World]:
    """On an ordinary day: the clock is right, and the sites have heard nothing yet."""
    whole_world.sites.heard.clear()
    yield whole_world
    whole_world.later(0)


@pytest.fixture
def browser(chromium: Browser) -> Iterator[BrowserContext]:
    """A fresh one. As in a private window, it keeps no cookie of third parties."""
    context = chromium.new_context(ignore_https_errors=True, viewport=DESK, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def complaints(world: World, browser: BrowserContext) -> Iterator[list[str]]:
    """What the browser has to say of our own pages; a test that uses this ends well only if that is nothing."""
    heard = listen(browser, world.web, world.own_host())
    yield heard
    assert heard == []


@pytest.fixture
def page(browser: BrowserContext, complaints: list[str]) -> Page:
    return browser.new_page()
