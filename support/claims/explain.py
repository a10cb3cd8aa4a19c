"""What the service answers for each decision of triage: found, next, by when, and the way to a person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from support.claims import words
from support.claims.models import Claim
from transactions.my_cashback import reasons

Evidence = Mapping[str, Any]
# What was found and what happens next.
Told = tuple[str, str]


def answered(claim: Claim, reason: str, evidence: Evidence, *, until: datetime | None) -> str:
    """The whole answer, where triage knows it."""
    with words.of(claim):
        found, then = _ANSWERS[reason](claim, evidence)
        return words.letter(found, then, _by(reason, until), words.talk_to_a_person())


def on_ice(claim: Claim, *, until: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _(
                "We see your trip to %(shop)s, and nothing speaks against your purchase. "
                "It is just early: shops report with a delay, and this purchase may still be on its way."
            )
            % {"shop": words.shop(claim)},
            _(
                "You need not come back: we keep your claim and look again ourselves. As soon as the purchase "
                "arrives we write to you, and if it does not, we go on with your claim on our own."
            ),
            _("We look again by %(day)s at the latest.") % {"day": words.day(until)},
            words.talk_to_a_person(),
        )


def asked(claim: Claim, missing: list[str], *, until: datetime) -> str:
    """`missing` are order_no, order_at, order_amount, receipt."""
    with words.of(claim):
        named = {
            "order_no": _("the order's number, as the shop writes it"),
            "order_at": _("the day of the order"),
            "order_amount": _("what you paid for the goods"),
            "receipt": _("the receipt or the shop's letter about the order, as a picture or PDF"),
        }
        lines = "\n".join(f"• {named[each]}" for each in missing)
        return words.letter(
            _("Nothing speaks against your purchase. To ask %(shop)s about it we still need:")
            % {"shop": words.shop(claim)},
            lines,
            _("Add it here, under your claim. We go on at once then."),
            _("We keep your claim open until %(day)s, and remind you before.") % {"day": words.day(until)},
            words.talk_to_a_person(),
        )


def reviewed(claim: Claim, reason: str, evidence: Evidence, *, by: datetime) -> str:
    """Goes to a person. What concerns others is never told: those reasons have no words of their own."""
    with words.of(claim):
        found = _DIAGNOSES.get(reason, _a_closer_look)(claim, evidence)
        return words.letter(found, _("We do not decide such things by machine."), words.a_person_has_it(by))


def lodged(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("Nothing speaks against your purchase; %(shop)s has just not reported it.")
            % {"shop": words.shop(claim)},
            _(
                "We pass your claim on to the shop. It looks the order up in its books, which usually takes a few "
                "weeks; there is nothing you need to do meanwhile."
            ),
            _("You will hear from us by %(day)s, with its answer or with how things stand.")
            % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def made_good(claim: Claim, minor: int) -> str:
    with words.of(claim):
        return words.letter(
            _("%(amount)s for %(order)s is in your balance now, from our own funds.")
            % {"amount": words.money(claim, minor), "order": words.order(claim)},
            _("There is nothing more you need to do. The rest is between %(shop)s and us.")
            % {"shop": words.shop(claim)},
            words.talk_to_a_person(),
        )


def _by(reason: str, until: datetime | None) -> str:
    if until is None:
        return ""
    if reason == "already_pending":
        return _("We expect the shop's decision by %(day)s, and write to you when it is there.") % {
            "day": words.day(until)
        }
    return _("We expect it by %(day)s, and write to you then.") % {"day": words.day(until)}


def _already_pending(claim: Claim, evidence: Evidence) -> Told:
    return (
        _sentences(
            _("%(shop)s has reported %(order)s: %(amount)s of cashback waits for the shop's decision.")
            % _sale(claim, evidence),
            _counted(claim, evidence),
        ),
        _(
            "There is nothing you need to do: once the shop is sure that nothing comes back, the cashback is yours."
        ),
    )


def _already_confirmed(claim: Claim, evidence: Evidence) -> Told:
    return (
        _sentences(
            _("%(shop)s has confirmed %(order)s, with %(amount)s of cashback.") % _sale(claim, evidence),
            _counted(claim, evidence),
        ),
        _("There is nothing you need to do: the cashback is yours as soon as the shop has paid for it."),
    )


def _already_credited(claim: Claim, evidence: Evidence) -> Told:
    return (
        _sentences(
            _("The cashback for %(order)s at %(shop)s, %(amount)s, is in your balance already.")
            % _sale(claim, evidence),
            _counted(claim, evidence),
        ),
        _("You will find it among your purchases."),
    )


def _amount_is_right(claim: Claim, evidence: Evidence) -> Told:
    return (
        _sentences(
            _("We have checked the sum again: %(amount)s is what the shop's terms give for %(order)s.")
            % _sale(claim, evidence),
            _counted(claim, evidence),
        ),
        _("The purchase's own page shows how it came about, step by step."),
    )


def _claimed_before(claim: Claim, evidence: Evidence) -> Told:
    return (
        _(
            "We have settled this order with you already, in your claim %(claim)s, and the money is in your balance."
        )
        % {"claim": evidence["claim"]},
        _("You will find the conversation about it among your claims."),
    )


def _excluded_goods(claim: Claim, _evidence: Evidence) -> Told:
    return (
        _("“%(goods)s” at %(shop)s earn no cashback. The shop's terms said so when you went there.")
        % {"goods": claim.goods, "shop": words.shop(claim)},
        _("If there were other goods in the order too, tell us which: those earn cashback."),
    )


def _other_coupon(claim: Claim, _evidence: Evidence) -> Told:
    return (
        _(
            "For the order the code %(code)s was used. %(shop)s pays cashback only with the codes that are listed here."
        )
        % {"code": claim.coupon_used, "shop": words.shop(claim)},
        _("Next time take a code from the shop's page here, and both count: the discount and the cashback."),
    )


def _paid_by_gift_card(claim: Claim, _evidence: Evidence) -> Told:
    return (
        _("%(shop)s pays no cashback for what is paid with a gift card.") % {"shop": words.shop(claim)},
        _("If a part of the order was paid by card or in cash, tell us how much: that part earns cashback."),
    )


def _paid_by_points(claim: Claim, _evidence: Evidence) -> Told:
    return (
        _("%(shop)s pays no cashback for what is paid with its own points.") % {"shop": words.shop(claim)},
        _("If a part of the order was paid by card or in cash, tell us how much: that part earns cashback."),
    )


def _bought_in_app(claim: Claim, _evidence: Evidence) -> Told:
    return (
        _("%(shop)s pays cashback for orders on its site, and none for those in its app.")
        % {"shop": words.shop(claim)},
        _("Next time stay in the browser that opens from here until you have paid."),
    )


def _declined_sale(claim: Claim, evidence: Evidence) -> Told:
    reason = reasons.explain(evidence.get("decline_reason", ""))
    return (
        _sentences(
            _("%(shop)s has declined %(order)s.") % {"shop": words.shop(claim), "order": words.order(claim)},
            str(reason.words),
        ),
        _sentences(
            str(reason.next_step),
            _("If you have a receipt that shows otherwise, add it here: we take it up with the shop."),
        ),
    )


_ANSWERS: Mapping[str, Callable[[Claim, Evidence], Told]] = {
    "already_pending": _already_pending,
    "already_confirmed": _already_confirmed,
    "already_credited": _already_credited,
    "amount_is_right": _amount_is_right,
    "claimed_before": _claimed_before,
    "excluded_goods": _excluded_goods,
    "other_coupon": _other_coupon,
    "paid_by_gift_card": _paid_by_gift_card,
    "paid_by_points": _paid_by_points,
    "bought_in_app": _bought_in_app,
    "declined_sale": _declined_sale,
}


def _a_closer_look(_claim: Claim, _evidence: Evidence) -> str:
    return _("We have looked through all that we know of your purchase, and it needs a closer look.")


def _no_eligible_click(claim: Claim, evidence: Evidence) -> str:
    days = evidence["attribution_days"]
    return ngettext(
        "Among your trips we see none to %(shop)s in the %(days)s day before the order.",
        "Among your trips we see none to %(shop)s in the %(days)s days before the order.",
        days,
    ) % {"shop": words.shop(claim), "days": days}


def _order_before_click(_claim: Claim, evidence: Evidence) -> str:
    return _(
        "As we have it, the order was made on %(ordered)s and the trip to the shop began on %(clicked)s. "
        "Shops count what is bought after the trip."
    ) % {"ordered": words.minute(evidence["ordered_at"]), "clicked": words.minute(evidence["clicked_at"])}


def _later_click_elsewhere(_claim: Claim, _evidence: Evidence) -> str:
    return _(
        "Shops count a purchase for the site from which one came to them last, and after your trip from here there "
        "may have been another."
    )


def _wrong_amount(claim: Claim, evidence: Evidence) -> str:
    counted, claimed = evidence.get("sale_minor"), evidence.get("claimed_minor")
    if counted is None or claimed is None:
        return _("We have %(order)s at %(shop)s, and look at how its amount came about.") % {
            "order": words.order(claim),
            "shop": words.shop(claim),
        }
    return _("We have %(order)s: %(shop)s counted it as %(counted)s, and you paid %(claimed)s.") % {
        "order": words.order(claim),
        "shop": words.shop(claim),
        "counted": words.money(claim, counted),
        "claimed": words.money(claim, claimed),
    }


def _partly_declined(claim: Claim, _evidence: Evidence) -> str:
    return _("We have %(order)s: %(shop)s has declined a part of it.") % {
        "order": words.order(claim),
        "shop": words.shop(claim),
    }


def _similar_sale(_claim: Claim, _evidence: Evidence) -> str:
    return _("On the same trip we have a purchase that may be this one, under another number.")


def _unattributed_sale(claim: Claim, _evidence: Evidence) -> str:
    return _("%(shop)s has reported a purchase that looks like yours, but not to whom it belongs.") % {
        "shop": words.shop(claim)
    }


def _confirmation_overdue(claim: Claim, evidence: Evidence) -> str:
    return _("%(shop)s has reported %(order)s and should have decided by %(day)s. It has not.") % {
        "shop": words.shop(claim),
        "order": words.order(claim),
        "day": words.day(evidence["expected_at"]),
    }


def _declined_disputed(claim: Claim, evidence: Evidence) -> str:
    reason = reasons.explain(evidence.get("decline_reason", ""))
    return _sentences(
        _("%(shop)s has declined %(order)s.") % {"shop": words.shop(claim), "order": words.order(claim)},
        str(reason.words),
        _("You have shown us otherwise, so we take it up."),
    )


def _too_late(claim: Claim, evidence: Evidence) -> str:
    return _("%(shop)s took claims for this order until %(day)s. We do not leave it at that.") % {
        "shop": words.shop(claim),
        "day": words.day(evidence["claims_until"]),
    }


def _takes_no_claims(claim: Claim, _evidence: Evidence) -> str:
    return _("%(shop)s takes no claims, so nobody can ask it. We do not leave it at that.") % {
        "shop": words.shop(claim)
    }


def _payout(_claim: Claim, _evidence: Evidence) -> str:
    return _("We look up what became of your payout.")


_DIAGNOSES: Mapping[str, Callable[[Claim, Evidence], str]] = {
    "no_eligible_click": _no_eligible_click,
    "order_before_click": _order_before_click,
    "later_click_elsewhere": _later_click_elsewhere,
    "wrong_amount": _wrong_amount,
    "partly_declined": _partly_declined,
    "similar_sale": _similar_sale,
    "unattributed_sale": _unattributed_sale,
    "confirmation_overdue": _confirmation_overdue,
    "declined_disputed": _declined_disputed,
    "too_late": _too_late,
    "takes_no_claims": _takes_no_claims,
    "payout_problem_to_person": _payout,
}


def _sale(claim: Claim, evidence: Evidence) -> dict[str, str]:
    return {
        "shop": words.shop(claim),
        "order": words.order(claim),
        "amount": words.money(claim, evidence["cashback_minor"]),
    }


def _counted(claim: Claim, evidence: Evidence) -> str:
    """Why the shop counts less than was paid, where that is known."""
    if evidence.get("counted_without") != "vat":
        return ""
    return _("The shop counts without VAT: %(counted)s of the %(claimed)s that you paid.") % {
        "counted": words.money(claim, evidence["sale_minor"]),
        "claimed": words.money(claim, evidence["claimed_minor"]),
    }


def _sentences(*said: str) -> str:
    return " ".join(each for each in said if each)
