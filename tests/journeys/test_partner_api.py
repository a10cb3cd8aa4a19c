"""An app that builds its own pages: it makes the click by the API and sends the browser to the shop."""

import re

import requests

from cashback.lib import ids


def test_a_click_by_the_api_reaches_the_shop_by_redirects_alone_and_is_one(city):
    facts = city.partner("acorn")
    api, headers = f"{city.web}/api/v1/", {"Authorization": f"Bearer {facts['api_key']}"}
    before = clicks(city)
    body = {"shopper": "alice", "merchant": facts["plain_merchant"]}
    made = requests.post(f"{api}clicks", json=body, headers=headers, timeout=30)
    assert made.status_code == 201, made.text
    # A browser's navigation, twice: a reload makes no second click.
    for _ in range(2):
        arrived = requests.get(
            made.json()["redirect_url"], headers={"Sec-Fetch-Mode": "navigate"}, timeout=30
        )
        assert arrived.status_code == 200
        # The shop's address is the network's to choose; the trip is known by what the network added to it.
        shop, _mark, query = arrived.url.partition("?")
        assert re.fullmatch(rf"{re.escape(city.sandbox)}/shop/[^/]+/", shop)
        assert "admitad_uid=" in query
        assert {step.status_code for step in arrived.history} == {302}
        assert len(arrived.history) >= 2
    assert clicks(city) == before + 1

    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', arrived.text))
    bought = requests.post(f"{shop}buy", data={**fields, "cart": "1990.00"}, timeout=30)
    assert bought.status_code == 200
    [action] = city.actions(click_ref=made.json()["id"].removeprefix("clk_"))
    city.eventually(lambda: city.sale(action["id"]))
    transaction = ids.public("txn", city.sale(action["id"])["id"])
    told = requests.get(f"{api}transactions/{transaction}", headers=headers, timeout=30).json()
    assert (told["click_id"], told["shopper"]) == (made.json()["id"], "alice")
    # 5 % of 1990.00 is 99.50, of which Alice has 70 % and Acorn 10 %.
    assert (told["cashback"]["amount"], told["partner_share"]["amount"]) == ("69.65", "9.95")
    pending = requests.get(f"{api}shoppers/alice/balance", headers=headers, timeout=30).json()["pending"]
    assert pending["currency"] == "RUB"


def clicks(city) -> int:
    [[count]] = city.rows("SELECT count(*) FROM transactions_click")
    return count
