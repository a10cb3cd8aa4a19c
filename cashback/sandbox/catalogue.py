"""The advertisers: sixty made by hand, and a thousand more behind them."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cashback.sandbox import generated
from cashback.sandbox.programmes import Campaign, campaign_from

DATA = Path(__file__).parent / "data"
# One 5 % rate and nothing else, per currency: what a test needs to reckon in its head.
PLAIN_SHOPS = {"RUB": "rodnik-kniga", "USD": "harbor-goods"}


@dataclass(frozen=True)
class Category:
    id: int
    ru: str
    en: str
    parent: int | None

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.ru


@cache
def categories() -> dict[int, Category]:
    return {entry["id"]: Category(**entry) for entry in _read("categories.json")}


@cache
def campaigns() -> dict[int, Campaign]:
    """All programmes by id, the hand-made ones first."""
    known = [
        campaign_from(entry) for name in ("rub", "usd", "other") for entry in _read(f"shops_{name}.json")
    ]
    known += generated.campaigns()
    return {campaign.id: campaign for campaign in known}


@cache
def by_slug() -> dict[str, Campaign]:
    return {campaign.slug: campaign for campaign in campaigns().values()}


@cache
def coupons() -> list[dict[str, Any]]:
    return _read("coupons.json")


@cache
def coupon_categories() -> dict[int, str]:
    return {int(number): name for number, name in _read("coupon_categories.json").items()}


def find(reference: object) -> Campaign | None:
    """By id, as a number or its digits, or by slug."""
    if isinstance(reference, int) and not isinstance(reference, bool):
        return campaigns().get(reference)
    if isinstance(reference, str):
        if reference.isascii() and reference.isdigit() and len(reference) < 12:
            return campaigns().get(int(reference))
        return by_slug().get(reference)
    return None


def link_code(campaign: Campaign, website: int) -> str:
    return hashlib.blake2s(f"{website}:{campaign.id}".encode(), digest_size=10).hexdigest()


@cache
def by_link_code(website: int) -> dict[str, Campaign]:
    return {link_code(campaign, website): campaign for campaign in campaigns().values()}


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))
