"""A shopper's claims and questions: made from a trip, answered, spoken of, closed."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cashback.lib import paging
from cashback.lib.errors import DomainError
from offers.catalogue import Face
from partners import limits
from partners.sign_in.views import too_often
from partners.views import HttpResponseSeeOther
from support import reading
from support.claims import services as claims
from support.claims.models import BoughtIn, Claim, Kind, PaidWith
from support.desk import files as desk_files
from support.desk import services as desk
from support.desk.models import Category, Channel
from support.forms import ClaimForm, QuestionForm, WordForm
from transactions.models import Click

_OPENED = {"what": "claim", "most": 20, "seconds": 3600}
_WORDS = {"what": "claim-word", "most": 60, "seconds": 3600}
# Where a refusal is shown: beside the field that it is about.
_FIELD_OF = {
    "order_no_missing": "order_no",
    "amount_missing": "order_amount",
    "in_the_future": "order_on",
    "file_too_large": "files",
    "file_kind": "files",
    "file_broken": "files",
    "too_many_files": "files",
}
_DONE = ("sent", "withdrawn", "person")

View = Callable[..., HttpResponse]


def for_shoppers(view: View) -> View:
    """Whoever is nobody yet is told how to sign on; nothing of the request has been read by then."""

    @never_cache
    @csrf_exempt
    def door(request: HttpRequest, **place: Any) -> HttpResponse:
        if not request.shopper:
            return render(request, "support/guest.html", status=403)
        try:
            return view(request, **place)
        except limits.TooOften as refusal:
            return too_often(request, refusal)

    return door


@for_shoppers
@require_safe
def show_claims(request: HttpRequest) -> HttpResponse:
    number = paging.read_number(request.GET.get("page", ""))
    page = reading.cases(request.shopper, number=number, at=timezone.now())
    if page.is_past_the_end:
        raise Http404
    return render(request, "support/claims.html", {"page": page})


@for_shoppers
@require_safe
def choose_trip(request: HttpRequest) -> HttpResponse:
    """Which purchase is missing? The trips that it may have been."""
    number = paging.read_number(request.GET.get("page", ""))
    page = reading.claimable_trips(request.shopper, number=number, at=timezone.now())
    if page.is_past_the_end:
        raise Http404
    return render(request, "support/choose_trip.html", {"page": page})


@for_shoppers
@require_http_methods(["GET", "HEAD", "POST"])
def claim_trip(request: HttpRequest, public_id: str) -> HttpResponse:
    trip = reading.trip(request.shopper, public_id)
    if trip is None:
        raise Http404
    return _claim(request, about={"click": trip.click}, trip=trip, shop=trip.shop, kinds=(Kind.UNTRACKED,))


@for_shoppers
@require_http_methods(["GET", "HEAD", "POST"])
def claim_purchase(request: HttpRequest, public_id: str) -> HttpResponse:
    sale = reading.purchase(request.shopper, public_id)
    if sale is None:
        raise Http404
    kinds = (Kind.DECLINED,) if sale.is_declined else (Kind.WRONG_AMOUNT, Kind.LATE_CONFIRM)
    about, shop = {"transaction": sale, "click": sale.click}, Face.of(sale.merchant)
    return _claim(request, about=about, sale=sale, shop=shop, kinds=kinds)


def _claim(
    request: HttpRequest, *, about: dict[str, Any], kinds: tuple[Kind, ...], **shown: Any
) -> HttpResponse:
    storefront = request.storefront
    asked = {"kinds": kinds, "currency": storefront.currency, "zone": storefront.time_zone}
    context = {
        **shown,
        "kinds": [(kind, reading.KIND_QUESTIONS[kind]) for kind in kinds],
        "paid_with": PaidWith.choices,
        "bought_in": BoughtIn.choices,
        "most_files": desk_files.MOST,
        "goods": reading.goods_of(about),
    }
    if request.method != "POST":
        return render(request, "support/claim_new.html", context)
    now = timezone.now()
    limits.count(by=str(request.shopper.pk), at=now, **_OPENED)
    form, uploads = ClaimForm(request.POST, **asked), _uploads(request)
    context |= {"form": form, "are_files_lost": bool(uploads)}
    if not form.is_valid():
        return render(request, "support/claim_new.html", context, status=422)
    try:
        opened = _open(request, form, files=uploads, at=now, **about)
    except DomainError as refusal:
        if known := getattr(refusal, "claim", None):
            return HttpResponseSeeOther(f"{_address(known.public_number)}?done=known")
        field = _FIELD_OF.get(refusal.code, "")
        if field in form.fields:
            form.add_error(field, str(refusal))
        else:
            context["wrong_files" if field == "files" else "refusal"] = refusal
        return render(request, "support/claim_new.html", context, status=409)
    return HttpResponseSeeOther(_address(opened.public_number))


def _open(request: HttpRequest, form: ClaimForm, *, click: Click | None, **more: Any) -> Claim:
    told = form.cleaned_data
    return claims.open_claim(
        shopper=request.shopper,
        click=click,
        kind=told["kind"],
        order_no=told["order_no"],
        order_at=form.order_at(trip_at=click.created_at if click else None),
        order_minor=told["order_amount"],
        coupon_used=told["coupon_used"],
        paid_with=told["paid_with"] or PaidWith.CARD,
        bought_in=told["bought_in"] or BoughtIn.WEB,
        goods=told["goods"],
        text=told["text"],
        via=Channel.STOREFRONT,
        language=translation.get_language(),
        **more,
    )


@for_shoppers
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """A question that is about no purchase."""
    if request.method != "POST":
        return render(request, "support/ask.html")
    now = timezone.now()
    limits.count(by=str(request.shopper.pk), at=now, **_OPENED)
    form = QuestionForm(request.POST)
    if not form.is_valid():
        return render(request, "support/ask.html", {"form": form}, status=422)
    shopper = request.shopper
    ticket = desk.open_ticket(
        storefront=request.storefront,
        shopper=shopper,
        subject=form.cleaned_data["subject"],
        text=form.cleaned_data["text"],
        channel=Channel.STOREFRONT,
        category=Category.OTHER,
        language=translation.get_language(),
        at=now,
    )
    return HttpResponseSeeOther(_address(ticket.public_number))


@for_shoppers
@require_safe
def show_case(request: HttpRequest, number: str) -> HttpResponse:
    case = _case(request, number)
    done = request.GET.get("done", "")
    return _show(request, case, done=done if done in (*_DONE, "known") else "")


@for_shoppers
@require_POST
def say(request: HttpRequest, number: str) -> HttpResponse:
    """The shopper adds a word, or files, or what was asked for."""
    case = _case(request, number)
    return _hear(request, case, partial(_add, case), then="?done=sent#end")


@for_shoppers
@require_POST
def contest(request: HttpRequest, number: str) -> HttpResponse:
    """ "This is wrong, I want to talk to a person.\""""
    case = _case(request, number)
    if case.claim is None:
        raise Http404
    act = partial(claims.contest, claim=case.claim)
    return _hear(request, case, act, then="?done=person", may_be_silent=True)


@for_shoppers
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    case = _case(request, number)
    if case.claim is None:
        raise Http404
    try:
        claims.withdraw(claim=case.claim, at=timezone.now())
    except DomainError as refusal:
        return _show(request, case, refusal=str(refusal), status=409)
    return HttpResponseSeeOther(f"{_address(number)}?done=withdrawn")


def _hear(
    request: HttpRequest,
    case: reading.Case,
    act: Callable[..., object],
    *,
    then: str,
    may_be_silent: bool = False,
) -> HttpResponse:
    now = timezone.now()
    limits.count(by=str(request.shopper.pk), at=now, **_WORDS)
    form, uploads = WordForm(request.POST), _uploads(request)
    typed = request.POST.get("text", "")
    if not form.is_valid():
        return _show(request, case, refusal=form.errors["text"][0], typed=typed, status=422)
    text = form.cleaned_data["text"]
    if not (text or uploads or may_be_silent):
        return _show(request, case, refusal=_("Write something, or add a file."), status=422)
    try:
        act(text=text, files=uploads, at=now)
    except DomainError as refusal:
        return _show(request, case, refusal=str(refusal), typed=typed, status=409)
    return HttpResponseSeeOther(_address(case.number) + then)


@transaction.atomic
def _add(case: reading.Case, *, text: str, files: list[tuple[str, bytes]], at: datetime) -> None:
    if case.claim:
        claims.add_information(claim=case.claim, text=text, files=files, at=at)
        return
    kept = desk_files.store_all(partner_id=case.ticket.partner_id, files=files, at=at)
    desk.hear(ticket=case.ticket, text=text, channel=Channel.STOREFRONT, files=kept, at=at)


@for_shoppers
@require_safe
def show_file(request: HttpRequest, number: str, public_id: str) -> HttpResponse:
    """A file of the conversation, to its shopper alone."""
    stored = reading.file_of(_case(request, number), public_id)
    if stored is None:
        raise Http404
    return HttpResponse(bytes(stored.content), headers=desk_files.content_headers(stored))


def _case(request: HttpRequest, number: str) -> reading.Case:
    case = reading.case(request.shopper, number)
    if case is None:
        raise Http404
    return case


def _show(
    request: HttpRequest,
    case: reading.Case,
    *,
    done: str = "",
    refusal: str = "",
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {"done": done, "refusal": refusal, "typed": typed, "most_files": desk_files.MOST}
    context |= {"case": reading.full(case, at=timezone.now())}
    return render(request, "support/case.html", context, status=status)


def _address(number: str) -> str:
    return reverse("claim", args=[number])


def _uploads(request: HttpRequest) -> list[tuple[str, bytes]]:
    """Names and bytes. The body's size has been bounded before anything read it."""
    return [(each.name or "", each.read()) for each in request.FILES.getlist("files")]
