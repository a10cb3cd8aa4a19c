"""The long tail of the network: programmes made up from a seed, the same ones at every start."""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cashback.sandbox.programmes import Campaign, campaign_from

COUNT = 1200
FIRST_ID = 31_001
WORDS = json.loads((Path(__file__).parent / "data" / "generated.json").read_text(encoding="utf-8"))
KINDS = {kind["category"]: kind for kind in WORDS["kinds"]}
PRICES = {"RUB": 100, "USD": 1, "EUR": 1, "KZT": 500}
REGIONS = {
    "RUB": (["RU"], ["RU", "BY", "KZ"]),
    "USD": (["US"], ["00"]),
    "EUR": (["DE"], ["FR", "IT"]),
    "KZT": (["KZ"],),
}
WEIGHTED_CURRENCIES = ("RUB",) * 5 + ("USD",) * 4 + ("EUR", "KZT")

PARENTS = {41: 40, 42: 40, 21: 18, 22: 18}
ENDINGS = {"RUB": "", "KZT": "kz", "USD": "", "EUR": "eu"}


def campaigns() -> list[Campaign]:
    """1,200 programmes with names that differ, in every category and currency."""
    dice = random.Random("the long tail")
    names = _names(dice)
    return [campaign_from(_entry(dice, number, *names[number])) for number in range(COUNT)]


def shared_logo(category: int, variant: int) -> str:
    """Two to each category, without a name on them."""
    return f"/static/logos/shared-{category}-{variant}.png"


def shared_colour(category: int, variant: int) -> str:
    place = list(KINDS).index(category) * 2 + variant
    return WORDS["colours"][place % len(WORDS["colours"])]


def _names(dice: random.Random) -> list[tuple[int, str, str, str]]:
    """Category, currency, name and slug of each programme; a slug never comes twice."""
    made: dict[str, tuple[int, str, str, str]] = {}
    while len(made) < COUNT:
        category = dice.choice(list(KINDS))
        currency = dice.choice(WEIGHTED_CURRENCIES)
        language = _language(currency)
        first = dice.choice(WORDS["first"][language])
        second = dice.choice(KINDS[category]["second"][language])
        parts = [first, second, [ENDINGS[currency].upper(), ENDINGS[currency]]]
        name, slug = (
            " ".join(part[0] for part in parts).strip(),
            "-".join(part[1] for part in parts).strip("-"),
        )
        made.setdefault(slug, (category, currency, name, slug))
    return list(made.values())


def _language(currency: str) -> str:
    return "ru" if currency in ("RUB", "KZT") else "en"


def _entry(
    dice: random.Random, number: int, category: int, currency: str, name: str, slug: str
) -> dict[str, Any]:
    language = _language(currency)
    russian = language == "ru"
    hold = dice.choice((14, 20, 25, 30, 35, 45, 60))
    return {
        "id": FIRST_ID + number,
        "slug": slug,
        "name": name,
        "language": language,
        "currency": currency,
        "site": f"{slug}.example",
        "logo": shared_logo(category, number % 2),
        "colour": shared_colour(category, number % 2),
        "tagline": "Хорошие вещи по разумной цене" if russian else "Good things at fair prices",
        "description": _description(dice, name, russian),
        "categories": [PARENTS.get(category, 62), category],
        "regions": dice.choice(REGIONS[currency]),
        "goals": _goals(dice, currency, russian),
        "products": _products(dice, category, currency),
        "rating": f"{dice.uniform(2.5, 4.9):.1f}",
        "cr": round(dice.uniform(0.3, 4.2), 2),
        # Below every hand-made programme: a catalogue ranked by earnings shows those first.
        "ecpc": round(dice.uniform(0.1, 1.1) * (1 if russian else 0.25), 2),
        "approval": dice.randint(52, 97),
        "hold_days": hold,
        "max_hold_days": dice.choice((None, None, None, hold + 30)),
        "transfer_days": hold + dice.choice((10, 15, 20)),
        "cookie_days": dice.choice((7, 14, 30, 30, 45, 60)),
        "launched": (date(2022, 1, 10) + timedelta(days=dice.randrange(1500))).isoformat(),
        "order_prefix": f"{number + 1000}-",
        "allows_cashback": dice.random() > 0.04,
        "allows_deeplink": dice.random() > 0.06,
        "takes_lost_orders": number % 6 != 5,
        "connection": dice.choices(("active", "pending", "declined"), (94, 4, 2))[0],
        "status": dice.choices(("active", "disabled"), (98, 2))[0],
    }


def _description(dice: random.Random, name: str, russian: bool) -> str:
    town = dice.choice(
        ("Твери", "Уфе", "Казани", "Томске", "Калуге", "Перми")
        if russian
        else ("Bristol", "Austin", "Leeds", "Denver", "Ghent", "Porto")
    )
    year, days = dice.randint(2004, 2023), dice.choice((7, 14, 30))
    if russian:
        return f"{name} работает с {year} года, склад находится в {town}. Возврат в течение {days} дней."
    return f"{name} has traded since {year} from a warehouse in {town}. Returns are free within {days} days."


def _goals(dice: random.Random, currency: str, russian: bool) -> list[dict[str, Any]]:
    words = ("Оплаченный заказ", "Новый клиент", "Повторный заказ", "Тариф по умолчанию", "Первая подписка")
    if not russian:
        words = ("Paid order", "New customer", "Returning customer", "Default tariff", "First subscription")
    size = dice.choice(("2", "2.5", "3", "4", "4.5", "5", "6", "7", "8", "10", "12"))
    kind = dice.random()
    if kind < 0.55:
        return [{"name": words[0], "tariffs": [{"name": words[3], "rates": [{"size": size}]}]}]
    lower = f"{float(size) * 0.6:.2f}"
    tariffs = [{"name": words[1], "rates": [{"size": size}]}, {"name": words[2], "rates": [{"size": lower}]}]
    goals: list[dict[str, Any]] = [{"name": words[0], "tariffs": tariffs}]
    if kind > 0.9:
        fixed = {"size": str(4 * PRICES[currency]), "is_percentage": False}
        goals.append({"name": words[4], "tariffs": [{"name": words[3], "rates": [fixed]}]})
    return goals


def _products(dice: random.Random, category: int, currency: str) -> list[tuple[str, int]]:
    language = _language(currency)
    sorts = {"ru": ("классика", "премиум"), "en": ("classic", "premium")}[language]
    things = [f"{thing}, {sort}" for thing in KINDS[category]["goods"][language] for sort in sorts]
    return [(thing, dice.randint(9, 120) * PRICES[currency]) for thing in things]
