"""One shop's page: the two times, the rate table, what is known beside it, the terms and the way out."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import translation

from offers.models import CatalogueRule, OfferMeasured, ShopVisit
from offers.networks.base import RateKind
from tests import make

GUEST_QUERIES = 8  # storefront, offer, facts, rates, shelves, versions of terms, coupons, similar shops
SHOPPER_QUERIES = 11  # and the shopper, the visit, what is available
MOST_QUERIES = 12
MOST_BYTES = 100_000

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


@pytest.fixture
def english(client, acorn):
    """The same page, read in English."""

    def get(slug: str = "okolitsa") -> str:
        client.cookies["cb.language"] = "en"
        return folded(client.get(f"/s/acorn/shops/{slug}/"))

    return get


def folded(response) -> str:
    return " ".join(unescape(response.content.decode()).replace(SPACE, "~").split()).replace("~", SPACE)


def words(markup: str) -> str:
    """What a person reads of it."""
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", markup)).strip(" ")


def table(page: str) -> list[list[str]]:
    """The rate table's rows as the texts of their cells; a heading is a row of one."""
    body = re.search(r'<table class="offer-rates">(.*?)</table>', page)[1]
    rows = re.findall(r"<tr.*?>(.*?)</tr>", body)[1:]
    return [
        [words(cell).replace(SPACE, "_") for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row)]
        for row in rows
    ]


def told(page: str) -> dict[str, str]:
    """The section "How cashback is counted", line by line."""
    section = re.search(r'<dl class="offer-facts">(.*?)</dl>', page)[1]
    return {words(name): words(text) for name, text in re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", section)}


def times(page: str) -> list[str]:
    section = re.search(r'<dl class="offer-times">(.*?)</dl>', page)[1]
    return [words(each) for each in re.findall(r"<div>(.*?)</div>", section)]


def measured(offer, **shown) -> OfferMeasured:
    nothing = {
        "tracked": 0,
        "confirmed": 0,
        "approved": 0,
        "declined": 0,
        "measured_at": datetime.now(tz=UTC),
    }
    return OfferMeasured.objects.create(offer=offer, **{**nothing, **shown})


# --- The rate table


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
    assert re.fullmatch(r"4,2_% с \d+_[а-я]+\.?_\d{4}.г\. — без кэшбэка", cashback)


def test_a_rate_that_has_not_begun_promises_nothing_for_today(shop, offer, at):
    make.rate(of=offer, name="Заказ", value="10", starts_on=at.date() + timedelta(days=1))
    [[_name, cashback]] = table(shop())
    assert re.fullmatch(r"с \d+_[а-я]+\.?_\d{4}.г\. — 7_%", cashback)


def test_rates_stand_under_their_headings_with_the_conditions_that_are_known(english, offer):
    make.rate(of=offer, name="New", value="4", external_id="1")
    make.rate(of=offer, name="Again", value="2", external_id="2")
    make.rate(of=offer, name="Phones", value="10", external_id="3")
    make.rate(of=offer, name="Gift cards", value="0", external_id="4")
    make.facts(
        of=offer,
        rates=[
            {"rate_external_id": "1", "group_en": "Clothes", "customer": "new", "coupon": "without"},
            {"rate_external_id": "2", "group_en": "Clothes", "customer": "existing", "channel": "app"},
            {"rate_external_id": "3", "group_ru": "Техника", "coupon": "with"},
            {"rate_external_id": "gone", "group_en": "Never seen"},
        ],
    )
    assert table(english()) == [
        ["Техника"],
        ["Phones with a coupon", "7%"],
        ["Clothes"],
        ["New new customers without a coupon", "2.8%"],
        ["Again who has bought there before in the app", "1.4%"],
        ["Everything else"],
        ["Gift cards", "no cashback"],
    ]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_under_its_heading_a_name_does_not_repeat_it(client, acorn, offer, language):
    make.rate(of=offer, name="Одежда: Новый клиент", value="4", external_id="1")
    make.facts(of=offer, rates=[{"rate_external_id": "1", "group_ru": "Одежда", "group_en": "Clothes"}])
    client.cookies["cb.language"] = language
    [[_heading], [name, _reward]] = table(folded(client.get("/s/acorn/shops/okolitsa/")))
    assert name == "Новый клиент"


def test_rates_of_one_name_that_facts_tell_apart_are_two_lines(english, offer):
    make.rate(of=offer, name="Order", value="4", external_id="1")
    make.rate(of=offer, name="Order", value="2", external_id="2")
    make.facts(
        of=offer,
        rates=[
            {"rate_external_id": "1", "customer": "new"},
            {"rate_external_id": "2", "customer": "existing"},
        ],
    )
    assert table(english()) == [
        ["Order new customers", "2.8%"],
        ["Order who has bought there before", "1.4%"],
    ]


def test_the_rate_that_counts_is_the_one_at_the_click_and_it_holds_as_long_as_the_shop_remembers(
    english, merchant, account
):
    offer = make.offer(of=merchant, at=account, cookie_days=30)
    rule = "What counts is the rate at the moment you go to the shop, not at the moment you order."
    assert f"{rule} It holds for orders within 30 days of that." in english()
    type(offer).objects.update(cookie_days=None)
    page = english()
    assert rule in page
    assert "It holds" not in page


# --- The two times


def test_without_purchases_of_our_own_the_times_are_the_networks(english, offer):
    assert times(english()) == [
        "Appears in My cashback within 24 hours as networks usually report",
        "Confirmed by the shop in 30–60 days says the shop",
    ]


def test_with_twenty_purchases_the_times_are_measured(english, offer):
    measured(
        offer,
        tracked=132,
        tracks_half=timedelta(hours=2, minutes=10),
        tracks_most=timedelta(hours=7, minutes=30),
        confirmed=20,
        confirms_half=timedelta(days=23, hours=1),
        confirms_most=timedelta(days=31),
    )
    page = english()
    assert times(page) == [
        "Appears in My cashback within 3–8 hours measured on 132 purchases",
        "Confirmed by the shop in 24–31 days measured on 20 purchases",
    ]
    assert "the first number is for half of the purchases, the second for nine of ten" in page


def test_nineteen_purchases_prove_nothing(english, offer):
    measured(
        offer,
        tracked=19,
        tracks_half=timedelta(hours=1),
        tracks_most=timedelta(hours=2),
        confirmed=19,
        confirms_half=timedelta(days=1),
        confirms_most=timedelta(days=2),
        approved=10,
        declined=9,
    )
    page = english()
    assert "says the shop" in page
    assert "measured" not in page
    assert "of purchases are confirmed" not in page


@pytest.mark.parametrize(
    ("half", "most", "text"),
    [
        (timedelta(0), timedelta(seconds=20), "1 minute"),
        (timedelta(minutes=4), timedelta(minutes=89), "4–89 minutes"),
        (timedelta(minutes=30), timedelta(hours=2), "1–2 hours"),
        (timedelta(hours=5), timedelta(hours=48), "1–2 days"),
    ],
)
def test_a_measured_time_is_rounded_up_in_a_unit_that_fits(english, offer, half, most, text):
    measured(offer, tracked=20, tracks_half=half, tracks_most=most)
    assert times(english())[0].startswith(f"Appears in My cashback within {text} measured on 20 purchases")


def test_a_shop_that_names_no_time_is_not_given_one(english, merchant, account):
    make.offer(of=merchant, at=account, hold_days=None)
    assert times(english())[1] == "Confirmed by the shop after the time for returns the shop doesn't say when"


def test_the_approval_rate_is_ours_where_it_is_known_and_else_the_networks(english, merchant, account):
    offer = make.offer(of=merchant, at=account, approval_rate="91.40")
    assert "<strong>91%</strong> of purchases are confirmed <small>says the network</small>" in english()
    measured(offer, approved=47, declined=3)
    assert (
        "<strong>94%</strong> of purchases are confirmed <small>measured on 50 purchases</small>" in english()
    )


@pytest.mark.parametrize("rubbish", ["-1", "250"])
def test_an_approval_rate_that_cannot_be_is_not_repeated(english, merchant, account, rubbish):
    make.offer(of=merchant, at=account, approval_rate=rubbish)
    assert "of purchases are confirmed" not in english()


def test_where_only_paid_purchases_count_the_page_says_so(client, birch, bob, merchant, account):
    make.offer(of=merchant, at=account, currency="USD")
    make.sign_on(client, bob)
    page = folded(client.get("/s/birch/shops/okolitsa/"))
    assert "The cashback is yours when the shop has paid for the purchase." in page


# --- What is known beside the rates


def test_a_shop_of_which_nothing_is_known_says_nothing_but_that_it_takes_no_claims(english, offer):
    assert told(english()) == {"Claims": "This shop takes none."}


def test_everything_that_is_known_is_said_in_words(english, merchant, account):
    offer = make.offer(of=merchant, at=account, takes_claims=True, countries=["KZ", "BY"])
    make.facts(
        of=offer,
        deductions=["gift_cards", "vat"],
        cap_minor=100001,
        claim_after_days=3,
        claim_until_days=60,
        counts_in_app=False,
        counts_on_mobile_site=True,
        is_for_new_customers=False,
        confirms_after="check_out",
        note_ru="Только по-русски",
    )
    assert told(english()) == {
        "From what": "From the price of the goods. Not counted: VAT, gift cards.",
        "At most": f"RUB{SPACE}700 for one order",
        "For whom": "For everybody, new customers or not.",
        "In the shop's app": "Doesn't count.",
        "From a phone's browser": "Counts too.",
        "When it is confirmed": "The days are counted from your check-out.",
        "Claims": "If a purchase is missing, tell us between day 3 and day 60 after it: the shop takes such claims.",
        "Orders from": "Belarus, Kazakhstan",
        "Good to know": "Только по-русски",
    }


@pytest.mark.parametrize(
    ("window", "text"),
    [
        ({}, "If a purchase is missing, tell us: the shop takes such claims."),
        (
            {"claim_after_days": 1},
            "If a purchase is missing, tell us a day after it or later: the shop takes such claims.",
        ),
        (
            {"claim_after_days": 5},
            "If a purchase is missing, tell us 5 days after it or later: the shop takes such claims.",
        ),
        (
            {"claim_until_days": 45},
            "If a purchase is missing, tell us between day 1 and day 45 after it: the shop takes such claims.",
        ),
    ],
)
def test_the_claim_window_is_as_narrow_as_it_is_known(english, merchant, account, window, text):
    make.facts(of=make.offer(of=merchant, at=account, takes_claims=True), **window)
    assert told(english())["Claims"] == text


def test_staffs_word_outweighs_the_networks(english, merchant, account):
    offer = make.offer(of=merchant, at=account, takes_claims=True, counts_in_app=True)
    assert told(english())["In the shop's app"] == "Counts too."
    make.facts(of=offer, takes_claims=False, counts_in_app=False)
    page = told(english())
    assert (page["Claims"], page["In the shop's app"]) == ("This shop takes none.", "Doesn't count.")


def test_what_a_shopper_must_know_stands_beside_the_button(english, merchant, account):
    offer = make.offer(of=merchant, at=account, takes_claims=True)
    assert "offer-flags" not in english()
    make.facts(of=offer, takes_claims=False, is_for_new_customers=True, counts_in_app=False)
    flags = re.search(r'<ul class="offer-flags">(.*?)</ul>', english())[1]
    assert [words(flag) for flag in re.findall(r"<li>(.*?)</li>", flags)] == [
        "This shop takes no claims: a purchase that doesn't appear can't be asked for later.",
        "Only for those who have never ordered there.",
        "Purchases in the shop's app don't count: buy on its site.",
    ]


def test_exclusions_are_the_staffs_and_the_rates_of_nought_each_once(english, offer):
    make.rate(of=offer, name="Gift cards", value="0")
    make.rate(of=offer, name="Alcohol", value="0")
    make.facts(
        of=offer,
        exclusions=[{"text_en": "Tobacco"}, {"text_ru": "Вино", "text_en": "Alcohol"}, {"text_ru": "Книги"}],
    )
    section = re.search(r'id="exclusions">(.*?)</ul>', english())[1]
    assert [words(line) for line in re.findall(r"<li>(.*?)</li>", section)] == [
        "Alcohol",
        "Tobacco",
        "Книги",
        "Gift cards",
    ]


def test_a_long_list_of_exclusions_can_be_searched_and_a_short_one_need_not(english, offer):
    facts = make.facts(of=offer, exclusions=[{"text_en": f"Thing {number}"} for number in range(5)])
    assert "data-filter=" not in english()
    facts.exclusions.create(text_en="One more")
    assert 'data-filter="exclusions"' in english()


@pytest.mark.parametrize("field", ["note", "exclusion", "heading", "rate", "name"])
def test_no_text_of_anybodys_becomes_markup(client, acorn, merchant, account, field):
    script = "<script>alert(1)</script>"
    offer = make.offer(of=merchant, at=account)
    if field == "rate":
        make.rate(of=offer, name=script, value="1")
    elif field == "name":
        type(merchant).objects.update(name=script)
    else:
        make.rate(of=offer, name="Order", value="1", external_id="r")
        make.facts(
            of=offer,
            note_ru=script if field == "note" else "",
            exclusions=[{"text_ru": script}] if field == "exclusion" else [],
            rates=[{"rate_external_id": "r", "group_ru": script}] if field == "heading" else [],
        )
    page = client.get("/s/acorn/shops/okolitsa/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


# --- Terms and their versions


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


def version(offer, day: int, digest: str, **facts):
    """The terms as they were from a day of May 2026 on."""
    return offer.terms_versions.create(seen_at=datetime(2026, 5, day, 12, tzinfo=UTC), digest=digest, **facts)


def test_the_terms_have_a_date_and_their_earlier_versions_say_what_changed(english, offer):
    version(offer, 1, "first", terms_html="<p>Old</p>", hold_days=30)
    version(offer, 5, "longer", terms_html="<p>Old</p>", hold_days=45)
    version(offer, 9, "rates", terms_html="<p>Old</p>", hold_days=45)
    version(offer, 20, "both", terms_html="<p>New</p>", hold_days=60)
    page = english()
    assert f"Version of May{SPACE}20,{SPACE}2026" in page
    listed = re.search(r'<ol class="offer-versions">(.*?)</ol>', page)[1]
    assert [words(line).replace(SPACE, "_") for line in re.findall(r"<li>(.*?)</li>", listed)] == [
        "May_20,_2026 the text changed, the days to the confirmation too",
        "May_9,_2026 the rates changed",
        "May_5,_2026 the days to the confirmation changed",
        "May_1,_2026 as we first knew them",
    ]
    assert re.findall(r'href="(/s/acorn/shops/okolitsa/terms/[a-z]+/)"', listed) == [
        "/s/acorn/shops/okolitsa/terms/rates/",
        "/s/acorn/shops/okolitsa/terms/longer/",
        "/s/acorn/shops/okolitsa/terms/first/",
    ]


def test_an_earlier_version_has_its_page_even_when_the_shop_has_closed(client, acorn, offer):
    version(offer, 1, "first", terms_html="<p>Old</p><script>alert(1)</script>", hold_days=30)
    type(offer).objects.update(is_open=False)
    client.cookies["cb.language"] = "en"
    response = client.get("/s/acorn/shops/okolitsa/terms/first/")
    page = folded(response)
    assert response.status_code == 200
    assert f"Околица, version of May{SPACE}1,{SPACE}2026" in page
    assert "<p>Old</p>" in page
    assert "alert(1)" not in page
    assert "The shop confirmed in 30 days." in page


@pytest.mark.parametrize(
    "path", ["okolitsa/terms/nothing/", "another/terms/first/", "okolitsa/terms/%00/", "okolitsa/terms/a'b/"]
)
def test_a_version_that_is_not_this_shops_is_not_found(client, acorn, offer, path):
    version(offer, 1, "first", terms_html="<p>Old</p>")
    assert client.get(f"/s/acorn/shops/{path}").status_code == 404


def test_a_version_in_another_currency_or_of_a_hidden_shop_is_not_found(
    client, birch, acorn, offer, merchant
):
    version(offer, 1, "first", terms_html="<p>Old</p>")
    assert client.get("/s/birch/shops/okolitsa/terms/first/").status_code == 404
    type(merchant).objects.update(is_hidden=True)
    assert client.get("/s/acorn/shops/okolitsa/terms/first/").status_code == 404


# --- Around the shop


def test_a_shopper_gets_the_button_twice_and_a_guest_is_told_how_to_sign_on(client, shop, offer, alice):
    page = shop()
    assert "/go/" not in page
    assert "войдите через «Acorn Bank»" in page
    make.sign_on(client, alice)
    page = shop()
    assert re.search(r'<a class="button big" href="/go/[\w-]+" target="_blank" rel="noopener"', page)
    assert re.search(r'<div class="offer-bar">.*?<a class="button" href="/go/[\w-]+"', page)


def test_a_shopper_sees_whether_the_shop_is_a_favourite(client, acorn, alice, offer):
    assert 'class="heart"' not in folded(client.get("/s/acorn/shops/okolitsa/"))
    make.sign_on(client, alice)
    assert 'aria-pressed="false"' in folded(client.get("/s/acorn/shops/okolitsa/"))
    client.post("/s/acorn/favourites/okolitsa/", {"keep": "yes"})
    assert 'aria-pressed="true"' in folded(client.get("/s/acorn/shops/okolitsa/"))


def test_the_shops_live_coupons_are_on_its_page(shop, offer, merchant, at):
    make.coupon(of=offer, name="Живой", code="ZHIV")
    make.coupon(of=offer, name="Прошедший", ends_at=at - timedelta(minutes=1))
    make.coupon(of=offer, name="Будущий", starts_at=at + timedelta(days=1))
    make.coupon(of=offer, name="Снятый", closed_at=at)
    page = shop()
    assert "ZHIV" in page
    assert not re.search("Прошедший|Будущий|Снятый", page)


def test_similar_shops_are_those_of_the_narrowest_shelf(shop, offer, account):
    wide, narrow, alone = make.category("wide"), make.category("narrow"), make.category("alone")
    offer.merchant.categories.add(wide, narrow, alone)
    for name, shelves in [("Бублик", [wide]), ("Ватрушка", [wide, narrow]), ("Гречка", [wide])]:
        make.offer(of=make.merchant(name), at=account).merchant.categories.add(*shelves)
    section = shop().split('id="similar"')[1]
    assert "Ватрушка" in section
    assert not re.search("Бублик|Гречка|Околица", section)


def test_a_shop_alone_on_its_shelves_has_no_similar_ones(shop, offer):
    offer.merchant.categories.add(make.category("alone"))
    assert 'id="similar"' not in shop()


def test_a_visit_is_noted_for_a_shopper_who_opened_the_page(client, acorn, alice, offer):
    client.get("/s/acorn/shops/okolitsa/")
    make.sign_on(client, alice)
    client.head("/s/acorn/shops/okolitsa/")
    client.get("/s/acorn/shops/okolitsa/", headers={"Sec-Purpose": "prefetch;prerender"})
    assert not ShopVisit.objects.exists()
    client.get("/s/acorn/shops/okolitsa/")
    visit = ShopVisit.objects.get()
    assert (visit.shopper, visit.merchant) == (alice, offer.merchant)


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_few_queries_for_one_of_each_and_for_three(
    client, acorn, alice, offer, account, count, django_assert_num_queries
):
    facts = make.facts(of=offer)
    shelf = make.category("shelf")
    offer.merchant.categories.add(shelf)
    for number in range(count):
        rate = make.rate(of=offer, value="5")
        facts.rates.create(rate_external_id=rate.external_id, customer="new")
        facts.exclusions.create(text_en=f"Thing {number}")
        make.coupon(of=offer)
        version(offer, 1 + number, f"version-{number}")
        offer.merchant.categories.add(make.category(f"shelf-{number}"))
        make.offer(at=account).merchant.categories.add(shelf)
    with django_assert_num_queries(GUEST_QUERIES):
        client.get("/s/acorn/shops/okolitsa/")
    make.sign_on(client, alice)
    with django_assert_num_queries(SHOPPER_QUERIES):
        client.get("/s/acorn/shops/okolitsa/")
    assert SHOPPER_QUERIES <= MOST_QUERIES


def test_a_page_with_much_to_say_is_still_small(client, acorn, alice, offer, account, at):
    facts = make.facts(of=offer, note_ru="Примечание. " * 80, deductions=["vat", "delivery"])
    shelf = make.category("shelf")
    offer.merchant.categories.add(shelf)
    for number in range(28):
        make.rate(of=offer, name=f"Раздел каталога номер {number}", value=str(number))
        facts.exclusions.create(text_ru=f"Исключённый товар номер {number}")
        version(offer, 1 + number, f"version-{number}", terms_html="<p>Условие.</p>" * 200)
    for number in range(24):
        make.coupon(of=offer, name=f"Скидка {number}", code=f"CODE{number}", description="Описание. " * 30)
        make.offer(at=account).merchant.categories.add(shelf)
    type(offer).objects.filter(pk=offer.pk).update(terms_html="<p>Условие акции магазина.</p>" * 300)
    make.sign_on(client, alice)
    assert len(client.get("/s/acorn/shops/okolitsa/").content) < MOST_BYTES


# --- Shops that are not here


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


def test_a_closed_shop_is_named_and_one_that_the_storefront_never_showed_is_not(
    client, acorn, birch, merchant, account
):
    make.offer(of=merchant, at=account, is_open=False)
    client.cookies["cb.language"] = "en"
    assert "Околица has stopped paying cashback" in folded(client.get("/s/acorn/shops/okolitsa/"))
    assert "Околица" not in folded(client.get("/s/birch/shops/okolitsa/"))
    CatalogueRule.objects.create(
        partner=acorn.partner, storefront=acorn, kind=CatalogueRule.Kind.DENY, merchant=merchant
    )
    assert "Околица" not in folded(client.get("/s/acorn/shops/okolitsa/"))


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


def test_the_page_speaks_one_language_at_a_time(client, acorn, offer):
    """Words that a class keeps from its making would stay in the language of the first visitor."""
    make.facts(of=offer, deductions=["delivery"], confirms_after="trip")
    with translation.override("ru"):
        client.get("/s/acorn/shops/okolitsa/")
    client.cookies["cb.language"] = "en"
    page = told(folded(client.get("/s/acorn/shops/okolitsa/")))
    assert page["From what"] == "From the price of the goods. Not counted: delivery."
    assert page["When it is confirmed"] == "The days are counted from the end of your trip."
