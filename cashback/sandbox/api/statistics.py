"""/statistics/actions/: the record of every action, and the filters to ask it by."""

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest

from cashback.sandbox import clock, config, sales, store
from cashback.sandbox.api.answers import Page, endpoint, paging, whole_number
from cashback.sandbox.api.errors import bad_request

DAY, MOMENT = "%d.%m.%Y", "%d.%m.%Y %H:%M:%S"
STATUSES = {1: "pending", 2: "approved", 3: "declined"}
ORDERINGS = {
    "action": "tariff_id",
    "action_id": "id",
    "campaign": "campaign_id",
    "cart": "cart",
    "click_date": "clicked_at",
    "conv_time": "julianday(bought_at) - julianday(clicked_at)",
    "datetime": "bought_at",
    "payment": "payment",
    "status": "status",
    "status_updated": "status_updated",
    **{name: name for name in sales.SUB_IDS},
}


class Conditions:
    """The WHERE of a report, put together from whatever was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.values: list[object] = []

    def add(self, text: str, value: object) -> None:
        if value is not None:
            self.texts.append(text)
            self.values.append(value)

    @property
    def where(self) -> str:
        return " AND ".join(self.texts) or "1"


@endpoint("statistics")
def actions(request: HttpRequest) -> Any:
    limit, offset = paging(request)
    conditions = _conditions(request)
    db = store.connection()
    # The filters and orderings are texts of this module; only values come from the request.
    found = f"FROM action WHERE {conditions.where}"
    count = db.execute(f"SELECT count(*) {found}", conditions.values).fetchone()[0]
    rows = db.execute(
        f"SELECT * {found} ORDER BY {_ordering(request)} LIMIT ? OFFSET ?",
        (*conditions.values, limit, offset),
    )
    return Page([report_row(row) for row in rows], count, limit, offset)


def report_row(action: sqlite3.Row) -> dict[str, Any]:
    """An action with the fields and types that Admitad's report gives it."""
    campaign = sales.campaign_of(action)
    goal, _ = campaign.tariff(action["tariff_id"])
    return {
        "id": action["id"],
        "action_id": action["id"],
        "order_id": action["order_id"],
        "tariff_id": action["tariff_id"],
        "advcampaign_id": campaign.id,
        "advcampaign_name": campaign.name,
        "website_name": config.current().website_name,
        "click_user_ip": None,
        "click_user_referer": action["referer"],
        "click_country_code": None,
        "conversion_time": sales.conversion_seconds(action),
        "action": goal.name,
        "action_type": goal.type,
        "status": status(action),
        "processed": int(action["status"] != "pending"),
        "paid": action["paid"],
        "payment": amount(action["payment"]),
        "cart": amount(action["cart"]),
        "currency": campaign.currency,
        **{name: action[name] for name in sales.SUB_IDS},
        "keyword": None,
        "comment": action["comment"],
        "promocode": None,
        "positions": json.loads(action["positions"]),
        "click_date": action["clicked_at"],
        "action_date": action["bought_at"],
        "closing_date": action["closing_date"],
        "status_updated": action["status_updated"],
    }


def status(action: sqlite3.Row) -> str:
    if action["status"] == "approved" and action["stalled"]:
        return "approved_but_stalled"
    return action["status"]


def amount(minor: int | None) -> float | None:
    """A JSON number in major units; absent stays null."""
    return None if minor is None else minor / 100


def _conditions(request: HttpRequest) -> Conditions:
    asked = Conditions()
    asked.add("bought_at >= ?", _day(request, "date_start"))
    asked.add("bought_at < ?", _day(request, "date_end", then=timedelta(days=1)))
    asked.add("closing_date >= ?", _date(request, "closing_date_start"))
    asked.add("closing_date <= ?", _date(request, "closing_date_end"))
    asked.add("status_updated >= ?", _moment(request, "status_updated_start"))
    asked.add("status_updated <= ?", _past_moment(request, "status_updated_end"))
    asked.add(f"{config.current().website} = ?", whole_number(request, "website"))
    asked.add("campaign_id = ?", whole_number(request, "campaign"))
    asked.add("id = ?", whole_number(request, "action_id"))
    asked.add("type = ?", request.GET.get("action_type") or None)
    asked.add("status = ?", _status(request))
    asked.add("(status <> 'pending') = ?", _flag(request, "processed"))
    asked.add("paid = ?", _flag(request, "paid"))
    for name in sales.SUB_IDS:
        asked.add(f"{name} = ?", request.GET.get(name) or None)
    asked.add("order_id = ?", request.GET.get("order_id") or None)
    return asked


def _ordering(request: HttpRequest) -> str:
    parts = []
    for name in request.GET.getlist("order_by"):
        column = ORDERINGS.get(name.removeprefix("-"))
        if column is None:
            raise bad_request(f"Cannot order by {name}")
        parts.append(f"{column} DESC" if name.startswith("-") else column)
    return ", ".join([*parts, "id"])


def _status(request: HttpRequest) -> str | None:
    number = whole_number(request, "status")
    if number is None:
        return None
    if number not in STATUSES:
        raise bad_request("status must be 1, 2 or 3")
    return STATUSES[number]


def _flag(request: HttpRequest, name: str) -> int | None:
    number = whole_number(request, name)
    if number not in (None, 0, 1):
        raise bad_request(f"{name} must be 0 or 1")
    return number


def _date(request: HttpRequest, name: str) -> str | None:
    moment = _parsed(request, name, DAY)
    return None if moment is None else moment.date().isoformat()


def _day(request: HttpRequest, name: str, then: timedelta = timedelta()) -> str | None:
    moment = _parsed(request, name, DAY)
    return None if moment is None else clock.stamp(moment + then)


def _moment(request: HttpRequest, name: str) -> str | None:
    moment = _parsed(request, name, MOMENT)
    return None if moment is None else clock.stamp(moment)


def _past_moment(request: HttpRequest, name: str) -> str | None:
    moment = _parsed(request, name, MOMENT)
    if moment is not None and moment > clock.now():
        raise bad_request(f"{name} is later than now")
    return None if moment is None else clock.stamp(moment)


def _parsed(request: HttpRequest, name: str, form: str) -> datetime | None:
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        moment = datetime.strptime(text, form)
    except ValueError as problem:
        raise bad_request(
            f"{name} must look like {datetime(2026, 1, 31, 13, 45).strftime(form)}"
        ) from problem
    if not 2000 <= moment.year < 2100:
        raise bad_request(f"{name} is not of this century")
    return moment
