"""Which language a storefront speaks, and to whom."""

import pytest

from tests import make


def language(client, path: str = "/s/acorn/") -> str:
    return client.get(path).headers["Content-Language"]


def test_a_storefront_speaks_its_own_language(client, acorn, birch):
    assert language(client) == "ru"
    assert language(client, "/s/birch/") == "en"


def test_what_the_partner_said_of_the_shopper_comes_before(client, acorn, alice):
    type(alice).objects.filter(pk=alice.pk).update(locale="en")
    make.sign_on(client, alice)
    assert language(client) == "en"


def test_the_choice_in_this_browser_comes_first(client, acorn, alice):
    response = client.get("/s/acorn/language/en/?next=/s/acorn/coupons/%3Fpage%3D1")
    assert (response.status_code, response.headers["Location"]) == (303, "/s/acorn/coupons/?page=1")
    make.sign_on(client, alice)
    assert language(client) == "en"
    assert "Shop as usual" in client.get("/s/acorn/").content.decode()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_the_way_back_never_leaves_the_site(client, acorn, target):
    response = client.get("/s/acorn/language/en/", {"next": target})
    assert (response.status_code, response.headers["Location"]) == (303, "/s/acorn/")


def test_a_language_that_we_do_not_speak_is_not_found(client, acorn):
    response = client.get("/s/acorn/language/xx/")
    assert response.status_code == 404
    assert not response.cookies


def test_rubbish_in_the_cookie_is_the_storefronts_own_language(client, acorn):
    client.cookies["cb.language"] = "../../etc"
    assert language(client) == "ru"


def test_the_choice_and_a_storefront_named_language_do_not_mix(client, db):
    carol = make.shopper(make.storefront(slug="language"), "carol")
    make.sign_on(client, carol)
    client.get("/s/language/language/en/")
    assert client.get("/s/language/me/").status_code == 200
    assert language(client, "/s/language/") == "en"


def test_every_page_offers_the_other_language_and_comes_back(client, acorn):
    page = client.get("/s/acorn/?q=a%26b").content.decode()
    assert 'href="/s/acorn/language/en/?next=%2Fs%2Facorn%2F%3Fq%3Da%2526b"' in page


def test_money_is_written_as_the_language_writes_it(client, acorn, alice):
    make.sign_on(client, alice)
    assert "0,00\N{NO-BREAK SPACE}₽" in client.get("/s/acorn/").content.decode()
    client.get("/s/acorn/language/en/")
    assert "RUB\N{NO-BREAK SPACE}0.00" in client.get("/s/acorn/").content.decode()
