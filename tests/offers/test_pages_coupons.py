"""The coupons of a storefront."""

import re
from datetime import timedelta

import pytest

from tests import make

GUEST_QUERIES = 4  # storefront, coupons, the shops and the categories that have some
SHOPPER_QUERIES = 6  # and the shopper, what is available


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Околица", slug="okolitsa"), at=account, percent="9")


def names(response) -> list[str]:
    return [line.coupon.name for line in response.context["page"].rows]


def test_live_coupons_of_open_offers_are_listed_those_that_end_first_on_top(
    client, acorn, offer, account, at
):
    make.coupon(of=offer, name="Endless")
    make.coupon(of=offer, name="In a week", ends_at=at + timedelta(days=7))
    make.coupon(of=offer, name="Tomorrow", ends_at=at + timedelta(days=1))
    make.coupon(of=offer, name="Exclusive", is_exclusive=True)
    make.coupon(of=offer, name="Over", ends_at=at - timedelta(seconds=1))
    make.coupon(of=make.offer(at=account, is_open=False), name="Closed shop")
    make.coupon(of=make.offer(at=account, currency="USD"), name="Dollars")
    make.coupon(of=make.offer(at=account, of=make.merchant(is_hidden=True)), name="Hidden shop")
    make.coupon(of=make.offer(at=make.account(is_active=False)), name="Stopped network")
    assert names(client.get("/s/acorn/coupons/")) == ["Exclusive", "Tomorrow", "In a week", "Endless"]


def test_a_code_can_be_copied_and_a_deal_says_that_it_needs_none(client, acorn, offer):
    make.coupon(of=offer, code="TEA15")
    make.coupon(of=offer)
    page = client.get("/s/acorn/coupons/").content.decode()
    assert '<input class="code" readonly value="TEA15" size="5">' in page
    assert page.count("Код не нужен") == 1


def test_a_coupon_names_its_shop_and_the_cashback_on_top(client, acorn, offer):
    make.coupon(of=offer)
    page = client.get("/s/acorn/coupons/").content.decode()
    assert 'href="/s/acorn/shops/okolitsa/"' in page
    assert "+ до 6,3\N{NO-BREAK SPACE}% кэшбэка" in page


def test_each_coupon_has_a_way_out_of_its_own_for_shoppers_only(client, acorn, alice, offer):
    make.coupon(of=offer)
    make.coupon(of=offer)
    assert "/go/" not in client.get("/s/acorn/coupons/").content.decode()
    make.sign_on(client, alice)
    tickets = re.findall(r'href="/go/([\w-]+)"', client.get("/s/acorn/coupons/").content.decode())
    assert len(set(tickets)) == 2


def test_no_coupons_is_said_in_words(client, acorn):
    assert "Сегодня купонов нет" in client.get("/s/acorn/coupons/").content.decode()


def test_the_twenty_fifth_coupon_is_on_the_second_page(client, acorn, offer):
    for number in range(25):
        make.coupon(of=offer, name=f"Coupon {number:02}")
    assert len(names(client.get("/s/acorn/coupons/"))) == 24
    assert len(names(client.get("/s/acorn/coupons/?page=2"))) == 1
    assert client.get("/s/acorn/coupons/?page=3").status_code == 404
    assert len(names(client.get("/s/acorn/coupons/?page=two"))) == 24


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_few_queries_for_one_coupon_and_for_three(
    client, acorn, alice, offer, count, django_assert_num_queries
):
    for _each in range(count):
        make.coupon(of=offer)
    with django_assert_num_queries(GUEST_QUERIES):
        client.get("/s/acorn/coupons/")
    make.sign_on(client, alice)
    with django_assert_num_queries(SHOPPER_QUERIES):
        client.get("/s/acorn/coupons/")


def test_a_word_of_the_coupon_or_of_its_shop_finds_it(client, acorn, account, offer):
    make.coupon(of=offer, name="Скидка на ёлки")
    make.coupon(of=offer, name="Подарок", description="К заказу от 1 500 ₽")
    make.coupon(of=make.offer(at=account, of=make.merchant("Чайник")), name="Чашка")
    assert names(client.get("/s/acorn/coupons/?q=ЕЛКИ")) == ["Скидка на ёлки"]
    assert names(client.get("/s/acorn/coupons/?q=заказу 500")) == ["Подарок"]
    assert names(client.get("/s/acorn/coupons/?q=xfqybr")) == ["Чашка"]
    assert names(client.get("/s/acorn/coupons/?q=okolica")) == ["Скидка на ёлки", "Подарок"]


def test_a_shop_and_a_category_narrow_the_coupons_and_say_how_many_they_have(client, acorn, account, offer):
    tea = make.category("tea")
    offer.merchant.categories.add(tea)
    make.coupon(of=offer, name="Tea")
    make.coupon(of=make.offer(at=account, of=make.merchant("Other", slug="other")), name="Other")
    page = client.get("/s/acorn/coupons/").content.decode()
    assert re.findall(r'href="\?(category|shop)=([\w-]+)"[^>]*>[^<]* <span class="count">(\d)<', page) == [
        ("category", "tea", "1"),
        ("shop", "other", "1"),
        ("shop", "okolitsa", "1"),
    ]
    assert names(client.get("/s/acorn/coupons/?category=tea")) == ["Tea"]
    assert names(client.get("/s/acorn/coupons/?shop=other")) == ["Other"]
    assert names(client.get("/s/acorn/coupons/?shop=other&category=tea")) == []


@pytest.mark.parametrize(
    "query", ["?q=%00", "?shop=%00", "?category='", "?q=%25", "?page=two", "?q=" + "я" * 9000, "?shop=nobody"]
)
def test_rubbish_in_the_address_finds_nothing_and_breaks_nothing(client, acorn, offer, query):
    make.coupon(of=offer, name="Tea")
    assert client.get(f"/s/acorn/coupons/{query}").status_code == 200


def test_coupons_for_elsewhere_are_not_shown(client, acorn, offer):
    type(acorn).objects.filter(pk=acorn.pk).update(ships_to=["RU"])
    make.coupon(of=offer, name="Here", countries=["RU", "BY"])
    make.coupon(of=offer, name="Anywhere")
    make.coupon(of=offer, name="Elsewhere", countries=["US"])
    assert names(client.get("/s/acorn/coupons/")) == ["Here", "Anywhere"]


def test_a_coupon_of_a_shop_that_is_not_shown_is_not_shown_either(client, acorn, account, offer):
    type(acorn).objects.filter(pk=acorn.pk).update(ships_to=["RU"])
    type(offer).objects.filter(pk=offer.pk).update(countries=["US"], score=9)
    lesser = make.offer(at=make.account(), of=offer.merchant, countries=["RU"], score=1)
    make.coupon(of=lesser, code="LESSER")
    assert client.get(f"/s/acorn/shops/{offer.merchant.slug}/").status_code == 404
    page = client.get("/s/acorn/coupons/").content.decode()
    assert "LESSER" not in page and offer.merchant.slug not in page
    type(offer).objects.filter(pk=offer.pk).update(countries=["RU"])
    assert "LESSER" in client.get("/s/acorn/coupons/").content.decode()


def test_a_coupons_own_words_are_text_and_never_markup(client, acorn, offer):
    make.coupon(of=offer, name="<script>alert(1)</script>", code='"><b>')
    page = client.get("/s/acorn/coupons/").content.decode()
    assert "<script>alert" not in page
    assert '"><b>' not in page
