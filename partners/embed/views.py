"""The doors of the embed: the loader for the host's page, the frame's first page, and its session."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from cashback.lib import ids, sight
from partners import guard, services, shopper_session, storefronts
from partners.embed import advice, seen
from partners.models import Storefront
from partners.visit import home, inside

_HOUR_SECONDS = 3600
_NOT_KEPT = {"Cache-Control": "no-store"}
_LONGEST_BODY = 16 * 1024
# What the first page can find wrong by itself; a refused token brings its own words.
_STATES = ("no_token_source", "token_source_failed", "host_silent", "origin_not_listed")
# What the frame says with each of these names is a text no longer than this.
_LONGEST = {"storefront": 50, "token": 4096, "look": 10, "locale": 35, "origin": 200}
# JSON can say half a surrogate pair, and nothing can store or encode it.
_HALF = re.compile("[\ud800-\udfff]")


@csrf_exempt
@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """The script that a host's page loads. The path names its version; what is in it may be mended within a version."""
    content, tag = _loader()
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={_HOUR_SECONDS}",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(content, content_type="text/javascript; charset=utf-8", headers=headers)


@cache
def _loader() -> tuple[bytes, str]:
    with open(finders.find("embed/v1.js"), "rb") as file:
        content = file.read()
    return content, f'"{hashlib.sha256(content).hexdigest()[:16]}"'


@csrf_exempt
@require_safe
def boot(request: HttpRequest) -> HttpResponse:
    """The frame's first page: nobody's yet. It asks the page around it for a launch token and signs on with that."""
    slug = request.GET.get("storefront", "")
    storefront = _storefront(request, slug)
    if storefront is None:
        # Its own partner's page may at least show why nothing comes.
        closed = storefronts.closed_by_slug(slug)
        request.storefront = closed if closed and _belongs_here(request, closed) else None
        context = {"code": "storefront_closed", "fix": advice.fix("storefront_closed")}
        return render(request, "embed/closed.html", context, status=404)
    # A page of ours that comes back here is no news of the host's page, and neither is an address typed by hand.
    origin = _origin_of(request.headers.get("Referer", ""))
    if origin not in ("", f"{request.scheme}://{request.get_host()}"):
        seen.frame(storefront, origin=origin, at=timezone.now())
    look, locale = request.GET.get("theme", ""), request.GET.get("locale", "")
    with inside(request, storefront, wish=locale):
        request.is_embedded = True
        request.look = look if look in shopper_session.LOOKS else ""
        states = [(code, advice.fix(code)) for code in _STATES]
        context = {"is_boot": True, "states": states, "pilot_fix": advice.fix("not_in_pilot")}
        response = render(request, "embed/boot.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@require_http_methods(["GET", "POST", "PATCH", "DELETE"])
def session(request: HttpRequest) -> HttpResponse:
    """POST signs on with a launch token, GET tells whether the cookie came back, PATCH changes the look, and DELETE
    ends what the cookie says."""
    if not guard.is_welcome(request):
        return _refused(403, "foreign_page", "Only the frame's own page may ask for this.")
    said = request.GET if request.method == "GET" else _body(request)
    if isinstance(said, HttpResponse):
        return said
    storefront = _storefront(request, said.get("storefront", ""))
    if storefront is None:
        return _refused(404, "storefront_closed", str(advice.fix("storefront_closed")))
    if request.method == "GET":
        return _probe(request, storefront)
    if said.get("look", "") not in shopper_session.LOOKS:
        return _refused(400, "bad_request", "Of looks there are light and dark.")
    if request.method == "DELETE":
        return _sign_off(request, storefront)
    with inside(request, storefront, wish=said.get("locale", "")):
        return _sign_on(request, said) if request.method == "POST" else _redress(request, said)


def _probe(request: HttpRequest, storefront: Storefront) -> HttpResponse:
    """Whose cookie came back: only the cookie's word counts here, for it is the cookie that is tried."""
    kept = shopper_session.of_cookie(request, storefront=storefront)
    seen.cookie(storefront, is_kept=kept is not None, at=timezone.now())
    shopper = ids.public("shp", kept.shopper_id) if kept else ""
    return JsonResponse({"signed_in": kept is not None, "shopper": shopper}, headers=_NOT_KEPT)


def _sign_on(request: HttpRequest, said: Mapping[str, str]) -> HttpResponse:
    storefront, now = request.storefront, timezone.now()
    origin = said.get("origin", "")
    try:
        if origin not in storefront.embed_origins:
            raise services.LaunchRefused(
                _("A page of this origin may not show the storefront."), code="origin_not_listed"
            )
        shopper = services.sign_on(
            storefront=storefront,
            token=said.get("token", ""),
            origin=origin,
            locale=said.get("locale", ""),
            at=now,
        )
    except services.LaunchRefused as refusal:
        seen.token(storefront, origin=origin, refusal=refusal, at=now)
        return _refused(403, refusal.code, str(refusal))
    seen.token(storefront, origin=origin, at=now)
    started = shopper_session.begin(shopper, look=said.get("look", ""), is_embedded=True)
    answer = {
        "bearer": started.as_bearer(),
        "expires_in": settings.BEARER_SECONDS,
        "home": home(request, storefront),
        # A script that signs on again learns whether it is for the same one; it is our own name of them.
        "shopper": shopper.public_id,
    }
    response = JsonResponse(answer, headers=_NOT_KEPT)
    shopper_session.keep(response, started, request=request, storefront=storefront)
    return response


def _sign_off(request: HttpRequest, storefront: Storefront) -> HttpResponse:
    """The host's page says that nobody is signed in: then nobody is here, whoever was an hour ago."""
    response = HttpResponse(status=204, headers=_NOT_KEPT)
    shopper_session.end(response, request=request, storefront=storefront)
    return response


def _redress(request: HttpRequest, said: Mapping[str, str]) -> HttpResponse:
    """The cookie's session goes on with another look, and ends when it would have ended."""
    storefront = request.storefront
    session = shopper_session.of_cookie(request, storefront=storefront)
    if session is None:
        return _refused(401, "signed_out", "There is no session to change.")
    dressed = replace(session, look=said.get("look", ""))
    response = JsonResponse({"look": dressed.look}, headers=_NOT_KEPT)
    shopper_session.keep(response, dressed, request=request, storefront=storefront)
    return response


def _storefront(request: HttpRequest, slug: str) -> Storefront | None:
    """The open storefront of this name; on a partner's own host name only that partner's."""
    found = storefronts.open_by_slug(slug)
    if found is None or not _belongs_here(request, found):
        return None
    sight.settle_on([found.partner_id])
    return found


def _belongs_here(request: HttpRequest, storefront: Storefront) -> bool:
    """A partner's own host name tells nothing of another partner, not even a name."""
    return request.resident is None or request.resident.partner_id == storefront.partner_id


def _body(request: HttpRequest) -> dict[str, str] | HttpResponse:
    """What the frame's script said: short texts by name. An answer that refuses it where it is anything else."""
    if request.content_type != "application/json":
        return _refused(415, "unsupported_media_type", "Send application/json.")
    raw = request.read(_LONGEST_BODY + 1)
    if len(raw) > _LONGEST_BODY:
        return _refused(413, "too_large", "The body is larger than this address takes.")
    try:
        said: Any = json.loads(raw)
    except (ValueError, RecursionError):
        return _refused(400, "bad_request", "This is not JSON.")
    if not isinstance(said, dict) or not all(
        isinstance(text := said.get(name, ""), str) and len(text) <= longest and not _HALF.search(text)
        for name, longest in _LONGEST.items()
    ):
        return _refused(400, "bad_request", "Send an object of short texts.")
    return said


def _origin_of(address: str) -> str:
    """The origin in a Referer, which is all that the host's page gives us."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in ("http", "https") else ""


def _refused(status: int, code: str, message: str) -> HttpResponse:
    body = {"code": code, "message": message, "fix": str(advice.fix(code))}
    return JsonResponse(body, status=status, headers=_NOT_KEPT)
