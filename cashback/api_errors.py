"""Everything below /api/ fails in one shape: `application/problem+json` (RFC 9457), with a `code` for machines.

{"type": "about:blank", "title": "Bad Request", "status": 400, "detail": "…", "code": "invalid", "request_id": "…",
 "errors": [{"field": "locale", "code": "…", "detail": "…"}]}
"""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.views import set_rollback

from cashback.lib.errors import DomainError

_API = "/api/"
_CODES = {
    400: "bad_request",
    401: "not_authenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    429: "too_often",
    500: "our_fault",
}
_DETAILS = {
    400: "The request is not one that we understand.",
    403: "This is not open to you.",
    404: "There is nothing at this address.",
    413: "The body is larger than this address takes.",
    500: "Something broke on our side. Nothing was half done; try again, and tell us the request_id.",
}


def is_for_machines(request: HttpRequest) -> bool:
    """By the whole path, on every host: no storefront has a page there, and who asks there is a program."""
    return request.path.startswith(_API)


def problem(
    request: HttpRequest,
    status: int,
    *,
    code: str = "",
    detail: str = "",
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or _DETAILS.get(status, ""),
        "code": code or _CODES.get(status, "refused"),
        "request_id": getattr(request, "id", ""),
        "errors": list(errors),
    }
    answer = JsonResponse(body, status=status, content_type="application/problem+json", headers=headers)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def answer(error: Exception, context: dict[str, Any]) -> JsonResponse | None:
    """What an API view refused, as a problem. None lets it crash: that is logged, and answered with a 500."""
    request = context["request"]
    if isinstance(error, DomainError):
        set_rollback()
        # What was too often says how long to wait, and so does what is still under way.
        wait = getattr(error, "wait", None)
        after = wait or getattr(error, "retry_after", None)
        headers = {"Retry-After": str(after)} if after else None
        return problem(request, 429 if wait else 409, code=error.code, detail=str(error), headers=headers)
    if isinstance(error, Http404):
        error = exceptions.NotFound(_DETAILS[404])
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied(_DETAILS[403])
    if not isinstance(error, exceptions.APIException):
        return None
    set_rollback()
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    if isinstance(error, exceptions.ValidationError):
        wrong = list(_flat(error.detail))
        detail = "Some fields are not as they should be; see errors."
        return problem(request, 400, code="invalid", detail=detail, errors=wrong)
    code = str(getattr(error.detail, "code", ""))
    if code in ("", exceptions.ParseError.default_code):  # a parser's own word for what has none of ours
        code = _CODES.get(error.status_code, "")
    return problem(request, error.status_code, code=code, detail=str(error.detail), headers=headers)


def _flat(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """DRF's nested errors as a list; `field` is a path such as `items.0.name`, "" for the body as a whole."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = "" if name == "non_field_errors" else str(name)
            yield from _flat(inner, ".".join(part for part in (field, own) if part))
    elif isinstance(detail, Sequence) and not isinstance(detail, str):
        for inner in detail:
            yield from _flat(inner, field)
    else:
        yield {"field": field, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}
