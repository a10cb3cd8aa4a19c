from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from offers.networks import services


@csrf_exempt
@require_http_methods(["GET", "POST"])
def receive_postback(request: HttpRequest, token: str) -> HttpResponse:
    """Stores the message before it says 200. What it means is worked out later, from the network's own report."""
    query = request.META.get("QUERY_STRING", "")
    limit = services.LARGEST_MESSAGE
    body = request.read(limit + 1)
    if len(body) > limit or len(query) > limit or _declared_length(request) > limit:
        return _answer(413, f"A message may have {limit} bytes at most.")
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


def _storable(text: str) -> str:
    """Neither a NUL nor half a surrogate pair fits a text column; the replacement is visible to staff."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _declared_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
