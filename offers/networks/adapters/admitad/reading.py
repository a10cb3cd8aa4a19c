"""Admitad's rows in our words. Pure: a row in, a dataclass out, `Unreadable` for what is new to us."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from offers.networks.base import (
    CategoryData,
    CouponData,
    CouponKind,
    OfferData,
    RateData,
    RateKind,
    Sale,
    SaleStatus,
)
from offers.networks.fields import Fields

# Times carry no offset. That they are Moscow's is what publishers' clients assume; no document says so.
MOSCOW = ZoneInfo("Europe/Moscow")

_CASHBACK_TRAFFIC = "1"
_ANYWHERE = "00"
_LONGEST_ORDER_ID, _LONGEST_RATE_NAME = 200, 300
_LOST_ORDERS = "lost_orders"
_IN_APP, _ON_MOBILE_SITE = "tracking_in_mobile_app", "tracking_in_mobile_site"

_SALE_STATUSES = {
    "pending": SaleStatus.PENDING,
    "approved": SaleStatus.APPROVED,
    "approved_but_stalled": SaleStatus.APPROVED,
    "declined": SaleStatus.DECLINED,
}
_STALLED = "approved_but_stalled"  # confirmed, while the advertiser's balance is short

_ACTION_TYPES = {"sale": "sale", "lead": "lead"}
_COUPON_KINDS = {"promocode": CouponKind.CODE, "action": CouponKind.DEAL}
_NO_CODE_NEEDED = {"не нужен", "не требуется", "not needed", "not required"}
_DEFAULT_TARIFF = re.compile(r"(?i)тариф по умолчанию|default( (tariff|rate))?|(?P<action>.+?)\s*-\s*default")

CategoryNames = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an offer's row does not say itself: the categories' names by id and language, the day in Moscow,
    and the API's address, whose scheme a picture without one shares."""

    categories: CategoryNames
    today: date
    base_url: str


def read_offer(raw: Any, around: Surroundings) -> OfferData:
    row = Fields(raw)
    currency = row.currency("currency")
    closed_because = _closed_because(row)
    is_open = not closed_because
    return OfferData(
        external_id=row.number_id("id"),
        name=row.text("name"),
        site_url=row.text("site_url"),
        currency=currency,
        tracking_url=row.link("gotolink") if is_open else row.text_or_blank("gotolink"),
        is_open=is_open,
        closed_because=closed_because,
        allows_deeplinks=row.flag_or_no("allow_deeplink"),
        takes_claims=_LOST_ORDERS in row.items("tools"),
        # A programme without the tool may count there all the same: then we do not know.
        counts_in_app=_IN_APP in row.items("tools") or None,
        counts_on_mobile_site=_ON_MOBILE_SITE in row.items("tools") or None,
        description=_plain(row.text_or_blank("description")),
        terms_html=row.text_or_blank("raw_description"),
        logo_url=picture_url(row.text_or_blank("image"), base_url=around.base_url),
        countries=_countries(region.text("region") for region in row.each("regions")),
        categories=tuple(_category(category, around.categories) for category in row.each("categories")),
        cookie_days=row.whole_or_none("goto_cookie_lifetime"),
        hold_days=row.whole_or_none("avg_hold_time"),
        max_hold_days=row.whole_or_none("max_hold_time"),
        payment_days=row.whole_or_none("avg_money_transfer_time"),
        approval_rate=row.number_or_none("rate_of_approve"),
        conversion_rate=row.number_or_none("cr"),
        earnings_per_click=row.number_or_none("ecpc"),
        rating=row.number_or_none("rating"),
        started_on=row.day_or_none("activation_date"),
        rates=_of_today_and_later(_rates(row, currency), around.today),
    )


def is_live(raw: Any) -> bool:
    """False for a coupon that the network itself calls over; one without a status is live."""
    return Fields(raw).text_or_blank("status") in ("", "active")


def read_coupon(raw: Any) -> CouponData:
    row = Fields(raw)
    kind = row.word("species", _COUPON_KINDS)
    code = "" if kind is CouponKind.DEAL else row.text("promocode")
    if code.casefold() in _NO_CODE_NEEDED:
        kind, code = CouponKind.DEAL, ""
    name = row.text_or_blank("name") or row.text("short_name")
    return CouponData(
        external_id=row.number_id("id"),
        offer_external_id=row.one("campaign").number_id("id"),
        name=name,
        kind=kind,
        code=code,
        tracking_url=row.link("goto_link"),
        description=_plain(row.text_or_blank("description")),
        discount=row.text_or_blank("discount"),
        language=row.text_or_blank("language"),
        countries=_countries(map(str, row.items("regions"))),
        starts_at=row.moment_or_none("date_start", MOSCOW),
        ends_at=row.moment_or_none("date_end", MOSCOW),
        is_exclusive=row.flag_or_no("exclusive"),
    )


def read_sale(raw: Any, *, observed_at: datetime) -> Sale:
    row = Fields(raw)
    currency = row.currency("currency")
    status = row.word("status", _SALE_STATUSES)
    stalled = row.raw["status"] == _STALLED
    return Sale(
        external_id=row.number_id("action_id"),
        offer_external_id=row.number_id("advcampaign_id"),
        click_ref=row.text_or_blank("subid4"),
        order_id=row.text_or_blank("order_id", longest=_LONGEST_ORDER_ID),
        status=status,
        sale_minor=row.minor_or_none("cart", currency),
        commission_minor=row.minor("payment", currency),
        currency=currency,
        paid=row.flag("paid") and not stalled,
        stalled=stalled,
        occurred_at=row.moment("action_date", MOSCOW),
        clicked_at=row.moment_or_none("click_date", MOSCOW),
        closes_on=row.day_or_none("closing_date"),
        changed_at=row.moment("status_updated", MOSCOW),
        observed_at=observed_at,
        decline_reason=row.text_or_blank("comment") if status is SaleStatus.DECLINED else "",
        rate_name=row.text_or_blank("action", longest=_LONGEST_RATE_NAME),
        raw=row.raw,
    )


def picture_url(image: str, *, base_url: str) -> str:
    """An absolute address: `//cdn/x.png` shares the API's scheme, and so does plain http below an https
    API."""
    if not image:
        return ""
    if base_url.startswith("https:") and image.startswith("http:"):
        return f"https:{image.removeprefix('http:')}"
    return urljoin(base_url, image)


def _closed_because(row: Fields) -> str:
    """Why no cashback traffic may go there; "" when it may."""
    if (status := row.text("status")) != "active":
        return f"The programme is {status}."
    connection = row.text_or_blank("connection_status")
    if not connection:
        return "Our ad space is not connected to the programme."
    if connection != "active":
        return f"Our ad space's connection to the programme is {connection}."
    allowed = {traffic.number_id("id"): traffic.flag("enabled") for traffic in row.each("traffics")}
    if not allowed.get(_CASHBACK_TRAFFIC, False):
        return "The programme does not allow cashback traffic."
    return ""


def _rates(row: Fields, currency: str) -> Iterator[tuple[str, RateData]]:
    """Every rate with the id of its tariff. `actions` beside it holds display text and is not read."""
    for action in row.each("actions_detail"):
        action.word("type", _ACTION_TYPES)
        for tariff in action.each("tariffs"):
            name = _rate_name(action.text("name"), tariff.text_or_blank("name"))
            for rate in tariff.each("rates"):
                yield tariff.number_id("id"), _rate(rate, name, currency)


def _rate(rate: Fields, name: str, currency: str) -> RateData:
    size = rate.number("size")
    if size < 0:
        raise rate.unreadable("size", "is below zero")
    return RateData(
        external_id=rate.number_id("id"),
        name=name,
        kind=RateKind.PERCENT if rate.flag("is_percentage") else RateKind.FIXED,
        value=size,
        currency=currency,
        country=rate.text_or_blank("country"),
        min_order_minor=rate.minor_or_none("price_s", currency) or 0,
        starts_on=rate.day_or_none("date_s"),
    )


def _of_today_and_later(rates: Iterator[tuple[str, RateData]], today: date) -> tuple[RateData, ...]:
    """Leaves out a rate that another of the same tariff, country and minimum order has replaced by today."""
    listed = list(rates)
    newest: dict[tuple[str, str, int], date] = {}
    for tariff, rate in listed:
        begun = rate.starts_on or date.min
        if begun <= today:
            kind_of_order = tariff, rate.country, rate.min_order_minor
            newest[kind_of_order] = max(begun, newest.get(kind_of_order, date.min))
    return tuple(
        rate
        for tariff, rate in listed
        if (rate.starts_on or date.min) >= newest.get((tariff, rate.country, rate.min_order_minor), date.min)
    )


def _rate_name(action: str, tariff: str) -> str:
    """One name of two that mostly repeat each other; the action's alone where the tariff is the default
    one."""
    if not tariff or _DEFAULT_TARIFF.fullmatch(tariff) or _letters(tariff) in _letters(action):
        return action
    if _letters(action) in _letters(tariff):
        return tariff
    return f"{action}: {tariff}"


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _category(row: Fields, names: CategoryNames) -> CategoryData:
    """The directory's names; a category that is missing there keeps the name in the offer's row."""
    external_id = row.number_id("id")
    own = {row.text_or_blank("language") or "ru": row.text("name")}
    return CategoryData(external_id=external_id, names=names.get(external_id) or own)


def _countries(codes: Iterator[str]) -> tuple[str, ...]:
    listed = tuple(codes)
    return () if _ANYWHERE in listed else listed


def _plain(text: str) -> str:
    """Text that came with HTML entities and Windows line ends."""
    return html.unescape(text).replace("\xa0", " ").replace("\r\n", "\n").strip()
