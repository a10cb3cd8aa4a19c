"""The network's API: tokens, scopes, lists, reports and refusals."""

from datetime import datetime, timedelta, timezone

import pytest
import requests

from tests.sandbox.conftest import Sandbox

MOSCOW = timezone(timedelta(hours=3))
API_PATHS = (
    "/me/",
    "/me/balance/",
    "/websites/",
    "/websites/v2/7/",
    "/categories/",
    "/advcampaigns/",
    "/advcampaigns/website/7/",
    "/coupons/",
    "/coupons/website/7/",
    "/coupons/categories/",
    "/deeplink/7/advcampaign/25101/",
    "/statistics/actions/",
    "/currencies/",
    "/currencies/rate/",
    "/traffic/",
    "/payments/",
    "/opt_codes/",
)


def moscow(**shift: int) -> str:
    return (datetime.now(MOSCOW) + timedelta(**shift)).strftime("%d.%m.%Y %H:%M:%S")


def refusal(answer: requests.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["error_code"]


def campaigns(sandbox: Sandbox) -> list[dict]:
    return sandbox.get("/advcampaigns/website/7/", limit=60).json()["results"]


def test_token_lives_a_week(sandbox):
    token = sandbox.new_token("statistics coupons")

    assert token["expires_in"] == 604800
    assert token["token_type"] == "bearer"
    assert token["scope"] == "statistics coupons"
    assert set(token) >= {"access_token", "refresh_token", "username", "first_name", "last_name", "language"}


def test_wrong_secret_gets_no_token(sandbox):
    form = {"grant_type": "client_credentials", "scope": "statistics"}

    answer = requests.post(f"{sandbox.url}/token/", data=form, auth=(sandbox.client_id, "guessed"))

    assert refusal(answer) == (401, 3)
    assert "access_token" not in answer.json()


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, (400, 3)),
        ({"grant_type": "password"}, (400, 3)),
        ({"grant_type": "client_credentials"}, (400, 3)),
        ({"grant_type": "client_credentials", "scope": "everything"}, (400, 3)),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, (401, 3)),
    ],
)
def test_malformed_grants_are_refused(sandbox, form, expected):
    assert refusal(sandbox.post_token(**form)) == expected


def test_unknown_refresh_token_is_refused(sandbox):
    answer = sandbox.post_token(
        grant_type="refresh_token",
        refresh_token="made-up",
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    )

    assert refusal(answer) == (400, 5)


def test_refreshed_token_replaces_the_old_one(sandbox):
    old = sandbox.new_token("statistics")

    new = sandbox.post_token(
        grant_type="refresh_token",
        refresh_token=old["refresh_token"],
        client_id=sandbox.client_id,
        client_secret=sandbox.client_secret,
    ).json()

    assert sandbox.get("/statistics/actions/", token=new["access_token"]).status_code == 200
    assert refusal(sandbox.get("/statistics/actions/", token=old["access_token"])) == (401, 1)


def test_header_that_is_no_basic_authentication_is_refused(sandbox):
    form = {"grant_type": "client_credentials", "scope": "statistics"}

    for header in ("Basic !!!", "Basic /w==", "Digest x", ""):
        answer = requests.post(f"{sandbox.url}/token/", data=form, headers={"Authorization": header})
        assert answer.status_code in (400, 401)
        assert answer.json()["error_code"] == 3


@pytest.mark.parametrize("path", API_PATHS)
def test_every_list_asks_for_a_token_and_its_scope(sandbox, path):
    offers_only = sandbox.new_token("offers")["access_token"]

    assert refusal(requests.get(sandbox.url + path)) == (401, 1)
    assert refusal(sandbox.get(path, token="made-up")) == (401, 1)
    assert refusal(sandbox.get(path, token=offers_only)) == (401, 2)


def test_pages_walk_through_every_programme_once(sandbox):
    seen, offset = [], 0
    while True:
        page = sandbox.get("/advcampaigns/website/7/", limit=500, offset=offset).json()
        seen += [row["id"] for row in page["results"]]
        offset += 500
        if offset >= page["_meta"]["count"]:
            break

    assert len(seen) == len(set(seen)) == 1260
    assert sandbox.get("/advcampaigns/website/7/", offset=1260).json()["results"] == []
    assert len(sandbox.get("/advcampaigns/website/7/").json()["results"]) == 20


def test_hand_made_shops_carry_every_trap_of_the_real_network(sandbox):
    shops = campaigns(sandbox)
    by_name = {shop["site_url"].split("/")[2].removesuffix(".example"): shop for shop in shops}
    cashback = {traffic["enabled"] for traffic in by_name["hosting-granit"]["traffics"] if traffic["id"] == 1}

    assert len(shops) == 60
    assert sum(shop["currency"] == "RUB" for shop in shops) == 26
    assert sum(shop["currency"] == "USD" for shop in shops) == 26
    assert cashback == {False}
    assert by_name["velodvor"]["connection_status"] == "pending"
    assert by_name["velodvor"]["gotolink"] == ""
    assert by_name["cloudberry-hosting"]["connection_status"] == "declined"
    assert by_name["kofeynaya-milya"]["image"].startswith("//localhost:")
    assert "0RUB" in [action["payment_size"] for action in by_name["shkola-vektor"]["actions"]]
    assert [action["payment_size"] for action in by_name["rodnik-kniga"]["actions"]] == ["5%"]
    assert {"0.00"} < {
        rate["size"]
        for detail in by_name["okolitsa"]["actions_detail"]
        for tariff in detail["tariffs"]
        for rate in tariff["rates"]
    }


def test_programme_has_the_fields_of_a_recorded_one(sandbox):
    shop = campaigns(sandbox)[0]
    rate = shop["actions_detail"][0]["tariffs"][0]["rates"][0]

    assert isinstance(shop["rating"], str)
    assert isinstance(shop["cr"], float)
    assert isinstance(shop["avg_hold_time"], int)
    assert shop["regions"][0] == {"region": "RU"}
    assert shop["categories"][1]["parent"]["id"] == 62
    assert shop["raw_description"].startswith("<p>")
    assert rate == {
        "id": rate["id"],
        "tariff_id": rate["tariff_id"],
        "size": "12.00",
        "is_percentage": True,
        "country": None,
        "date_s": "2025-01-01",
        "price_s": "0.00",
    }


def test_logos_are_served_and_small(sandbox):
    for shop in campaigns(sandbox):
        address = shop["image"] if shop["image"].startswith("http") else "http:" + shop["image"]
        logo = requests.get(address)
        assert (logo.status_code, logo.headers["Content-Type"]) == (200, "image/png"), address
        assert len(logo.content) <= 4096, address


def test_generated_shops_share_a_few_logos(sandbox):
    shops = sandbox.get("/advcampaigns/website/7/", limit=500, offset=60).json()["results"]
    addresses = {shop["image"] for shop in shops}

    assert len(addresses) == 34
    for address in addresses:
        assert requests.get(address).headers["Content-Type"] == "image/png", address


def test_coupons_without_a_code_say_so_in_words(sandbox):
    coupons = sandbox.get("/coupons/website/7/", limit=60).json()["results"]
    codes = {(coupon["species"], coupon["language"]): coupon["promocode"] for coupon in coupons}

    assert len(coupons) == 60
    assert codes["action", "ru"] == "НЕ НУЖЕН"
    assert codes["action", "en"] == "Not required"
    assert any(coupon["date_end"] is None for coupon in coupons)
    assert "promocode" not in sandbox.get("/coupons/").json()["results"][0]


def test_report_of_an_action_has_the_types_of_a_recorded_one(sandbox):
    made = sandbox.control("actions", {"campaign": "harbor-goods", "subid4": "ref", "cart": "209.32"})

    (row,) = sandbox.actions()

    assert row["id"] == row["action_id"] == made["id"]
    assert (row["payment"], row["cart"], row["currency"]) == (10.47, 209.32, "USD")
    assert (row["status"], row["processed"], row["paid"]) == ("pending", 0, 0)
    assert (row["subid"], row["subid4"]) == (None, "ref")
    assert (row["positions"][0]["amount"], row["positions"][0]["payment"]) == ("209.32", "10.47")
    assert (row["positions"][0]["rate"], row["positions"][0]["percentage"]) == ("5.00", True)
    assert len(row["closing_date"]) == 10
    assert datetime.strptime(row["status_updated"], "%Y-%m-%d %H:%M:%S")


def test_shop_that_hides_its_carts_reports_null(sandbox):
    sandbox.control("actions", {"campaign": "svet-i-provod", "cart": "1000.00", "subid4": None})

    (row,) = sandbox.actions()

    assert (row["payment"], row["cart"], row["positions"], row["subid4"]) == (40.0, None, [], None)


def test_report_filters_narrow(sandbox):
    first = sandbox.control("actions", {"campaign": "harbor-goods", "subid4": "one", "cart": "10.00"})
    second = sandbox.control("actions", {"campaign": "rodnik-kniga", "subid4": "two", "cart": "20.00"})
    sandbox.control(f"actions/{second['id']}", {"status": "approved", "paid": True})
    only = {
        "subid4": "two",
        "campaign": second["campaign"],
        "status": 2,
        "processed": 1,
        "paid": 1,
        "action_id": second["id"],
        "order_id": second["order_id"],
    }

    for name, value in only.items():
        assert [row["id"] for row in sandbox.actions(**{name: value})] == [second["id"]], name
    assert [row["id"] for row in sandbox.actions(status=1)] == [first["id"]]
    assert [row["id"] for row in sandbox.actions(order_by="-payment")] == [second["id"], first["id"]]
    assert [row["id"] for row in sandbox.actions(order_by="payment")] == [first["id"], second["id"]]
    assert sandbox.actions(website=8) == []
    assert len(sandbox.actions(website=7)) == 2


def test_report_windows_are_in_moscow_time(sandbox):
    sandbox.control("actions", {"campaign": "harbor-goods", "subid4": "one", "cart": "10.00"})
    today = moscow()[:10]

    assert len(sandbox.actions(status_updated_start=moscow(seconds=-30), status_updated_end=moscow())) == 1
    assert sandbox.actions(status_updated_end=moscow(minutes=-10)) == []
    assert len(sandbox.actions(date_start=today, date_end=today)) == 1
    assert sandbox.actions(date_start=moscow(days=1)[:10]) == []
    assert len(sandbox.actions(closing_date_start=today)) == 1
    assert sandbox.actions(closing_date_end=today) == []


def test_report_pages_do_not_overlap(sandbox):
    made = [
        sandbox.control("actions", {"campaign": "harbor-goods", "cart": n, "subid4": None})["id"]
        for n in range(1, 6)
    ]

    pages = [sandbox.actions(limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [[row["id"] for row in page] for page in pages] == [made[:2], made[2:4], made[4:]]
    assert sandbox.get("/statistics/actions/", limit=2).json()["_meta"] == {
        "count": 5,
        "limit": 2,
        "offset": 0,
    }


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "501"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "ten"},
        {"limit": "9" * 5000},
        {"limit": "٣"},
        {"offset": "-5"},
        {"offset": "99999999999"},
        {"status": "4"},
        {"paid": "2"},
        {"campaign": "tea"},
        {"date_start": "2026-01-31"},
        {"date_end": "31.02.2026"},
        {"date_end": "31.12.9999"},
        {"status_updated_start": "01.01.2026"},
        {"status_updated_end": "01.01.2099 00:00:00"},
        {"order_by": "id; DROP TABLE action"},
    ],
)
def test_report_refuses_a_query_that_makes_no_sense(sandbox, query):
    assert refusal(sandbox.get("/statistics/actions/", **query)) == (400, 3)


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/advcampaigns/website/8/", {}, 404),
        ("/advcampaigns/1/website/7/", {}, 404),
        ("/advcampaigns/99999999999999999999/", {}, 404),
        ("/advcampaigns/", {"has_tool": "hammer"}, 400),
        ("/coupons/", {"category": "x"}, 400),
        ("/coupons/", {"order_by": "luck"}, 400),
        ("/coupons/1/", {}, 404),
        ("/deeplink/7/advcampaign/25101/", {}, 400),
        ("/deeplink/7/advcampaign/25101/", {"ulp": "https://x.example/", "subid": "x" * 51}, 400),
        ("/deeplink/7/advcampaign/25121/", {"ulp": "https://ochki-yasno.example/"}, 400),
        ("/currencies/rate/", {"base": "RUB", "target": "XXX"}, 400),
        ("/currencies/rate/", {"base": "RUB", "target": "USD", "date": "yesterday"}, 400),
        ("/categories/9999/", {}, 404),
        ("/payments/1/", {}, 404),
        ("/websites/", {"status": "asleep"}, 400),
    ],
)
def test_lists_refuse_what_makes_no_sense(sandbox, path, query, status):
    assert refusal(sandbox.get(path, **query)) == (status, 3)


def test_rate_is_a_string_with_its_date(sandbox):
    rate = sandbox.get("/currencies/rate/", base="RUB", target="USD", date="16.04.2024").json()

    assert rate == {"date": "2024-04-16", "base": "RUB", "target": "USD", "rate": "0.0123076923"}


def test_more_requests_than_the_limit_are_answered_with_503(another_sandbox):
    sandbox = another_sandbox(rate_limit=5)  # its first token counts as one

    codes = [sandbox.get("/me/").status_code for _ in range(6)]

    assert codes == [200, 200, 200, 200, 503, 503]
    assert refusal(sandbox.get("/me/")) == (503, 4)
