"""The demo partners' own sites: each shows its storefront in a frame, the way a bank or an employer would.

The launch token is minted on this server at every load; the partner's secret never reaches the browser.
"""

import secrets
import time

import jwt
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cashback.sandbox import config
from cashback.sandbox.config import Partner
from cashback.sandbox.pages.words import HOSTS

TOKEN_SECONDS = 120


@require_GET
@never_cache
def page(request: HttpRequest, partner_slug: str) -> HttpResponse:
    partner, shopper = _who(request, partner_slug)
    if partner is None:
        return render(request, "sandbox/missing.html", status=404)
    context = {
        "partner": partner,
        "shopper": shopper,
        "words": HOSTS[partner.locale if partner.locale in HOSTS else "en"],
        "frame": launch_url(partner, shopper),
    }
    return render(request, "sandbox/host.html", context)


@require_GET
@never_cache
def open_alone(request: HttpRequest, partner_slug: str) -> HttpResponse:
    """The storefront without the frame, by a token of its own: a launch token works once."""
    partner, shopper = _who(request, partner_slug)
    if partner is None:
        return render(request, "sandbox/missing.html", status=404)
    return HttpResponseRedirect(launch_url(partner, shopper))


def launch_url(partner: Partner, shopper: str) -> str:
    now = int(time.time())
    claims = {
        "iss": partner.slug,
        "aud": "cashback",
        "sub": shopper,
        "jti": secrets.token_urlsafe(18),
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        "locale": partner.locale,
    }
    return f"{partner.storefront}launch?token={jwt.encode(claims, partner.sso_secret, algorithm='HS256')}"


def _who(request: HttpRequest, partner_slug: str) -> tuple[Partner, str] | tuple[None, None]:
    partner = config.current().partners.get(partner_slug)
    if partner is None or not partner.shoppers:
        return None, None
    shopper = request.GET.get("shopper", partner.shoppers[0])
    return (partner, shopper) if shopper in partner.shoppers else (None, None)
