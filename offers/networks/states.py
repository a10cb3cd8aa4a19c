"""The few words into which every network's words are translated. Part of the contract in `offers.networks.base`."""

from enum import StrEnum


class SaleStatus(StrEnum):
    """What the network says of a purchase. Whether it has *paid* us is a fact apart (`Sale.paid`)."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


class RateKind(StrEnum):
    PERCENT = "percent"
    FIXED = "fixed"


class CouponKind(StrEnum):
    CODE = "code"
    DEAL = "deal"


class OrderStanding(StrEnum):
    """What a network knows of an order, asked before anybody claims it."""

    OURS = "ours"
    COUNTED_ELSEWHERE = "counted_elsewhere"  # for another of its publishers
    UNKNOWN = "unknown"


class InquiryKind(StrEnum):
    """What is wrong with an order. The words are impact.com's."""

    UNTRACKED = "untracked"
    INCORRECT = "incorrect"
    DECLINED = "declined"


class InquiryState(StrEnum):
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
