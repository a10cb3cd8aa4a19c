"""The pages of no room: the front door, and the errors."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from cashback import api_errors
from cashback.middleware import is_for_staff


@csrf_exempt
@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Names the service and its staff door, and nothing of its partners."""
    with translation.override(translation.get_language_from_request(request)):
        return render(request, "front_door.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _problem(
            request,
            413,
            _("That was too much"),
            _("What you sent is larger than this page takes. Go back and send smaller files, or fewer."),
        )
    return _problem(
        request,
        400,
        _("We didn't understand that"),
        _("The address or the form was not what this page expects."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(
        request, 403, _("This page isn't open to you"), _("Sign on first, or go back to the start.")
    )


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form carries no token of ours: the page it is on is too old, or somebody else's."""
    return _problem(
        request,
        403,
        _("We couldn't take that form"),
        _("Go back, load the page again, and send it once more."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(
        request, 404, _("There is no such page"), _("The link may be old, or a letter in it may be wrong.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Stands alone: whatever broke, this page asks neither the database nor the session for anything."""
    if api_errors.is_for_machines(request):
        return api_errors.problem(request, 500)
    return render(request, "500.html", {"request_id": getattr(request, "id", "")}, status=500)


def _problem(request: HttpRequest, status: int, title: Any, text: Any) -> HttpResponse:
    if api_errors.is_for_machines(request):
        return api_errors.problem(request, status)
    told = {"status": status, "title": title, "text": text}
    with translation.override(_language(request)):
        return render(request, "problem.html", told, status=status)


def _language(request: HttpRequest) -> str:
    """A storefront's pages and the staff's have theirs; elsewhere it is the browser's."""
    has_one = getattr(request, "storefront", None) or is_for_staff(request)
    return translation.get_language() if has_one else translation.get_language_from_request(request)
