"""Headers that every answer carries. The storefront's own middleware narrows the policy for its pages."""

import secrets

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from cashback import logs

_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
)
# The admin theme (django-unfold) evaluates its expressions with Function() and writes its colours into the page.
# No page of it holds a script of its own, so an injected one does not run.
_ADMIN = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
)


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


class ContentSecurityPolicyMiddleware:
    """Strict for all, looser for the admin theme, and framed only by the origins that a storefront names."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(response, "is_preview", False):
            # A storefront's page in the editor of its look: strict as ever, framed by the editor alone.
            response.headers["Content-Security-Policy"] = f"{_STRICT}frame-ancestors 'self'"
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
            return response
        storefront = getattr(request, "storefront", None)
        ancestors = (
            " ".join(storefront.embed_origins) if storefront and storefront.embed_origins else "'none'"
        )
        policy = _ADMIN if is_for_staff(request) else _STRICT
        response.headers.setdefault("Content-Security-Policy", f"{policy}frame-ancestors {ancestors}")
        if ancestors == "'none'":
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response


class StaffLanguageMiddleware:
    """The admin speaks the language that its reader chose there, else the one that the browser asks for."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_for_staff(request):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return self.get_response(request)


def is_for_staff(request: HttpRequest) -> bool:
    """A partner's host name has no admin: there the path belongs to the storefront."""
    return request.path_info.startswith("/admin/") and not getattr(request, "storefront", None)
