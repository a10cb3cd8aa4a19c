"""Admitad's doors and rows, as its documents and recordings have them, for tests to change one thing in."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cashback.lib.http import Client
from offers.networks.adapters.admitad import Admitad
from tests.networks.server import Reply

PAYLOADS = Path(__file__).parent / "payloads"
OFFERS, COUPONS, SALES = "/advcampaigns/website/7/", "/coupons/website/7/", "/statistics/actions/"
NOW = datetime(2026, 11, 20, 9, 30, 15, 999_000, tzinfo=UTC)


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class Tokens:
    """Admitad's token door: each token is new, and a refresh token is good for one use."""

    def __init__(self, lifetime=604800):
        self.given = 0
        self.lifetime = lifetime
        self.refusal = None

    def __call__(self, asked):
        if self.refusal and asked.form["grant_type"] == "refresh_token":
            return self.refusal
        self.given += 1
        return {
            "access_token": f"access-{self.given}",
            "refresh_token": f"refresh-{self.given}",
            "expires_in": self.lifetime,
        }


def connect(server, clock, kept, **credentials):
    return Admitad(
        credentials={"client_id": "us", "client_secret": "s3cr3t", "website": "7"} | credentials,
        base_url=server.url,
        http=Client(allow_loopback=True, read_timeout=2, pauses=()),
        tokens=kept,
        clock=clock,
    )


def listing(rows, *, most=500):
    """A list as Admitad pages it: at most `most` rows a page, whatever limit is asked."""

    def page(asked):
        limit, offset = min(int(asked.query["limit"]), most), int(asked.query["offset"])
        meta = {"count": len(rows), "limit": limit, "offset": offset}
        return {"results": rows[offset : offset + limit], "_meta": meta}

    return page


def recorded(file, **changes):
    return json.loads((PAYLOADS / file).read_text())["results"][0] | changes


def an_offer(**changes):
    return recorded("advcampaigns_for_website.json", **changes)


def a_coupon(**changes):
    return recorded("coupons_for_website.json", **changes)


def a_sale(number=1, **changes):
    return recorded("actions.json", **({"id": number, "action_id": number} | changes))


def goal(*rates, name="Оплаченный заказ", tariff="Тариф по умолчанию", kind="sale"):
    numbered = [{"id": number, "tariff_id": 1} | rate for number, rate in enumerate(rates, start=1)]
    tariffs = [{"id": 1, "action_id": 1, "name": tariff, "rates": numbered}]
    return {"id": 1, "name": name, "type": kind, "hold_size": 0, "tariffs": tariffs}


def a_rate(size="5.00", *, percent=True, country=None, above="0.00", since="2020-01-01"):
    return {
        "size": size,
        "is_percentage": percent,
        "country": country,
        "price_s": above,
        "date_s": since,
    }


def read_offer(server, admitad, **changes):
    server.answers[OFFERS] = listing([an_offer(**changes)])
    (offer,) = admitad.list_offers()
    return offer


def read_coupon(server, admitad, **changes):
    server.answers[COUPONS] = listing([a_coupon(**changes)])
    (coupon,) = admitad.list_coupons()
    return coupon


def read_sale(server, admitad, **changes):
    server.answers[SALES] = listing([a_sale(**changes)])
    (sale,) = admitad.list_sales_changed(since=NOW - timedelta(days=1), until=NOW)
    return sale


def refused_with(code, status=401):
    body = json.dumps({"error": "e", "error_description": "d", "error_code": code})
    return Reply(body, status=status)
