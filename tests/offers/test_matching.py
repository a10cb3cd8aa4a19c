"""Shops are matched by domain, and named and filed as people would."""

import pytest

from offers.intake import matching
from offers.networks.base import CategoryData, Unreadable


@pytest.mark.parametrize(
    ("site_url", "domain"),
    [
        ("https://www.chay.example/", "chay.example"),
        ("http://M.Chay.Example:8080/ru?x=1", "chay.example"),
        ("chay.example", "chay.example"),
        ("//chay.example./", "chay.example"),
        ("https://user:secret@chay.example/", "chay.example"),
        ("https://shop.chay.example/", "shop.chay.example"),
        ("https://www.ru/", "www.ru"),
        ("https://Чай.рф/каталог", "xn--80as4b.xn--p1ai"),
        ("https://xn--80as4b.xn--p1ai/", "xn--80as4b.xn--p1ai"),
    ],
)
def test_one_shop_has_one_domain_however_it_is_written(site_url, domain):
    assert matching.domain_of(site_url) == domain


@pytest.mark.parametrize(
    "site_url", ["", "localhost", "https://", "https://[::1", "мобильное приложение", "https://a..b/"]
)
def test_what_names_no_domain_is_unreadable(site_url):
    with pytest.raises(Unreadable, match="site_url"):
        matching.domain_of(site_url)


@pytest.mark.parametrize(
    ("offer_name", "name"),
    [
        ("Lumen Audio RU", "Lumen Audio"),
        ("[CPS] Lumen Audio Many GEOs", "Lumen Audio"),
        ("Lumen Audio (CPA) WW", "Lumen Audio"),
        ("Северный чай", "Северный чай"),
        ("Guru", "Guru"),
        ("RU", "RU"),
        ("Ru & Co", "Ru & Co"),
    ],
)
def test_shop_is_called_by_its_own_name(offer_name, name):
    assert matching.merchant_name(offer_name) == name


def test_slug_is_the_name_in_latin_letters():
    assert matching.slug_of("Северный чай & Щёлково", length=50) == "severny-chay-schelkovo"
    assert matching.slug_of("Ёлка: подъезд №1", length=50) == "elka-podezd-no1"


def test_slug_falls_back_on_the_domain_and_then_on_a_number():
    assert matching.free_slug("茶", domain="chay.example", taken=set()) == "chay-example"
    assert matching.free_slug("Chay", domain="chay.example", taken={"chay", "chay-2"}) == "chay-3"


def test_shelf_is_that_of_the_english_name():
    theirs = CategoryData(external_id="68", names={"ru": "Продукты и напитки", "en": "Food & Drinks"})
    assert matching.shelf_of(theirs) == ("food-drinks", "Продукты и напитки", "Food & Drinks")
    russian = CategoryData(external_id="68", names={"ru": "Продукты"})
    assert matching.shelf_of(russian) == ("produkty", "Продукты", "Продукты")
