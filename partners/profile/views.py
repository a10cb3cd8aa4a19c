"""A shopper's own page: language, address, what we hold of them, and the way out."""

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from partners import limits, personal_data, shopper_session
from partners.models import MailCode
from partners.profile import services
from partners.profile.forms import ErasureForm, LanguageForm
from partners.services import choose_language
from partners.sign_in import codes
from partners.sign_in.addresses import NotAnAddress, veiled
from partners.sign_in.forms import AddressForm, CodeForm
from partners.sign_in.views import too_often
from partners.views import HttpResponseSeeOther

_LETTERS = {"what": "confirm-letter", "most": 10, "seconds": 3600}
_TRIES = {"what": "confirm-try", "most": 60, "seconds": 3600}
_EXPORTS = {"what": "export", "most": 5, "seconds": 3600}
_DONE = ("saved", "confirmed", "removed", "kept")


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Shows the profile; a POST chooses the language."""
    if not request.shopper:
        return _for_shoppers_only(request)
    if request.method != "POST":
        return _show(request)
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return _show(request, status=422)
    choose_language(shopper=request.shopper, language=form.cleaned_data["language"])
    return _back("saved")


@never_cache
@csrf_exempt
@require_POST
def change_email(request: HttpRequest) -> HttpResponse:
    """Sends a code to the new address; the old one stands until the code comes back."""
    if not request.shopper:
        return _for_shoppers_only(request)
    form = AddressForm(request.POST)
    return _send(request, form.cleaned_data["email"] if form.is_valid() else "")


@never_cache
@csrf_exempt
@require_POST
def remove_email(request: HttpRequest) -> HttpResponse:
    if not request.shopper:
        return _for_shoppers_only(request)
    try:
        services.remove_email(shopper=request.shopper)
    except services.AddressRefused as refusal:
        return _show(request, refusal=refusal, status=409)
    return _back("removed")


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_email(request: HttpRequest, handle: str) -> HttpResponse:
    if not request.shopper:
        return _for_shoppers_only(request)
    now = timezone.now()
    waiting = _waiting(request, handle)
    if request.method != "POST":
        return _ask_code(request, waiting)
    form = CodeForm(request.POST)
    try:
        limits.count(by=str(request.shopper.pk), at=now, **_TRIES)
        services.confirm(
            waiting=waiting,
            shopper=request.shopper,
            typed=form.cleaned_data["code"] if form.is_valid() else "",
            language=translation.get_language(),
            at=now,
        )
    except codes.CodeRefused as refusal:
        return _ask_code(request, waiting, refusal=refusal)
    except services.AddressRefused as refusal:
        return _show(request, refusal=refusal, status=409)
    except limits.TooOften as refusal:
        return too_often(request, refusal)
    return _back("confirmed")


@never_cache
@csrf_exempt
@require_POST
def send_again(request: HttpRequest, handle: str) -> HttpResponse:
    if not request.shopper:
        return _for_shoppers_only(request)
    return _send(request, _waiting(request, handle).email)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Everything that we hold of the shopper, as a file."""
    if not request.shopper:
        return _for_shoppers_only(request)
    shopper, now = request.shopper, timezone.now()
    try:
        limits.count(by=str(shopper.pk), at=now, **_EXPORTS)
    except limits.TooOften as refusal:
        return too_often(request, refusal)
    text = json.dumps(services.export(shopper=shopper, at=now), ensure_ascii=False, indent=2)
    name = f"cashback-{request.storefront.slug}-{timezone.localdate(now).isoformat()}.json"
    return HttpResponse(
        text + "\n",
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    """Says what deleting means, asks what has to be asked, and does it."""
    if not request.shopper:
        return _for_shoppers_only(request)
    if request.method != "POST":
        return _ask_whether_sure(request)
    form = ErasureForm(request.POST)
    answers = {name: value for name, value in request.POST.items() if len(value) < 200}
    if personal_data.NOT_NOW in answers.values():
        return _back("kept")
    if not form.is_valid():
        return _ask_whether_sure(request, is_unsure=True)
    try:
        services.erase(shopper=request.shopper, answers=answers, at=timezone.now())
    except services.ErasureRefused as refusal:
        return _ask_whether_sure(request, unanswered=refusal.unanswered)
    response = HttpResponseSeeOther(reverse("goodbye"))
    shopper_session.end(response, request=request, storefront=request.storefront)
    return response


@never_cache
@require_safe
def goodbye(request: HttpRequest) -> HttpResponse:
    # The frame's script knows this address: it asks the host for no new sign-on from here.
    request.shopper = None
    return render(request, "partners/erased.html")


def _show(
    request: HttpRequest, *, refusal: Exception | None = None, typed: str = "", status: int = 200
) -> HttpResponse:
    done = request.GET.get("done", "")
    context = {
        "languages": settings.LANGUAGES,
        "refusal": refusal,
        "typed": typed,
        "done": done if done in _DONE and status == 200 else "",
    }
    return render(request, "partners/profile.html", context, status=status)


def _send(request: HttpRequest, typed: str) -> HttpResponse:
    now = timezone.now()
    try:
        limits.count(by=str(request.shopper.pk), at=now, **_LETTERS)
        handle = services.ask_to_confirm(
            shopper=request.shopper, typed=typed, language=translation.get_language(), at=now
        )
    except (NotAnAddress, services.AddressRefused) as refusal:
        return _show(request, refusal=refusal, typed=typed, status=422)
    except limits.TooOften as refusal:
        return too_often(request, refusal)
    return HttpResponseSeeOther(reverse("profile-email-code", args=[handle]))


def _waiting(request: HttpRequest, handle: str) -> MailCode:
    waiting = codes.find(storefront=request.storefront, purpose=MailCode.Purpose.CONFIRM, handle=handle)
    if waiting is None or waiting.shopper_id != request.shopper.pk:
        raise Http404
    return waiting


def _ask_code(
    request: HttpRequest, waiting: MailCode, *, refusal: codes.CodeRefused | None = None
) -> HttpResponse:
    now, handle = timezone.now(), request.resolver_match.kwargs["handle"]
    context: dict[str, Any] = {
        "is_confirming": True,
        "address": veiled(waiting.email),
        "refusal": refusal,
        "is_closed": not codes.is_open(waiting, at=now) or (refusal and refusal.code == "code_closed"),
        "minutes": codes.LIFE.seconds // 60,
        "wait": codes.wait_of(waiting, at=now),
        "action": reverse("profile-email-code", args=[handle]),
        "again": reverse("profile-email-again", args=[handle]),
        "back": reverse("profile"),
    }
    return render(request, "partners/sign_in_code.html", context, status=422 if refusal else 200)


def _ask_whether_sure(
    request: HttpRequest, *, is_unsure: bool = False, unanswered: list[str] | None = None
) -> HttpResponse:
    shopper = request.shopper
    context = {
        "consequences": [said for keeper in personal_data.keepers() for said in keeper.consequences(shopper)],
        "questions": personal_data.questions(shopper),
        "is_unsure": is_unsure,
        "unanswered": unanswered or [],
        "answers": request.POST,
    }
    is_refused = is_unsure or unanswered is not None
    return render(request, "partners/erase.html", context, status=422 if is_refused else 200)


def _back(done: str) -> HttpResponse:
    return HttpResponseSeeOther(f"{reverse('profile')}?done={done}")


def _for_shoppers_only(request: HttpRequest) -> HttpResponse:
    return render(request, "partners/profile_guest.html", status=403)
