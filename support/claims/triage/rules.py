"""The fourteen rules, in their order: the first decisive one decides. What hurts the shopper in money goes to a person;
what helps is done at once. Pure functions of the facts."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from offers.networks.base import OrderStanding
from support.claims.models import BoughtIn, Kind, PaidWith, Status
from support.claims.triage import expected, facts
from support.claims.triage.facts import GRACE, SKEW, Facts, SaleSeen
from support.claims.triage.verdicts import Decision, Verdict, decisive, passed, undecided

Rule = Callable[[Facts], Verdict]

# Changes whenever a rule does, so that runs of different rules are never measured as one.
RULESET = "2026-11-26"
# Shares of VAT by which a shop may count less than was paid (Russia: 20 %, 22 % from 2026, 10 %).
_VAT = (Decimal(20), Decimal(22), Decimal(10))


def already_ours(seen: Facts) -> Verdict:
    """1. The purchase is among ours: by its number, or as the one sale of the trip with its day and amount."""
    found = facts.mine(seen)
    alive = [sale for sale in found if not sale.is_declined]
    if alive:
        return _state_of(seen, alive, declined=len(found) - len(alive))
    if found:
        return passed(declined=_told(found))
    if seen.kind != Kind.UNTRACKED:
        return passed()
    if waiting := facts.unattributed(seen):
        return decisive(Decision.REVIEW, "unattributed_sale", sales=_told(waiting))
    if alike := facts.similar(seen):
        return decisive(Decision.REVIEW, "similar_sale", sales=_told(alike))
    return passed(sales_of_the_shop=len([sale for sale in seen.sales if sale.is_mine]))


def duplicate(seen: Facts) -> Verdict:
    """2. The order is claimed or credited already: by the same shopper, or by another, which only staff may know."""
    sales = facts.of_others(seen)
    theirs = [claim for claim in seen.claims if not claim.is_mine]
    if sales or theirs:
        return decisive(
            Decision.REVIEW,
            "order_of_another",
            flags=("order_of_another",),
            sales=_told(sales),
            claims=[claim.number for claim in theirs],
        )
    own = [claim for claim in seen.claims if claim.is_mine and claim.status != Status.WITHDRAWN]
    if not own:
        return passed()
    paid = [claim for claim in own if claim.status in (Status.CREDITED, Status.COMPENSATED)]
    if paid and seen.kind == Kind.UNTRACKED:
        return decisive(Decision.ANSWER, "claimed_before", claim=paid[0].number, status=paid[0].status)
    return decisive(Decision.REVIEW, "claimed_again", claims=[claim.number for claim in own])


def no_eligible_click(seen: Facts) -> Verdict:
    """3. No trip to the shop in the time before the order that trips count for."""
    if seen.kind != Kind.UNTRACKED:
        return passed()
    if seen.order_until is None:
        return undecided(missing="order_at")
    if click := seen.eligible_click:
        return passed(click=str(click.id), clicked_at=click.at)
    if _later_clicks(seen):
        return passed(clicks_after_the_order=len(_later_clicks(seen)))
    return decisive(
        Decision.REVIEW,
        "no_eligible_click",
        clicks=[{"id": str(click.id), "at": click.at} for click in seen.clicks],
        attribution_days=seen.attribution.days,
        ordered_at=seen.order_from,
        advice="goodwill",
    )


def order_before_click(seen: Facts) -> Verdict:
    """4. The order was made before the trip, by more than clocks may differ."""
    if seen.kind != Kind.UNTRACKED:
        return passed()
    if seen.order_until is None:
        return undecided(missing="order_at")
    later = _later_clicks(seen)
    if seen.eligible_click or not later:
        return passed()
    return decisive(
        Decision.REVIEW,
        "order_before_click",
        ordered_at=seen.order_until,
        clicked_at=min(click.at for click in later),
    )


def later_click_elsewhere(seen: Facts) -> Verdict:
    """5. After the trip and before the order the same person left for the shop from another storefront."""
    click = seen.eligible_click
    if seen.kind != Kind.UNTRACKED or click is None or seen.order_from is None:
        return passed()
    later = [each for each in seen.clicks_elsewhere if click.at < each.at < seen.order_from]
    if not later:
        return passed()
    return decisive(
        Decision.REVIEW,
        "later_click_elsewhere",
        clicked_at=click.at,
        elsewhere=[{"storefront": str(each.storefront_id), "at": each.at} for each in later],
    )


def too_early(seen: Facts) -> Verdict:
    """6. The sale may still come, or the network takes no claim yet: we wait ourselves, and tell until when. One that
    has come, and was declined, is not waited for."""
    if seen.kind != Kind.UNTRACKED or facts.mine(seen):
        return passed()
    if (ordered := _latest_order(seen)) is None:
        return undecided(missing="order_at")
    opens = ordered + seen.window.first
    if seen.now >= opens:
        return passed(claims_from=opens)
    return decisive(Decision.ICE, "too_early", until=opens, claims_from=opens)


def too_late(seen: Facts) -> Verdict:
    """7. Neither the shop nor the network takes the claim any more: we make it good ourselves, not refuse."""
    if seen.kind != Kind.UNTRACKED or seen.window.last is None:
        return passed()
    if (ordered := _latest_order(seen)) is None:
        return undecided(missing="order_at")
    closes = ordered + seen.window.last
    if seen.now <= closes:
        return passed(claims_until=closes)
    return decisive(Decision.GOODWILL, "too_late", claims_until=closes)


def takes_no_claims(seen: Facts) -> Verdict:
    """8. Nobody can ask this shop."""
    if seen.kind != Kind.UNTRACKED or seen.terms.takes_claims:
        return passed()
    return decisive(Decision.GOODWILL, "takes_no_claims")


def excluded_goods(seen: Facts) -> Verdict:
    """9. The terms pay nothing for goods of this kind. A mixed order is paid in part, so it goes on."""
    if not seen.goods or seen.kind not in (Kind.UNTRACKED, Kind.WRONG_AMOUNT):
        return passed()
    named = expected.named_rates(seen)
    row = expected.plain(seen.goods)
    excluded = [text for text in seen.terms.exclusions if expected.plain(text) == row]
    if excluded or (named and all(rate.is_zero for rate in named)):
        return decisive(
            Decision.ANSWER,
            "excluded_goods",
            rates=[rate.name for rate in named],
            excluded=excluded,
            terms=seen.terms.digest,
        )
    return passed(rates=[rate.name for rate in named])


def other_coupon(seen: Facts) -> Verdict:
    """10. A code that is not ours was used, where the shop pays for ours alone."""
    code = seen.coupon_used.strip().casefold()
    if not code or seen.kind not in (Kind.UNTRACKED, Kind.WRONG_AMOUNT):
        return passed()
    if code in seen.terms.our_codes or seen.terms.counts_with_other_codes:
        return passed(is_ours=code in seen.terms.our_codes)
    if seen.terms.counts_with_other_codes is None:
        return undecided(missing="counts_with_other_codes")
    return decisive(Decision.ANSWER, "other_coupon", our_codes=len(seen.terms.our_codes))


def paid_otherwise(seen: Facts) -> Verdict:
    """11. Paid in a way, or bought in a place, that earns nothing in this shop."""
    if seen.kind not in (Kind.UNTRACKED, Kind.WRONG_AMOUNT):
        return passed()
    if seen.paid_with == PaidWith.GIFT_CARD and "gift_cards" in seen.terms.deductions:
        return decisive(Decision.ANSWER, "paid_by_gift_card")
    if seen.paid_with == PaidWith.POINTS and "bonuses" in seen.terms.deductions:
        return decisive(Decision.ANSWER, "paid_by_points")
    if seen.bought_in == BoughtIn.APP and seen.terms.counts_in_app is False:
        return decisive(Decision.ANSWER, "bought_in_app")
    if seen.bought_in == BoughtIn.APP and seen.terms.counts_in_app is None:
        return undecided(missing="counts_in_app")
    return passed()


def declined_sale(seen: Facts) -> Verdict:
    """12. The shop has declined it. Told with its reason; a receipt that speaks against it is for a person."""
    found = facts.mine(seen)
    if not found or not all(sale.is_declined for sale in found):
        return passed()
    evidence: dict[str, Any] = {"sales": _told(found), "decline_reason": found[0].decline_reason}
    if seen.has_receipt:
        return decisive(Decision.REVIEW, "declined_disputed", **evidence, advice="appeal")
    return decisive(Decision.ANSWER, "declined_sale", **evidence)


def network_precheck(seen: Facts) -> Verdict:
    """13. What the network said when it was asked about the order's number, before anything was lodged."""
    if not seen.precheck:
        return undecided(missing="precheck")
    if seen.precheck == OrderStanding.OURS:
        return decisive(Decision.REVIEW, "network_has_it")
    if seen.precheck == OrderStanding.COUNTED_ELSEWHERE:
        return decisive(Decision.REVIEW, "counted_elsewhere", advice="goodwill")
    return passed(precheck=seen.precheck)


def complete(seen: Facts) -> Verdict:
    """14. Nothing speaks against it: the network is asked, once all is there that it asks for."""
    if seen.kind != Kind.UNTRACKED:
        return decisive(Decision.REVIEW, f"{seen.kind}_to_person")
    if seen.flags:
        return decisive(Decision.REVIEW, "flagged", flags_seen=list(seen.flags))
    told = {
        "order_no": bool(seen.order_key),
        "order_at": seen.order_from is not None,
        "order_amount": seen.order_minor is not None,
    }
    missing = [name for name, is_told in told.items() if not is_told]
    if missing:
        return decisive(Decision.ASK, "incomplete", missing=missing)
    if seen.needs_receipt and not seen.has_receipt:
        return decisive(Decision.ASK, "receipt_needed")
    return decisive(Decision.LODGE, "lodge")


RULES: Sequence[Rule] = (
    already_ours,
    duplicate,
    no_eligible_click,
    order_before_click,
    later_click_elsewhere,
    too_early,
    too_late,
    takes_no_claims,
    excluded_goods,
    other_coupon,
    paid_otherwise,
    declined_sale,
    network_precheck,
    complete,
)


def _state_of(seen: Facts, sales: Sequence[SaleSeen], *, declined: int) -> Verdict:
    """The order is there and not declined: where it stands, or what is wrong with it."""
    evidence: dict[str, Any] = {
        "sales": _told(sales),
        "cashback_minor": sum(sale.cashback_minor for sale in sales),
        "sale_minor": expected.sold(sale.sale_minor for sale in sales),
    }
    if declined:
        kind = Kind.WRONG_AMOUNT if seen.kind == Kind.UNTRACKED else None
        return decisive(Decision.REVIEW, "partly_declined", kind=kind, **evidence)
    if seen.kind in (Kind.UNTRACKED, Kind.WRONG_AMOUNT):
        verdict = _amount(seen, evidence)
        if verdict is not None:
            return verdict
    if all(sale.is_credited for sale in sales):
        return decisive(Decision.ANSWER, "already_credited", **evidence)
    undecided_yet = [sale for sale in sales if sale.status != "approved"]
    if not undecided_yet:
        return decisive(Decision.ANSWER, "already_confirmed", **evidence)
    until = max((sale.expected_at for sale in undecided_yet if sale.expected_at), default=None)
    if until is not None and until + GRACE < seen.now:
        return decisive(
            Decision.REVIEW, "confirmation_overdue", kind=_late(seen), **evidence, expected_at=until
        )
    return decisive(Decision.ANSWER, "already_pending", until=until, **evidence)


def _amount(seen: Facts, evidence: dict[str, Any]) -> Verdict | None:
    """What is wrong with the amount, or why it is right; None where there is nothing to say of it."""
    claimed, counted, paid = seen.order_minor, evidence["sale_minor"], evidence["cashback_minor"]
    if claimed is not None and counted is not None and counted < claimed:
        evidence |= {"claimed_minor": claimed}
        if "vat" in seen.terms.deductions and (share := _vat_left_out(claimed, counted)):
            evidence |= {"counted_without": "vat", "vat": share}
        elif not facts.are_alike(claimed, counted):
            return decisive(Decision.REVIEW, "wrong_amount", kind=Kind.WRONG_AMOUNT, **evidence)
    if seen.kind == Kind.UNTRACKED:
        return None
    due = expected.cashback(seen)
    if "counted_without" not in evidence and (claimed is None or counted is None or due is None):
        return decisive(Decision.REVIEW, "wrong_amount", **evidence, expected_minor=due)
    if (
        due is not None
        and "counted_without" not in evidence
        and paid < due
        and not facts.are_alike(paid, due)
    ):
        return decisive(Decision.REVIEW, "wrong_amount", **evidence, expected_minor=due)
    return decisive(Decision.ANSWER, "amount_is_right", **evidence, expected_minor=due)


def _vat_left_out(claimed: int, counted: int) -> Decimal | None:
    """The share of VAT that explains the difference to within one per cent."""
    for share in _VAT:
        without = claimed * 100 / (100 + share)
        if abs(counted - without) * 100 <= without:
            return share
    return None


def _late(seen: Facts) -> Kind | None:
    return Kind.LATE_CONFIRM if seen.kind == Kind.UNTRACKED else None


def _latest_order(seen: Facts) -> datetime | None:
    """The latest moment at which it can have been ordered."""
    return None if seen.order_until is None else min(seen.order_until, seen.now)


def _later_clicks(seen: Facts) -> list[facts.ClickSeen]:
    if seen.order_until is None:
        return []
    return [click for click in seen.clicks if click.at > seen.order_until + SKEW]


def _told(sales: Sequence[SaleSeen]) -> list[dict[str, object]]:
    return [
        {
            "id": str(sale.id),
            "order": sale.order_id,
            "status": sale.status,
            "sale_minor": sale.sale_minor,
            "occurred_at": sale.occurred_at,
        }
        for sale in sales
    ]
