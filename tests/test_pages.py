"""No page is forgotten by what is proved of every page."""

from cashback import storefront_urls
from tests.pages import NO_PAGE, PAGES

# Pages outside the storefront's own tree.
SHARED = {"way-out", "click-out", "unsubscribe", "boot"}


def test_every_address_of_a_storefront_is_a_known_page_or_known_to_be_none():
    shown = {name for page in PAGES for name in page.stands_for}
    assert {pattern.name for pattern in storefront_urls.urlpatterns} == (shown - SHARED) | NO_PAGE.keys()
    assert not shown & NO_PAGE.keys()


def test_no_two_pages_have_one_name():
    assert len({page.name for page in PAGES}) == len(PAGES)
