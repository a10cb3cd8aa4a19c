"""The contract's part about claims: what a network is asked of an order, and what it answers. No Django, no app.

Times are aware, money is integer minor units with an ISO 4217 currency, as in `offers.networks.base`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from offers.networks.states import InquiryKind, InquiryState, OrderStanding, SaleStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCheck:
    """The network's word on one order. `sale_external_id` and `sale_status` are told of an order of ours only, and
    not by every network."""

    order_id: str
    standing: OrderStanding
    sale_external_id: str = ""
    sale_status: SaleStatus | None = None
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The shop's receipt for an order; `content_type` is one of the network's `ClaimRules.receipt_types`."""

    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRequest:
    """A question to the network about one order. `reference` is ours, unique, and what a repeat is known by.

    Amounts are in minor units of `currency`, which is the offer's; `reward_minor` is the commission that we expect.
    `sale_external_id` is the network's sale that a wrong amount or a decline is about, where we know it.
    """

    kind: InquiryKind
    reference: str
    offer_external_id: str
    order_id: str
    ordered_on: date
    sale_minor: int
    reward_minor: int
    currency: str
    comment: str
    receipt: Receipt | None = None
    sale_external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryWord:
    """What the network says of an inquiry now.

    `award_minor` is the commission that it grants, None where it does not say; `estimate_minor` is the one that it was
    asked for. `is_resolved` tells whether the network has closed the matter on its side, which it may do earlier or
    later than it decides. `reason` is the network's, in its own words, "" where it gave none.
    """

    kind: InquiryKind
    external_id: str
    reference: str
    offer_external_id: str
    order_id: str
    state: InquiryState
    currency: str
    is_resolved: bool
    award_minor: int | None
    estimate_minor: int | None
    created_at: datetime
    observed_at: datetime
    reason: str = ""
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """What the network asks of an inquiry, and what may be expected of its answer.

    `receipt_types` are those it takes, in our order of preference, and none if it takes no receipt. `oldest_order` and
    `appeal_within` count from the order and from the decline. `usual_answer` is our guess until its own answers have
    taught us better. `email` is where it takes claims by letter, "" where it does not.
    """

    needs_receipt: bool = False
    receipt_types: tuple[str, ...] = ()
    longest_receipt: int = 0
    longest_order_id: int = 100
    longest_comment: int = 500
    longest_reference: int = 60
    oldest_order: timedelta | None = None
    appeal_within: timedelta | None = None
    usual_answer: timedelta = timedelta(days=45)
    email: str = ""
