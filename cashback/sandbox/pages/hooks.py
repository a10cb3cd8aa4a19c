"""The address at which a demo partner's server hears of the product, and what it has heard, for a person to look at."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from cashback.sandbox import config, hooks
from cashback.sandbox.config import Partner

_ON_A_PAGE = 100


@require_http_methods(["GET", "POST"])
@never_cache
def at_partner(request: HttpRequest, partner_slug: str) -> HttpResponse:
    partner = config.current().partners.get(partner_slug)
    if partner is None or not partner.webhook_secret:
        return render(request, "sandbox/missing.html", status=404)
    return _take(request, partner) if request.method == "POST" else _show(request, partner)


def _take(request: HttpRequest, partner: Partner) -> HttpResponse:
    try:
        hooks.take(partner, request.headers, request.body)
    except hooks.NotFromThem as refusal:
        return HttpResponse(f"{refusal}\n", status=400, content_type="text/plain")
    return HttpResponse(status=204)


def _show(request: HttpRequest, partner: Partner) -> HttpResponse:
    type_of = request.GET.get("type", "").strip()
    context = {
        "partner": partner,
        "type": type_of,
        "messages": hooks.heard(partner, most=_ON_A_PAGE, type_of=type_of),
    }
    return render(request, "sandbox/hooks.html", context)
