"""The world is what the other tests here take it for: without this, what they prove would prove nothing."""

import pytest

from tests.journeys.browser.world import EVIL, SHOP

pytestmark = pytest.mark.browser

_FRAME = '<iframe src="{address}" title="other site"></iframe>'


def test_a_third_partys_plain_cookie_does_not_come_back_and_a_partitioned_one_does(world, browser):
    page = browser.new_page()
    cookies = {
        "plain": "tracker=1; Secure; SameSite=None; Path=/",
        "partitioned": "__Host-mine=1; Secure; SameSite=None; Path=/; Partitioned",
    }
    for name, cookie in cookies.items():
        address = world.sites.put(EVIL, f"/{name}", "hello", Set_Cookie=cookie)
        world.sites.put(SHOP, "/", _FRAME.format(address=address))
        page.goto(world.sites.origin(SHOP))
        page.goto(world.sites.origin(SHOP))

    came_back = {path: cookies for host, path, cookies in world.sites.heard if host == EVIL}
    assert came_back == {"/plain": "", "/partitioned": "__Host-mine=1"}


def test_the_same_cookie_comes_back_where_it_is_no_third_partys(world, browser):
    page = browser.new_page()
    address = world.sites.put(EVIL, "/plain", "hello", Set_Cookie="tracker=1; Secure; SameSite=None; Path=/")
    page.goto(address)
    page.goto(address)

    assert [cookies for host, path, cookies in world.sites.heard if path == "/plain"] == ["", "tracker=1"]


def test_the_servers_clock_can_be_moved_and_comes_back(world, browser):
    page = browser.new_page()

    def is_refused(minutes: int) -> bool:
        """A launch token minted by the clock of this test."""
        world.later(minutes * 60)
        token = world.minted_token("acorn", "alice")
        return page.goto(f"{world.storefront('acorn')}launch?token={token}").status == 403

    assert [is_refused(minutes) for minutes in (0, 5, 0)] == [False, True, False]
