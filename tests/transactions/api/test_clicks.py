"""Clicks that a partner's own pages make: one each, however often they are asked for, and straight on to the shop."""

import re
from datetime import timedelta

import pytest
import time_machine

from cashback.lib import ids
from offers.models import CatalogueRule
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem
from transactions.models import Click

MARK = "Birkenwald"


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


@pytest.fixture
def offer(account):
    shop = make.merchant("Okolitsa", slug="okolitsa")
    return make.offer(of=shop, at=account, tracking_url="https://ad.example/g/abc/", allows_deeplinks=True)


def test_a_click_is_made_and_its_address_leads_straight_to_the_shop(server, client, alice, offer):
    answer = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa"}, user_agent="Acorn/1")
    assert answer.status_code == 201
    told = answer.json()
    [click] = Click.objects.all()
    assert told == {"id": click.public_id, "redirect_url": told["redirect_url"]}
    assert (click.shopper, click.offer, click.user_agent) == (alice, offer, "Acorn/1")
    assert told["redirect_url"].startswith("http://localhost:8000/out/")
    for headers in ({}, {"sec-fetch-mode": "navigate"}):
        led = client.get(told["redirect_url"].removeprefix("http://localhost:8000"), headers=headers)
        assert led.status_code == 302
        assert led.headers["Location"] == f"https://ad.example/g/abc/?subid4={ids.suffix(click.pk)}"
        assert led.headers["Cache-Control"] == "no-store"
        assert led.headers["Referrer-Policy"] == "no-referrer"
    assert Click.objects.count() == 1


def test_the_address_is_on_the_storefronts_own_host(server, acorn, alice, offer):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    told = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa"}).json()
    assert re.match(r"http://cashback\.acorn\.test(:\d+)?/out/", told["redirect_url"])


def test_the_address_is_good_for_half_an_hour(server, client, alice, offer, at):
    told = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa"}).json()
    path = told["redirect_url"].removeprefix("http://localhost:8000")
    with time_machine.travel(at + timedelta(minutes=31), tick=False):
        assert client.get(path).status_code == 403
    forged = path[:-3] + ("aaa" if not path.endswith("aaa") else "bbb")
    assert client.get(forged).status_code == 403


def test_a_merchant_is_named_by_its_id_too(server, alice, offer):
    shop = ids.public("mrc", offer.merchant_id)
    assert server.post("clicks", {"shopper": "alice", "merchant": shop}).status_code == 201


def test_asked_twice_with_one_key_it_is_one_click(server, alice, offer):
    body = {"shopper": "alice", "merchant": "okolitsa"}
    first = server.post("clicks", body, idempotency_key="one")
    second = server.post("clicks", body, idempotency_key="one")
    assert (second.status_code, second.json()) == (201, first.json())
    assert Click.objects.count() == 1
    server.post("clicks", body, idempotency_key="two")
    assert Click.objects.count() == 2


def test_a_page_of_the_shop_is_led_to(server, client, alice, offer):
    url = "https://www.okolitsa.example/kettles/?a=1&b=2"
    offer.site_url = "https://okolitsa.example/"
    offer.save()
    told = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa", "url": url}).json()
    led = client.get(told["redirect_url"].removeprefix("http://localhost:8000"))
    assert "ulp=https%3A%2F%2Fwww.okolitsa.example%2Fkettles%2F%3Fa%3D1%26b%3D2" in led.headers["Location"]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://okolitsa.example.evil.example/",
        "https://evil.example/https://okolitsa.example/",
        "https://okolitsa.example@evil.example/",
        "https://me@okolitsa.example/",
        "javascript:alert(1)//okolitsa.example",
        "//okolitsa.example/",
        "okolitsa.example",
        "https://[::1",
        "https://okolitsa.example\\@evil.example/",
    ],
)
def test_a_page_of_another_site_is_refused(server, alice, offer, url):
    answer = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa", "url": url})
    assert_problem(answer, 400, "url_of_another_site", field="url")
    assert not Click.objects.exists()


def test_a_network_that_leads_to_the_front_page_alone_is_not_asked_for_another(server, alice, offer):
    type(offer).objects.update(allows_deeplinks=False)
    body = {"shopper": "alice", "merchant": "okolitsa", "url": "https://okolitsa.example/a"}
    assert_problem(server.post("clicks", body), 400, "url_not_taken", field="url")


def test_a_coupons_click_leads_through_the_coupon(server, client, alice, offer):
    coupon = make.coupon(of=offer, tracking_url="https://ad.example/coupon/7/")
    body = {"shopper": "alice", "merchant": "okolitsa", "coupon": ids.public("cpn", coupon.pk)}
    told = server.post("clicks", body).json()
    led = client.get(told["redirect_url"].removeprefix("http://localhost:8000"))
    assert led.headers["Location"].startswith("https://ad.example/coupon/7/?subid4=")
    body["coupon"] = "cpn_" + "0" * 26
    assert_problem(server.post("clicks", body), 400, "coupon_unknown", field="coupon")


def test_a_shop_that_the_storefront_does_not_show_is_unknown(server, acorn, alice, offer):
    CatalogueRule.objects.create(
        storefront=acorn, partner=acorn.partner, kind="deny", merchant=offer.merchant
    )
    answer = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa"})
    assert_problem(answer, 400, "merchant_unknown", field="merchant")
    assert not Click.objects.exists()


def test_an_erased_shopper_makes_no_click(server, alice, offer, at):
    alice.erased_at = at
    alice.save()
    answer = server.post("clicks", {"shopper": "alice", "merchant": "okolitsa"})
    assert_problem(answer, 400, "shopper_unknown", field="shopper")


def test_the_clicks_are_listed_the_newest_first(server, alice, offer):
    made = [make.click(by=alice, on=offer) for _ in range(3)]
    told = list(server.all("clicks", limit=2))
    assert [each["id"] for each in told] == [click.public_id for click in reversed(made)]
    assert told[0] == {
        "id": made[-1].public_id,
        "storefront": "acorn",
        "shopper": "alice",
        "merchant": ids.public("mrc", offer.merchant_id),
        "merchant_name": "Okolitsa",
        "created_at": told[0]["created_at"],
    }
    assert server.get(f"clicks/{made[0].public_id}").json() == told[-1]
    assert list(server.all("shoppers/alice/clicks")) == told


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_twice_however_long_it_is(server, alice, offer, count, django_assert_num_queries):
    for _ in range(count):
        make.click(by=alice, on=offer)
    server.get("clicks")
    with django_assert_num_queries(2):  # the key with its partner, the page
        assert len(server.get("clicks").json()["data"]) == count


# --- walls and rubbish ---


@pytest.fixture
def bobs(birch, account):
    """Bob's click in a shop of Birch's, marked."""
    bob = make.shopper(birch, f"{MARK}-bob")
    shop = make.merchant(f"{MARK} shop", slug="birch-only")
    return make.click(by=bob, on=make.offer(of=shop, at=account, currency="USD"))


def test_nothing_of_another_partners_clicks_is_told(server, alice, bobs):
    for answer in (
        server.get(f"clicks/{bobs.public_id}"),
        server.get(f"shoppers/{MARK}-bob/clicks"),
        server.get(f"shoppers/{MARK}-bob/balance"),
    ):
        assert_problem(answer, 404, "not_found")
        assert MARK not in answer.content.decode()
    assert server.get("clicks").json() == {"data": [], "next_cursor": None}
    body = {"shopper": f"{MARK}-bob", "merchant": "birch-only", "storefront": "birch"}
    assert_problem(server.post("clicks", body), 400, "storefront_unknown", field="storefront")
    assert Click.objects.count() == 1


@pytest.mark.parametrize("field", ["shopper", "merchant", "url", "coupon", "storefront"])
def test_rubbish_is_refused_in_every_field(server, alice, offer, field):
    for rubbish in [*RUBBISH, None, 7, True, [], {}, ["alice"], "\ud800"]:
        body = {"shopper": "alice", "merchant": "okolitsa", field: rubbish}
        assert is_a_problem(server.post("clicks", body)), rubbish
    assert not Click.objects.exists()


def test_a_body_that_is_none_is_refused(server, alice, offer):
    for body in ("", "[]", "7", '"x"', "{", '{"shopper": "alice"}', '{"merchant": "okolitsa"}'):
        assert is_a_problem(server.post("clicks", body)), body
    assert not Click.objects.exists()


def test_rubbish_is_refused_in_every_parameter(server, alice):
    for rubbish in RUBBISH:
        for path in ("clicks", "shoppers/alice/clicks"):
            for name in ("limit", "cursor"):
                assert is_a_problem(server.get(path, {name: rubbish})), (path, name, rubbish)
        assert is_a_problem(server.get("shoppers/alice/clicks", {"storefront": rubbish})), rubbish
