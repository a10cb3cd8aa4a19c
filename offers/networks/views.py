from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from offers.networks import services


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_postback(request: HttpRequest, token: str) -> HttpResponse:
    """Stores the message before it says 200. What it means is worked out later, from the network's own report."""
    query = request.META.get("QUERY_STRING", "")
    limit, declared = services.LARGEST_MESSAGE, _declared_length(request)
    if len(query) > limit or declared > limit:
        return _too_large(limit)
    try:
        body = _read(request, limit + 1)
    except UnreadablePostError:
        return _broken_off()
    if body is None:
        return _answer(411, "Say how long the message is (Content-Length).")
    if len(body) > limit:
        return _too_large(limit)
    if len(body) < declared:
        return _broken_off()
    stored = services.receive(
        token=token,
        method=request.method or "",
        content_type=_storable(request.content_type or "")[:120],
        query=_storable(query),
        body=body,
        at=timezone.now(),
    )
    if stored is None:
        return _answer(404, "No account has this address. Copy it again from the network account's page.")
    return _answer(200, "stored")


def _read(request: HttpRequest, most: int) -> bytes | None:
    """The body's first bytes; None when there may be one, but nobody says where it ends.

    Of a message without a length (in chunks, or over HTTP/2) Django reads nothing at all, so it is read past Django,
    if the server ends its input where the message ends."""
    if request.META.get("CONTENT_LENGTH"):
        return request.read(most)
    if request.META.get("wsgi.input_terminated"):
        body: bytes = request.META["wsgi.input"].read(most)
        return body
    return None if "HTTP_TRANSFER_ENCODING" in request.META else b""


def _storable(text: str) -> str:
    """Neither a NUL nor half a surrogate pair fits a text column; the replacement is visible to staff."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _declared_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _too_large(limit: int) -> HttpResponse:
    return _answer(413, f"A message may have {limit} bytes at most.")


def _broken_off() -> HttpResponse:
    return _answer(400, "The message broke off. Send it again.")


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
