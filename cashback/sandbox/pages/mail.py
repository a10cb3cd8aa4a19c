"""The mail that the product has sent, for a person to look at and to answer, and for a test to read."""

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cashback.sandbox import config, letters, mail
from cashback.sandbox.pages.control import door

_ON_A_PAGE = 100
_LARGEST_FILE, _MOST_FILES, _LONGEST_TEXT = 20_000_000, 10, 50_000
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


@require_http_methods(["GET", "POST"])
@never_cache
def write(request: HttpRequest) -> HttpResponse:
    """A letter of a person's own: anybody's, to anybody of the product's."""
    if request.method == "POST":
        return _send(request, sender=request.POST.get("from", ""), to=request.POST.get("to", ""))
    context = {
        "from": request.GET.get("from", "alice@mail.test"),
        "to": [f"support+{slug}@localhost" for slug in config.current().partners],
    }
    return render(request, "sandbox/mail_write.html", context)


@require_POST
@never_cache
def reply(request: HttpRequest, name: str) -> HttpResponse:
    """The reader's answer, as their mail program would write it."""
    letter = mail.mailbox().find(name)
    if letter is None or not letter.recipients:
        return render(request, "sandbox/missing.html", status=404)
    to = parseaddr(str(letter.message["reply-to"] or letter.message["from"] or ""))[1]
    return _send(request, sender=letter.recipients[0], to=to, answers=letter.message)


def _send(request: HttpRequest, *, sender: str, to: str, answers: EmailMessage | None = None) -> HttpResponse:
    subject = str(answers["subject"] or "") if answers is not None else request.POST.get("subject", "")
    if answers is not None and not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    try:
        files = _files(request)
        written = letters.write(
            sender=sender.strip(),
            to=to.strip(),
            subject=subject,
            text=request.POST.get("text", "")[:_LONGEST_TEXT],
            files=files,
            answers=answers,
        )
        content = written.as_bytes(policy=policy.SMTP)
        letters.hand_on(content, [to.strip()], sender=sender.strip())
    except (ValueError, IndexError) as error:
        return render(
            request, "sandbox/mail_refused.html", {"why": f"This cannot be sent: {error}"}, status=422
        )
    except letters.NotTaken as error:
        return render(request, "sandbox/mail_refused.html", {"why": str(error)}, status=502)
    kept = mail.mailbox().keep(content, [to.strip()])
    return HttpResponseRedirect(f"/mail/{kept}/")


def _files(request: HttpRequest) -> list[tuple[str, bytes]]:
    given = [each for each in request.FILES.getlist("files") if each.size][:_MOST_FILES]
    if sum(each.size for each in given) > _LARGEST_FILE:
        raise ValueError(f"the files have more than {_LARGEST_FILE} bytes together")
    return [(each.name or "file", each.read()) for each in given]


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
        "address": parseaddr(letter.sender)[1],
        "subject": letter.subject,
        "received_at": datetime.fromtimestamp(letter.received_at, tz=UTC),
        "text": letter.text,
        "html": letter.html,
        "code": letter.code,
        "files": letter.files,
        "is_of_a_conversation": letter.is_of_a_conversation,
        "is_ours": "X-Sandbox-Written" in letter.message,
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
