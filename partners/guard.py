"""Who may change something on a storefront's pages: its own pages, and nobody else's.

A storefront in a frame has no cookie to compare a form's token with, so the browser's own word counts: it says of each
request which site asked for it, and no script can change that (`Sec-Fetch-Site`, and `Origin` where that is absent).
"""

from urllib.parse import urlsplit

from django.http import HttpRequest

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")


def is_welcome(request: HttpRequest) -> bool:
    """False for a request that would change something and comes from another site's page."""
    if request.method in _SAFE:
        return True
    if site := request.headers.get("Sec-Fetch-Site"):
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or _is_own(request, origin)


def _is_own(request: HttpRequest, origin: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc.lower()) == (request.scheme, request.get_host().lower())
