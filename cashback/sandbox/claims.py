"""Lost orders and appeals: what a publisher asks of the network about one order, and what becomes of it.

The rules are Admitad's: a lost order is of a sale at a programme with that tool, not counted yet and at most 150 days
old; an appeal is against a decline at most six months old; and one request about an order is open at a time.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cashback.sandbox import clock, sales, store
from cashback.sandbox.faults import weather
from cashback.sandbox.programmes import Campaign

LOST_ORDER, APPEAL = "lost_order", "appeal"
STATUSES = ("processing", "accepted", "rejected")
APPEAL_STATUSES = ("processing", "resolved")
OLDEST_ORDER = timedelta(days=150)
OLDEST_DECLINE = timedelta(days=183)
LARGEST_RECEIPT = 5 * 1024 * 1024
_BEGINNINGS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"%PDF-": "application/pdf"}


class Unacceptable(Exception):
    """The network does not take the request; the message says why."""


@dataclass(frozen=True)
class Asked:
    """A request as it was sent. Amounts are minor units of the programme's currency."""

    kind: str
    campaign: Campaign
    order_id: str
    order_date: date
    order_price: int
    estimated_reward: int | None
    comment: str
    reference: str
    receipt: bytes | None = None


@dataclass(frozen=True)
class Decision:
    """What the advertiser makes of a request: with an action of the network, or straight to the balance. None of
    `reward` gives the estimate, or what the tariff pays."""

    status: str
    comment: str | None = None
    as_action: bool = True
    reward: int | None = None
    subid4: str | None = None


def sniffed(content: bytes) -> str:
    """The type by the file's first bytes; "" for one that is not taken."""
    return next((kind for start, kind in _BEGINNINGS.items() if content.startswith(start)), "")


def submit(asked: Asked) -> sqlite3.Row:
    """The request is stored, with its receipt, and waits for the advertiser. Raises Unacceptable."""
    _check_receipt(asked)
    with store.transaction() as db:
        if asked.kind == LOST_ORDER:
            _check_lost_order(asked)
        else:
            _check_appeal(asked)
        _check_doubles(asked)
        values: dict[str, Any] = {
            "kind": asked.kind,
            "campaign_id": asked.campaign.id,
            "order_id": asked.order_id,
            "order_date": asked.order_date.isoformat(),
            "order_price": asked.order_price,
            "estimated_reward": asked.estimated_reward,
            "asked": asked.comment,
            "reference": asked.reference,
            "receipt": asked.receipt,
            "receipt_type": sniffed(asked.receipt or b""),
            "created_at": clock.stamp(clock.now()),
        }
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        claim_id = db.execute(
            f"INSERT INTO claim ({columns}) VALUES ({marks})",  # noqa: S608
            tuple(values.values()),
        ).lastrowid
    return existing(claim_id)


def existing(claim_id: int) -> sqlite3.Row:
    return store.connection().execute("SELECT * FROM claim WHERE id = ?", (claim_id,)).fetchone()


def known(claim_id: int, kind: str) -> sqlite3.Row | None:
    if claim_id > store.LARGEST_ID:
        return None
    return store.find("SELECT * FROM claim WHERE id = ? AND kind = ?", claim_id, kind)


def resolve(claim_id: int, appeal_status: str) -> sqlite3.Row:
    """The publisher says whether the matter is closed for him."""
    with store.transaction() as db:
        db.execute("UPDATE claim SET appeal_status = ? WHERE id = ?", (appeal_status, claim_id))
    return existing(claim_id)


def withdraw(claim_id: int) -> None:
    """The publisher takes his request back. Raises Unacceptable once it is decided."""
    with store.transaction() as db:
        changed = db.execute(
            "UPDATE claim SET status = 'rejected', appeal_status = 'resolved', comment = 'Withdrawn'"
            " WHERE id = ? AND status = 'processing'",
            (claim_id,),
        ).rowcount
    if not changed:
        raise Unacceptable("The request has been decided")


def decide(claim: sqlite3.Row, decision: Decision) -> sqlite3.Row:
    """The request is as the advertiser says, and so are the action and the balance that hang on it."""
    values: dict[str, Any] = {"status": decision.status, "credited": 0, "reward": None}
    values["appeal_status"] = "processing" if decision.status == "processing" else "resolved"
    if decision.comment is not None:
        values["comment"] = decision.comment
    if decision.status == "accepted":
        values["reward"] = reward = _reward(claim, decision)
        if decision.as_action or claim["action_id"] is not None:
            values["action_id"] = _count(claim, decision, reward)
        else:
            values["credited"] = reward
    elif claim["action_id"] is not None and claim["status"] == "accepted":
        sales.change(claim["action_id"], sales.Change(status="declined", comment=decision.comment))
    assignments = ", ".join(f"{name} = ?" for name in values)
    with store.transaction() as db:
        db.execute(f"UPDATE claim SET {assignments} WHERE id = ?", (*values.values(), claim["id"]))  # noqa: S608
    return existing(claim["id"])


def standing(order_id: str, campaign: Campaign | None) -> tuple[str, sqlite3.Row | None]:
    """Whose an order is: "owner" with our action, "already_counted" for another publisher, or "does_not_exist"."""
    action = action_of(order_id, campaign)
    if action is not None:
        return "owner", action
    where, values = _at(campaign)
    elsewhere = store.find(
        f"SELECT 1 FROM counted_elsewhere WHERE order_id = ?{where}",  # noqa: S608
        order_id,
        *values,
    )
    return ("already_counted" if elsewhere else "does_not_exist"), None


def action_of(order_id: str, campaign: Campaign | None) -> sqlite3.Row | None:
    where, values = _at(campaign)
    return store.find(
        f"SELECT * FROM action WHERE order_id = ?{where} ORDER BY id DESC LIMIT 1",  # noqa: S608
        order_id,
        *values,
    )


def count_elsewhere(campaign: Campaign, order_id: str) -> None:
    """Another publisher has been paid for the order."""
    with store.transaction() as db:
        db.execute("INSERT OR IGNORE INTO counted_elsewhere VALUES (?, ?)", (campaign.id, order_id))


def receipt_digest(claim: sqlite3.Row) -> str:
    return hashlib.sha256(claim["receipt"]).hexdigest() if claim["receipt"] else ""


def _at(campaign: Campaign | None) -> tuple[str, tuple[int, ...]]:
    return (" AND campaign_id = ?", (campaign.id,)) if campaign else ("", ())


def _check_receipt(asked: Asked) -> None:
    if asked.receipt is None:
        if asked.kind == LOST_ORDER:
            raise Unacceptable("receipt is needed: a JPEG, PNG or PDF file")
        return
    if len(asked.receipt) > LARGEST_RECEIPT:
        raise Unacceptable(f"receipt is larger than {LARGEST_RECEIPT} bytes")
    if not sniffed(asked.receipt):
        raise Unacceptable("receipt is not a JPEG, PNG or PDF file")


def _check_lost_order(asked: Asked) -> None:
    today = clock.now().date()
    if not asked.campaign.has_lost_orders:
        raise Unacceptable("The programme does not take lost orders")
    if asked.order_date > today:
        raise Unacceptable("order_date is later than today")
    if today - asked.order_date > OLDEST_ORDER:
        raise Unacceptable(f"The order is older than {OLDEST_ORDER.days} days")
    whose, _ = standing(asked.order_id, asked.campaign)
    if whose != "does_not_exist":
        raise Unacceptable("The order has been counted already")


def _check_appeal(asked: Asked) -> None:
    action = action_of(asked.order_id, asked.campaign)
    if action is None:
        raise Unacceptable("The order is not one of yours")
    if action["status"] != "declined":
        raise Unacceptable("The order is not declined")
    declined_at = datetime.strptime(action["status_updated"], clock.STAMP)
    if clock.now() - declined_at > OLDEST_DECLINE:
        raise Unacceptable("The order was declined more than six months ago")


def _check_doubles(asked: Asked) -> None:
    if weather.faults.accept_doubles:
        return
    open_one = store.find(
        "SELECT 1 FROM claim WHERE campaign_id = ? AND order_id = ? AND status = 'processing'",
        asked.campaign.id,
        asked.order_id,
    )
    if open_one:
        raise Unacceptable("A request about this order is open")


def _reward(claim: sqlite3.Row, decision: Decision) -> int:
    if decision.reward is not None:
        return decision.reward
    if claim["estimated_reward"] is not None:
        return claim["estimated_reward"]
    campaign = sales.campaign_of(claim)
    owed, _ = campaign.default_tariff.payment(claim["order_price"], on=clock.now().date())
    return owed


def _count(claim: sqlite3.Row, decision: Decision, reward: int) -> int:
    """The action of the order, approved: the one that there is, or a new one by the click of that sub-id, if any."""
    campaign = sales.campaign_of(claim)
    action = action_of(claim["order_id"], campaign)
    if action is None:
        order = sales.Order(
            campaign=campaign, cart=claim["order_price"], payment=reward, order_id=claim["order_id"]
        )
        came_by = sales.latest_click(decision.subid4, campaign) if decision.subid4 else None
        action = sales.place(order, came_by=came_by, sub_ids={"subid4": decision.subid4})
    payment = reward if claim["kind"] == LOST_ORDER or decision.reward is not None else None
    sales.change(action["id"], sales.Change(status="approved", payment=payment))
    return action["id"]
