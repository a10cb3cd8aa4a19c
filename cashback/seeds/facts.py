"""What the demo's staff has found out about a handful of shops, and how rates and terms were before the demo began.

The rest of the shops, the plain one among them, stay as the network lists them.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import transaction

from offers.models import ConfirmsAfter, Deduction, Offer, OfferFacts, Rate, RateFacts

_USUAL = [Deduction.VAT, Deduction.DELIVERY, Deduction.GIFT_CARDS]
_Texts = tuple[str, str]

FACTS: dict[str, dict[str, Any]] = {
    "severny-chay": {
        "deductions": _USUAL,
        "claim_after_days": 3,
        "claim_until_days": 45,
        "counts_in_app": True,
    },
    "okolitsa": {
        "deductions": [*_USUAL, Deduction.BONUSES, Deduction.SERVICES],
        "cap_minor": 500_000,
        "claim_after_days": 3,
        "claim_until_days": 60,
        "counts_in_app": False,
        "counts_on_mobile_site": True,
        "confirms_after": ConfirmsAfter.DELIVERY,
        "note_ru": "Если заказ приходит частями, кэшбэк считается по каждой части.",
        "note_en": "If an order comes in parts, the cashback is reckoned part by part.",
    },
    "nochleg-tut": {
        "confirms_after": ConfirmsAfter.CHECK_OUT,
        "claim_after_days": 7,
        "claim_until_days": 90,
        "note_ru": "Если поменять даты поездки, кэшбэк считается по новой брони.",
        "note_en": "If you change the dates, the new booking counts.",
    },
    "shkola-vektor": {
        "is_for_new_customers": True,
        "takes_claims": False,
        "confirms_after": ConfirmsAfter.COURSE,
    },
    "lumen-audio": {"deductions": _USUAL, "cap_minor": 10_000, "claim_after_days": 3, "claim_until_days": 60},
    "wayfarer-stays": {
        "deductions": [Deduction.VAT, Deduction.SERVICES],
        "counts_in_app": False,
        "takes_claims": False,
        "confirms_after": ConfirmsAfter.CHECK_OUT,
        "note_ru": "Местные сборы отель берёт сам, и они не считаются.",
        "note_en": "Local fees are charged by the hotel and don't count.",
    },
}
EXCLUSIONS: dict[str, Sequence[_Texts]] = {
    "okolitsa": [
        ("Табак и вейпы", "Tobacco and vapes"),
        ("Алкоголь", "Alcohol"),
        ("Детское питание и подгузники", "Baby food and nappies"),
        ("Лекарства", "Medicines"),
        ("Билеты и абонементы", "Tickets and season passes"),
        ("Оптовые заказы и заказы для юридических лиц", "Wholesale and company orders"),
        ("Товары других продавцов", "Goods of other sellers"),
    ],
    "lumen-audio": [
        ("Запасные части", "Spare parts"),
        ("Продлённая гарантия", "Extended warranty"),
    ],
    "nochleg-tut": [("Корпоративные брони", "Business bookings"), ("Брони по телефону", "Bookings by phone")],
}
# By the beginning of the rate's name: its heading, and for whom it is.
RATES: dict[str, Mapping[str, dict[str, str]]] = {
    "okolitsa": {
        "Одежда и аксессуары": {"group_ru": "Одежда и аксессуары", "group_en": "Clothes and accessories"},
        "Дом и мебель": {"group_ru": "Дом и мебель", "group_en": "Home and furniture"},
        "Электроника": {"coupon": RateFacts.Coupon.WITHOUT, "channel": RateFacts.Channel.WEB},
    },
    "lumen-audio": {"Refurbished": {"coupon": RateFacts.Coupon.WITHOUT}},
}
# Per cent, and how many days before the demo's first day it began. Each held until the next.
RATES_BEFORE: dict[str, Sequence[tuple[str, int]]] = {
    "severny-chay": [("8", 350), ("9", 240), ("7", 150), ("9", 100), ("12", 24)],
    "lumen-audio": [("10", 340), ("12", 300), ("10", 120), ("8", 31)],
}
# What a shop's terms were before, and how many days before the demo's first day they began.
TERMS_BEFORE: dict[str, tuple[str, int, int]] = {
    "okolitsa": ("<p>Кэшбэк начисляется за все покупки, кроме подарочных карт.</p>", 45, 120),
}


@transaction.atomic
def write_facts() -> None:
    """The facts are there, once; whatever staff has changed since stays."""
    offers = Offer.objects.filter(merchant__slug__in=FACTS.keys()).select_related("merchant")
    for offer in offers.order_by("pk"):
        slug = offer.merchant.slug
        facts, is_new = OfferFacts.objects.get_or_create(offer=offer, defaults=FACTS[slug])
        if not is_new:
            continue
        for russian, english in EXCLUSIONS.get(slug, ()):
            facts.exclusions.create(text_ru=russian, text_en=english)
        for beginning, told in RATES.get(slug, {}).items():
            for rate in offer.rates.current().filter(name__startswith=beginning):
                facts.rates.create(rate_external_id=rate.external_id, **told)
        if before := RATES_BEFORE.get(slug):
            _remember_rates(offer, before)
        if slug in TERMS_BEFORE:
            text, hold_days, days = TERMS_BEFORE[slug]
            offer.terms_versions.create(
                digest=sha256(text.encode()).hexdigest()[:16],
                terms_html=text,
                hold_days=hold_days,
                seen_at=offer.first_seen_at - timedelta(days=days),
            )


def _remember_rates(offer: Offer, before: Sequence[tuple[str, int]]) -> None:
    """The best rate had other values before the demo's first day."""
    best = offer.rates.current().order_by("-value", "pk")[0]
    begun = [best.seen_at - timedelta(days=days) for _percent, days in before]
    ended: list[datetime] = [*begun[1:], best.seen_at]
    for (percent, _days), seen_at, replaced_at in zip(before, begun, ended, strict=True):
        Rate.objects.create(
            offer=offer,
            external_id=best.external_id,
            name=best.name,
            kind=best.kind,
            value=Decimal(percent),
            currency=best.currency,
            seen_at=seen_at,
            replaced_at=replaced_at,
        )
