"""The publisher's own account: who he is, his ad spaces, his balance, his payments, his postback."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from cashback.sandbox import clock, config, sales, store
from cashback.sandbox.api import tokens
from cashback.sandbox.api.answers import Page, endpoint, our_website, page_of
from cashback.sandbox.api.errors import bad_request, not_found
from cashback.sandbox.api.programmes import category_tree

WEBSITE_STATUSES = ("new", "pending", "active", "suspended", "declined")


@endpoint("private_data")
def me(request: HttpRequest) -> dict[str, object]:
    return {**tokens.account(), "default_currency": "RUB", "country": "RU"}


@endpoint("private_data_balance")
def balance(request: HttpRequest) -> list[dict[str, str]]:
    return [{"currency": row["currency"], "balance": row["balance"]} for row in _balances()]


@endpoint("private_data_balance")
def extended_balance(request: HttpRequest) -> list[dict[str, str]]:
    return _balances()


@endpoint("websites")
def websites(request: HttpRequest) -> Page:
    status = request.GET.get("status")
    if status and status not in WEBSITE_STATUSES:
        raise bad_request(f"status is one of {', '.join(WEBSITE_STATUSES)}")
    return page_of(request, [_website()] if status in (None, "", "active") else [])


@endpoint("websites")
def website(request: HttpRequest, website_id: int) -> dict[str, Any]:
    our_website(website_id)
    return _website()


@endpoint("payments")
def payments(request: HttpRequest) -> Page:
    return page_of(request, _payments())


@endpoint("payments")
def payment(request: HttpRequest, payment_id: int) -> dict[str, Any]:
    for known in _payments():
        if known["id"] == payment_id:
            return known
    raise not_found(f"Payment {payment_id} does not exist")


@endpoint("opt_codes")
def opt_codes(request: HttpRequest) -> Page:
    where = config.current()
    code = {
        "id": 11,
        "campaign": None,
        "desc_mode": 0,
        "event": 0,
        "generated_url": where.postback_url,
        "user_url": where.postback_url,
        "method": int(where.postback_method == "POST"),
        "status": [{"id": status} for status in (5, 6, 7, 8)],
        "website": None,
        "reward_ready": True,
    }
    return page_of(request, [code])


def _balances() -> list[dict[str, str]]:
    """Per currency: what the advertisers have paid, what waits for them, and what they owe."""
    sums: dict[str, dict[str, int]] = {
        currency: {"balance": 0, "processing": 0, "today": 0, "stalled": 0} for currency in ("RUB", "USD")
    }
    today = clock.now().date().isoformat()
    for action in store.connection().execute("SELECT * FROM action WHERE status <> 'declined'"):
        row = sums.setdefault(sales.campaign_of(action).currency, dict.fromkeys(sums["RUB"], 0))
        if action["bought_at"] >= today:
            row["today"] += action["payment"]
        if action["status"] == "pending":
            row["processing"] += action["payment"]
        else:
            row["balance" if action["paid"] else "stalled"] += action["payment"]
    for claim in store.connection().execute("SELECT * FROM claim WHERE credited > 0"):
        row = sums.setdefault(sales.campaign_of(claim).currency, dict.fromkeys(sums["RUB"], 0))
        row["balance"] += claim["credited"]
    return [
        {"currency": currency, **{name: sales.money(minor) for name, minor in row.items()}}
        for currency, row in sums.items()
    ]


def _payments() -> list[dict[str, Any]]:
    """Three withdrawals of earlier months."""
    month = clock.now().replace(day=1, hour=10, minute=15, second=7)
    rows = (("RUB", "148200.50", "bank"), ("USD", "2000.00", "webmoney"), ("RUB", "96410.00", "bank"))
    return [
        {
            "id": 68_000 + number,
            "currency": currency,
            "payment_sum": paid,
            "status": "approved",
            "withdrawal_type": kind,
            "datetime": clock.stamp(_months_back(month, number)),
            "comment": "",
        }
        for number, (currency, paid, kind) in enumerate(rows, start=1)
    ]


def _months_back(month: datetime, number: int) -> datetime:
    for _ in range(number):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def _website() -> dict[str, Any]:
    where = config.current()
    return {
        "id": where.website,
        "name": where.website_name,
        "site_url": where.web + "/",
        "status": "active",
        "kind": "website",
        "account_id": "",
        "is_old": False,
        "adservice": None,
        "collecting_method": None,
        "verification_code": "4f1c0d9a27",
        "validation_passed": True,
        "mailing_targeting": False,
        "db_size": None,
        "creation_date": "2025-02-03T12:16:18",
        "description": "White-label cashback for the customers of banks and employers.",
        "regions": [{"region": "RU", "id": 1_772_826}, {"region": "00", "id": 1_772_827}],
        "categories": [category_tree(62, "ru")],
    }
