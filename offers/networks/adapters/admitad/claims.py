"""Admitad's lost orders and appeals: purchases that it has not counted, and those that it has declined.

A lost order and an appeal are rows of one shape at two addresses. Their amounts are numbers in the one and text in the
other, and their `appeal_id` is our reference, whichever of the two it is. Fields that no document says for certain are
marked [U].
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cashback.lib.http import Refused, Upload
from cashback.lib.money import Money
from offers.networks.adapters.admitad.account import Account, QuestionRefused
from offers.networks.adapters.admitad.reading import MOSCOW
from offers.networks.base import (
    ClaimRules,
    InquiryKind,
    InquiryRequest,
    InquiryState,
    InquiryWord,
    OrderCheck,
    OrderStanding,
    SaleStatus,
    Unreadable,
)
from offers.networks.fields import Fields

MOST_CHECKED = 20
# developers.admitad.com, "Lost orders": what a request may hold, and until when it is taken.
RULES = ClaimRules(
    needs_receipt=True,
    receipt_types=("image/jpeg", "image/png", "application/pdf"),
    longest_receipt=5 * 1024 * 1024,  # [U]
    longest_order_id=100,
    longest_comment=512,
    longest_reference=100,
    oldest_order=timedelta(days=150),
    appeal_within=timedelta(days=180),  # "6 months after the decline"
    usual_answer=timedelta(days=45),
)

_READ, _MANAGE = "lost_orders", "manage_lost_orders"
_PLACES = {InquiryKind.UNTRACKED: "/lost_orders/", InquiryKind.DECLINED: "/appeals/"}
_STATES = {
    "processing": InquiryState.PROCESSING,
    "accepted": InquiryState.ACCEPTED,
    "rejected": InquiryState.REJECTED,
}
_RESOLUTIONS = {"": False, "processing": False, "resolved": True}
_STANDINGS = {
    "owner": OrderStanding.OURS,
    "already_counted": OrderStanding.COUNTED_ELSEWHERE,
    "does_not_exist": OrderStanding.UNKNOWN,
}
_SALE_STATUSES = {
    "pending": SaleStatus.PENDING,
    "approved": SaleStatus.APPROVED,
    "approved_but_stalled": SaleStatus.APPROVED,
    "declined": SaleStatus.DECLINED,
}
_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}
_LONGEST_REASON = 300


class Claims:
    """The claims of one ad space."""

    def __init__(self, account: Account, *, website: str) -> None:
        self._account = account
        self._website = website

    def check(self, *, offer_external_id: str, order_ids: Sequence[str]) -> Sequence[OrderCheck]:
        """In the order asked. An order that the answer leaves out is one that nobody knows how to read."""
        params = [("website", self._website), ("advcampaign", offer_external_id)]  # [U]: both may be ignored
        params += [("order_id", order_id) for order_id in order_ids[:MOST_CHECKED]]
        answer = self._account.get("/lost_orders/payments_info/", scope=_READ, params=params)
        told = {check.order_id: check for check in map(_read_check, Fields(answer).each("order_info"))}
        missing = [order_id for order_id in order_ids if order_id not in told]
        if missing:
            raise Unreadable("order_info", missing[0], "is not told of an order that was asked", raw=answer)
        return [told[order_id] for order_id in order_ids]

    def send(self, request: InquiryRequest, *, at: datetime) -> InquiryWord:
        """[U]: that an appeal takes the fields of a lost order, whose shape it has; it needs no receipt."""
        amount = Money(request.sale_minor, request.currency).as_json()["amount"]
        reward = Money(request.reward_minor, request.currency).as_json()["amount"]
        form = {
            "advcampaign": request.offer_external_id,
            "website": self._website,
            "order_id": request.order_id,
            "order_date": request.ordered_on.strftime("%d.%m.%Y"),
            "order_price": amount,
            "estimated_reward": reward,
            "comment": request.comment,
            "appeal_id": request.reference,
        }
        files = {}
        if request.receipt:
            kind = request.receipt.content_type
            files["receipt"] = Upload(f"receipt.{_ENDINGS[kind]}", kind, request.receipt.content)
        answer = self._account.post(
            f"{_place(request.kind)}create/", scope=_MANAGE, data=form, files=files or None
        )
        return read_inquiry(answer, kind=request.kind, observed_at=at)

    def find(self, *, kind: InquiryKind, reference: str, at: datetime) -> InquiryWord | None:
        """The latest under our reference. Where the filter is not taken, the whole list is looked through."""
        try:
            found = self._under(reference, kind=kind, params=[("appeal_id", reference)], at=at)
        except QuestionRefused:  # one mirror of the documents calls `appeal_id` a number
            found = self._under(reference, kind=kind, params=[], at=at)
        return max(found, key=lambda word: word.created_at, default=None)

    def list(self, *, kind: InquiryKind, since: datetime, at: datetime) -> Iterator[InquiryWord | Unreadable]:
        start = ("start_date", since.astimezone(MOSCOW).strftime("%d.%m.%Y"))
        for row in self._rows(kind, [start]):
            try:
                yield read_inquiry(row, kind=kind, observed_at=at)
            except Unreadable as unreadable:
                unreadable.raw = row
                yield unreadable

    def withdraw(self, *, kind: InquiryKind, external_id: str) -> None:
        self._account.delete(f"{_place(kind)}{external_id}/decline/", scope=_MANAGE)

    def _under(
        self, reference: str, *, kind: InquiryKind, params: Sequence[tuple[str, str]], at: datetime
    ) -> Sequence[InquiryWord]:
        """Only rows of ours are read: another's that is new to us must not hide the answer."""
        ours = (row for row in self._rows(kind, params) if _reference(row) == reference)
        return [read_inquiry(row, kind=kind, observed_at=at) for row in ours]

    def _rows(self, kind: InquiryKind, params: Sequence[tuple[str, str]]) -> Iterator[Any]:
        yield from self._account.rows(_place(kind), scope=_READ, params=[("website", self._website), *params])


def read_inquiry(raw: Any, *, kind: InquiryKind, observed_at: datetime) -> InquiryWord:
    row = Fields(raw)
    currency = row.currency("currency")
    state = row.word("status", _STATES)
    # Until it is decided, the comment may be our own.
    reason = row.text_or_blank("comment")[:_LONGEST_REASON] if state is not InquiryState.PROCESSING else ""
    return InquiryWord(
        kind=kind,
        external_id=row.number_id("id"),
        reference=row.text_or_blank("appeal_id"),
        offer_external_id=row.one("advcampaign").number_id("id"),
        order_id=row.text("order_id"),
        state=state,
        currency=currency,
        is_resolved=row.word("appeal_status", _RESOLUTIONS) if row.raw.get("appeal_status") else False,
        award_minor=row.minor_or_none("reward", currency),
        estimate_minor=row.minor_or_none("estimated_reward", currency),
        created_at=row.moment("date_created", MOSCOW),
        observed_at=observed_at,
        reason=reason,
        raw=row.raw,
    )


def _place(kind: InquiryKind) -> str:
    if kind not in _PLACES:
        raise Refused(f"Admitad's API takes no inquiry of the kind {kind}.")
    return _PLACES[kind]


def _read_check(row: Fields) -> OrderCheck:
    standing = row.word("status", _STANDINGS)
    is_ours = standing is OrderStanding.OURS
    return OrderCheck(
        order_id=row.text("order_id"),
        standing=standing,
        sale_external_id=row.number_id("payment_id") if is_ours else "",
        sale_status=row.word("payment_status", _SALE_STATUSES) if is_ours else None,
        raw=row.raw,
    )


def _reference(row: Any) -> str:
    return str(row.get("appeal_id") or "") if isinstance(row, Mapping) else ""
