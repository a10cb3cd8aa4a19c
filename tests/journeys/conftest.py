import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.journeys.city import City, open_city

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# As root there is no sandbox to be had, and this browser sees nothing but our own pages.
OPTIONS = ["--no-sandbox", "--headless=new", "--disable-gpu", "--disable-background-networking"]
# Every *.test is on this machine: real host names, and so real sites, without a name server.
RESOLVER = "--host-resolver-rules=MAP *.test 127.0.0.1"
# In milliseconds: how long a page may take on two busy cores before a test gives up on it.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def whole_city() -> Iterator[City]:
    city = open_city()
    with city.stack:
        city.open()
        yield city


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """A journey that fails shows what the servers said."""
    report = yield
    city = getattr(item, "funcargs", {}).get("whole_city")
    if report.failed and city:
        report.sections += [(f"log of {name}", city.stack.logs(name)[-6000:]) for name in ("web", "worker")]
    return report


@pytest.fixture
def city(whole_city: City) -> Iterator[City]:
    """The city on a fair day: whatever faults a test orders are gone for the next."""
    yield whole_city
    whole_city.command("faults")


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """For this folder alone: while it is open, Django takes this thread for asynchronous code."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: `apt-get install chromium` runs the browser tests")
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*OPTIONS, RESOLVER])
    yield chromium
    chromium.close()
