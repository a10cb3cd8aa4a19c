"""The operator's hand on lost orders and appeals: what the advertisers make of them."""

import sqlite3
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from cashback.sandbox import catalogue, claims, sales, store
from cashback.sandbox.api.claims import LONGEST_ORDER, row_of
from cashback.sandbox.api.statistics import amount
from cashback.sandbox.pages.control import (
    MAX_COMMENT,
    Body,
    Refusal,
    door,
    read_amount,
    read_body,
    read_flag,
    read_text,
)


def _lists(kind: str) -> Callable[[HttpRequest], Body]:
    def listing(request: HttpRequest) -> Body:
        rows = store.connection().execute("SELECT * FROM claim WHERE kind = ? ORDER BY id", (kind,))
        return {"data": [_truth(row) for row in rows]}

    return listing


def _shows(kind: str) -> Callable[..., Body]:
    return lambda request, claim_id: _truth(_known(claim_id, kind))


def _decides(kind: str) -> Callable[..., Body]:
    def decide(request: HttpRequest, claim_id: int) -> Body:
        """Yes, with an action of the network or straight to the balance; no; or undecided again."""
        body = read_body(request, {"status", "comment", "as_action", "reward", "subid4"})
        status = body.get("status")
        if status not in claims.STATUSES:
            raise Refusal(f"status is one of {', '.join(claims.STATUSES)}")
        as_action = read_flag(body, "as_action")
        decision = claims.Decision(
            status=status,
            comment=read_text(body, "comment", MAX_COMMENT),
            as_action=True if as_action is None else as_action,
            reward=read_amount(body, "reward"),
            subid4=read_text(body, "subid4", sales.SUB_ID_LENGTHS["subid4"]),
        )
        return _truth(claims.decide(_known(claim_id, kind), decision))

    return decide


def _show_receipt(request: HttpRequest, claim_id: int) -> HttpResponse:
    claim = _known(claim_id, claims.LOST_ORDER)
    return HttpResponse(claim["receipt"], content_type=claim["receipt_type"])


def _count_elsewhere(request: HttpRequest) -> Body:
    """Another publisher has been paid for this order."""
    body = read_body(request, {"campaign", "order_id"})
    campaign = catalogue.find(body.get("campaign"))
    if campaign is None:
        raise Refusal("campaign is the id or the slug of a programme")
    order_id = read_text(body, "order_id", LONGEST_ORDER)
    if not order_id:
        raise Refusal("order_id is needed")
    claims.count_elsewhere(campaign, order_id)
    return {"campaign": campaign.id, "order_id": order_id}


lost_orders = door(GET=_lists(claims.LOST_ORDER))
one_lost_order = door(GET=_shows(claims.LOST_ORDER), POST=_decides(claims.LOST_ORDER))
appeals = door(GET=_lists(claims.APPEAL))
one_appeal = door(GET=_shows(claims.APPEAL), POST=_decides(claims.APPEAL))
receipt = door(GET=_show_receipt)
counted_elsewhere = door(POST=_count_elsewhere)


def _known(claim_id: int, kind: str) -> sqlite3.Row:
    claim = claims.known(claim_id, kind)
    if claim is None:
        raise Refusal(f"There is no {kind.replace('_', ' ')} {claim_id}", 404)
    return claim


def _truth(claim: sqlite3.Row) -> Body:
    receipt: dict[str, Any] | None = None
    if claim["receipt"]:
        receipt = {
            "type": claim["receipt_type"],
            "bytes": len(claim["receipt"]),
            "sha256": claims.receipt_digest(claim),
        }
    return {
        **row_of(claim),
        "asked": claim["asked"],
        "receipt": receipt,
        "reward": amount(claim["reward"]),
        "credited": amount(claim["credited"]),
        "action_id": claim["action_id"],
    }
