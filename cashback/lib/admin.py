"""What all staff pages share: rows that only read, buttons that call a service, and panels of related rows."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.admin import ShowFacets, SimpleListFilter
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.views import ChangeList

from cashback.lib import ids
from cashback.lib.display import money
from cashback.lib.errors import DomainError
from cashback.lib.http import Refused, Unavailable
from cashback.lib.money import Money
from cashback.lib.walls import Walled

NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Button:
    """What a page shows of a method marked with `button`. One with a `warning` asks before it acts, and one that `asks`
    wants a reason: POST's `why`."""

    title: str
    permission: str
    warning: str = ""
    asks: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """The way to a page of the row's own, beside its buttons."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A table below a page's fields. A cell is text, which is escaped, or safe HTML."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[object]]
    more_url: str = ""


def button(
    title: str, *, permission: str, warning: str = "", asks: str = ""
) -> Callable[[Callable], Callable]:
    """Marks a method of a StaffAdmin as a button: pressed by POST, by staff who hold the permission.

    The method gets the request and the object and returns a sentence that says what is true now, or an answer
    of its own; what it refuses by raising is shown to its presser.
    """

    def mark(press: Callable) -> Callable:
        press.button = Button(title, permission, warning, asks)
        return press

    return mark


def page_of(thing: type[Model], pk: object) -> str:
    """The address of a row's staff page."""
    return reverse(f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[quote(pk)])


def list_of(thing: type[Model], **filters: object) -> str:
    """The address of a list of rows, narrowed by the list's own filters."""
    return reverse(
        f"admin:{thing._meta.app_label}_{thing._meta.model_name}_changelist",
        query={name: str(value) for name, value in filters.items()} or None,
    )


def link(address: str, text: object) -> SafeString:
    return format_html('<a class="text-link" href="{}">{}</a>', address, text)


def link_to(thing: Model) -> SafeString:
    return link(page_of(type(thing), thing.pk), thing)


def moment(value: Any) -> str:
    return date_format(timezone.localtime(value), "DATETIME_FORMAT") if value else NOTHING


def amount(minor: int | None, currency: str) -> str:
    return NOTHING if minor is None else money(Money(minor, currency))


def label(text: object, colour: str) -> SafeString:
    """A word on a coloured ground: success, warning, danger, info."""
    return SafeString(render_to_string("unfold/helpers/label.html", {"text": text, "type": colour}))


def folded(raw: object) -> SafeString:
    """What a machine said, as JSON that a person can read, behind a word to open it."""
    return format_html(
        '<details><summary class="cursor-pointer">{}</summary><pre class="overflow-x-auto">{}</pre></details>',
        _("show"),
        json.dumps(raw, indent=1, ensure_ascii=False, sort_keys=True),
    )


def money_column(field: str, description: str) -> Callable[[Model], str]:
    """A column that shows a field of minor units as money in its row's currency."""

    @display(description=description, ordering=field)
    def column(row: Model) -> str:
        return amount(getattr(row, field), row.currency)

    column.__name__ = f"{field}_as_money"
    return column


def filter_in_words(field: str, title: Any, words: Mapping[str, Any]) -> type[SimpleListFilter]:
    """A filter by a field of codes that names each as its column does."""

    def lookups(_self: Any, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, Any]]:
        return list(words.items())

    def queryset(self: Any, _request: HttpRequest, rows: QuerySet) -> QuerySet:
        return rows.filter(**{field: self.value()}) if self.value() else rows

    told = {"title": title, "parameter_name": field, "lookups": lookups, "queryset": queryset}
    return type("FilterInWords", (SimpleListFilter,), told)


class _ChangeList(ChangeList):
    """Says how many rows there are beside its title only where that is not all of them."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not (self.query or self.has_active_filters):
            self.full_result_count = self.result_count


class StaffAdmin(Walled, ModelAdmin):
    """A page with buttons above its fields and panels of related rows below. Nothing is deleted here, and nobody sees
    beyond the wall between partners."""

    buttons: Sequence[str] = ()
    # What a button may raise to say no; anything else is a fault and is logged as one.
    refusals: tuple[type[Exception], ...] = (DomainError, Refused, Unavailable)
    # By prefix, the field in which a public id given to the search stands.
    id_fields: dict[str, str] = {}
    change_form_outer_before_template = "admin/buttons.html"
    change_form_outer_after_template = "admin/panels.html"
    # Tables of facts are long: nothing is counted that nobody asked for.
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 50

    def get_panels(self, request: HttpRequest, row: Any) -> Iterable[Panel]:
        return ()

    def get_links(self, request: HttpRequest, row: Any) -> Iterable[Link]:
        return ()

    def show_once(
        self, request: HttpRequest, *, secret: str, title: str, label: str, advice: str, back: Link
    ) -> HttpResponse:
        """A new secret, in this one answer and nowhere else: a message would carry it through a cookie."""
        shown = {"title": title, "secret": secret, "label": label, "advice": advice, "back": back}
        answer = TemplateResponse(
            request, "admin/shown_once.html", {**self.admin_site.each_context(request), **shown}
        )
        add_never_cache_headers(answer)
        return answer

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _ChangeList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """A NUL, which the database refuses to compare with anything, leads to the list without filters."""
        if any("\x00" in part for pair in request.GET.lists() for part in (pair[0], *pair[1])):
            return redirect(request.path)
        return super().changelist_view(request, extra_context)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{name.replace('_', '-')}/",
                self.admin_site.admin_view(require_POST(partial(self._press, name))),
                name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
            )
            for name in self.buttons
        ]
        return own + super().get_urls()

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, obj: Any = None, **kwargs: Any
    ) -> HttpResponse:
        if obj is not None:
            context["staff_links"] = list(self.get_links(request, obj))
            context["staff_buttons"] = self._buttons_for(request, obj)
            context["staff_panels"] = list(self.get_panels(request, obj))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """A public id finds its row whatever else narrows the list; other words search the text fields."""
        words = search_term.strip().lower()
        for prefix, field in self.id_fields.items():
            if words.startswith(f"{prefix}_"):
                try:
                    found = ids.from_public(prefix, words)
                except ids.InvalidId:
                    return queryset.none(), False
                return self.get_queryset(request).filter(**{field: found}), False
        return super().get_search_results(request, queryset, search_term)

    def _buttons_for(self, request: HttpRequest, row: Any) -> list[dict[str, Any]]:
        shown = []
        for name in self.buttons:
            made: Button = getattr(self, name).button
            if request.user.has_perm(made.permission) and self.offers_button(name, row):
                address = reverse(
                    f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=[quote(row.pk)]
                )
                told = {"name": name, "title": made.title, "warning": made.warning, "asks": made.asks}
                shown.append({**told, "address": address})
        return shown

    def offers_button(self, name: str, row: Any) -> bool:
        """Whether the button makes sense for this row. The service behind it refuses in any case."""
        return True

    def _press(self, name: str, request: HttpRequest, object_id: str) -> HttpResponse:
        press = getattr(self, name)
        if not request.user.has_perm(press.button.permission):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        try:
            answer = press(request, row)
        except self.refusals as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect(page_of(self.model, row.pk))
        self.log_change(request, row, str(press.button.title))
        if isinstance(answer, HttpResponse):
            return answer
        self.message_user(request, answer, messages.SUCCESS)
        return redirect(page_of(self.model, row.pk))


class ReadOnlyAdmin(StaffAdmin):
    """Facts and money: staff look, and no form of this house changes them."""

    list_disable_select_all = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@display(description=_("id"), ordering="pk")
def public_id(row: Any) -> str:
    return row.public_id
