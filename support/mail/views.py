"""Where a mail provider hands letters on."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from cashback.lib import sight
from support.mail import inbound, upload
from support.mail.models import Source

# A letter, and what a form adds to it. A body that says it is longer is refused before it comes here.
LARGEST_BODY = 48 * 1024 * 1024


@csrf_exempt
@require_POST
def receive_mail(request: HttpRequest, token: str) -> HttpResponse:
    """Stores the letter before it says 200; what it means is worked out later. Any other answer means: send again."""
    expected = settings.SUPPORT_MAIL_TOKEN
    if not expected or not constant_time_compare(token.encode("utf-8", "replace"), expected):
        return _answer(404, "There is no such address.")
    try:
        body = _read(request)
    except UnreadablePostError:
        return _answer(400, "The letter broke off. Send it again.")
    if body is None:
        return _answer(411, "Say how long the letter is (Content-Length).")
    if len(body) > LARGEST_BODY:
        return _answer(413, f"A letter may have {inbound.LARGEST} bytes at most.")
    if len(body) < _declared_length(request):
        return _answer(400, "The letter broke off. Send it again.")
    try:
        letter = upload.read(body, request.META.get("CONTENT_TYPE", ""))
    except upload.NoLetter:
        return _answer(
            400, "There is no letter in this: post it as it is, or as the field “message” of a form."
        )
    with sight.all_partners("a letter to support, nobody's yet"):
        inbound.receive(
            raw=letter.raw,
            source=Source.WEBHOOK,
            recipients=letter.recipients,
            return_path=letter.return_path,
            at=timezone.now(),
        )
    return _answer(200, "stored")


def _read(request: HttpRequest) -> bytes | None:
    """The body; None when there may be one, but nobody says where it ends (see offers.networks.views)."""
    if request.META.get("CONTENT_LENGTH"):
        return request.read(LARGEST_BODY + 1)
    if request.META.get("wsgi.input_terminated"):
        body: bytes = request.META["wsgi.input"].read(LARGEST_BODY + 1)
        return body
    return None if "HTTP_TRANSFER_ENCODING" in request.META else b""


def _declared_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _answer(status: int, text: str) -> HttpResponse:
    return HttpResponse(text + "\n", status=status, content_type="text/plain; charset=utf-8")
