"""The demo partners' own sites: each shows its storefront by the five lines of docs/embed.md, as a bank or an employer
would.

A launch token is made on this server whenever the storefront asks for one; neither the partner's secret nor its key
ever reaches the browser.
"""

import secrets
import time
from urllib.parse import urlsplit

import jwt
import requests
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cashback.sandbox import config
from cashback.sandbox.config import Partner
from cashback.sandbox.pages.words import HOSTS

TOKEN_SECONDS = 120
_API_SECONDS = (3, 10)


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
        "web": config.current().web,
        "languages": (("ru", "Русский"), ("en", "English")),
    }
    return render(request, "sandbox/host.html", context)


@require_GET
@never_cache
def token(request: HttpRequest, partner_slug: str) -> HttpResponse:
    """The partner's token endpoint: whose token it is, its own session would say; here the address does."""
    partner, shopper = _who(request, partner_slug)
    if partner is None:
        return JsonResponse({"error": "nobody is signed in"}, status=401)
    return JsonResponse({"launch_token": _launch_token(partner, shopper)})


@require_GET
@never_cache
def open_alone(request: HttpRequest, partner_slug: str) -> HttpResponse:
    """The storefront without the frame, by a token of its own: a launch token works once."""
    partner, shopper = _who(request, partner_slug)
    if partner is None:
        return render(request, "sandbox/missing.html", status=404)
    return HttpResponseRedirect(launch_url(partner, shopper))


def launch_url(partner: Partner, shopper: str) -> str:
    return f"{partner.storefront}launch?token={_signed_token(partner, shopper)}"


def _launch_token(partner: Partner, shopper: str) -> str:
    """By the API where this server has a key for it and can reach it by its name; else signed with the secret."""
    web = config.current().web
    if not partner.api_key or urlsplit(web).hostname != "localhost":
        return _signed_token(partner, shopper)
    answer = requests.post(
        f"{web}/api/v1/embed-sessions",
        headers={"Authorization": f"Bearer {partner.api_key}"},
        json={"shopper": shopper, "storefront": partner.slug, "locale": partner.locale},
        timeout=_API_SECONDS,
    )
    answer.raise_for_status()
    return answer.json()["launch_token"]


def _signed_token(partner: Partner, shopper: str) -> str:
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
    return jwt.encode(claims, partner.sso_secret, algorithm="HS256")


def _who(request: HttpRequest, partner_slug: str) -> tuple[Partner, str] | tuple[None, None]:
    partner = config.current().partners.get(partner_slug)
    if partner is None or not partner.shoppers:
        return None, None
    shopper = request.GET.get("shopper", partner.shoppers[0])
    return (partner, shopper) if shopper in partner.shoppers else (None, None)
