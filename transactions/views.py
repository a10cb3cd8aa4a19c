"""The way out to the shops, and what a shopper sees of the purchases made there."""

from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from cashback.lib import paging
from cashback.lib.errors import DomainError
from offers import catalogue
from partners import storefronts
from partners.models import Shopper, Storefront
from partners.visit import LANGUAGE_COOKIE, LANGUAGES, inside
from transactions.click_out import clicks, tickets, way_out
from transactions.forms import EvidenceForm
from transactions.models import Click
from transactions.my_cashback import balances, purchases, trips

_REFUSED_STATUS = {
    "ticket_refused": 403,
    "ticket_expired": 403,
    "storefront_closed": 404,
    "merchant_unknown": 404,
    "merchant_closed": 410,
    "way_out_refused": 403,
    "way_out_expired": 403,
}
# What browsers and their extensions say when nobody has clicked yet.
_FETCHED_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
# Set with the page before the shop and looked for when its script reports: kept or not.
_PROBE = "cb.probe"
_WAY_OUT = "/out/"


def click_out(request: HttpRequest, ticket: str) -> HttpResponse:
    """Sends the ticket's shopper to the shop once the click is stored. Hot path: no session and no other query."""
    if request.method == "HEAD":
        return HttpResponse(status=204, headers=_NOT_KEPT)
    if request.method != "GET":
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if any(_is_ahead(request.META.get(name, "")) for name in _FETCHED_AHEAD):
        return HttpResponse(status=503, headers=_NOT_KEPT)
    try:
        departure = clicks.depart(
            ticket=tickets.read(ticket, at=timezone.now()), user_agent=request.META.get("HTTP_USER_AGENT", "")
        )
    except tickets.TicketRefused as refusal:
        return _refused_ticket(request, refusal)
    except clicks.ClickRefused as refusal:
        storefront = storefronts.open_by_slug(refusal.storefront_slug)
        return _refused(request, refusal, storefront, refusal.merchant_slug)
    # Only a browser's navigation can show a page; an app or another program is sent straight to the shop.
    if departure.has_interstitial and request.META.get("HTTP_SEC_FETCH_MODE") == "navigate":
        token = way_out.issue(departure, at=timezone.now())
        return HttpResponse(status=303, headers={"Location": f"{_WAY_OUT}{token}", **_NOT_KEPT})
    return HttpResponseRedirect(departure.address, headers=_NOT_KEPT)


def _is_ahead(purpose: str) -> bool:
    return "prefetch" in purpose.lower() or "prerender" in purpose.lower() or "preview" in purpose.lower()


@require_safe
def show_way_out(request: HttpRequest, token: str) -> HttpResponse:
    """What earns cashback, and on to the shop; or straight on, where the partner has made the click. Shown again it is
    the same: the click is stored already."""
    now = timezone.now()
    try:
        departure = way_out.read(token, at=now)
    except way_out.WayOutRefused as refusal:
        return _refused_way_out(request, refusal)
    if not departure.has_interstitial:
        return HttpResponseRedirect(departure.address, headers=_NOT_KEPT)
    click = way_out.find_click(departure)
    storefront = storefronts.open_by_id(click.storefront_id) if click else None
    if click is None or storefront is None:
        closed = clicks.ClickRefused("This storefront is closed.", code="storefront_closed")
        return _refused(request, closed, None, "")
    with inside(request, storefront):
        _speak_as_to(click, request)
        context = {"promise": way_out.promise(click, at=now), "address": departure.address, "token": token}
        response = render(request, "transactions/way_out.html", context)
        response.headers["Content-Language"] = translation.get_language()
    for name, value in _NOT_KEPT.items():
        response.headers[name] = value
    response.set_cookie(
        _PROBE,
        "1",
        max_age=way_out.LIFE,
        path=_WAY_OUT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def _speak_as_to(click: Click, request: HttpRequest) -> None:
    """A tab that a frame has opened knows nobody, so the language is that of the shopper who clicked."""
    shopper = click.shopper
    wishes = (shopper.chosen_locale, request.COOKIES.get(LANGUAGE_COOKIE), shopper.locale)
    if language := next((each for each in wishes if each in LANGUAGES), None):
        translation.activate(language)


@csrf_exempt
@require_POST
def take_evidence(request: HttpRequest, token: str) -> HttpResponse:
    """The page's script says what it found; the answer names what the shopper should mend. The token is the only
    authority, so there is nothing to forge."""
    now = timezone.now()
    try:
        departure = way_out.read(token, at=now)
    except way_out.WayOutRefused as refusal:
        return JsonResponse({"code": refusal.code}, status=403, headers=_NOT_KEPT)
    form = EvidenceForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "evidence_unreadable"}, status=400, headers=_NOT_KEPT)
    blocker_seen, cookies_kept = form.cleaned_data["blocker"], _PROBE in request.COOKIES
    way_out.note_evidence(departure=departure, blocker_seen=blocker_seen, cookies_kept=cookies_kept, at=now)
    hints = [
        name for name, is_wrong in (("blocker", blocker_seen), ("cookies", not cookies_kept)) if is_wrong
    ]
    return JsonResponse({"hints": hints}, headers=_NOT_KEPT)


def _refused_way_out(request: HttpRequest, refusal: way_out.WayOutRefused) -> HttpResponse:
    click = way_out.find_click(refusal.departure) if refusal.departure else None
    if click is None:
        return _refused(request, refusal, None, "")
    return _refused(request, refusal, storefronts.open_by_id(click.storefront_id), click.merchant.slug)


def _refused_ticket(request: HttpRequest, refusal: tickets.TicketRefused) -> HttpResponse:
    if refusal.ticket is None:
        return _refused(request, refusal, None, "")
    storefront = storefronts.open_by_id(refusal.ticket.storefront_id)
    return _refused(request, refusal, storefront, catalogue.slug_of(refusal.ticket.merchant_id))


def _refused(
    request: HttpRequest, refusal: DomainError, storefront: Storefront | None, merchant_slug: str
) -> HttpResponse:
    """Says why, in the storefront's own look where it is known, and shows the way back."""
    context = {"code": refusal.code, "merchant_slug": merchant_slug}
    status = _REFUSED_STATUS[refusal.code]
    if storefront is None:
        with translation.override(translation.get_language_from_request(request)):
            response = render(request, "transactions/click_out_refused.html", context, status=status)
    else:
        with inside(request, storefront):
            response = render(request, "transactions/click_out_refused.html", context, status=status)
    for name, value in _NOT_KEPT.items():
        response.headers[name] = value
    return response


@require_safe
def show_purchases(request: HttpRequest) -> HttpResponse:
    wish = purchases.Wish.read(request.GET)

    def look(shopper: Shopper, at: datetime) -> dict[str, object] | None:
        page, shops = purchases.purchases(shopper, wish, at=at), purchases.shops(shopper, wish)
        return (
            None
            if page.is_past_the_end
            else {
                "page": page,
                "wish": wish,
                "choices": purchases.choices(shopper, wish),
                "shops": shops,
                "shop_name": next((name for name, _link, is_here in shops if is_here), ""),
                "every_shop": wish.but(shop=""),
                "previous_link": wish.but(page=wish.page - 1),
                "next_link": wish.but(page=wish.page + 1),
            }
        )

    return _mine(request, "transactions/purchases.html", look)


@require_safe
def show_purchase(request: HttpRequest, public_id: str) -> HttpResponse:
    def look(shopper: Shopper, at: datetime) -> dict[str, object] | None:
        found = purchases.purchase(shopper, public_id, at=at)
        return {"purchase": found} if found else None

    return _mine(request, "transactions/purchase.html", look)


@require_safe
def show_trips(request: HttpRequest) -> HttpResponse:
    number = paging.read_number(request.GET.get("page", ""))

    def look(shopper: Shopper, at: datetime) -> dict[str, object] | None:
        page = trips.trips(shopper, number=number, at=at)
        return None if page.is_past_the_end else {"page": page}

    return _mine(request, "transactions/trips.html", look)


def _mine(
    request: HttpRequest, template: str, look: Callable[[Shopper, datetime], dict[str, object] | None]
) -> HttpResponse:
    """A page of the shopper's own, with their five sums; whoever is nobody yet is told how to sign on. `look` finds
    what the page shows, or None where there is no such page."""
    if not request.shopper:
        return render(request, "transactions/guest.html", status=403)
    found = look(request.shopper, timezone.now())
    if found is None:
        raise Http404
    return render(request, template, found | {"balances": balances.balances(request.shopper)})
