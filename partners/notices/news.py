"""What has become of a purchase between two of its events, as a shopper would put it."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.dateparse import parse_datetime

from cashback.lib.money import Money, to_minor
from partners.models import OutboxEvent


class What(StrEnum):
    """In the order in which a letter tells them."""

    CONFIRMED = "confirmed"
    AWAITING = "awaiting"
    TRACKED = "tracked"
    RAISED = "raised"
    REDUCED = "reduced"
    DECLINED = "declined"
    REOPENED = "reopened"

    @property
    def switch(self) -> str:
        """The name of the preference that it falls under."""
        if self in (What.CONFIRMED, What.AWAITING):
            return "confirmed"
        return "tracked" if self is What.TRACKED else "changed"


@dataclass(frozen=True, slots=True)
class Standing:
    """A purchase as one of its events says."""

    event_id: uuid.UUID
    status: str
    cashback: Money
    is_credited: bool
    shop: str
    reason: str
    expected_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """One purchase's news. `before` is what the cashback was, where it has changed; `reason` and `next_step` say why
    something was declined and what the shopper can do."""

    what: What
    shop: str
    cashback: Money
    before: Money | None = None
    reason: str = ""
    next_step: str = ""
    expected_at: datetime | None = None

    @property
    def was_recounted(self) -> bool:
        """Decided, and not for the amount that was reported at first."""
        return self.before is not None and self.what in (What.CONFIRMED, What.AWAITING)

    @property
    def is_less(self) -> bool:
        return self.before is not None and self.cashback.minor < self.before.minor


def _as_said(reason: str) -> tuple[str, str]:
    return reason, ""


_explain: list[Callable[[str], tuple[str, str]]] = [_as_said]


def explain_declines(explain: Callable[[str], tuple[str, str]]) -> None:
    """A higher room knows the networks' words: of a decline's reason it gives the plain words and the next step."""
    _explain[0] = explain


def standing(event: OutboxEvent) -> Standing:
    said: dict[str, Any] = event.payload
    cashback = said["cashback"]
    return Standing(
        event_id=event.pk,
        status=said["status"],
        cashback=Money(to_minor(Decimal(cashback["amount"]), cashback["currency"]), cashback["currency"]),
        is_credited=said["is_credited"],
        shop=said["merchant_name"],
        reason=said["decline_reason"],
        expected_at=parse_datetime(said["expected_at"]) if said["expected_at"] else None,
    )


def line(before: Standing | None, now: Standing) -> Line | None:
    """None where the shopper has nothing to learn: as it was, or there and back again."""
    what = _what(before, now)
    if what is None:
        return None
    is_decline = what is What.DECLINED
    reason, next_step = _explain[0](now.reason) if is_decline else ("", "")
    # Many a network reports a declined purchase with nothing in it: that is neither what was expected of it, nor what
    # a later decision is to be compared with.
    expected = before.cashback if before is not None and before.status != "declined" else None
    has_changed = expected is not None and expected != now.cashback and not is_decline
    return Line(
        what=what,
        shop=now.shop,
        cashback=expected if is_decline and expected is not None else now.cashback,
        before=expected if has_changed else None,
        reason=reason,
        next_step=next_step,
        expected_at=now.expected_at if what in (What.TRACKED, What.REOPENED) else None,
    )


def _what(before: Standing | None, now: Standing) -> What | None:
    was, was_credited = (before.status, before.is_credited) if before else ("", False)
    if now.status == "declined":
        return What.DECLINED if was != "declined" else None
    if now.is_credited and not was_credited:
        return What.CONFIRMED
    if now.status == "approved" and was != "approved":
        return What.AWAITING
    if before is None:
        return What.TRACKED
    if was_credited and not now.is_credited or was != now.status:
        return What.REOPENED
    if now.cashback.minor == before.cashback.minor:
        return None
    return What.REDUCED if now.cashback.minor < before.cashback.minor else What.RAISED
