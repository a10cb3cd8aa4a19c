"""What happens at the advertisers': clicks arrive, orders are placed, minds are changed.

`status_updated` is the second of the change, as at Admitad: two changes of one action may share a second,
and an action may change in a second that a report has already covered. Who polls must overlap his windows.
"""

import json
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from cashback.sandbox import catalogue, clock, config, postbacks, store
from cashback.sandbox.programmes import Campaign, Rate, Tariff

SUB_IDS = ("subid", "subid1", "subid2", "subid3", "subid4")
# What Admitad's help centre promises to keep of each; the rest is cut off.
SUB_ID_LENGTHS = {"subid": 50, "subid1": 50, "subid2": 50, "subid3": 50, "subid4": 120}


@dataclass(frozen=True)
class Order:
    """A basket that was paid for. `cart` and `payment` are minor units; a payment overrules the tariff."""

    campaign: Campaign
    cart: int
    items: tuple[dict[str, Any], ...] = ()
    tariff: Tariff | None = None
    payment: int | None = None
    order_id: str | None = None


@dataclass(frozen=True)
class Change:
    """What the advertiser says anew; None leaves a thing as it is."""

    status: str | None = None
    payment: int | None = None
    cart: int | None = None
    paid: bool | None = None
    stalled: bool | None = None
    comment: str | None = None


def record_click(campaign: Campaign, sub_ids: dict[str, str | None], *, user_agent: str, referer: str) -> str:
    """The click is remembered; its uid travels to the shop."""
    uid = secrets.token_hex(16)
    values = (sub_ids.get(name) for name in SUB_IDS)
    with store.transaction() as db:
        db.execute(
            "INSERT INTO click VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (uid, campaign.id, *values, user_agent, referer, clock.stamp(clock.now())),
        )
    return uid


def click(uid: str, campaign: Campaign) -> sqlite3.Row | None:
    return store.find("SELECT * FROM click WHERE uid = ? AND campaign_id = ?", uid, campaign.id)


def latest_click(subid4: str, campaign: Campaign) -> sqlite3.Row | None:
    return store.find(
        "SELECT * FROM click WHERE subid4 = ? AND campaign_id = ? ORDER BY clicked_at DESC, uid LIMIT 1",
        subid4,
        campaign.id,
    )


def place(
    order: Order, *, came_by: sqlite3.Row | None, sub_ids: dict[str, str | None] | None = None
) -> sqlite3.Row:
    """The order is an action of the network, pending, and its postback is on its way.

    Sub-ids and times are those of the click; without a click they are as given, and the click was just now.
    """
    now = clock.now()
    told = {name: came_by[name] for name in SUB_IDS} if came_by else (sub_ids or {})
    with store.transaction() as db:
        action_id = _insert(db, order, told, came_by, now)
    action = existing(action_id)
    postbacks.announce(postback_parameters(action))
    return action


def change(action_id: int, new: Change) -> sqlite3.Row | None:
    """The action is as the advertiser now says, its status time is now, and its postback is on its way."""
    with store.transaction() as db:
        old = store.find("SELECT * FROM action WHERE id = ?", action_id)
        if old is None:
            return None
        values = _changed(old, new)
        assignments = ", ".join(f"{name} = ?" for name in values)
        db.execute(f"UPDATE action SET {assignments} WHERE id = ?", (*values.values(), action_id))  # noqa: S608
    action = existing(action_id)
    postbacks.announce(postback_parameters(action))
    return action


def existing(action_id: int) -> sqlite3.Row:
    return store.connection().execute("SELECT * FROM action WHERE id = ?", (action_id,)).fetchone()


def known(action_id: int) -> sqlite3.Row | None:
    return existing(action_id) if action_id <= store.LARGEST_ID else None


def campaign_of(action: sqlite3.Row) -> Campaign:
    return catalogue.campaigns()[action["campaign_id"]]


def money(minor: int | None) -> str:
    """As Admitad prints an amount: "104.66"; nothing where nothing is known."""
    return "" if minor is None else f"{Decimal(minor) / 100:.2f}"


def postback_parameters(action: sqlite3.Row) -> dict[str, str]:
    """Admitad's table of parameters; here `admitad_id` is the action's id and `action_id` the tariff's."""
    campaign = campaign_of(action)
    goal, _ = campaign.tariff(action["tariff_id"])
    return {
        "offer_id": str(campaign.id),
        "offer_name": campaign.name,
        "admitad_id": str(action["id"]),
        "website_name": config.current().website_name,
        "website_id": str(config.current().website),
        **{name: action[name] or "" for name in SUB_IDS},
        "action": goal.name,
        "action_id": str(action["tariff_id"]),
        "payment_sum": money(action["payment"]),
        "payment_status": _postback_status(action),
        "currency": campaign.currency,
        "order_id": action["order_id"],
        "order_sum": money(action["cart"]),
        "click_time": str(clock.unix(action["clicked_at"])),
        "time": str(clock.unix(action["bought_at"])),
        "conversion_time": str(conversion_seconds(action)),
        "type": goal.type,
        "country_code": campaign.regions[0] if campaign.regions[0] != "00" else "",
        "user_agent": action["user_agent"],
        "user_referer": action["referer"] or "",
        "reward_ready": "true" if action["paid"] else "false",
    }


def conversion_seconds(action: sqlite3.Row) -> int:
    return clock.unix(action["bought_at"]) - clock.unix(action["clicked_at"])


def _postback_status(action: sqlite3.Row) -> str:
    # The first hold is "new"; "pending" means that a confirmed action went back on hold.
    if action["status"] == "pending" and not action["confirmed_before"]:
        return "new"
    return action["status"]


def _insert(
    db: sqlite3.Connection,
    order: Order,
    sub_ids: dict[str, str | None],
    came_by: sqlite3.Row | None,
    now: datetime,
) -> int:
    campaign = order.campaign
    tariff = order.tariff or campaign.default_tariff
    owed, rate = tariff.payment(order.cart, on=now.date())
    payment = owed if order.payment is None else order.payment
    values = {
        "order_id": order.order_id or "",
        "campaign_id": campaign.id,
        "tariff_id": tariff.id,
        "type": campaign.tariff(tariff.id)[0].type,
        **{name: sub_ids.get(name) for name in SUB_IDS},
        "user_agent": came_by["user_agent"] if came_by else "",
        "referer": came_by["referer"] if came_by else None,
        "status": "pending",
        "payment": payment,
        "cart": order.cart if campaign.reports_cart else None,
        "positions": json.dumps(_positions(order, tariff, rate, payment, now), ensure_ascii=False),
        "clicked_at": came_by["clicked_at"] if came_by else clock.stamp(now),
        "bought_at": clock.stamp(now),
        "closing_date": (now + timedelta(days=campaign.hold_days)).date().isoformat(),
        "status_updated": clock.stamp(now),
    }
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    action_id = db.execute(
        f"INSERT INTO action ({columns}) VALUES ({marks})",  # noqa: S608
        tuple(values.values()),
    ).lastrowid
    if order.order_id is None:
        number = f"{campaign.order_prefix}{action_id % 1_000_000_000}"
        db.execute("UPDATE action SET order_id = ? WHERE id = ?", (number, action_id))
    return action_id


def _changed(old: sqlite3.Row, new: Change) -> dict[str, Any]:
    values: dict[str, Any] = {"status_updated": clock.stamp(clock.now())}
    if new.status is not None:
        values |= {"status": new.status, "stalled": 0}
        if new.status != "pending":
            values["confirmed_before"] = 1
    if new.stalled is not None:
        values["stalled"] = int(new.stalled)
    if new.paid is not None:
        values["paid"] = int(new.paid)
    if new.comment is not None:
        values["comment"] = new.comment or None
    if new.cart is not None or new.payment is not None:
        values |= _revalued(old, new)
    return values


def _revalued(old: sqlite3.Row, new: Change) -> dict[str, Any]:
    """A smaller or larger basket earns by its own tariff again, unless the payment is named too."""
    campaign = campaign_of(old)
    _, tariff = campaign.tariff(old["tariff_id"])
    cart = old["cart"] if new.cart is None else new.cart
    payment, when = new.payment, datetime.strptime(old["bought_at"], clock.STAMP)
    owed, rate = tariff.payment(cart or 0, on=when.date())
    if payment is None:
        payment = owed
    order = Order(campaign=campaign, cart=cart or 0)
    positions = _positions(order, tariff, rate, payment, when)
    return {
        "payment": payment,
        "cart": cart if campaign.reports_cart else None,
        "positions": json.dumps(positions, ensure_ascii=False),
    }


def _positions(
    order: Order, tariff: Tariff, rate: Rate, payment: int, when: datetime
) -> list[dict[str, Any]]:
    """The lines of the basket with their part of the payment; one nameless line where the basket is unknown.

    A programme that does not tell its carts tells no lines either.
    """
    if not order.campaign.reports_cart:
        return []
    items = order.items or ({"amount": order.cart},)
    parts = _parts(payment, [item["amount"] for item in items])
    return [
        {
            "id": secrets.randbelow(900_000_000) + 100_000_000,
            "tariff_id": tariff.id,
            "datetime": clock.stamp(when),
            "amount": money(item["amount"]),
            "payment": money(part),
            "rate": f"{rate.size:.2f}",
            "rate_id": rate.id,
            "percentage": rate.is_percentage,
            "product_url": item.get("url", ""),
            "product_id": item.get("id", ""),
            "product_image": "",
            "product_name": item.get("name", ""),
            "product_category_id": "",
            "product_category_name": "",
        }
        for item, part in zip(items, parts, strict=True)
    ]


def _parts(whole: int, weights: list[int]) -> list[int]:
    """The whole shared out by weight; the last part takes what rounding left."""
    total = sum(weights) or 1
    parts = [
        int((Decimal(whole) * weight / total).quantize(Decimal(1), ROUND_HALF_UP)) for weight in weights[:-1]
    ]
    return [*parts, whole - sum(parts)]
