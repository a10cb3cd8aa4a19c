"""Admitad's recorded and documented answers, and exactly what they mean to us."""

import dataclasses
import json
from pathlib import Path

from offers.networks.adapters.admitad import Admitad
from offers.networks.base import InquiryKind, Postback
from tests.networks.admitad.meanings import (
    AKUSHERSTVO_COUPON,
    APPEAL,
    CHECKED,
    COUPON_ITEMS,
    HOTELS,
    KUPIVIP,
    LABIRINT,
    LINEAGE,
    LITRES,
    LODGED,
    LOST_ORDER,
    OPT_CODE,
    PAYMENT,
    PLAIN_COUPON,
    SALE,
)
from tests.networks.contract import (
    MISSING,
    Case,
    NetworkContract,
    NotRead,
    checked,
    coupons,
    inquiries,
    lodged,
    offers,
    postback,
    sales,
)

WEBSITE = "100001"
OFFERS = f"/advcampaigns/website/{WEBSITE}/"
COUPONS = f"/coupons/website/{WEBSITE}/"
SALES = "/statistics/actions/"
LOST, CHECKS = "/lost_orders/", "/lost_orders/payments_info/"
PAYLOADS = Path(__file__).parent / "payloads"

TOKEN = {"access_token": "t0ken", "refresh_token": "r3fresh", "expires_in": 604800, "token_type": "bearer"}
EMPTY = {"results": [], "_meta": {"count": 0, "limit": 500, "offset": 0}}


def offers_in_short(network, payload):
    """Without the pages of text that a programme says about itself."""
    return [
        dataclasses.replace(offer, description=offer.description[:30], terms_html=offer.terms_html[:20])
        for offer in offers(network, payload)
    ]


def check(network, payload):
    return network.check_credentials()


def rows(path, scope):
    """For lists that nothing of ours reads yet: that they arrive whole and unchanged."""
    return lambda network, payload: list(network.account.rows(path, scope=scope))


def whole(path, scope):
    return lambda network, payload: network.account.get(path, scope=scope)


DEEPLINKS = f"/deeplink/{WEBSITE}/advcampaign/1721/"

OURS = [
    Case("advcampaigns_for_website.json", OFFERS, offers_in_short, [LITRES, LABIRINT]),
    Case("advcampaigns.json", OFFERS, offers_in_short, [LINEAGE, KUPIVIP]),
    Case("coupons_for_website.json", COUPONS, coupons, [AKUSHERSTVO_COUPON]),
    Case("coupons_for_website_items.json", COUPONS, coupons, COUPON_ITEMS),
    Case("actions.json", SALES, sales, [SALE]),
    # A third party's guess at a report: it has no `paid`, so nobody could say whether the money has come.
    Case("synthetic_actions.json", SALES, sales, [NotRead("paid")] * 5),
    Case(
        "postback_action_constructed.json",
        "/unused/",
        postback,
        Postback(click_ref="11111111-2222-4333-8444-555555555555", sale_external_id="807084960"),
    ),
    Case("token.json", "/token/", lambda network, payload: network.account.sign_in(), "DUMMY_ACCESS_TOKEN"),
    Case(
        "error_invalid_token.json",
        SALES,
        sales,
        "Admitad refused /statistics/actions/ (401).",
        status=401,
    ),
    Case(
        "websites.json",
        "/websites/v2/",
        check,
        "Admitad account publisher, ad space 100001 “Example site 2” (active).",
    ),
]

CLAIMS = [
    Case("lost_orders.json", LOST, inquiries(InquiryKind.UNTRACKED), [LOST_ORDER]),
    Case("lost_order_created.json", f"{LOST}create/", lodged, LODGED),
    Case("lost_orders_payments_info.json", CHECKS, checked("q1234", "test", "1002247"), CHECKED),
    Case("appeals.json", "/appeals/", inquiries(InquiryKind.DECLINED), [APPEAL]),
]

NOT_YET_OURS = [
    Case("categories.json", "/categories/", rows("/categories/", "public_data"), [HOTELS]),
    Case("coupons.json", "/coupons/", rows("/coupons/", "coupons"), [PLAIN_COUPON]),
    Case(
        "coupon_categories.json",
        "/coupons/categories/",
        rows("/coupons/categories/", "public_data"),
        [{"id": 2, "name": "Personal Care & Pharmacy"}],
    ),
    Case(
        "currencies.json",
        "/currencies/",
        rows("/currencies/", "public_data"),
        [{"code": "AMD", "name": "Armenian Dram", "min_sum": "3000.00", "sign": "AMD"}],
    ),
    Case(
        "currency_rate.json",
        "/currencies/rate/",
        whole("/currencies/rate/", "public_data"),
        {"date": "2024-04-16", "base": "RUB", "target": "USD", "rate": "0.0106850050"},
    ),
    Case(
        "deeplink.json",
        DEEPLINKS,
        whole(DEEPLINKS, "deeplink_generator"),
        {
            "link": "https://ad.admitad.com/g/abc123/?ulp=http%3A%2F%2Fexample.com%2F",
            "is_affiliate_product": None,
        },
    ),
    Case(
        "deeplink_legacy_list.json",
        DEEPLINKS,
        rows(DEEPLINKS, "deeplink_generator"),
        ["https://example.com/g/huwtg7ffw5201/?utm=4"],
    ),
    Case("opt_codes.json", "/opt_codes/", rows("/opt_codes/", "opt_codes"), [OPT_CODE]),
    Case("payments.json", "/payments/", rows("/payments/", "payments"), [PAYMENT]),
    Case("regions.json", "/websites/regions/", rows("/websites/regions/", "public_data"), ["IN"]),
    Case(
        "traffic.json",
        "/traffic/",
        rows("/traffic/", "public_data"),
        [{"id": 2, "name": "PopUp / ClickUnder"}],
    ),
]


class TestAdmitad(NetworkContract):
    adapter = Admitad
    payloads = PAYLOADS
    credentials = {"client_id": "cl13nt", "client_secret": "s3cr3t", "website": WEBSITE}
    standing = {
        "/token/": TOKEN,
        "/me/": {"username": "publisher", "id": 1111111},
        "/websites/v2/": json.loads((PAYLOADS / "websites.json").read_text()),
        "/categories/": EMPTY,
        OFFERS: EMPTY,
        COUPONS: EMPTY,
        SALES: EMPTY,
        LOST: EMPTY,
        f"{LOST}create/": json.loads((PAYLOADS / "lost_order_created.json").read_text()),
        CHECKS: json.loads((PAYLOADS / "lost_orders_payments_info.json").read_text()),
    }
    cases = [*OURS, *CLAIMS, *NOT_YET_OURS]
    questions = {
        "offers": (OFFERS, offers),
        "categories": ("/categories/", offers),
        "coupons": (COUPONS, coupons),
        "sales": (SALES, sales),
        "credentials": ("/websites/v2/", check),
        "orders": (CHECKS, checked("test")),
        "lodging": (f"{LOST}create/", lodged),
        "inquiries": (LOST, inquiries(InquiryKind.UNTRACKED)),
    }
    sale_file = "actions.json"
    sales_path = SALES
    spoilt_sales = {
        "a new status": ({"status": "on_hold"}, "status"),
        "no status": ({"status": MISSING}, "status"),
        "no id": ({"action_id": MISSING, "id": MISSING}, "action_id"),
        "an id that is null": ({"action_id": None, "id": None}, "action_id"),
        "an id that is text": ({"action_id": "A-1"}, "action_id"),
        "a currency that is not ISO": ({"currency": "RUR"}, "currency"),
        "a currency in small letters": ({"currency": "rub"}, "currency"),
        "no currency": ({"currency": MISSING}, "currency"),
        "no commission": ({"payment": None}, "payment"),
        "a commission below zero": ({"payment": -1.5}, "payment"),
        "a commission in words": ({"payment": "много"}, "payment"),
        "a commission beyond all money": ({"payment": 10**25}, "payment"),
        "a commission beyond all numbers": ({"payment": "1e999999"}, "payment"),
        "a commission with a thousands' mark": ({"payment": "1_990"}, "payment"),
        "a cart in words": ({"cart": "n/a"}, "cart"),
        "no programme": ({"advcampaign_id": None}, "advcampaign_id"),
        "paid in a new way": ({"paid": 2}, "paid"),
        "no word of payment": ({"paid": None}, "paid"),
        "no time of change": ({"status_updated": None}, "status_updated"),
        "a time that is none": ({"action_date": "26.12.2021"}, "action_date"),
        "a closing date that is none": ({"closing_date": "soon"}, "closing_date"),
        "an order with a NUL": ({"order_id": "a\x00b"}, "order_id"),
        "an order that is a list": ({"order_id": [1]}, "order_id"),
    }
    tracking_url = "https://ad.admitad.com/g/abc123/?i=3&erid=LatgB%2FaA"
    click_parameter = "subid4"
    target_parameter = "ulp"
    lodge_path = f"{LOST}create/"
    lodged_file = "lost_order_created.json"
    inquiries_path = LOST
    reference_field = "appeal_id"
    spoilt_inquiries = {
        "a new state": ({"status": "on_hold"}, "status"),
        "no state": ({"status": MISSING}, "status"),
        "a new resolution": ({"appeal_status": "paused"}, "appeal_status"),
        "no id": ({"id": None}, "id"),
        "no programme": ({"advcampaign": None}, "advcampaign"),
        "a programme without an id": ({"advcampaign": {"name": "Shop"}}, "advcampaign.id"),
        "no order": ({"order_id": ""}, "order_id"),
        "a currency that is not ISO": ({"currency": "RUR"}, "currency"),
        "a reward in words": ({"reward": "much"}, "reward"),
        "a reward below zero": ({"reward": "-1.00"}, "reward"),
        "a reward beyond all money": ({"reward": 10**25}, "reward"),
        "an estimate that is yes": ({"estimated_reward": True}, "estimated_reward"),
        "no time": ({"date_created": None}, "date_created"),
        "a reference that is a list": ({"appeal_id": [1]}, "appeal_id"),
    }

    def pages(self, payload):
        if not isinstance(payload, dict) or "results" not in payload:
            return lambda asked: payload
        listed = payload["results"]

        def page(asked):
            limit, offset = int(asked.query["limit"]), int(asked.query["offset"])
            meta = {"count": len(listed), "limit": limit, "offset": offset}
            return {"results": listed[offset : offset + limit], "_meta": meta}

        return page

    def rows_of(self, payload):
        return payload["results"]

    def listing(self, rows):
        return {"results": list(rows)}
