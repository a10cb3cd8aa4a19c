"""The first page: which shops it lists, in which order, and what it promises."""

import re
from decimal import Decimal

import pytest

from tests import make

GUEST_QUERIES = 3  # storefront, shops, categories
SHOPPER_QUERIES = 6  # and the shopper, what is available, what is pending


def names(response) -> list[str]:
    return [shop.name for shop in response.context["page"].rows]


@pytest.fixture
def shops(client, acorn):
    """The page as Acorn's guest sees it: `shops("?sort=name")`."""

    def get(query: str = ""):
        return client.get(f"/s/acorn/{query}")

    return get


def test_a_card_promises_the_shoppers_part_of_the_rate(shops, account):
    make.offer(at=account, percent="5")
    assert "3,5\N{NO-BREAK SPACE}%" in shops().content.decode()


def test_a_card_promises_the_shoppers_part_of_a_fixed_reward(shops, account):
    make.offer(at=account, percent=None, fixed="500")
    assert "350\N{NO-BREAK SPACE}₽" in shops().content.decode()


def test_a_promise_is_cut_off_and_never_rounded_up(shops, account):
    make.offer(at=account, percent="3.9999")  # 70 % of it is 2.79993
    page = shops().content.decode()
    assert "2,79\N{NO-BREAK SPACE}%" in page
    assert "2,8\N{NO-BREAK SPACE}%" not in page


def test_a_card_says_when_the_shop_confirms(shops, account):
    make.offer(at=account, hold_days=21, max_hold_days=60)
    assert "21–60 дней" in shops().content.decode()


def test_a_merchant_of_two_networks_is_listed_once_with_the_offer_that_a_click_would_use(shops, account):
    merchant = make.merchant("Околица")
    make.offer(of=merchant, at=account, percent="9", score=1.0)
    make.offer(of=merchant, at=make.account(), percent="5", score=2.0)
    response = shops()
    assert names(response) == ["Околица"]
    assert response.context["page"].rows[0].best_percent == Decimal("5")


def test_what_nobody_can_earn_with_is_not_listed(shops, account):
    make.offer(at=account, of=make.merchant("Open"))
    make.offer(at=account, of=make.merchant("Closed"), is_open=False)
    make.offer(at=account, of=make.merchant("Hidden", is_hidden=True))
    make.offer(at=account, of=make.merchant("Dollars"), currency="USD")
    make.offer(at=make.account(is_active=False), of=make.merchant("Stopped"))
    assert names(shops()) == ["Open"]


def test_each_storefront_lists_its_own_currency(client, shops, birch, account):
    make.offer(at=account, of=make.merchant("Roubles"))
    make.offer(at=account, of=make.merchant("Dollars"), currency="USD")
    assert names(shops()) == ["Roubles"]
    assert names(client.get("/s/birch/")) == ["Dollars"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", ["Бета", "альфа", "Вега"]),
        ("recommended", ["Бета", "альфа", "Вега"]),
        ("rate", ["Вега", "альфа", "Бета"]),
        ("name", ["альфа", "Бета", "Вега"]),
        ("new", ["Бета", "Вега", "альфа"]),
        ("'; DROP TABLE", ["Бета", "альфа", "Вега"]),
    ],
)
def test_the_order_is_the_shoppers_choice_and_the_most_profitable_first_without_one(
    shops, account, sort, order
):
    make.offer(at=account, of=make.merchant("альфа"), percent="5", score=2.0)
    make.offer(at=account, of=make.merchant("Вега"), percent="8", score=1.0)
    make.offer(at=account, of=make.merchant("Бета"), percent=None, fixed="900", score=3.0)
    assert names(shops(f"?sort={sort}")) == order


@pytest.mark.parametrize("text", ["ёлк", "ЕЛК", "Елки", "elki", "ELKI.EX", "иголки ёлки", "  ёлки  "])
def test_search_minds_neither_case_nor_the_dots_of_yo_and_knows_the_latin_spelling(shops, account, text):
    make.offer(at=account, of=make.merchant("Ёлки-иголки", slug="elki"))
    make.offer(at=account, of=make.merchant("Берёза", slug="bereza"))
    assert names(shops(f"?q={text}")) == ["Ёлки-иголки"]


@pytest.mark.parametrize("text", ["%25", "_", "%5C", "a%25b"])
def test_search_takes_wildcards_as_letters(shops, account, text):
    make.offer(at=account, of=make.merchant("Plain"))
    make.offer(at=account, of=make.merchant("100% a%b _x_ \\o/"))
    assert names(shops(f"?q={text}")) == ["100% a%b _x_ \\o/"]


def test_search_that_finds_nothing_says_so_and_shows_a_way_on(shops, account):
    make.offer(at=account, of=make.merchant("Околица"))
    response = shops("?q=zzz")
    page = response.content.decode()
    assert response.status_code == 200
    assert "По запросу «zzz» ничего не нашлось" in page
    assert 'class="button" href="/s/acorn/"' in page
    assert [shop.name for shop in response.context["suggestions"]] == ["Околица"]


@pytest.mark.parametrize(
    "query", ["?q=%00", "?q=" + "я" * 10_000, "?page=²", "?page=0", "?page=-1", "?page=1e9", "?sort=%00"]
)
def test_rubbish_in_the_address_is_as_good_as_nothing(shops, account, query):
    make.offer(at=account)
    assert shops(query).status_code == 200


@pytest.mark.parametrize(
    "query", ["?page=2", "?page=9999", "?category=nothing", "?category=%00x", "?page=1&category='"]
)
def test_a_page_that_does_not_exist_is_not_found(shops, account, query):
    make.offer(at=account)
    assert shops(query).status_code == 404


def test_a_category_lists_its_shops_and_empty_categories_are_not_offered(shops, account):
    tea, books, empty = (make.category(slug) for slug in ("tea", "books", "empty"))
    make.offer(at=account, of=make.merchant("Чайник")).merchant.categories.add(tea)
    make.offer(at=account, of=make.merchant("Книжник")).merchant.categories.add(books)
    make.offer(at=account, is_open=False).merchant.categories.add(empty)
    response = shops("?category=tea")
    assert names(response) == ["Чайник"]
    assert [link for _name, link, _is_here in response.context["shelves"]] == [
        "?category=books",
        "?category=tea",
    ]


def test_twenty_four_shops_fill_a_page_and_the_next_is_one_link_away(shops, account):
    for number in range(25):
        make.offer(at=account, of=make.merchant(f"Shop {number:02}"))
    first = shops("?sort=name")
    assert len(names(first)) == 24
    assert 'rel="next" href="?sort=name&amp;page=2"' in first.content.decode()
    assert names(shops("?sort=name&page=2")) == ["Shop 24"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_few_queries_for_one_shop_and_for_three(
    client, shops, acorn, alice, account, count, django_assert_num_queries
):
    for _each in range(count):
        make.offer(at=account)
    with django_assert_num_queries(GUEST_QUERIES):
        shops()
    make.sign_on(client, alice)
    with django_assert_num_queries(SHOPPER_QUERIES):
        shops()


def test_a_guest_is_told_how_to_sign_on_and_gets_no_way_out(shops, account):
    make.offer(at=account)
    page = shops().content.decode()
    assert "войдите через «Acorn Bank»" in page
    assert "/go/" not in page


def test_a_shopper_sees_the_balance_on_the_first_page(client, shops, alice, account):
    make.offer(at=account)
    make.sign_on(client, alice)
    page = shops().content.decode()
    assert "0,00\N{NO-BREAK SPACE}₽" in page
    assert "войдите через" not in page


def test_names_from_a_network_are_text_and_never_markup(shops, account):
    make.offer(at=account, of=make.merchant("<script>alert(1)</script>"))
    page = shops().content.decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_no_script_and_no_inline_style(client, shops, alice, account):
    make.offer(at=account)
    make.sign_on(client, alice)
    page = shops().content.decode()
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page)


def test_a_logo_comes_from_our_own_host_and_a_letter_stands_in_for_a_missing_one(shops, account):
    make.offer(at=account, of=make.merchant("Околица", logo_digest="0123456789abcdef"))
    make.offer(at=account, of=make.merchant("Ягода"))
    page = shops().content.decode()
    assert 'src="/logos/0123456789abcdef"' in page
    assert re.search(r'class="monogram tone-\d" aria-hidden="true">Я<', page)


def test_an_unknown_or_closed_storefront_is_not_found(client, acorn):
    assert client.get("/s/nobody/").status_code == 404
    assert client.get("/s/%00/").status_code == 404
    type(acorn).objects.filter(pk=acorn.pk).update(is_active=False)
    assert client.get("/s/acorn/").status_code == 404


def test_a_storefront_answers_at_the_root_of_its_own_host_name_with_links_of_that_host(
    client, acorn, account
):
    type(acorn).objects.filter(pk=acorn.pk).update(host="cashback.acorn.test")
    make.offer(at=account, of=make.merchant("Околица", slug="okolitsa"))
    page = client.get("/", headers={"host": "cashback.acorn.test"}).content.decode()
    assert 'href="/shops/okolitsa/"' in page
    assert "/s/acorn/" not in page
