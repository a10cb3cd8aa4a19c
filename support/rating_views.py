"""The page behind a letter's question: what did you think of it? In the look of the storefront that asks."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from cashback.lib.errors import DomainError
from partners.views import HttpResponseSeeOther
from partners.visit import LANGUAGES, inside
from support.quality import ratings
from support.quality.models import Rating, RatingReason

# The token is in the address: neither the next page's referrer nor a cache may keep it.
_SECRET_ADDRESS = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}


@never_cache
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """A GET shows the question and records nothing, for scanners of mail follow every link; one POST answers it. The
    token is the permission: no cookie is wanted."""
    rating = ratings.read(token)
    if rating is None:
        raise Http404
    ticket = rating.ticket
    language = ticket.language if ticket.language in LANGUAGES else ticket.storefront.locale
    with inside(request, ticket.storefront), translation.override(language):
        response = _answer(request, rating, token) if request.method == "POST" else _page(request, rating)
        response.headers["Content-Language"] = translation.get_language()
    for header, value in _SECRET_ADDRESS.items():
        response.headers[header] = value
    return response


def _answer(request: HttpRequest, rating: Rating, token: str) -> HttpResponse:
    """Answered, the page is asked for anew: to load it again sends nothing twice."""
    try:
        ratings.answer(
            token=token,
            score=_score(request.POST.get("score", "")),
            reason=request.POST.get("reason", ""),
            comment=request.POST.get("comment", ""),
            at=timezone.now(),
        )
    except ratings.NoSuchScore as refusal:
        return _page(request, rating, refusal=refusal, status=400)
    except DomainError as refusal:
        return _page(request, rating, refusal=refusal, status=409)
    return HttpResponseSeeOther(request.path)


def _page(
    request: HttpRequest, rating: Rating, *, refusal: DomainError | None = None, status: int = 200
) -> HttpResponse:
    chosen = _score(request.POST.get("score") or request.GET.get("score", ""))
    words = [_("Very bad"), _("Bad"), _("So-so"), _("Good"), _("Excellent")]
    context = {
        "rating": rating,
        "is_open": rating.is_open(at=timezone.now()),
        "marks": [
            {"score": score, "words": said, "is_chosen": score == chosen}
            for score, said in enumerate(words, start=1)
        ],
        "reasons": RatingReason.choices,
        "chosen_reason": request.POST.get("reason", ""),
        "comment": request.POST.get("comment", ""),
        "longest": ratings.LONGEST_COMMENT,
        "refusal": str(refusal) if refusal else "",
        "path": request.path,
    }
    return render(request, "support/rating.html", context, status=status)


def _score(text: str) -> int:
    """0, which is no score, for anything that is none."""
    return int(text) if text in ("1", "2", "3", "4", "5") else 0
