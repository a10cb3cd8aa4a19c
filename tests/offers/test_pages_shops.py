"""The first page: which shops it lists, in which order, and what it promises."""

import html
import re
from datetime import timedelta

import pytest
from django.core.cache import caches

from offers import rules, shelf, shelving
from tests import make

GUEST_QUERIES = 4  # storefront, edition, counts of the shelves, shops
GUEST_QUERIES_KEPT = 2  # storefront, edition
SHOPPER_QUERIES_KEPT = (
    8  # and the shopper, favourites, visits and their shops, what is available, what is pending
)
CARD = re.compile(r"<h3>(.*?)</h3>")


def names(response) -> list[str]:
    return [html.unescape(name) for name in CARD.findall(response.content.decode())]


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
    assert "3,5\N{NO-BREAK SPACE}%" in response.content.decode()


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
    assert names(response) == ["Околица"]
    assert "Рекомендуемые магазины" in page


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
    page = response.content.decode()
    assert re.findall(r'href="(\?category=\w+)"[^>]*>(\w+) <span class="count">(\d+)<', page) == [
        ("?category=books", "Books", "1"),
        ("?category=tea", "Tea", "1"),
    ]
    assert "<h1>Tea</h1>" in page
    assert "<title>Tea · " in page


def test_twenty_four_shops_fill_a_page_and_the_next_is_one_link_away(shops, account):
    for number in range(25):
        make.offer(at=account, of=make.merchant(f"Shop {number:02}"))
    first = shops("?sort=name")
    assert len(names(first)) == 24
    assert 'rel="next" href="?sort=name&amp;page=2"' in first.content.decode()
    assert names(shops("?sort=name&page=2")) == ["Shop 24"]


def test_more_cards_come_into_the_list_and_the_address_leads_back_to_all_of_them(shops, account):
    for number in range(50):
        make.offer(at=account, of=make.merchant(f"Shop {number:02}"))
    assert 'hx-get="?sort=name&amp;page=2&amp;from=1&amp;part="' in shops("?sort=name").content.decode()
    part = shops("?sort=name&page=2&from=1&part=")
    assert names(part) == [f"Shop {number}" for number in range(24, 48)]
    assert "<html" not in part.content.decode()
    assert 'hx-get="?sort=name&amp;page=3&amp;from=1&amp;part="' in part.content.decode()
    assert re.search(r'id="shown-count"[^>]*>\D*48\D+50\D', part.content.decode())
    assert part.headers["HX-Replace-Url"] == "?sort=name&page=2&from=1"
    assert names(shops("?sort=name&page=2&from=1")) == [f"Shop {number:02}" for number in range(48)]
    last = shops("?sort=name&page=3&from=1&part=")
    assert names(last) == ["Shop 48", "Shop 49"]
    assert 'class="more"' not in last.content.decode()


def test_several_pages_at_once_say_how_many_shops_they_show(shops, account):
    for _each in range(50):
        make.offer(at=account)
    said = re.compile(r'id="shown-count"[^>]*>\D*(\d+)\D+50\D')
    assert said.search(shops("?page=2&from=1").content.decode())[1] == "48"
    assert said.search(shops("?page=3&from=1").content.decode())[1] == "50"
    assert said.search(shops("?page=2").content.decode())[1] == "48"


def test_addresses_that_somebody_makes_up_fill_no_memory(shops, account, django_assert_num_queries):
    for _each in range(25):
        make.offer(at=account)
    shops(), shops("?page=2")
    kept = set(caches["fragments"]._cache)
    for query in ("?country=QQ", "?country=QX&sort=name", "?page=2&from=1", "?country=QQ&part=", "?q=shop"):
        assert shops(query).status_code == 200
    assert set(caches["fragments"]._cache) == kept
    with django_assert_num_queries(GUEST_QUERIES_KEPT):
        shops("?page=2")


def test_where_the_shopper_gets_no_part_nothing_is_promised(shops, acorn, account):
    make.offer(at=account, percent="5"), make.offer(at=account, percent=None, fixed="500")
    type(acorn).objects.update(shopper_percent=0)
    page = shops().content.decode()
    assert 'class="reward"' not in page and page.count("is-unknown") == 2


def test_one_address_never_asks_for_more_than_ten_pages_at_once(shops, account):
    for number in range(11 * 24):
        make.offer(at=account, of=make.merchant(f"Shop {number:03}"))
    assert len(names(shops("?sort=name&page=11&from=1"))) == 240


def test_pins_stand_above_in_their_order_and_only_where_we_recommend(shops, acorn, account):
    first, second = (make.offer(at=account, of=make.merchant(name), score=1.0) for name in "АБ")
    make.offer(at=account, of=make.merchant("Яркий"), score=9.0, percent="1")
    for offer in (second, first):
        shelving.add_rule(storefront=acorn, kind="pin", merchant_id=offer.merchant_id)
    assert names(shops()) == ["Б", "А", "Яркий"]
    assert names(shops("?sort=name")) == ["А", "Б", "Яркий"]


def test_a_country_leaves_the_shops_that_deliver_there(shops, account):
    make.offer(at=account, of=make.merchant("Russia"), countries=["RU"], score=3)
    make.offer(at=account, of=make.merchant("Both"), countries=["RU", "KZ"], score=2)
    make.offer(at=account, of=make.merchant("World"), score=1)
    page = shops().content.decode()
    assert re.findall(r'href="\?country=(\w\w)"[^>]*>\w+ <span class="count">(\d)<', page) == [
        ("KZ", "2"),
        ("RU", "3"),
    ]
    assert names(shops("?country=KZ")) == ["Both", "World"]
    assert names(shops("?country=kz'")) == ["Russia", "Both", "World"]


def test_where_all_shops_deliver_alike_no_country_is_asked(shops, account):
    make.offer(at=account, countries=["RU"])
    make.offer(at=account, countries=["RU"])
    assert "country=" not in shops().content.decode()


def test_new_is_what_came_later_than_the_rest_and_raised_what_paid_less_until_lately(shops, account, at):
    type(account).objects.filter(pk=account.pk).update(created_at=at - timedelta(days=90))
    make.offer(at=account, of=make.merchant("New"), first_seen_at=at - timedelta(days=29))
    make.offer(at=account, of=make.merchant("Old"), first_seen_at=at - timedelta(days=31))
    raised = make.offer(
        at=account, of=make.merchant("Raised"), percent="9", first_seen_at=at - timedelta(days=60)
    )
    rate = raised.rates.get()
    make.rate(of=raised, value="5", external_id=rate.external_id, replaced_at=at - timedelta(days=3))
    lowered = make.offer(
        at=account, of=make.merchant("Lowered"), percent="5", first_seen_at=at - timedelta(days=60)
    )
    rate = lowered.rates.get()
    make.rate(of=lowered, value="9", external_id=rate.external_id, replaced_at=at - timedelta(days=3))
    cards = dict(re.findall(r"<h3>(\w+)</h3>.*?</span>(.*?)</a>", shops().content.decode(), re.S))
    badges = {
        name: "badge is-good" if "is-good" in card else "badge" if "badge" in card else ""
        for name, card in cards.items()
    }
    assert badges == {"New": "badge", "Old": "", "Raised": "badge is-good", "Lowered": ""}


def test_on_the_first_day_of_a_catalogue_nothing_is_called_new(shops, account):
    make.offer(at=account)
    assert 'class="badge"' not in shops().content.decode()


def test_the_first_row_of_logos_is_fetched_at_once_and_the_rest_when_it_comes_into_sight(shops, account):
    for number in range(6):
        make.offer(at=account, of=make.merchant(f"Shop {number}", logo_digest=f"{number:016}"))
    page = shops().content.decode()
    assert page.count('fetchpriority="high"') == 4
    assert page.count('loading="lazy"') == 2
    assert page.count('width="120" height="60"') == 6


def test_a_full_page_weighs_less_than_a_hundred_kilobytes(client, shops, acorn, alice, account):
    for number in range(30):
        shop = make.merchant(f"Shop {number:02}", logo_digest=f"{number:016}")
        make.offer(at=account, of=shop).merchant.categories.add(make.category(f"shelf-{number}"))
    make.sign_on(client, alice)
    assert len(shops().content) < 100_000


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_few_queries_for_one_shop_and_for_three(
    client, shops, acorn, alice, account, at, count, django_assert_num_queries
):
    for _each in range(count):
        kept = make.offer(at=account).merchant
        shelf.keep(shopper=alice, slug=kept.slug, at=at)
        shelf.note_visit(shopper=alice, merchant_id=kept.pk, at=at)
    with django_assert_num_queries(GUEST_QUERIES):
        assert len(names(shops())) == count
    with django_assert_num_queries(GUEST_QUERIES_KEPT):
        assert len(names(shops())) == count
    make.sign_on(client, alice)
    with django_assert_num_queries(SHOPPER_QUERIES_KEPT):
        assert shops().content.decode().count('aria-pressed="true"') == count


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("query", "queries"),
    [
        ("?q=tea", 5),  # storefront, edition, shelves, the index, shops
        ("?part=", 4),  # storefront, edition, shelves, shops
        ("?country=QQ", 4),
        ("?q=nothing", 5),  # and what is recommended in their place
    ],
)
def test_every_way_to_list_takes_the_same_few_queries(
    shops, account, count, query, queries, django_assert_num_queries
):
    for _each in range(count):
        make.offer(at=account, of=make.merchant("Tea"))
    with django_assert_num_queries(queries):
        assert shops(query).status_code == 200


def test_what_is_kept_of_a_page_is_gone_with_the_next_refresh_and_not_before(shops, acorn, account):
    make.offer(at=account, of=make.merchant("Early"))
    assert names(shops()) == ["Early"]
    make.offer(at=account, of=make.merchant("Late"))
    assert names(shops()) == ["Early"]
    rules.turn()
    assert sorted(names(shops())) == ["Early", "Late"]


def test_a_network_account_that_is_switched_off_takes_its_shops_along_at_once(shops, account):
    make.offer(at=account, of=make.merchant("Околица"))
    assert names(shops()) == ["Околица"]
    type(account).objects.filter(pk=account.pk).update(is_active=False)
    assert names(shops()) == []


def test_two_storefronts_two_languages_and_two_shoppers_never_share_a_page(
    client, shops, acorn, birch, alice, account, at
):
    make.offer(at=account, of=make.merchant("Roubles", slug="roubles"))
    make.offer(at=account, of=make.merchant("Dollars"), currency="USD")
    carol = make.shopper(acorn, "carol")
    shelf.keep(shopper=carol, slug="roubles", at=at)
    assert "Все магазины" in shops().content.decode()
    page = client.get("/s/birch/").content.decode()
    assert "All shops" in page and "Roubles" not in page
    make.sign_on(client, carol)
    assert shops().content.decode().count('aria-pressed="true"') == 1
    client.cookies.clear()
    make.sign_on(client, alice)
    assert shops().content.decode().count('aria-pressed="true"') == 0
    client.cookies.clear()
    assert "aria-pressed" not in shops().content.decode()


def test_a_new_word_of_the_partner_is_on_the_guests_page_at_once(shops, acorn, account):
    make.offer(at=account)
    assert "Acorn Bank" in shops().content.decode()
    acorn.name = "Acorn Renamed"
    acorn.save()
    assert "Acorn Renamed" in shops().content.decode()


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
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_page_needs_no_script_and_no_inline_style(client, shops, alice, account):
    make.offer(at=account)
    make.sign_on(client, alice)
    page = shops().content.decode()
    assert re.findall(r"<script(?! src=)", page) == []
    assert not re.search(r"<style|\sstyle=|\son\w+=|\shx-on|javascript:", page)


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
