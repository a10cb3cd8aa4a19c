"""One shop's page: the rate table, the two times, the terms and the way out."""

import re
from datetime import timedelta
from html import unescape

import pytest

from offers.networks.base import RateKind
from tests import make

GUEST_QUERIES = 5  # storefront, offer, categories, rates, coupons
SHOPPER_QUERIES = 7  # and the shopper, what is available

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def merchant(db):
    return make.merchant("Околица", slug="okolitsa")


@pytest.fixture
def offer(merchant, account):
    return make.offer(of=merchant, at=account, percent=None, hold_days=30, max_hold_days=60)


@pytest.fixture
def shop(client, acorn):
    """The page of a shop at Acorn, as text with its white space folded."""

    def get(slug: str = "okolitsa") -> str:
        return folded(client.get(f"/s/acorn/shops/{slug}/"))

    return get


def folded(response) -> str:
    return " ".join(unescape(response.content.decode()).replace(SPACE, "~").split()).replace("~", SPACE)


def table(page: str) -> list[list[str]]:
    """The rate table's rows as the texts of their cells."""
    body = re.search(r"<tbody>(.*?)</tbody>", page)[1]
    rows = re.findall(r"<tr.*?>(.*?)</tr>", body)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).replace(SPACE, "_").split())
            for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)
        ]
        for row in rows
    ]


def test_the_table_shows_the_shoppers_part_best_first_and_says_what_earns_nothing(shop, offer):
    make.rate(of=offer, name="Подарочные карты", value="0")
    make.rate(of=offer, name="Повторный заказ", value="5")
    make.rate(of=offer, name="Новый клиент", value="9.5")
    make.rate(of=offer, name="Подписка", value="300", kind=RateKind.FIXED)
    assert table(shop()) == [
        ["Новый клиент", "6,65_%"],
        ["Повторный заказ", "3,5_%"],
        ["Подписка", "210_₽"],
        ["Подарочные карты", "без кэшбэка"],
    ]


def test_rates_that_differ_by_country_and_order_say_so(shop, offer):
    make.rate(of=offer, name="Одежда", value="3")
    make.rate(of=offer, name="Одежда", value="4", country="KZ")
    make.rate(of=offer, name="Одежда", value="6", min_order_minor=500000)
    assert table(shop()) == [
        ["Одежда заказы от 5_000_₽", "4,2_%"],
        ["Одежда заказы из страны: Казахстан", "2,8_%"],
        ["Одежда все остальные заказы", "2,1_%"],
    ]


def test_a_rate_that_begins_later_is_announced_and_one_that_has_begun_has_replaced_the_other(shop, offer, at):
    today = at.date()
    make.rate(of=offer, name="Заказ", value="5", starts_on=today - timedelta(days=30))
    make.rate(of=offer, name="Заказ", value="6", starts_on=today)
    make.rate(of=offer, name="Заказ", value="0", starts_on=today + timedelta(days=30))
    make.rate(of=offer, name="Заказ", value="8", starts_on=today - timedelta(days=1), replaced_at=at)
    [[name, cashback]] = table(shop())
    assert name == "Заказ"
    assert re.fullmatch(r"4,2_% с \d+ \w+\.? \d{4}\sг\. — без кэшбэка", cashback)


def test_a_rate_that_has_not_begun_promises_nothing_for_today(shop, offer, at):
    make.rate(of=offer, name="Заказ", value="10", starts_on=at.date() + timedelta(days=1))
    [[_name, cashback]] = table(shop())
    assert re.fullmatch(r"с \d+ \w+\.? \d{4}\sг\. — 7_%", cashback)


def test_both_times_are_promised(shop, offer):
    page = shop()
    assert "В течение 24 часов" in page
    assert "Через 30–60 дней" in page


def test_a_shop_that_names_no_time_is_not_given_one(shop, merchant, account):
    make.offer(of=merchant, at=account, hold_days=None)
    page = shop()
    assert "точный срок он не называет" in page
    assert "Через" not in page


def test_where_only_paid_purchases_count_the_page_says_so(client, birch, merchant, account):
    make.offer(of=merchant, at=account, currency="USD")
    assert "When the shop has paid for it" in folded(client.get("/s/birch/shops/okolitsa/"))


def test_a_shopper_gets_the_button_and_a_guest_is_told_how_to_sign_on(client, shop, offer, alice):
    assert "/go/" not in shop()
    assert "войдите через «Acorn Bank»" in shop()
    make.sign_on(client, alice)
    assert re.search(
        r'<a class="button big" href="/go/[\w-]+" target="_blank" rel="noopener">В магазин', shop()
    )


def test_terms_from_a_network_lose_all_but_plain_markup(shop, merchant, account):
    make.offer(
        of=merchant,
        at=account,
        terms_html='<p onclick="x()">Кроме <b>карт</b></p><script>alert(1)</script><a href="https://evil.example">x</a>',
        description="Первый <абзац>",
    )
    page = shop()
    assert "<p>Кроме <b>карт</b></p>" in page
    assert not re.search(r"<script>|onclick|evil\.example", page)


def test_what_the_terms_say_already_is_not_said_twice(client, acorn, merchant, account):
    make.offer(
        of=merchant,
        at=account,
        description="Чай и мёд.",
        terms_html="<p>Чай <b>и</b>\nмёд.</p><p>Без карт.</p>",
    )
    assert client.get("/s/acorn/shops/okolitsa/").content.decode().count("Чай") == 1


def test_markup_in_a_description_is_shown_as_text(client, acorn, merchant, account):
    make.offer(of=merchant, at=account, description="<img src=x>")
    assert "&lt;img src=x&gt;" in client.get("/s/acorn/shops/okolitsa/").content.decode()


def test_the_shops_live_coupons_are_on_its_page(shop, offer, merchant, at):
    make.coupon(of=offer, name="Живой", code="ZHIV")
    make.coupon(of=offer, name="Прошедший", ends_at=at - timedelta(minutes=1))
    make.coupon(of=offer, name="Будущий", starts_at=at + timedelta(days=1))
    make.coupon(of=offer, name="Снятый", closed_at=at)
    page = shop()
    assert 'readonly value="ZHIV"' in page
    assert not re.search("Прошедший|Будущий|Снятый", page)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_few_queries_for_one_rate_and_for_three(
    client, acorn, alice, offer, count, django_assert_num_queries
):
    for number in range(count):
        make.rate(of=offer, value="5")
        make.coupon(of=offer)
        offer.merchant.categories.add(make.category(f"shelf-{number}"))
    with django_assert_num_queries(GUEST_QUERIES):
        client.get("/s/acorn/shops/okolitsa/")
    make.sign_on(client, alice)
    with django_assert_num_queries(SHOPPER_QUERIES):
        client.get("/s/acorn/shops/okolitsa/")


@pytest.mark.parametrize(
    "facts", [{"is_open": False}, {"currency": "USD"}], ids=["closed", "another currency"]
)
def test_a_shop_without_cashback_here_is_not_found_and_others_are_offered(
    client, acorn, merchant, account, facts
):
    make.offer(of=merchant, at=account, **facts)
    make.offer(of=make.merchant("Сонная лавка"), at=account)
    response = client.get("/s/acorn/shops/okolitsa/")
    assert response.status_code == 404
    assert "Сейчас здесь нет кэшбэка" in response.content.decode()
    assert "Сонная лавка" in response.content.decode()


@pytest.mark.parametrize("slug", ["nobody", "%00", "a%20b", "..%2Fadmin"])
def test_an_unknown_shop_is_not_found(client, acorn, slug):
    assert client.get(f"/s/acorn/shops/{slug}/").status_code == 404


def test_a_logo_is_kept_by_browsers_for_ever_and_an_unknown_one_is_not_found(client, db):
    make.logo("0123456789abcdef", content=b"RIFF....WEBP")
    response = client.get("/logos/0123456789abcdef")
    assert (response.status_code, response.content) == (200, b"RIFF....WEBP")
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get("/logos/nothing").status_code == 404
    assert client.get("/logos/%00").status_code == 404
