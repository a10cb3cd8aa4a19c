"""How Admitad answers: its error bodies, its paging, and the door that every endpoint shares."""

import functools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from cashback.sandbox import config, limits
from cashback.sandbox.api import tokens
from cashback.sandbox.api.errors import ApiError, bad_request
from cashback.sandbox.faults import Draw, weather

DEFAULT_LIMIT, MAX_LIMIT = 20, 500
LARGEST_NUMBER = 2**31 - 1
BROKEN = "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"

View = Callable[..., Any]


@dataclass(frozen=True)
class Page:
    """One page of a list: the rows asked for, and how many there are in all."""

    results: Sequence[Any]
    count: int
    limit: int
    offset: int


def endpoint(scope: str, method: str = "GET") -> Callable[[View], Callable[..., HttpResponse]]:
    """A door of the API: token, scope, rate and faults here; the view returns plain data."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def door(request: HttpRequest, **place: Any) -> HttpResponse:
            def work() -> Any:
                _refuse_other_methods(request, method)
                tokens.check(request, scope)
                count_request()
                return view(request, **place)

            answered = answer(work)
            if method != "GET" and answered.status_code == 200 and weather.loses_answer():
                time.sleep(weather.faults.timeout_seconds)
                return HttpResponse(BROKEN, status=504)
            return answered

        return door

    return decorate


def answer(work: Callable[[], Any]) -> HttpResponse:
    """The outcome of the work as the network would send it on a day like this."""
    draw = weather.draw_for_request()
    if draw.timeout:
        time.sleep(weather.faults.timeout_seconds)
    if draw.error_500:
        return HttpResponse(BROKEN, status=500)
    try:
        data = work()
    except ApiError as refusal:
        return JsonResponse(refusal.body, status=refusal.status)
    return _spoilt(json.dumps(_envelope(data, draw), ensure_ascii=False), draw)


def count_request() -> None:
    if limits.is_exceeded(config.current().rate_limit):
        raise ApiError(503, "rate_limit_exceeded", "Too many requests: 600 per minute", 4)


def page_of(request: HttpRequest, rows: Sequence[Any]) -> Page:
    limit, offset = paging(request)
    return Page(rows[offset : offset + limit], len(rows), limit, offset)


def paging(request: HttpRequest) -> tuple[int, int]:
    limit = whole_number(request, "limit", DEFAULT_LIMIT)
    offset = whole_number(request, "offset", 0)
    if not 1 <= limit <= MAX_LIMIT:
        raise bad_request(f"limit must be between 1 and {MAX_LIMIT}")
    return limit, offset


def whole_number(request: HttpRequest, name: str, default: int | None = None) -> Any:
    """A non-negative number of the query; the default where it is absent or empty."""
    text = request.GET.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST_NUMBER:
        raise bad_request(f"{name} must be a whole number")
    return int(text)


def whole_numbers(request: HttpRequest, name: str) -> set[int]:
    """A repeatable number of the query."""
    texts = [text for text in request.GET.getlist(name) if text]
    if not all(text.isascii() and text.isdigit() and len(text) <= 10 for text in texts):
        raise bad_request(f"{name} must be a whole number")
    return {int(text) for text in texts}


def language(request: HttpRequest) -> str:
    """Russian unless asked otherwise, as at Admitad."""
    return "en" if request.GET.get("language") == "en" else "ru"


def our_website(website_id: int) -> None:
    if website_id != config.current().website:
        raise ApiError(404, "not_found", f"Website {website_id} is not yours", 3)


def _refuse_other_methods(request: HttpRequest, method: str) -> None:
    if request.method != method:
        raise ApiError(405, "method_not_allowed", f"Use {method}", 3)


def _envelope(data: Any, draw: Draw) -> Any:
    if not isinstance(data, Page):
        return data
    return {
        "results": weather.spoil_rows(list(data.results), draw),
        "_meta": {"count": data.count, "limit": data.limit, "offset": data.offset},
    }


def _spoilt(body: str, draw: Draw) -> HttpResponse:
    if draw.truncate:
        body = body[: len(body) // 2]
    return HttpResponse(body, content_type="application/json; charset=utf-8")
