"""What every address of the API has in common: whose key it is, what the key may do, and how often it may ask."""

from collections.abc import Mapping, Set
from difflib import get_close_matches
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ErrorDetail, PermissionDenied, Throttled, ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from partners import limits

_WINDOW = 60


class Counted(APIView):
    """Whoever calls, `request.auth` is what they call with: it may be used so many times a minute. Of parameters an
    address takes those that `documented` says of the method."""

    # No OPTIONS: it would say what the schema says better.
    http_method_names = ["get", "head", "post", "put", "patch", "delete"]
    # What is left of this minute's calls, once they have been counted.
    calls_left: int | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = getattr(self, method_of(request).lower(), self.http_method_not_allowed)
        takes = getattr(method, "takes", frozenset())
        if method != self.http_method_not_allowed and (unknown := set(request.query_params) - takes):
            raise ValidationError({name: _no_such_parameter(name, takes) for name in sorted(unknown)})

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self._count_call(request)

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)
        if self.calls_left is not None:
            response.headers["RateLimit-Limit"] = str(settings.API_CALLS_PER_MINUTE)
            response.headers["RateLimit-Remaining"] = str(self.calls_left)
            response.headers["RateLimit-Reset"] = str(_WINDOW - int(timezone.now().timestamp()) % _WINDOW)
        return response

    def _count_call(self, request: Request) -> None:
        most = settings.API_CALLS_PER_MINUTE
        try:
            self.calls_left = limits.count(
                "api", by=str(request.auth.pk), most=most, seconds=_WINDOW, at=timezone.now()
            )
        except limits.TooOften as refusal:
            self.calls_left = 0
            raise Throttled(
                refusal.wait, f"A key may call {most} times a minute.", code=refusal.code
            ) from refusal


class Door(Counted):
    """`request.partner` is whose key it is, `request.auth` the key. `scopes` names what each method needs of it."""

    scopes: ClassVar[Mapping[str, str]]

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        needed = self.scopes.get(method_of(request))
        if needed and needed not in request.auth.scopes:
            raise PermissionDenied(f"This key lacks the scope {needed}.", code="scope_missing")


def _no_such_parameter(name: str, takes: Set[str]) -> ErrorDetail:
    """One that was misspelt would otherwise be left out unheard, and more be answered than was asked."""
    alike = get_close_matches(name, takes, n=1)
    return ErrorDetail(
        "There is no such parameter here." + (f" Is it {alike[0]}?" if alike else ""),
        code="parameter_unknown",
    )


def method_of(request: Request) -> str:
    """What is asked for; HEAD asks for what GET does."""
    return "GET" if request.method == "HEAD" else str(request.method)
