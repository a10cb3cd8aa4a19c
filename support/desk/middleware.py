"""Whoever changes something by the staff's pages is named in the audit."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from support.desk import audit

_SAFE = {"GET", "HEAD", "OPTIONS"}


class AuditMiddleware:
    """After AuthenticationMiddleware. A page that is only read costs nothing, and neither does one of a storefront."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in _SAFE or not request.path_info.startswith("/admin/"):
            return self.get_response(request)
        with audit.acting(user=request.user, ip=request.META.get("REMOTE_ADDR")):
            return self.get_response(request)
