"""A run of triage for an agent's eyes: each rule in order, what it said, and what it looked at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib import display
from cashback.lib.money import Money
from support import codes
from support import display as shown
from support.claims.models import TriageRun
from transactions.models import Status as SaleStatus

RULES: Mapping[str, str | Promise] = {
    "already_ours": gettext_lazy("Do we have the purchase?"),
    "duplicate": gettext_lazy("Is the order claimed already?"),
    "no_eligible_click": gettext_lazy("Is there a trip before the order?"),
    "order_before_click": gettext_lazy("Was it ordered before the trip?"),
    "later_click_elsewhere": gettext_lazy("Was there a later trip from elsewhere?"),
    "too_early": gettext_lazy("Is it too early to ask?"),
    "too_late": gettext_lazy("Is it too late to ask?"),
    "takes_no_claims": gettext_lazy("Does the shop take claims?"),
    "excluded_goods": gettext_lazy("Do the goods earn cashback?"),
    "other_coupon": gettext_lazy("Was a foreign promo code used?"),
    "paid_otherwise": gettext_lazy("Was it paid or bought in another way?"),
    "declined_sale": gettext_lazy("Has the shop declined it?"),
    "network_precheck": gettext_lazy("What does the network know?"),
    "complete": gettext_lazy("Is everything there to ask the network?"),
}
_SAID: Mapping[str, str | Promise] = {
    "decisive": gettext_lazy("decides"),
    "passed": gettext_lazy("nothing against it"),
    "undecided": gettext_lazy("cannot tell"),
    "off": gettext_lazy("switched off: a person decides"),
}
_NAMES: Mapping[str, str | Promise] = {
    "sales": gettext_lazy("Sales found"),
    "declined": gettext_lazy("Declined sales"),
    "clicks": gettext_lazy("Trips to this shop"),
    "claims": gettext_lazy("Claims for the order"),
    "claim": gettext_lazy("Earlier claim"),
    "click": gettext_lazy("Trip"),
    "clicked_at": gettext_lazy("Trip at"),
    "ordered_at": gettext_lazy("Ordered at"),
    "attribution_days": gettext_lazy("Days that a trip counts"),
    "advice": gettext_lazy("Advice"),
    "elsewhere": gettext_lazy("Trips from other storefronts"),
    "claims_from": gettext_lazy("Claims are taken from"),
    "claims_until": gettext_lazy("Claims are taken until"),
    "rates": gettext_lazy("Rates named"),
    "excluded": gettext_lazy("Excluded by the terms"),
    "terms": gettext_lazy("Terms version"),
    "is_ours": gettext_lazy("The code is ours"),
    "our_codes": gettext_lazy("Codes of ours"),
    "decline_reason": gettext_lazy("The shop's reason"),
    "precheck": gettext_lazy("The network says"),
    "flags_seen": gettext_lazy("Flags"),
    "cashback_minor": gettext_lazy("Cashback of it"),
    "sale_minor": gettext_lazy("The shop counts"),
    "expected_minor": gettext_lazy("By the terms"),
    "claimed_minor": gettext_lazy("The shopper paid"),
    "counted_without": gettext_lazy("Counted without"),
    "vat": gettext_lazy("VAT, %"),
    "expected_at": gettext_lazy("Decision expected"),
    "sales_of_the_shop": gettext_lazy("Other purchases here"),
    "clicks_after_the_order": gettext_lazy("Trips after the order"),
    "missing": gettext_lazy("Missing"),
    "status": gettext_lazy("State"),
}
_MISSING: Mapping[str, str | Promise] = {
    "order_no": gettext_lazy("the order's number"),
    "order_at": gettext_lazy("the order's day"),
    "order_amount": gettext_lazy("the order's amount"),
    "receipt": gettext_lazy("the receipt"),
    "precheck": gettext_lazy("the network was not asked"),
    "counts_in_app": gettext_lazy("whether the app counts"),
    "counts_with_other_codes": gettext_lazy("whether other codes count"),
}
_MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One rule. `facts` are what it compared, by name."""

    number: int
    title: str | Promise
    said: str
    words: str
    facts: Sequence[tuple[str, str]]

    @property
    def is_decisive(self) -> bool:
        return self.said in ("decisive", "off")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The latest run whole, and the sentence that it comes to."""

    run: TriageRun
    decision: str
    reason: str
    decided: Line | None
    lines: Sequence[Line]


def diagnosis(run: TriageRun | None, *, currency: str) -> Diagnosis | None:
    if run is None:
        return None
    lines = [_line(number, result, currency) for number, result in enumerate(run.results, 1)]
    by_name = {result["rule"]: line for result, line in zip(run.results, lines, strict=True)}
    code = next((each.get("reason", "") for each in run.results if each["rule"] == run.decided_by), "")
    return Diagnosis(
        run=run,
        decision=codes.decision(run.decision),
        reason=codes.reason(code) if code else "",
        decided=by_name.get(run.decided_by),
        lines=lines,
    )


def _line(number: int, result: Mapping[str, Any], currency: str) -> Line:
    said = result["verdict"]
    words = codes.reason(result["reason"]) if result.get("reason") else str(_SAID.get(said, said))
    evidence: Mapping[str, Any] = result.get("evidence") or {}
    facts = [(str(_NAMES.get(name, name)), _told(name, value, currency)) for name, value in evidence.items()]
    return Line(
        number, RULES.get(result["rule"], result["rule"]), said, words, [pair for pair in facts if pair[1]]
    )


def _told(name: str, value: Any, currency: str) -> str:
    """One fact in words; "" where there is nothing to tell."""
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return str(_("yes")) if value else str(_("no"))
    if name.endswith("_minor") and isinstance(value, int):
        return display.money(Money(value, currency))
    if name == "missing":
        return ", ".join(str(_MISSING.get(each, each)) for each in _as_list(value))
    if say := _SAYING.get(name):
        return say(value)
    if isinstance(value, list):
        listed = [_listed(each, currency) for each in value[:_MOST_LISTED]]
        rest = len(value) - len(listed)
        return "; ".join([*listed, *([_("and %(count)s more") % {"count": rest}] if rest else [])])
    if isinstance(value, str) and (read := _as_moment(value)):
        return shown.moment(read)
    return str(value)


def _listed(item: Any, currency: str) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    parts = []
    if item.get("order"):
        parts.append(f"№ {item['order']}")
    if item.get("sale_minor") is not None:
        parts.append(display.money(Money(item["sale_minor"], currency)))
    if item.get("status") in SaleStatus.values:
        parts.append(str(SaleStatus(item["status"]).label))
    if read := _as_moment(str(item.get("occurred_at") or item.get("at") or "")):
        parts.append(shown.moment(read))
    return ", ".join(parts)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _as_moment(text: str) -> datetime | None:
    if len(text) < 19 or text[4:5] != "-":
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


_SAYING: Mapping[str, Callable[[Any], str]] = {
    "advice": codes.decision,
    # Whose trip it is stands in its own panel.
    "click": lambda _value: "",
    "flags_seen": lambda value: ", ".join(codes.flag(each) for each in value),
}
