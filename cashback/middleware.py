"""Headers that every answer carries. The storefront's own middleware narrows the policy for its pages."""

import re
import secrets
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from cashback import logs
from cashback.lib import sight
from partners import reach
from support.mail.views import LARGEST_BODY as LARGEST_LETTER

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
)
# The admin theme (django-unfold) evaluates its expressions with Function() and writes its colours into the page.
# No page of it holds a script of its own, so an injected one does not run.
_ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
)
# Two logos and what is said about them; of a picture that is too large the form itself says so.
_LARGEST_OF_STAFF = 16 * 1024 * 1024
# A few photographs of a receipt. Nothing of them is read before the page knows its shopper.
_LARGEST_OF_A_CLAIM = 16 * 1024 * 1024
_CLAIMS = re.compile(
    r"/me/(claims/(new/[^/]+|[^/]+/(say|contest))|purchases/[^/]+/claim)/$|^/api/v1/claims(/[^/]+/messages)?$"
)
_OWN_ACCOUNT = "/admin/password_change/"
# A mail provider hands letters on with their attachments; the door there keeps 30 MB of each, and says what it left.
_LETTERS = "/support/mail/"


class RequestIdMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = secrets.token_hex(8)
        token = logs.request_id.set(request.id)
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(token)
        response.headers["X-Request-Id"] = request.id
        return response


class SightMiddleware:
    """A request begins without sight of any partner's rows; those below, and views, say whose it is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with sight.nothing():
            return self.get_response(request)


class BodySizeMiddleware:
    """Refuses a body that is too large before anything reads it. Django's own limit leaves out files: whoever sent one
    to the sign-in page would have it written to our disk, however long it is."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0  # To Django it has no body then.
        if length > _largest(request):
            raise RequestDataTooBig("The body is too large.")
        return self.get_response(request)


def _largest(request: HttpRequest) -> int:
    if is_for_staff(request):
        return _LARGEST_OF_STAFF
    if request.path_info.startswith(_LETTERS):
        return LARGEST_LETTER
    if _CLAIMS.search(request.path_info):
        return _LARGEST_OF_A_CLAIM
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class ContentSecurityPolicyMiddleware:
    """Strict for all, looser for the admin theme, and framed only by the origins that a storefront names."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(response, "is_preview", False):
            # A storefront's page in the editor of its look: strict as ever, framed by the editor alone.
            response.headers["Content-Security-Policy"] = f"{STRICT}frame-ancestors 'self'"
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
            return response
        storefront = getattr(request, "storefront", None)
        ancestors = (
            " ".join(storefront.embed_origins) if storefront and storefront.embed_origins else "'none'"
        )
        policy = _ADMIN if is_for_staff(request) else STRICT
        response.headers.setdefault("Content-Security-Policy", f"{policy}frame-ancestors {ancestors}")
        if ancestors == "'none'":
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class StaffLanguageMiddleware:
    """The admin speaks the language that its reader chose there, else the one that the browser asks for; its times are
    those of the staff's clock."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_staff(request):
            return self.get_response(request)
        language, zone = translation.get_language_from_request(request), ZoneInfo(settings.STAFF_TIME_ZONE)
        with translation.override(language), timezone.override(zone):
            return self.get_response(request)


class StaffSightMiddleware:
    """Staff see the rows of the partners that they work for, whatever a page of theirs asks the database."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == _OWN_ACCOUNT and is_for_staff(request):
            sight.settle_on_all("whoever changes their password writes their own account")
        elif is_for_staff(request):
            reach.settle_sight(request.user, reason=f"{request.method} {request.path_info}")
        return self.get_response(request)


def is_for_staff(request: HttpRequest) -> bool:
    """A partner's host name has no admin: there the path belongs to the storefront."""
    return request.path_info.startswith("/admin/") and not getattr(request, "storefront", None)
