"""From the network's link through the shop to the postback."""

import re

import jwt
import pytest
import requests

from tests.sandbox.conftest import PostbackDoor, Sandbox

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def gotolink(sandbox: Sandbox, slug: str) -> str:
    known = sandbox.get("/advcampaigns/website/7/", limit=60).json()["results"]
    return next(row["gotolink"] for row in known if f"//{slug}.example/" in row["site_url"])


def buy(sandbox: Sandbox, slug: str, **fields: str) -> requests.Response:
    """Presses Buy on the page that a click leads to."""
    page = requests.get(gotolink(sandbox, slug), params={"subid4": "my-click"})
    return requests.post(f"{sandbox.url}/shop/{slug}/buy", data={**dict(HIDDEN.findall(page.text)), **fields})


def test_click_ends_at_the_shop(sandbox):
    link = gotolink(sandbox, "severny-chai")

    answer = requests.get(link, params={"subid4": "my-click"})

    assert [step.status_code for step in answer.history] == [302]
    assert answer.status_code == 200
    assert answer.url.startswith(f"{sandbox.url}/shop/severny-chai/?")
    assert '<form method="post" action="/shop/severny-chai/buy">' in answer.text
    assert re.search(r'<input type="text" name="cart" value="690.00"', answer.text)
    assert "Set-Cookie" not in answer.headers


def test_purchase_becomes_an_action_and_a_postback(sandbox, door):
    thanks = buy(sandbox, "harbor-goods", cart="80.00")
    (row,) = sandbox.actions()
    (postback,) = door.wait_for(1, row)

    assert thanks.status_code == 200
    assert row["order_id"] in thanks.text
    assert (row["subid4"], row["cart"], row["payment"]) == ("my-click", 80.0, 4.0)
    assert postback["method"] == "GET"
    assert postback["action_id"] == str(row["tariff_id"])
    assert postback["subid4"] == "my-click"
    assert (postback["payment_sum"], postback["order_sum"], postback["currency"]) == ("4.00", "80.00", "USD")
    assert (postback["payment_status"], postback["reward_ready"]) == ("new", "false")
    assert postback["order_id"] == row["order_id"]
    assert int(postback["time"]) >= int(postback["click_time"]) > 1_700_000_000
    assert set(postback) - {"method"} == {
        *("offer_id", "offer_name", "admitad_id", "website_name", "website_id", "action", "action_id"),
        *("subid", "subid1", "subid2", "subid3", "subid4", "payment_sum", "payment_status", "currency"),
        *("order_id", "order_sum", "click_time", "time", "conversion_time", "type", "country_code"),
        *("user_agent", "user_referer", "reward_ready"),
    }


def test_basket_is_reported_line_by_line(sandbox):
    first = requests.get(gotolink(sandbox, "severny-chai")).url
    page = requests.get(first + "&basket=0.5")
    hidden = dict(HIDDEN.findall(page.text))

    requests.post(f"{sandbox.url}/shop/severny-chai/buy", data={**hidden, "cart": "3180.00"})

    (row,) = sandbox.actions()
    lines = [(line["product_name"], line["amount"], line["payment"]) for line in row["positions"]]
    assert row["payment"] == 381.6
    assert lines == [
        ("Иван-чай ферментированный, 200 г", "690.00", "82.80"),
        ("Набор «Шесть трав»", "2490.00", "298.80"),
    ]


def test_every_change_fires_a_postback_with_its_status(sandbox, door):
    buy(sandbox, "harbor-goods", cart="80.00")
    (action,) = sandbox.truth()

    for change in ("approved", "pending", "declined"):
        sandbox.control(f"actions/{action['id']}", {"status": change})
    sandbox.control(f"actions/{action['id']}", {"status": "approved", "paid": True, "payment": "3.50"})

    postbacks = door.wait_for(5, action)
    heard = [(one["payment_status"], one["payment_sum"], one["reward_ready"]) for one in postbacks]
    assert heard == [
        ("new", "4.00", "false"),
        ("approved", "4.00", "false"),
        ("pending", "4.00", "false"),
        ("declined", "4.00", "false"),
        ("approved", "3.50", "true"),
    ]


def test_purchase_without_a_link_of_the_network_is_not_tracked(sandbox):
    page = requests.get(f"{sandbox.url}/shop/harbor-goods/")

    answer = requests.post(
        f"{sandbox.url}/shop/harbor-goods/buy", data={**dict(HIDDEN.findall(page.text)), "cart": "80.00"}
    )

    assert answer.status_code == 200
    assert sandbox.truth() == []


def test_click_of_another_shop_is_not_tracked(sandbox):
    page = requests.get(gotolink(sandbox, "harbor-goods"))

    requests.post(
        f"{sandbox.url}/shop/lumen-audio/buy", data={**dict(HIDDEN.findall(page.text)), "cart": "80.00"}
    )

    assert sandbox.truth() == []


def test_deeplink_opens_only_the_shop_it_belongs_to(sandbox):
    link = gotolink(sandbox, "harbor-goods")

    inside = requests.get(link, params={"ulp": "https://www.harbor-goods.example/jars"})
    outside = requests.get(link, params={"ulp": "https://evil.example/harbor-goods.example"})

    assert inside.url.endswith("page=%2Fjars")
    assert outside.url.startswith(f"{sandbox.url}/shop/harbor-goods/?")
    assert "page=" not in outside.url


def test_long_sub_ids_are_cut_where_the_network_cuts_them(sandbox):
    page = requests.get(gotolink(sandbox, "harbor-goods"), params={"subid": "x" * 200, "subid4": "y" * 200})
    requests.post(
        f"{sandbox.url}/shop/harbor-goods/buy", data={**dict(HIDDEN.findall(page.text)), "cart": "8"}
    )

    (action,) = sandbox.truth()

    assert (len(action["subid"]), len(action["subid4"])) == (50, 120)


@pytest.mark.parametrize(
    "cart", ["", "free", "-1", "NaN", "1e400", "0.001", "9" * 400, "\0", "1990.00\u0663"]
)
def test_basket_that_is_no_amount_is_refused(sandbox, cart):
    answer = buy(sandbox, "severny-chai", cart=cart)

    assert answer.status_code == 400
    assert "Не получилось оформить заказ" in answer.text
    assert sandbox.truth() == []


@pytest.mark.parametrize(
    "path",
    [
        "/shop/no-such-shop/",
        "/g/0000/",
        "/g/%00%FF/",
        "/static/logos/nothing.png",
        "/host/nobody/",
        "/host/acorn/?shopper=mallory",
        "/host/acorn/open?shopper=mallory",
        "/shop/severny-chai/../../etc/passwd",
        "/static/../settings.py",
    ],
)
def test_addresses_that_lead_nowhere_say_so(sandbox, path):
    assert requests.get(sandbox.url + path).status_code == 404


def test_strange_baskets_do_not_break_the_shop(sandbox):
    for basket in ("", "..", "99", "0." * 300, "x", "-1", "٣", "\0"):
        answer = requests.get(f"{sandbox.url}/shop/severny-chai/", params={"basket": basket})
        assert answer.status_code == 200, basket


def test_every_shop_has_a_page(sandbox):
    for row in sandbox.get("/advcampaigns/website/7/", limit=70).json()["results"]:
        slug = row["site_url"].removeprefix("https://").removesuffix(".example/")
        page = requests.get(f"{sandbox.url}/shop/{slug}/")
        assert page.status_code == 200, slug
        assert f'lang="{"ru" if row["currency"] in ("RUB", "KZT") else "en"}"' in page.text, slug


def test_the_host_page_shows_the_storefront_by_the_five_lines(sandbox):
    page = requests.get(f"{sandbox.url}/host/acorn/?shopper=carol").text
    assert '<script src="http://localhost:8000/embed/v1.js" async></script>' in page
    assert '<cashback-store storefront="acorn"' in page
    assert 'token-url="/host/acorn/token?shopper=carol"' in page
    assert "token=" not in page


def test_the_hosts_token_endpoint_mints_a_token_for_each_question(sandbox):
    claims = []
    for _ in range(2):
        answer = requests.get(f"{sandbox.url}/host/acorn/token?shopper=carol")
        assert "no-store" in answer.headers["Cache-Control"]
        secret = "a-secret-that-is-long-enough-for-hs256"
        token = answer.json()["launch_token"]
        claims.append(jwt.decode(token, secret, algorithms=["HS256"], audience="cashback"))

    assert (claims[0]["iss"], claims[0]["sub"], claims[0]["locale"]) == ("acorn", "carol", "ru")
    assert claims[0]["exp"] - claims[0]["iat"] <= 120
    assert claims[0]["jti"] != claims[1]["jti"]


def test_nobody_gets_a_token_for_a_stranger(sandbox):
    answer = requests.get(f"{sandbox.url}/host/acorn/token?shopper=mallory")
    assert (answer.status_code, answer.json()) == (401, {"error": "nobody is signed in"})


def test_storefront_opens_without_the_frame_too(sandbox):
    answer = requests.get(f"{sandbox.url}/host/acorn/open?shopper=alice", allow_redirects=False)

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("http://localhost:8000/s/acorn/launch?token=")
    assert "no-store" in answer.headers["Cache-Control"]


def test_front_page_shows_what_there_is(sandbox):
    page = requests.get(f"{sandbox.url}/").text

    assert page.count('href="/shop/') == 60
    assert 'href="/host/acorn/"' in page


def test_postbacks_can_be_posted(another_sandbox):
    door = PostbackDoor()
    sandbox = another_sandbox(postback_url=door.url, postback_method="POST")

    made = sandbox.control("actions", {"campaign": "harbor-goods", "cart": "10", "subid4": "x"})

    (postback,) = door.wait_for(1, made)
    assert (postback["method"], postback["subid4"]) == ("POST", "x")
    door.close()
