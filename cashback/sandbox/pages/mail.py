"""The mail that the product has sent, for a person to look at and for a test to read."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from cashback.sandbox import mail
from cashback.sandbox.pages.control import door

_ON_A_PAGE = 100
# A stranger's HTML: nothing in it runs, and its links open beside the page.
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox"
_POLICY = f"{_SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:"


@require_GET
@never_cache
def listing(request: HttpRequest) -> HttpResponse:
    to = request.GET.get("to", "").strip()
    letters = []
    for letter in mail.mailbox().letters(to=to):
        letters.append(_shown(letter))
        if len(letters) == _ON_A_PAGE:
            break
    newest_code = next((letter for letter in letters if letter["code"]), None)
    return render(request, "sandbox/mail.html", {"letters": letters, "to": to, "newest": newest_code})


@require_GET
@never_cache
def one(request: HttpRequest, name: str) -> HttpResponse:
    letter = mail.mailbox().find(name)
    if letter is None:
        return render(request, "sandbox/missing.html", status=404)
    return render(request, "sandbox/mail_letter.html", {"letter": _shown(letter), "headers": letter.headers})


@require_GET
@never_cache
def html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML part alone, to be shown in a frame."""
    letter = mail.mailbox().find(name)
    if letter is None or not letter.html:
        return render(request, "sandbox/missing.html", status=404)
    page = letter.html.replace("<head>", '<head><base target="_blank">', 1)
    return HttpResponse(page, headers={"Content-Security-Policy": _POLICY})


def _shown(letter: mail.Letter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "to": ", ".join(letter.recipients),
        "from": letter.sender,
        "subject": letter.subject,
        "received_at": datetime.fromtimestamp(letter.received_at, tz=UTC),
        "text": letter.text,
        "html": letter.html,
        "code": letter.code,
    }


def _as_json(request: HttpRequest) -> dict[str, Any]:
    """Newest first; `?to=` narrows to an address or a part of one."""
    box = mail.mailbox()
    return {
        "data": [
            {
                **_shown(letter),
                "received_at": datetime.fromtimestamp(letter.received_at, tz=UTC).isoformat(),
                "headers": dict(letter.headers),
            }
            for letter in box.letters(to=request.GET.get("to", "").strip())
        ]
    }


control = door(GET=_as_json)
