"""Signing in by a code sent by e-mail: the address, then the code. No page here says who is known."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import get_script_prefix, reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from partners import limits, shopper_session
from partners.models import MailCode
from partners.sign_in import codes, services
from partners.sign_in.addresses import NotAnAddress, veiled
from partners.sign_in.forms import AddressForm, CodeForm
from partners.views import HttpResponseSeeOther

# An office shares one address, so these only stop machines; what guards an address is in codes.
_LETTERS = {"what": "sign-in-letter", "most": 60, "seconds": 3600}
_TRIES = {"what": "sign-in-try", "most": 300, "seconds": 3600}
# An office mistypes now and then; who guesses at many addresses' codes is wrong nearly always.
_WRONG = {"what": "sign-in-wrong", "most": 30, "seconds": 3600}


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Asks for the address, and sends it a code."""
    _refuse_elsewhere(request)
    if request.method != "POST":
        return HttpResponseSeeOther(_next(request)) if request.shopper else _ask(request)
    form = AddressForm(request.POST)
    typed = form.cleaned_data["email"] if form.is_valid() else ""
    return _send(request, typed)


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def enter_code(request: HttpRequest, handle: str) -> HttpResponse:
    """Takes the code from the letter, and opens the session."""
    _refuse_elsewhere(request)
    now = timezone.now()
    waiting = _waiting(request, handle)
    if request.method != "POST":
        return _ask_code(request, waiting)
    form, client = CodeForm(request.POST), limits.client_of(request)
    try:
        limits.check(by=client, at=now, **_WRONG)
        limits.count(by=client, at=now, **_TRIES)
        shopper = services.sign_in(
            waiting=waiting,
            typed=form.cleaned_data["code"] if form.is_valid() else "",
            language=translation.get_language(),
            at=now,
        )
    except codes.CodeRefused as refusal:
        if refusal.code != "code_malformed":
            with suppress(limits.TooOften):
                limits.count(by=client, at=now, **_WRONG)
        return _ask_code(request, waiting, refusal=refusal)
    except limits.TooOften as refusal:
        return too_often(request, refusal)
    response = HttpResponseSeeOther(_next(request))
    shopper_session.start(response, request=request, shopper=shopper, storefront=request.storefront)
    return response


@never_cache
@csrf_exempt
@require_POST
def send_again(request: HttpRequest, handle: str) -> HttpResponse:
    """A new code goes to the same address."""
    _refuse_elsewhere(request)
    return _send(request, _waiting(request, handle).email)


def too_often(request: HttpRequest, refusal: limits.TooOften) -> HttpResponse:
    response = render(
        request,
        "partners/too_often.html",
        {"wait": refusal.wait, "minutes": -(-refusal.wait // 60)},
        status=429,
    )
    response.headers["Retry-After"] = str(refusal.wait)
    return response


def _send(request: HttpRequest, typed: str) -> HttpResponse:
    now = timezone.now()
    try:
        limits.count(by=limits.client_of(request), at=now, **_LETTERS)
        handle = services.ask_for_code(
            storefront=request.storefront, typed=typed, language=translation.get_language(), at=now
        )
    except NotAnAddress as refusal:
        return _ask(request, typed=typed, refusal=refusal)
    except limits.TooOften as refusal:
        return too_often(request, refusal)
    return HttpResponseSeeOther(_with_next(request, reverse("sign-in-code", args=[handle])))


def _refuse_elsewhere(request: HttpRequest) -> None:
    if not request.storefront.has_email_sign_in:
        raise Http404


def _waiting(request: HttpRequest, handle: str) -> MailCode:
    waiting = codes.find(storefront=request.storefront, purpose=MailCode.Purpose.SIGN_IN, handle=handle)
    if waiting is None:
        raise Http404
    return waiting


def _ask(request: HttpRequest, *, typed: str = "", refusal: NotAnAddress | None = None) -> HttpResponse:
    context = {"typed": typed, "refusal": refusal, "action": _with_next(request, reverse("sign-in"))}
    return render(request, "partners/sign_in.html", context, status=422 if refusal else 200)


def _ask_code(
    request: HttpRequest, waiting: MailCode, *, refusal: codes.CodeRefused | None = None
) -> HttpResponse:
    now, handle = timezone.now(), request.resolver_match.kwargs["handle"]
    context: dict[str, Any] = {
        "address": veiled(waiting.email),
        "refusal": refusal,
        "is_closed": not codes.is_open(waiting, at=now) or (refusal and refusal.code == "code_closed"),
        "minutes": codes.LIFE.seconds // 60,
        "wait": codes.wait_of(waiting, at=now),
        "action": _with_next(request, reverse("sign-in-code", args=[handle])),
        "again": _with_next(request, reverse("sign-in-again", args=[handle])),
        "back": _with_next(request, reverse("sign-in")),
    }
    return render(request, "partners/sign_in_code.html", context, status=422 if refusal else 200)


def _next(request: HttpRequest) -> str:
    """Where the shopper came from, should it be a page of this storefront; else the shops."""
    wished = request.GET.get("next", "")
    is_ours = wished.startswith(get_script_prefix()) and url_has_allowed_host_and_scheme(
        wished, allowed_hosts=None
    )
    return wished if is_ours else reverse("shops")


def _with_next(request: HttpRequest, path: str) -> str:
    here = _next(request)
    return path if here == reverse("shops") else f"{path}?{urlencode({'next': here})}"
