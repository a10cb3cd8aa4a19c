"""The editor of a storefront's look: a form, the storefront itself beside it in a frame, and the contrasts.

What is tried is seen by nobody else: the tokens of a draft travel in the address of its CSS, and nothing is stored
until it is saved.
"""

import base64
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.handlers.wsgi import WSGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import Resolver404, URLPattern, path, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.middleware import HtmxDetails

from cashback.lib.admin import StaffAdmin, page_of
from cashback.lib.display import money
from cashback.lib.money import Money
from partners import theme
from partners.brand import look
from partners.brand.look_form import OTHER, OWN, LookForm, beginning, of_tokens
from partners.models import Storefront
from partners.theme import grammar
from partners.theme.derive import derived, palettes
from partners.theme.names import TOKEN_NAMES
from partners.theme.ready import READY, ReadyTheme
from partners.visit import LANGUAGE_COOKIE, LANGUAGES, inside

# What a guest may read; opening it changes nothing.
_PAGES = {"shops", "shop", "coupons", "how-it-works", "terms", "terms-version", "sign-in"}
_SAMPLE = "/sample/"
_LONGEST_DRAFT = 4000


def look_urls(pages: StaffAdmin) -> list[URLPattern]:
    def address(rest: str, name: str, view: Callable[..., HttpResponse]) -> URLPattern:
        door = pages.admin_site.admin_view(partial(view, pages))
        return path(f"<path:object_id>/look/{rest}", door, name=f"partners_storefront_look{name}")

    return [
        address("", "", _editor),
        address("draft/", "_draft", _draft),
        address("draft.css", "_css", _draft_css),
        address("preview/", "_preview", _preview),
    ]


def _storefront(pages: StaffAdmin, request: HttpRequest, object_id: str) -> Storefront:
    storefront: Storefront | None = pages.get_object(request, unquote(object_id))
    if storefront is None:
        raise Http404
    if not pages.has_change_permission(request, storefront):
        raise PermissionDenied
    return storefront


def _editor(pages: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    storefront = _storefront(pages, request, object_id)
    ready = next((each for each in READY if each.name == request.POST.get("ready")), None)
    if request.method == "POST" and ready is None:
        form = LookForm(request.POST, request.FILES, storefront=storefront)
        if form.is_valid() and not form.problems:
            look.save(
                storefront=storefront,
                tokens=form.tokens,
                words=form.words,
                logos=form.logos,
                without=form.without,
            )
            pages.log_change(request, storefront, _("Look and texts"))
            pages.message_user(request, _("Saved. Shoppers see it from now on."), messages.SUCCESS)
            return redirect("admin:partners_storefront_look", storefront.pk)
    else:
        tokens = ready.tokens if ready else storefront.theme
        form = LookForm(initial=beginning(storefront, tokens), storefront=storefront)
    shown = _shown_tokens(form, storefront)
    context = {
        **pages.admin_site.each_context(request),
        "title": _("Look of %(storefront)s") % {"storefront": storefront},
        "storefront": storefront,
        "storefront_page": page_of(Storefront, storefront.pk),
        "form": form,
        "problems": form.problems if form.is_bound and form.is_valid() else [],
        "is_unsaved": ready is not None or form.is_bound,
        "ready": [_tile(each) for each in READY],
        "figures": _figures(shown),
        "preview": _preview_address(storefront, shown),
        "languages": settings.LANGUAGES,
        "media": pages.media,
    }
    return TemplateResponse(request, "admin/theme_editor.html", context)


def _draft(pages: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """What the form describes, as it is typed: its CSS, its contrasts, and what would be refused. Nothing is kept."""
    storefront = _storefront(pages, request, object_id)
    if request.method != "POST":
        return require_POST(lambda request: HttpResponse())(request)
    form = LookForm(request.POST, storefront=storefront)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    return JsonResponse(
        {
            "errors": {},
            "problems": form.problems,
            "css": _css_address(storefront, form.tokens),
            "figures": _figures(form.tokens),
            "worked_out": _worked_out(form.tokens),
        }
    )


def _draft_css(pages: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    _storefront(pages, request, object_id)
    try:
        tokens = _read_draft(request.GET.get("tokens", ""))
    except ValidationError:
        return HttpResponseBadRequest(_("These are no tokens of a theme."), content_type="text/plain")
    return HttpResponse(theme.css(tokens), content_type="text/css; charset=utf-8")


def _preview(pages: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """A page of the storefront as a guest would see it in this look. The editor may frame it, and nobody else."""
    storefront = _storefront(pages, request, object_id)
    try:
        tokens = _read_draft(request.GET.get("tokens", ""))
    except ValidationError:
        return HttpResponseBadRequest(_("These are no tokens of a theme."), content_type="text/plain")
    where, _sign, query = request.GET.get("path", "/").partition("?")
    page = _guest_request(request, where, query)
    page.theme_draft = _css_address(storefront, tokens)
    with inside(page, storefront):
        page.shopper, page.is_embedded = None, False
        page.look = request.GET.get("mode") if request.GET.get("mode") in ("light", "dark") else ""
        shown = _page(page, where)
    response = HttpResponse(shown.content, status=shown.status_code)
    response.is_preview = True
    return response


def _page(page: HttpRequest, where: str) -> HttpResponse:
    if where == _SAMPLE:
        return render(page, "partners/look_sample.html", {"sample": _sample(page.storefront)})
    try:
        page.resolver_match = resolve(where, urlconf=settings.STOREFRONT_URLCONF)
    except Resolver404 as error:
        raise Http404 from error
    if page.resolver_match.url_name not in _PAGES:
        raise Http404
    view, args, kwargs = page.resolver_match
    return require_safe(view)(page, *args, **kwargs)


def _sample(storefront: Storefront) -> dict[str, Any]:
    """Amounts of the storefront's currency that nobody has earned."""
    available, pending = (money(Money(minor, storefront.currency)) for minor in (124850, 38600))
    return {"available": available, "pending": pending, "day": timezone.now()}


def _guest_request(request: HttpRequest, where: str, query: str) -> WSGIRequest:
    """The same visit without the staff's cookies and without what asked for a part of a page only."""
    kept = {name: value for name, value in request.META.items() if name not in ("HTTP_COOKIE", "SCRIPT_NAME")}
    kept = {name: value for name, value in kept.items() if not name.startswith("HTTP_HX_")}
    page = WSGIRequest({**kept, "PATH_INFO": where, "QUERY_STRING": query, "REQUEST_METHOD": "GET"})
    page.id, page.storefront, page.resident = request.id, None, None
    language = request.GET.get("language", "")
    page.COOKIES = {LANGUAGE_COOKIE: language} if language in LANGUAGES else {}
    page.htmx = HtmxDetails(page)
    return page


def _shown_tokens(form: LookForm, storefront: Storefront) -> Mapping[str, Any]:
    """Those of the form as it stands; the saved ones while it holds what is no colour."""
    if not form.is_bound:
        unbound = LookForm(form.initial, storefront=storefront)
        return unbound.tokens if unbound.is_valid() else storefront.theme
    return form.tokens if form.is_valid() else storefront.theme


def _preview_address(storefront: Storefront, tokens: Mapping[str, Any]) -> str:
    return reverse(
        "admin:partners_storefront_look_preview", args=[storefront.pk], query={"tokens": _written(tokens)}
    )


def _css_address(storefront: Storefront, tokens: Mapping[str, Any]) -> str:
    return reverse(
        "admin:partners_storefront_look_css", args=[storefront.pk], query={"tokens": _written(tokens)}
    )


def _written(tokens: Mapping[str, Any]) -> str:
    said = json.dumps(tokens, sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(said.encode()).decode()


def _read_draft(text: str) -> dict[str, Any]:
    """Only what the grammar allows comes back, whoever wrote the address."""
    if len(text) > _LONGEST_DRAFT:
        raise ValidationError(_("A draft is shorter."))
    try:
        tokens = json.loads(base64.urlsafe_b64decode(text.encode() or b"e30="))
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("A draft is JSON in base64.")) from error
    grammar.check(tokens)
    return tokens


def _figures(tokens: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "mode": theme.mode_name(figure.mode),
            "ink": str(TOKEN_NAMES[figure.ink]),
            "ground": str(TOKEN_NAMES[figure.ground]),
            "found": f"{int(figure.found * 100) / 100:.2f}",
            "least": f"{figure.least:.1f}",
            "is_met": figure.is_met,
        }
        for figure in theme.figures(tokens)
    ]


def _worked_out(tokens: Mapping[str, Any]) -> dict[str, str]:
    """By field, the colour that stands there while nothing is named."""
    modes = palettes(tokens)
    own = "light" if "light" in modes and "light" not in tokens else "dark"
    other = "dark" if own == "light" else "light"
    return {
        prefix + name: colours[name]
        for prefix, mode in ((OWN, own), (OTHER, other))
        if mode in modes
        for colours in (derived(modes[mode]),)
        for name in grammar.PALETTE
    }


def _tile(ready: ReadyTheme) -> dict[str, Any]:
    """A ready theme as a picture, and as the fields that it fills."""
    modes = palettes(ready.tokens)
    own = derived(modes.get("light", modes["dark"]))
    return {
        "name": ready.name,
        "label": ready.label,
        "colours": {name.replace("-", "_"): value for name, value in own.items()},
        "radius": min(int(ready.tokens.get("radius", "12px")[:-2]) // 2, 8),
        "fields": json.dumps(of_tokens(ready.tokens)),
    }
