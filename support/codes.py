"""Stable codes of the rooms below in words for agents: why a claim stands where it stands, what a flag means."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from support.claims.models import RejectReason

_Words = Mapping[str, str | Promise]

# From triage, from what the network said, from what people did.
_REASONS: _Words = {
    "already_credited": _("the purchase is credited already"),
    "already_confirmed": _("the purchase is confirmed already"),
    "already_pending": _("the purchase is there and waits for the shop"),
    "confirmation_overdue": _("the shop should have confirmed by now"),
    "partly_declined": _("a part of the order was declined"),
    "wrong_amount": _("the amounts differ"),
    "amount_is_right": _("the amount is right"),
    "unattributed_sale": _("a sale without a trip looks like this order"),
    "similar_sale": _("a similar sale stands under another number"),
    "order_of_another": _("somebody else has this order"),
    "claimed_before": _("paid on an earlier claim"),
    "claimed_again": _("claimed before by the same shopper"),
    "no_eligible_click": _("no trip before the order"),
    "order_before_click": _("ordered before the trip"),
    "later_click_elsewhere": _("a later trip from another storefront"),
    "too_early": _("too early to ask"),
    "too_late": _("too late to ask the network"),
    "takes_no_claims": _("the shop takes no claims"),
    "excluded_goods": _("goods without cashback"),
    "other_coupon": _("a promo code that is not ours"),
    "paid_by_gift_card": _("paid by gift card"),
    "paid_by_points": _("paid with the shop's points"),
    "bought_in_app": _("bought in the shop's app"),
    "declined_sale": _("the shop declined the purchase"),
    "declined_disputed": _("declined, but the receipt says otherwise"),
    "network_has_it": _("the network has the order"),
    "counted_elsewhere": _("the network counted it for another site"),
    "flagged": _("flagged: look twice"),
    "incomplete": _("something is missing"),
    "receipt_needed": _("the network asks for the receipt"),
    "lodge": _("nothing speaks against it"),
    "wrong_amount_to_person": _("an amount is for a person to judge"),
    "declined_to_person": _("a declined purchase is for a person to judge"),
    "late_confirm_to_person": _("a late confirmation is for a person to judge"),
    "payout_problem_to_person": _("a payout is for a person to judge"),
    "asked": _("we asked the shopper"),
    "answered": _("we answered"),
    "answer_accepted": _("the shopper left the answer as it is"),
    "contested": _("the shopper disagrees"),
    "information": _("the shopper has answered"),
    "opened": _("claim opened"),
    "taken": _("taken over by a person"),
    "looked_at_again": _("given back to the rules"),
    "agent": _("a person asked for it"),
    "ice_melted": _("the day had come"),
    "sale_arrived": _("the sale has arrived"),
    "sale": _("the sale has changed"),
    "similar": _("a similar sale has arrived"),
    "taken_back": _("the cashback was taken back"),
    "decision_due": _("the shop's day has passed"),
    "precheck": _("the network, asked first, says no"),
    "lodged": _("sent to the network"),
    "cannot_lodge": _("there is no way to ask the network"),
    "submitted": _("the network has it"),
    "network_agreed": _("the network agreed"),
    "network_refused": _("the network refused"),
    "network_silent": _("the network is silent"),
    "network_reminded": _("the network was reminded"),
    "grant_not_booked": _("granted, but not booked yet"),
    "appealed": _("appealed"),
    "goodwill_considered": _("goodwill considered"),
    "goodwill_asked": _("goodwill asked for"),
    "goodwill_refused": _("goodwill was refused"),
    "made_good": _("made good"),
    "no_answer_from_shopper": _("the shopper did not answer"),
    "withdrawn": _("taken back by the shopper"),
    "moved_on": _("moved on"),
    **{str(value): words for value, words in RejectReason.choices},
}

FLAGS: _Words = {
    "order_of_another": _("order of another shopper"),
    "receipt_seen_before": _("receipt seen on another's claim"),
    "receipt_used_twice": _("receipt used twice"),
}

# Why goodwill is not paid by itself, or not at all.
_WHY_NOT: _Words = {
    "no_policy": _("no goodwill policy in this currency"),
    "no_click": _("no trip stands behind it"),
    "not_enough_known": _("the expected cashback cannot be told"),
    "flagged": _("the claim is flagged"),
    "reason_not_allowed": _("not for this reason"),
    "new_shopper": _("no confirmed purchase yet"),
    "given_already": _("given for this claim already"),
    "above_policy": _("more than is paid at once"),
    "split": _("several for one shop within a week"),
    "over_30_days": _("more than a shopper may have in 30 days"),
    "over_life": _("more than a shopper may have in all"),
    "over_ratio": _("more than their confirmed cashback bears"),
    "cooling_down": _("the last one was days ago"),
    "budget_spent": _("the budget is spent"),
    "not_an_agent": _("only agents give goodwill"),
}

DECISIONS: _Words = {
    "answer": _("answer at once"),
    "ice": _("wait"),
    "ask": _("ask the shopper"),
    "review": _("a person looks"),
    "goodwill": _("make it good"),
    "lodge": _("ask the network"),
}


def reason(code: str) -> str:
    return _said(_REASONS, code)


def flag(code: str) -> str:
    return _said(FLAGS, code)


def why_not(code: str) -> str:
    return _said(_WHY_NOT, code)


def decision(code: str) -> str:
    return _said(DECISIONS, code)


def _said(words: _Words, code: str) -> str:
    """A code that nobody has put into words yet is shown as it is, readable."""
    return str(words[code]) if code in words else code.replace("_", " ")
