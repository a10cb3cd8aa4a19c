"""Admitad's own client from PyPI, pointed at the sandbox, finds the network it knows."""

from datetime import date, datetime, timedelta

import pytest
from admitad import api, items, transport
from admitad.constants import BASE_URL
from admitad.exceptions import HttpException

from tests.sandbox.conftest import ALL_SCOPES, Sandbox

MOSCOW_OFFSET = timedelta(hours=3)


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch):
    """Its host is baked into its classes on import, so every address there is turned to the sandbox."""
    home = sandbox.url + "/"
    monkeypatch.setattr(transport, "TOKEN_URL", home + "token/")
    for kind in vars(items).values():
        for name, address in vars(kind).items() if isinstance(kind, type) else ():
            if isinstance(address, str) and address.startswith(BASE_URL):
                monkeypatch.setattr(kind, name, address.replace(BASE_URL, home))
    return api.get_oauth_client_client(sandbox.client_id, sandbox.client_secret, ALL_SCOPES)


def test_client_refreshes_its_token(client, sandbox):
    first = sandbox.new_token("statistics")
    credentials = {
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
        "refresh_token": first["refresh_token"],
    }

    second = transport.oauth_refresh_access_token(credentials)

    assert second["expires_in"] == 604800
    assert second["scope"] == "statistics"
    assert api.get_oauth_client_token(second["access_token"]).StatisticActions.get()["results"] == []
    with pytest.raises(HttpException) as refusal:
        transport.oauth_refresh_access_token(credentials)
    assert refusal.value.message["error_code"] == 5


def test_client_reads_programmes(client):
    listed = client.CampaignsForWebsite.get(7, limit=500)
    one = client.CampaignsForWebsite.getOne(7, listed["results"][0]["id"])

    assert listed["_meta"] == {"count": 1260, "limit": 500, "offset": 0}
    assert one == listed["results"][0]
    assert one["actions_detail"][0]["tariffs"][0]["rates"][0]["size"] == "12.00"
    assert client.Campaigns.get(has_tool=["deeplink"], limit=1)["results"][0]["allow_deeplink"] is True
    assert client.Campaigns.getOne(one["id"])["name"] == one["name"]


def test_client_reads_coupons(client):
    listed = client.CouponsForWebsite.get(7, limit=100, order_by="-rating")
    first = listed["results"][0]

    assert listed["_meta"]["count"] == 60
    assert first["rating"] == "4.95"
    assert client.CouponsForWebsite.getOne(7, first["id"]) == first
    assert "promocode" not in client.Coupons.getOne(first["id"])
    assert client.Coupons.get(campaign=[first["campaign"]["id"]])["_meta"]["count"] >= 1
    assert client.CouponsCategories.getOne(5) == {"id": 5, "name": "Clothing"}


def test_client_follows_a_purchase(client, sandbox):
    made = sandbox.control("actions", {"campaign": "harbor-goods", "subid4": "a-click", "cart": "80.00"})
    sandbox.control(f"actions/{made['id']}", {"status": "approved"})
    now = datetime.utcnow() + MOSCOW_OFFSET

    found = client.StatisticActions.get(
        date_start=now.date() - timedelta(days=1),
        date_end=now.date(),
        status_updated_start=now - timedelta(minutes=5),
        status_updated_end=now,
        subid4="a-click",
        status=2,
        order_by=["-datetime"],
    )

    assert [(row["id"], row["status"], row["payment"], row["cart"]) for row in found["results"]] == [
        (made["id"], "approved", 4.0, 80.0)
    ]


def test_client_makes_a_deeplink(client):
    campaign = client.CampaignsForWebsite.get(7, limit=1)["results"][0]

    links = client.DeeplinksManage.create(7, campaign["id"], ulp=[campaign["site_url"] + "tea"], subid="x")

    assert links == [campaign["gotolink"] + "?subid=x&ulp=https%3A%2F%2Fseverny-chai.example%2Ftea"]


def test_client_reads_its_account(client):
    assert client.Me.get()["default_currency"] == "RUB"
    assert client.Websites.get()["results"][0]["id"] == 7
    assert client.Websites.getOne(7)["status"] == "active"
    assert {"currency": "RUB", "balance": "0.00"} in client.Balance.get()
    assert set(client.Balance.get(extended=True)[0]) == {
        "currency",
        "balance",
        "processing",
        "today",
        "stalled",
    }
    assert client.Payments.get()["results"][0]["payment_sum"] == "148200.50"
    assert client.OptCodes.get()["results"][0]["method"] == 0


def test_client_reads_what_is_the_same_for_everybody(client):
    hotels = client.CampaignCategories.getOne(41)

    assert hotels["name"] == "Отели"
    assert hotels["parent"]["name"] == "Путешествия и туризм"
    assert client.CampaignCategories.get(language="en", limit=1)["results"][0]["name"] == "Online stores"
    assert {row["code"] for row in client.SystemCurrencies.get()["results"]} >= {"RUB", "USD", "EUR", "KZT"}
    assert "RU" in client.WebsiteRegions.get(limit=500)["results"]


def test_client_claims_a_lost_order_by_its_older_names_and_takes_it_back(client, sandbox, tmp_path):
    receipt = tmp_path / "receipt.png"
    receipt.write_bytes(b"\x89PNG\r\n\x1a\n...")
    campaign = sandbox.look("plain")["campaigns"]["USD"]

    made = client.LostOrdersManager.create(
        [str(receipt)],
        campaign=campaign,
        website=7,
        order_id="HG-5",
        order_date=date.today() - timedelta(days=2),
        order_price=80.0,
        comment="Not counted",
    )

    assert (made["status"], made["order_price"], made["currency"]) == ("processing", 80.0, "USD")
    assert client.LostOrders.get(limit=10)["results"] == [made] == [client.LostOrders.getOne(made["id"])]
    assert sandbox.look("lost_orders")["data"][0]["receipt"]["type"] == "image/png"
    assert client.LostOrdersManager.delete(made["id"]) == {"success": True}
    assert client.LostOrders.getOne(made["id"])["status"] == "rejected"


def test_client_is_told_of_a_future_window(client):
    tomorrow = datetime.combine(date.today() + timedelta(days=2), datetime.min.time())

    with pytest.raises(HttpException) as refusal:
        client.StatisticActions.get(status_updated_end=tomorrow)

    assert refusal.value.status == 400
    assert refusal.value.message["error_code"] == 3
