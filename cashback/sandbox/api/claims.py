"""/lost_orders/ and /appeals/: the same request at two doors, with numbers at the one and text at the other."""

import sqlite3
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from cashback.sandbox import amounts, catalogue, claims, clock, config, sales, store
from cashback.sandbox.api.answers import Page, endpoint, our_website, paging, whole_number
from cashback.sandbox.api.errors import ApiError, bad_request, not_found
from cashback.sandbox.api.statistics import DAY, Conditions, amount
from cashback.sandbox.programmes import Campaign

READ, MANAGE = "lost_orders", "manage_lost_orders"
MOST_CHECKED = 20
LONGEST_ORDER, LONGEST_REFERENCE, LONGEST_COMMENT = 100, 100, 512
# A form with the largest receipt, and some room.
LARGEST_FORM = claims.LARGEST_RECEIPT + 64 * 1024


@endpoint(READ)
def lost_orders(request: HttpRequest) -> Page:
    return _listing(request, claims.LOST_ORDER)


@endpoint(READ)
def appeals(request: HttpRequest) -> Page:
    return _listing(request, claims.APPEAL)


@endpoint(READ)
def one_lost_order(request: HttpRequest, claim_id: int) -> dict[str, Any]:
    return row_of(_known(claim_id, claims.LOST_ORDER))


@endpoint(READ)
def one_appeal(request: HttpRequest, claim_id: int) -> dict[str, Any]:
    return row_of(_known(claim_id, claims.APPEAL))


@endpoint(MANAGE, "POST")
def create_lost_order(request: HttpRequest) -> dict[str, Any]:
    return _create(request, claims.LOST_ORDER)


@endpoint(MANAGE, "POST")
def create_appeal(request: HttpRequest) -> dict[str, Any]:
    return _create(request, claims.APPEAL)


@endpoint(MANAGE, "PUT")
def update_lost_order(request: HttpRequest, claim_id: int) -> dict[str, Any]:
    claim = _known(claim_id, claims.LOST_ORDER)
    said = QueryDict(request.body).get("appeal_status", "")
    if said not in claims.APPEAL_STATUSES:
        raise bad_request(f"appeal_status is one of {', '.join(claims.APPEAL_STATUSES)}")
    return row_of(claims.resolve(claim["id"], said))


@endpoint(MANAGE, "DELETE")
def decline_lost_order(request: HttpRequest, claim_id: int) -> dict[str, Any]:
    return _decline(claim_id, claims.LOST_ORDER)


@endpoint(MANAGE, "DELETE")
def decline_appeal(request: HttpRequest, claim_id: int) -> dict[str, Any]:
    return _decline(claim_id, claims.APPEAL)


@endpoint(READ)
def payments_info(request: HttpRequest) -> dict[str, Any]:
    """What the network knows of up to twenty orders, before anybody claims them."""
    order_ids = [text for text in request.GET.getlist("order_id") if text]
    if not 1 <= len(order_ids) <= MOST_CHECKED:
        raise bad_request(f"Between 1 and {MOST_CHECKED} order_id are needed")
    website = whole_number(request, "website")
    if website is not None:
        our_website(website)
    number = whole_number(request, "advcampaign")
    campaign = None if number is None else _programme(number)
    return {"order_info": [_order_info(order_id, campaign) for order_id in order_ids]}


def row_of(claim: sqlite3.Row) -> dict[str, Any]:
    """A request as the network shows it. What it pays is told once it has said yes."""
    campaign = sales.campaign_of(claim)
    where = config.current()
    money: Callable[[int | None], Any] = sales.money if claim["kind"] == claims.APPEAL else amount
    shown = {
        "id": claim["id"],
        "status": claim["status"],
        "website": {"id": where.website, "name": where.website_name},
        "advcampaign": {"id": campaign.id, "name": campaign.name},
        "order_id": claim["order_id"],
        "order_date": f"{claim['order_date']}T00:00:00",
        "order_price": money(claim["order_price"]),
        "currency": campaign.currency,
        "estimated_reward": money(claim["estimated_reward"]),
        "comment": claim["comment"],
        "appeal_id": claim["reference"],
        "appeal_status": claim["appeal_status"],
        "date_created": claim["created_at"].replace(" ", "T"),
    }
    if claim["status"] == "accepted":
        shown["reward"] = money(claim["reward"])
    return shown


def _listing(request: HttpRequest, kind: str) -> Page:
    limit, offset = paging(request)
    asked = Conditions()
    asked.add("kind = ?", kind)
    asked.add(f"{config.current().website} = ?", whole_number(request, "website"))
    asked.add("campaign_id = ?", whole_number(request, "advcampaign") or whole_number(request, "campaign"))
    asked.add("status = ?", _one_of(request, "status", claims.STATUSES))
    asked.add("appeal_status = ?", _one_of(request, "appeal_status", claims.APPEAL_STATUSES))
    asked.add("reference = ?", request.GET.get("appeal_id") or None)
    asked.add("substr(created_at, 1, 10) >= ?", _day(request.GET.get("start_date", ""), "start_date"))
    asked.add("substr(created_at, 1, 10) <= ?", _day(request.GET.get("end_date", ""), "end_date"))
    db = store.connection()
    # The conditions are texts of this module; only values come from the request.
    found = f"FROM claim WHERE {asked.where}"
    count = db.execute(f"SELECT count(*) {found}", asked.values).fetchone()[0]
    rows = db.execute(f"SELECT * {found} ORDER BY id LIMIT ? OFFSET ?", (*asked.values, limit, offset))
    return Page([row_of(row) for row in rows], count, limit, offset)


def _create(request: HttpRequest, kind: str) -> dict[str, Any]:
    asked = _read_form(request, kind)
    try:
        return row_of(claims.submit(asked))
    except claims.Unacceptable as refusal:
        raise bad_request(str(refusal)) from refusal


def _decline(claim_id: int, kind: str) -> dict[str, Any]:
    claim = _known(claim_id, kind)
    try:
        claims.withdraw(claim["id"])
    except claims.Unacceptable as refusal:
        raise bad_request(str(refusal)) from refusal
    return {"success": True}


def _read_form(request: HttpRequest, kind: str) -> claims.Asked:
    """The documents' fields, and the two that Admitad's own client calls by older names."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_FORM:
        raise ApiError(413, "invalid_request", "The request is too large", 3)
    try:
        form, files = request.POST, request.FILES
    except (MultiPartParserError, SuspiciousOperation, BadRequest) as problem:
        raise bad_request("The form cannot be read") from problem
    number = form.get("advcampaign") or form.get("campaign") or ""
    website = form.get("website", "")
    if not (_is_number(number) and _is_number(website)):
        raise bad_request("advcampaign and website must be whole numbers")
    our_website(int(website))
    ordered_on = _day(form.get("order_date", ""), "order_date")
    if ordered_on is None:
        raise bad_request("order_date is needed")
    upload = files.get("receipt") or files.get("attachment")
    estimate = form.get("estimated_reward", "")
    return claims.Asked(
        kind=kind,
        campaign=_programme(int(number)),
        order_id=_text(form, "order_id", LONGEST_ORDER, is_needed=True),
        order_date=date.fromisoformat(ordered_on),
        order_price=_price(form.get("order_price", ""), "order_price", least=1),
        estimated_reward=_price(estimate, "estimated_reward") if estimate else None,
        comment=_text(form, "comment", LONGEST_COMMENT, is_needed=True),
        reference=_text(form, "appeal_id", LONGEST_REFERENCE),
        receipt=None if upload is None else upload.read(claims.LARGEST_RECEIPT + 1),
    )


def _text(form: QueryDict, name: str, longest: int, *, is_needed: bool = False) -> str:
    text = form.get(name, "").strip()
    if is_needed and not text:
        raise bad_request(f"{name} is needed")
    if len(text) > longest or "\0" in text:
        raise bad_request(f"{name} is a text of at most {longest} characters")
    return text


def _price(text: str, name: str, *, least: int = 0) -> int:
    try:
        minor = amounts.to_minor(text)
    except ValueError as problem:
        raise bad_request(f"{name}: {problem}") from problem
    if minor < least:
        raise bad_request(f"{name} must be more than nothing")
    return minor


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 10


def _day(text: str, name: str) -> str | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, DAY).date().isoformat()
    except ValueError as problem:
        raise bad_request(f"{name} must look like {clock.now().strftime(DAY)}") from problem


def _one_of(request: HttpRequest, name: str, words: tuple[str, ...]) -> str | None:
    word = request.GET.get(name) or None
    if word is not None and word not in words:
        raise bad_request(f"{name} is one of {', '.join(words)}")
    return word


def _order_info(order_id: str, campaign: Campaign | None) -> dict[str, Any]:
    whose, action = claims.standing(order_id, campaign)
    info: dict[str, Any] = {"order_id": order_id, "status": whose}
    if action is not None:
        info |= {"payment_id": action["id"], "payment_status": action["status"]}
    return info


def _programme(number: int) -> Campaign:
    campaign = catalogue.campaigns().get(number)
    if campaign is None:
        raise not_found(f"Programme {number} does not exist")
    return campaign


def _known(claim_id: int, kind: str) -> sqlite3.Row:
    claim = claims.known(claim_id, kind)
    if claim is None:
        raise not_found(f"Request {claim_id} does not exist")
    return claim
