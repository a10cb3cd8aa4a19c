"""What can happen to claims, by the names that doors call it."""

from support.claims.deciding import case_of, retriage
from support.claims.moves import ClaimMoved, IllegalMove, OrderIsOpen, move
from support.claims.opening import ClaimRefused, open_claim
from support.claims.outward import payload
from support.claims.staff import appeal, ask_goodwill, ask_info, link, lodge, look_again, reject, take
from support.claims.states import stage_of, stage_of_status
from support.claims.talking import add_information, contest, may_contest, withdraw
from support.claims.waking import wake_due

__all__ = [
    "ClaimMoved",
    "ClaimRefused",
    "IllegalMove",
    "OrderIsOpen",
    "add_information",
    "appeal",
    "ask_goodwill",
    "ask_info",
    "case_of",
    "contest",
    "link",
    "lodge",
    "look_again",
    "may_contest",
    "move",
    "open_claim",
    "payload",
    "reject",
    "retriage",
    "stage_of",
    "stage_of_status",
    "take",
    "wake_due",
    "withdraw",
]
