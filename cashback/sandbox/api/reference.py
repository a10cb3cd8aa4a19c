"""What is the same for everybody: categories, currencies, kinds of traffic, regions."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest

from cashback.sandbox import catalogue, clock
from cashback.sandbox.api.answers import Page, endpoint, language, page_of, whole_numbers
from cashback.sandbox.api.errors import bad_request, not_found
from cashback.sandbox.api.programmes import TRAFFICS, category_tree

# code: name, sign, smallest withdrawal, roubles for one
CURRENCIES = {
    "RUB": ("Russian Ruble", "₽", "1500.00", Decimal(1)),
    "USD": ("US Dollar", "$", "20.00", Decimal("81.25")),
    "EUR": ("Euro", "€", "20.00", Decimal("94.40")),
    "KZT": ("Kazakhstani Tenge", "₸", "10000.00", Decimal("0.155")),
    "BYN": ("Belarusian Ruble", "Br", "60.00", Decimal("27.10")),
}


@endpoint("public_data")
def categories(request: HttpRequest) -> Page:
    known = list(catalogue.categories())
    wanted = whole_numbers(request, "campaign")
    if wanted:
        used = {number for key in wanted if (found := catalogue.find(key)) for number in found.categories}
        known = [number for number in known if number in used]
    rows = [category_tree(number, language(request)) for number in known]
    ordering = request.GET.get("order_by", "")
    if ordering.removeprefix("-") not in ("", "name"):
        raise bad_request(f"Cannot order by {ordering}")
    if ordering:
        rows.sort(key=lambda row: row["name"], reverse=ordering.startswith("-"))
    return page_of(request, rows)


@endpoint("public_data")
def category(request: HttpRequest, category_id: int) -> dict[str, Any]:
    if category_id not in catalogue.categories():
        raise not_found(f"Category {category_id} does not exist")
    return category_tree(category_id, language(request))


@endpoint("public_data")
def currencies(request: HttpRequest) -> Page:
    rows = [
        {"code": code, "name": name, "min_sum": min_sum, "sign": sign}
        for code, (name, sign, min_sum, _) in CURRENCIES.items()
    ]
    return page_of(request, rows)


@endpoint("public_data")
def currency_rate(request: HttpRequest) -> dict[str, str]:
    base, target = request.GET.get("base", ""), request.GET.get("target", "")
    if base not in CURRENCIES or target not in CURRENCIES:
        raise bad_request(f"base and target are two of {', '.join(CURRENCIES)}")
    rate = CURRENCIES[base][3] / CURRENCIES[target][3]
    return {"date": _date(request), "base": base, "target": target, "rate": f"{rate:.10f}"}


@endpoint("public_data")
def traffic(request: HttpRequest) -> Page:
    english = language(request) == "en"
    return page_of(request, [{"id": number, "name": names[english]} for number, names in TRAFFICS.items()])


@endpoint("public_data")
def regions(request: HttpRequest) -> Page:
    return page_of(
        request, sorted({region for one in catalogue.campaigns().values() for region in one.regions})
    )


def _date(request: HttpRequest) -> str:
    text = request.GET.get("date", "")
    if not text:
        return clock.now().date().isoformat()
    try:
        return datetime.strptime(text, "%d.%m.%Y").date().isoformat()
    except ValueError as problem:
        raise bad_request("date must look like 31.01.2026") from problem
