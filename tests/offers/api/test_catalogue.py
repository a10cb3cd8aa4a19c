"""The catalogue for partners' own pages: the promises of the storefront's pages, in bulk."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from offers import feed
from offers.models import CatalogueRule, Rate
from offers.networks.base import RateKind
from offers.pages import rate_table
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem

MARK = "Birkenwald"


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


@pytest.fixture
def tea(account):
    """5 % of the commission's network: the shopper has 70 % of it."""
    shop = make.merchant("Tea House", slug="tea-house", logo_digest="abc123")
    shop.categories.add(make.category("food"))
    return make.offer(of=shop, at=account, countries=["RU"])


def test_a_merchant_is_ready_to_show(server, tea):
    [shop] = server.get("merchants").json()["data"]
    [rate] = tea.rates.all()
    reward = {"text": "3,5\xa0%", "percent": "3.5", "amount": None}
    assert shop == {
        "id": shop["id"],
        "name": "Tea House",
        "slug": "tea-house",
        "logo_url": "http://localhost:8000/logos/abc123",
        "currency": "RUB",
        "up_to": reward,
        "rates": [
            {
                "name": rate.name,
                "group": None,
                "reward": reward,
                "country": None,
                "min_order": None,
                "customer": None,
                "coupon": None,
                "channel": None,
                "starts_on": None,
            }
        ],
        "categories": ["food"],
        "countries": ["RU"],
        "hold_days": 30,
    }
    assert shop["id"].startswith("mrc_")


def test_one_merchant_answers_by_its_id_and_by_its_slug(server, tea):
    [shop] = server.get("merchants").json()["data"]
    assert server.get(f"merchants/{shop['id']}").json() == shop
    assert server.get("merchants/tea-house").json() == shop


def test_money_is_exact_and_the_rest_of_a_kopeck_stays_with_the_house(server, acorn, account):
    acorn.shopper_percent = Decimal("33.33")
    acorn.save()
    offer = make.offer(at=account, percent="7.7777", fixed="100.01")
    make.rate(of=offer, value="0")
    [shop] = server.get("merchants").json()["data"]
    assert [rate["reward"] for rate in shop["rates"]] == [
        # 7.7777 × 33.33 / 100; on a page it is cut off after two decimals.
        {"text": "2,59\xa0%", "percent": "2.59230741", "amount": None},
        # 33.33 % of 10001 kopecks are 3333.33
        {"text": "33,33\xa0₽", "percent": None, "amount": {"amount": "33.33", "currency": "RUB"}},
        None,
    ]


def test_rates_are_those_of_the_shops_own_table(server, acorn, account, at):
    """Versions, days to come, conditions, headings, countries and least orders: whatever the page would show."""
    offer = make.offer(at=account, percent=None)
    day = at.date()
    told = {"name": "Kettles", "country": "", "min_order_minor": 0}
    make.rate(of=offer, value="2", **told)
    make.rate(of=offer, value="3", starts_on=day - timedelta(days=9), **told)
    make.rate(of=offer, value="4", starts_on=day, **told)
    make.rate(of=offer, value="9", starts_on=day + timedelta(days=1), **told)
    make.rate(of=offer, value="6", external_id="new", **told)
    make.rate(of=offer, value="5", **told | {"min_order_minor": 100000})
    make.rate(of=offer, value="1", **told | {"country": "KZ"})
    make.rate(of=offer, value="50", name="Gift cards", kind=RateKind.FIXED)
    make.rate(of=offer, value="8", name="Old", replaced_at=at)
    make.facts(of=offer, rates=[{"rate_external_id": "new", "customer": "new", "group_en": "For the table"}])
    [shop] = server.get("merchants").json()["data"]
    ours = {(rate["reward"]["text"], rate["starts_on"]) for rate in shop["rates"]}

    known = rate_table.rates_of(offer, since=at)
    from django.utils import translation

    from offers import facts
    from offers.models import Offer

    with translation.override(acorn.locale):
        about = facts.facts_of(facts.with_facts(Offer.objects.all()).get(), share=acorn.shopper_percent)
        table = rate_table.rate_table(known, share=acorn.shopper_percent, at=at, facts=about.rates)
    lines = [line for group in table for line in group.lines]
    begun = {line.reward for line in lines if line.is_known_now}
    later = {(reward, since.isoformat()) for line in lines for since, reward in line.later}
    assert {text for text, starts in ours if starts is None or date.fromisoformat(starts) <= day} == begun
    assert {(text, starts) for text, starts in ours if starts and date.fromisoformat(starts) > day} == later
    assert len(shop["rates"]) == len(lines) + len(later) == 6
    new = next(rate for rate in shop["rates"] if rate["customer"] == "new")
    assert new["group"] == "For the table"
    least = next(rate for rate in shop["rates"] if rate["min_order"])
    assert least["min_order"] == {"amount": "1000.00", "currency": "RUB"}
    assert [rate["reward"]["text"] for rate in shop["rates"]][:1] == ["4,2\xa0%"]


def test_what_the_storefront_does_not_show_is_not_there(server, acorn, account, tea):
    hidden = make.offer(of=make.merchant("Hidden", is_hidden=True), at=account)
    closed = make.offer(at=account, is_open=False)
    dollars = make.offer(at=account, currency="USD")
    denied = make.offer(at=account)
    CatalogueRule.objects.create(
        storefront=acorn, partner=acorn.partner, kind="deny", merchant=denied.merchant
    )
    assert [shop["slug"] for shop in server.all("merchants")] == ["tea-house"]
    for offer in (hidden, closed, dollars, denied):
        assert_problem(server.get(f"merchants/{offer.merchant.slug}"), 404, "not_found")


def test_of_a_merchants_offers_the_one_that_a_click_would_use_is_told(server, account, tea):
    make.offer(of=tea.merchant, at=account, percent="9", score=7.0)
    make.offer(of=tea.merchant, at=account, percent="2", score=1.0)
    [shop] = server.get("merchants").json()["data"]
    assert shop["up_to"]["percent"] == "6.3"


def test_pages_meet_end_to_end(server, account):
    slugs = {make.offer(at=account).merchant.slug for _ in range(5)}
    told = [shop["slug"] for shop in server.all("merchants", limit=2)]
    assert (len(told), set(told)) == (5, slugs)


# key with its partner, the storefront, three of the mark, the page, offers, rates, shelves
_QUERIES = 9


@pytest.mark.parametrize("shops", [1, 3])
def test_the_feed_asks_as_often_for_three_as_for_one(server, account, shops, django_assert_num_queries):
    for _ in range(shops):
        offer = make.offer(at=account)
        make.rate(of=offer, value="3")
    server.get("merchants")
    with django_assert_num_queries(_QUERIES):
        assert len(server.get("merchants").json()["data"]) == shops


@pytest.mark.parametrize("path", ["merchants", "merchants/tea-house", "coupons", "categories"])
def test_who_has_it_already_is_told_so(server, acorn, tea, path):
    make.coupon(of=tea)
    first = server.get(path)
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = server.get(path, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    other = server.get(path, {"storefront": "acorn"}, if_none_match=first.headers["ETag"])
    assert other.status_code == 200
    acorn.shopper_percent = Decimal(60)
    acorn.save()
    assert server.get(path, if_none_match=first.headers["ETag"]).status_code == 200


def test_a_coupon_that_ended_changes_the_tag(server, tea, at):
    coupon = make.coupon(of=tea, ends_at=at + timedelta(hours=1))
    tag = server.get("coupons").headers["ETag"]
    type(coupon).objects.update(ends_at=at - timedelta(seconds=1))
    again = server.get("coupons", if_none_match=tag)
    assert (again.status_code, again.json()["data"]) == (200, [])


def test_what_staff_learns_of_an_offer_changes_the_tag(server, tea):
    tag = server.get("merchants").headers["ETag"]
    [rate] = tea.rates.all()
    make.facts(of=tea, rates=[{"rate_external_id": rate.external_id, "customer": "new"}])
    [shop] = server.get("merchants", if_none_match=tag).json()["data"]
    assert shop["rates"][0]["customer"] == "new"


def test_the_mark_changes_at_midnight(acorn, at):
    midnight = datetime.combine(at.date(), datetime.min.time(), UTC) + timedelta(days=1)
    assert feed.mark(acorn, at=midnight - timedelta(seconds=1)) != feed.mark(acorn, at=midnight)


def test_a_coupon_says_what_a_shopper_needs_and_no_way_round_the_click(server, tea, at):
    ends = at + timedelta(days=3)
    coupon = make.coupon(of=tea, code="TEA10", name="Ten off", description="All tea", ends_at=ends)
    [told] = server.get("coupons").json()["data"]
    [shop] = server.get("merchants").json()["data"]
    assert told == {
        "id": told["id"],
        "merchant": shop["id"],
        "merchant_name": "Tea House",
        "name": "Ten off",
        "kind": "code",
        "code": "TEA10",
        "description": "All tea",
        "discount": "",
        "is_exclusive": False,
        "starts_at": None,
        "ends_at": ends.isoformat(),
    }
    assert coupon.tracking_url not in server.get("coupons").content.decode()
    assert server.get(f"coupons/{told['id']}").json() == told


def test_a_category_is_there_where_something_is_on_it(server, account, tea):
    make.category("empty")
    make.offer(at=account).merchant.categories.add(tea.merchant.categories.get())
    [told] = server.get("categories").json()["data"]
    assert told == {
        "id": told["id"],
        "slug": "food",
        "name": "Food",
        "names": {"ru": "Food", "en": "Food"},
        "merchants": 2,
    }
    assert server.get(f"categories/{told['id']}").json() == told
    assert server.get("categories/food").json() == told
    assert_problem(server.get("categories/empty"), 404, "not_found")


# --- walls and rubbish ---


def test_a_partner_of_several_storefronts_says_which(server, acorn, tea):
    second = make.storefront(slug="acorn-kids", name="Kids")
    second.partner = acorn.partner
    second.save()
    assert_problem(server.get("merchants"), 400, "storefront_unsaid", field="storefront")
    assert len(list(server.all("merchants", storefront="acorn"))) == 1


def test_another_partners_storefront_is_unknown(server, birch, account):
    birch.name = MARK
    birch.save()
    shop = make.offer(of=make.merchant(MARK), at=account, currency="USD").merchant
    answer = server.get("merchants", {"storefront": "birch"})
    assert_problem(answer, 400, "storefront_unknown", field="storefront")
    assert MARK not in answer.content.decode()
    assert_problem(server.get(f"merchants/{shop.slug}"), 404)


@pytest.mark.parametrize("path", ["merchants", "coupons", "categories"])
def test_rubbish_is_refused_in_every_parameter(server, tea, path):
    for rubbish in RUBBISH:
        for name in ("limit", "cursor", "storefront"):
            assert is_a_problem(server.get(path, {name: rubbish})), (name, rubbish)


@pytest.mark.parametrize("path", ["merchants", "coupons", "categories"])
def test_an_unknown_id_is_not_found(server, tea, path):
    for rubbish in ("x", "mrc_x", "mrc_" + "z" * 26, "%00", "a%00b", "ключ", "mrc_" + "0" * 26):
        assert_problem(server.get(f"{path}/{rubbish}"), 404, "not_found")


def test_rates_of_other_currencies_are_told_in_their_own(server, account):
    offer = make.offer(at=account, percent=None)
    make.rate(of=offer, value="5", kind=RateKind.FIXED, currency="USD")
    [shop] = server.get("merchants").json()["data"]
    assert shop["rates"][0]["reward"]["amount"] == {"amount": "3.50", "currency": "USD"}
    assert Rate.objects.count() == 1
