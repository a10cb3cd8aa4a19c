"""The way out to the shops, and what a shopper sees of the purchases made there."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from cashback.lib import paging
from cashback.lib.errors import DomainError
from offers import catalogue
from partners import storefronts
from partners.models import Storefront
from partners.visit import inside
from transactions import clicks, my_cashback, tickets

_REFUSED_STATUS = {
    "ticket_refused": 403,
    "ticket_expired": 403,
    "storefront_closed": 404,
    "merchant_unknown": 404,
    "merchant_closed": 410,
}
# What browsers and their extensions say when nobody has clicked yet.
_FETCHED_AHEAD = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_NOT_KEPT = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


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
    return HttpResponseRedirect(departure.address, headers=_NOT_KEPT)


def _is_ahead(purpose: str) -> bool:
    return "prefetch" in purpose.lower() or "prerender" in purpose.lower() or "preview" in purpose.lower()


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
def purchases(request: HttpRequest) -> HttpResponse:
    if not request.shopper:
        return _for_shoppers_only(request)
    number = paging.read_number(request.GET.get("page", ""))
    found = my_cashback.purchases(request.shopper, number=number, at=timezone.now())
    if found.is_past_the_end:
        raise Http404
    return render(request, "transactions/purchases.html", {"page": found})


@require_safe
def trips(request: HttpRequest) -> HttpResponse:
    if not request.shopper:
        return _for_shoppers_only(request)
    number = paging.read_number(request.GET.get("page", ""))
    found = my_cashback.trips(request.shopper, number=number, at=timezone.now())
    if found.is_past_the_end:
        raise Http404
    return render(request, "transactions/trips.html", {"page": found})


def _for_shoppers_only(request: HttpRequest) -> HttpResponse:
    return render(request, "transactions/guest.html", status=403)
