"""The operator's hand: what the advertisers decide, which faults are in force, and a fresh start.

Loopback only; JSON in, JSON out; nonsense is answered with 400 and changes nothing.
"""

import ipaddress
import json
import sqlite3
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse

from cashback.sandbox import amounts, catalogue, clock, limits, mail, postbacks, sales, store
from cashback.sandbox.api.statistics import amount
from cashback.sandbox.faults import CHANCES, Faults, weather
from cashback.sandbox.programmes import Campaign, Tariff

STATUSES = ("pending", "approved", "declined")
MAX_POSTBACKS = 100
MAX_COMMENT = 500
Body = dict[str, Any]


class Refusal(Exception):
    """The operator asked for something that makes no sense."""

    def __init__(self, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.status = status


def door(**views: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """One view per HTTP method, for callers on this machine only."""

    def answer(request: HttpRequest, **place: Any) -> HttpResponse:
        try:
            if not ipaddress.ip_address(request.META["REMOTE_ADDR"]).is_loopback:
                raise Refusal("The operator sits at this machine", 403)
            view = views.get(request.method or "")
            if view is None:
                raise Refusal(f"Use {' or '.join(views)}", 405)
            said = view(request, **place)
            if isinstance(said, HttpResponse):
                return said
            return JsonResponse(said, json_dumps_params={"ensure_ascii": False})
        except Refusal as refusal:
            return JsonResponse({"error": str(refusal)}, status=refusal.status)

    return answer


def list_actions(request: HttpRequest) -> Body:
    rows = store.connection().execute("SELECT * FROM action ORDER BY id")
    return {"data": [_truth(row) for row in rows]}


def make_action(request: HttpRequest) -> Body:
    """A purchase without the shop pages, with the click of that sub-id if there was one."""
    body = read_body(request, {"campaign", "subid4", "cart", "payment", "order_id", "tariff"})
    campaign = catalogue.find(body.get("campaign"))
    if campaign is None:
        raise Refusal("campaign is the id or the slug of a programme")
    subid4 = read_text(body, "subid4", sales.SUB_ID_LENGTHS["subid4"])
    order = sales.Order(
        campaign=campaign,
        cart=_required_amount(body, "cart"),
        tariff=_tariff(body, campaign),
        payment=read_amount(body, "payment"),
        order_id=read_text(body, "order_id", 100),
    )
    click = sales.latest_click(subid4, campaign) if subid4 else None
    action = sales.place(order, came_by=click, sub_ids={"subid4": subid4})
    return _truth(action)


def change_action(request: HttpRequest, action_id: int) -> Body:
    """The advertiser changes its mind about an action."""
    body = read_body(request, {"status", "payment", "cart", "paid", "stalled", "comment"})
    if not body:
        raise Refusal("Nothing to change: name status, payment, cart, paid, stalled or comment")
    status = body.get("status")
    if status is not None and status not in STATUSES:
        raise Refusal(f"status is one of {', '.join(STATUSES)}")
    stalled = read_flag(body, "stalled")
    if stalled and status is None:
        status = "approved"
    if stalled and status != "approved":
        raise Refusal("Only an approved action can be stalled")
    changed = sales.change(
        _known(action_id)["id"],
        sales.Change(
            status=status,
            payment=read_amount(body, "payment"),
            cart=read_amount(body, "cart"),
            paid=read_flag(body, "paid"),
            stalled=stalled,
            comment=read_text(body, "comment", MAX_COMMENT),
        ),
    )
    return _truth(changed)


def show_action(request: HttpRequest, action_id: int) -> Body:
    return _truth(_known(action_id))


def repeat_postback(request: HttpRequest, action_id: int) -> Body:
    """The action's present state is sent again, `times` times, whatever the faults are."""
    body = read_body(request, {"times"})
    times = body.get("times", 1)
    if isinstance(times, bool) or not isinstance(times, int) or not 1 <= times <= MAX_POSTBACKS:
        raise Refusal(f"times is a number from 1 to {MAX_POSTBACKS}")
    postbacks.repeat(sales.postback_parameters(_known(action_id)), times)
    return {"sent": times}


def show_faults(request: HttpRequest) -> Body:
    return {name.name: getattr(weather.faults, name.name) for name in fields(Faults)}


def change_faults(request: HttpRequest) -> Body:
    """These faults from now on; what is not named is off."""
    body = read_body(request, {name.name for name in fields(Faults)})
    for name in CHANCES:
        _number_within(body, name, 0, 1)
    _number_within(body, "timeout_seconds", 0, 120)
    _whole_within(body, "postback_times", 1, MAX_POSTBACKS)
    _whole_within(body, "seed", 0, 2**63)
    read_flag(body, "drop_postbacks")
    read_flag(body, "accept_doubles")
    weather.change(Faults(**{name: value for name, value in body.items() if value is not None}))
    return show_faults(request)


def show_clock(request: HttpRequest) -> Body:
    return {"now": clock.stamp(clock.now())}


def turn_clock(request: HttpRequest) -> Body:
    """The network's day is the one named as `to`, "2026-01-31 13:45:00" of Moscow; without it, real time runs."""
    text = read_text(read_body(request, {"to"}), "to", len("2026-01-31 13:45:00"))
    try:
        moment = datetime.strptime(text, clock.STAMP) if text is not None else None
    except ValueError as problem:
        raise Refusal("to must look like 2026-01-31 13:45:00") from problem
    if moment is not None and not datetime(2000, 1, 1) <= moment <= clock.real():
        raise Refusal("to is a moment of the past")
    clock.turn(moment)
    return show_clock(request)


def reset(request: HttpRequest) -> Body:
    """As at the start: no clicks, actions or claims, no mail, no faults, real time. Ids go on, tokens stay valid."""
    postbacks.postman.forget()
    store.forget_trade()
    weather.change(Faults())
    clock.turn(None)
    limits.forget()
    mail.mailbox().empty()
    return {"status": "ok"}


def show_plain(request: HttpRequest) -> Body:
    """The shops with a single 5 % rate, by currency."""
    ids = {currency: catalogue.by_slug()[slug].id for currency, slug in catalogue.PLAIN_SHOPS.items()}
    return {**catalogue.PLAIN_SHOPS, "campaigns": ids}


actions = door(GET=list_actions, POST=make_action)
one_action = door(GET=show_action, POST=change_action)
action_postback = door(POST=repeat_postback)
faults = door(GET=show_faults, POST=change_faults)
time_of_day = door(GET=show_clock, POST=turn_clock)
start_over = door(POST=reset)
plain = door(GET=show_plain)


def _truth(action: sqlite3.Row) -> Body:
    campaign = sales.campaign_of(action)
    return {
        "id": action["id"],
        "order_id": action["order_id"],
        "campaign": campaign.id,
        "slug": campaign.slug,
        "tariff": action["tariff_id"],
        **{name: action[name] for name in sales.SUB_IDS},
        "status": action["status"],
        "stalled": bool(action["stalled"]),
        "paid": bool(action["paid"]),
        "payment": amount(action["payment"]),
        "cart": amount(action["cart"]),
        "currency": campaign.currency,
        "comment": action["comment"],
        "click_date": action["clicked_at"],
        "action_date": action["bought_at"],
        "status_updated": action["status_updated"],
    }


def _known(action_id: int) -> sqlite3.Row:
    action = sales.known(action_id)
    if action is None:
        raise Refusal(f"There is no action {action_id}", 404)
    return action


def read_body(request: HttpRequest, known: set[str]) -> Body:
    try:
        body = json.loads(request.body or b"{}", parse_constant=_refuse_constant)
    except RequestDataTooBig as problem:
        raise Refusal("The body is too large", 413) from problem
    except (ValueError, RecursionError) as problem:
        raise Refusal("The body is not JSON") from problem
    if not isinstance(body, dict):
        raise Refusal("The body is a JSON object")
    unknown = sorted(set(body) - known)
    if unknown:
        raise Refusal(f"Unknown: {', '.join(unknown)!r}; known: {', '.join(sorted(known))}")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number")


def read_text(body: Body, name: str, longest: int) -> str | None:
    text = body.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or len(text) > longest or "\0" in text:
        raise Refusal(f"{name} is a text of at most {longest} characters")
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise Refusal(f"{name} is not Unicode text") from problem
    return text


def read_amount(body: Body, name: str) -> int | None:
    if body.get(name) is None:
        return None
    return _required_amount(body, name)


def _required_amount(body: Body, name: str) -> int:
    try:
        return amounts.to_minor(body.get(name))
    except ValueError as problem:
        raise Refusal(f"{name}: {problem}") from problem


def read_flag(body: Body, name: str) -> bool | None:
    value = body.get(name)
    # 0 and 1 too: that is how the network's own report writes `paid`.
    if value not in (None, 0, 1):
        raise Refusal(f"{name} is true or false")
    return None if value is None else bool(value)


def _tariff(body: Body, campaign: Campaign) -> Tariff | None:
    tariff_id = body.get("tariff")
    if tariff_id is None:
        return None
    found = campaign.tariff(tariff_id) if isinstance(tariff_id, int) else None
    if found is None:
        raise Refusal(f"tariff is a tariff id of programme {campaign.id}")
    return found[1]


def _number_within(body: Body, name: str, least: float, most: float) -> None:
    value = body.get(name)
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise Refusal(f"{name} is a number from {least} to {most}")


def _whole_within(body: Body, name: str, least: int, most: int) -> None:
    _number_within(body, name, least, most)
    if not isinstance(body.get(name, least), int | None):
        raise Refusal(f"{name} is a whole number")
