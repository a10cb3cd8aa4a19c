"""What is known of an offer beside its rates, in a shopper's words. What is not known is not said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cashback.lib import display
from cashback.lib.money import Money, percent_of
from offers.models import (
    ConfirmsAfter,
    Deduction,
    Offer,
    OfferExclusion,
    OfferFacts,
    OfferMeasured,
    RateFacts,
)

_CONFIRMS_AFTER = {
    ConfirmsAfter.DELIVERY: gettext_lazy("The days are counted from the delivery."),
    ConfirmsAfter.CHECK_OUT: gettext_lazy("The days are counted from your check-out."),
    ConfirmsAfter.TRIP: gettext_lazy("The days are counted from the end of your trip."),
    ConfirmsAfter.COURSE: gettext_lazy("The days are counted from the end of the trial period."),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """None in the three answers is "nobody has said"."""

    takes_claims: bool
    claim_window: str
    deductions: Sequence[str]
    cap: str
    counts_in_app: bool | None
    counts_on_mobile_site: bool | None
    is_for_new_customers: bool | None
    confirms_after: str
    note: str
    exclusions: Sequence[str]
    rates: Mapping[str, RateFacts]
    measured: OfferMeasured | None


def with_facts(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """The offers with all that `facts_of` asks for, in the same query."""
    return offers.select_related("facts", "measured").annotate(
        told_exclusions=_rows_of(OfferExclusion, "text_ru", "text_en"),
        told_rates=_rows_of(RateFacts, *_RATE_COLUMNS),
    )


def facts_of(offer: Offer, *, share: Decimal) -> Facts:
    """Of an offer fetched `with_facts`. Where staff and network differ, staff is right."""
    told = _facts(offer) or OfferFacts(offer=offer)
    return Facts(
        takes_claims=takes_claims(offer),
        claim_window=_claim_words(claim_window(offer)) if takes_claims(offer) else "",
        deductions=[str(Deduction(part).label) for part in Deduction.values if part in told.deductions],
        cap=display.round_money(Money(percent_of(told.cap_minor, share), offer.currency))
        if told.cap_minor
        else "",
        counts_in_app=_first_said(told.counts_in_app, offer.counts_in_app),
        counts_on_mobile_site=_first_said(told.counts_on_mobile_site, offer.counts_on_mobile_site),
        is_for_new_customers=told.is_for_new_customers,
        confirms_after=str(_CONFIRMS_AFTER.get(told.confirms_after, "")),
        note=told.note,
        exclusions=sorted(OfferExclusion(**texts).text for texts in offer.told_exclusions),
        rates={texts["rate_external_id"]: RateFacts(**texts) for texts in offer.told_rates},
        measured=getattr(offer, "measured", None),
    )


def takes_claims(offer: Offer) -> bool:
    """Whether anybody can ask the shop for a purchase that is missing."""
    told = _facts(offer)
    return bool(_first_said(told.takes_claims if told else None, offer.takes_claims))


def claim_window(offer: Offer) -> tuple[int, int | None] | None:
    """From which day after a purchase until which (None: nobody has said) a missing one may be claimed; None where
    the shop takes no claims or nobody has said when. Lists fetch offers with `select_related("facts")`."""
    told = _facts(offer)
    if told is None or not takes_claims(offer) or not (told.claim_after_days or told.claim_until_days):
        return None
    return told.claim_after_days or 1, told.claim_until_days


_RATE_COLUMNS = ("rate_external_id", "customer", "coupon", "channel", "group_ru", "group_en")


def _rows_of(model: type[OfferExclusion | RateFacts], *columns: str) -> ArraySubquery:
    rows = model.objects.filter(facts__offer=OuterRef("pk")).order_by("pk")
    return ArraySubquery(rows.values(row=JSONObject(**{name: name for name in columns})))


def _facts(offer: Offer) -> OfferFacts | None:
    return getattr(offer, "facts", None)


def _first_said(*answers: bool | None) -> bool | None:
    return next((said for said in answers if said is not None), None)


def _claim_words(window: tuple[int, int | None] | None) -> str:
    if window is None:
        return _("If a purchase is missing, tell us: the shop takes such claims.")
    first, last = window
    if last is None:
        return ngettext(
            "If a purchase is missing, tell us a day after it or later: the shop takes such claims.",
            "If a purchase is missing, tell us %(days)s days after it or later: the shop takes such claims.",
            first,
        ) % {"days": first}
    return _(
        "If a purchase is missing, tell us between day %(first)s and day %(last)s after it: the shop takes such claims."
    ) % {"first": first, "last": last}
