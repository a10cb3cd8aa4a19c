"""Macros: their words in versions, the names that may stand in them, what they do besides, and how they fare."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget as _Ticks,
)
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from cashback.lib.admin import NOTHING, Panel, StaffAdmin, moment
from cashback.lib.errors import DomainError
from cashback.lib.walls import HOUSE
from support.desk import macros
from support.desk.models import Category, Macro, MacroVersion, Ticket
from support.desk.people import agent_of, tickets_for

_MOST_ACTIONS = 3
_OPTIONS = {"tag": "tag", "priority": "priority", "snooze": "days"}


class MacroForm(forms.ModelForm):
    """The macro with its words in each language, and up to three things that it does."""

    categories = forms.MultipleChoiceField(
        label=_("for categories"),
        choices=Category.choices,
        required=False,
        widget=_Ticks,
        help_text=_("None ticked: offered for every case."),
    )

    class Meta:
        model = Macro
        fields = ["name", "is_active", "for_partners"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        macro: Macro = self.instance
        latest = macro.versions.order_by("-number").first() if macro.pk and not macro._state.adding else None
        self.initial["categories"] = macro.categories
        for code, name in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Words, %(language)s") % {"language": name},
                required=False,
                max_length=4000,
                initial=(latest.texts if latest else {}).get(code, ""),
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 8, "lang": code}),
            )
        for place in range(_MOST_ACTIONS):
            self._add_action(place, macro.actions[place] if place < len(macro.actions) else {})

    def _add_action(self, place: int, row: Mapping[str, Any]) -> None:
        verb = row.get("do", "")
        self.fields[f"do_{place}"] = forms.ChoiceField(
            label=_("It does"),
            choices=[("", NOTHING), *macros.actions().items()],
            required=False,
            initial=verb,
            widget=UnfoldAdminSelectWidget,
        )
        self.fields[f"with_{place}"] = forms.CharField(
            label=_("with"),
            required=False,
            max_length=40,
            initial=row.get(_OPTIONS.get(verb, ""), ""),
            widget=UnfoldAdminTextInputWidget,
            help_text=_("A tag, a priority (low, normal, high, urgent) or a number of days."),
        )

    def texts(self) -> dict[str, str]:
        told = {code: self.cleaned_data.get(f"text_{code}", "") for code, _name in settings.LANGUAGES}
        return {code: text.strip() for code, text in told.items() if text.strip()}

    def actions(self) -> list[dict[str, Any]]:
        rows = []
        for place in range(_MOST_ACTIONS):
            verb, value = self.cleaned_data.get(f"do_{place}"), self.cleaned_data.get(f"with_{place}", "")
            if verb:
                option = _OPTIONS.get(verb)
                rows.append({"do": verb, **({option: _read(verb, value)} if option else {})})
        return rows

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        try:
            if not self.texts():
                raise macros.MacroRefused(_("Write the text in one language at least."), code="no_words")
            unknown = sorted({name for text in self.texts().values() for name in macros.unknown_names(text)})
            if unknown:
                named = ", ".join(f"{{{name}}}" for name in unknown)
                raise macros.MacroRefused(
                    str(_("There is no such name: %(names)s.")) % {"names": named}, code="name_unknown"
                )
            macros.check_actions(self.actions())
        except DomainError as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return told

    def save(self, commit: bool = True) -> Macro:
        self.instance.categories = self.cleaned_data["categories"]
        self.instance.actions = self.actions()
        macro: Macro = super().save(commit)
        return macro


def _read(verb: str, value: str) -> Any:
    if verb != "snooze":
        return value.strip()
    if not value.strip().isdecimal() or not 0 < int(value) < 366:
        raise macros.MacroRefused(_("Write for how many days, 1 to 365."), code="days")
    return int(value)


@admin.register(Macro)
class MacroAdmin(StaffAdmin):
    wall = HOUSE
    form = MacroForm
    list_display = ["name", "is_active", "shown_categories", "shown_actions", "used", "came_back"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["name", "pk"]

    def get_fieldsets(self, request: HttpRequest, obj: Macro | None = None) -> list[Any]:
        texts = [f"text_{code}" for code, _name in settings.LANGUAGES]
        does = [(f"do_{place}", f"with_{place}") for place in range(_MOST_ACTIONS)]
        if not self.has_change_permission(request, obj):
            return [
                (None, {"fields": ["name", "is_active", "for_partners", "shown_categories", "shown_actions"]})
            ]
        return [
            (None, {"fields": [("name", "is_active"), "categories", "for_partners"]}),
            (_("What it says"), {"fields": [*texts, "known_names"]}),
            (_("What it does besides"), {"fields": does}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Macro | None = None) -> list[str]:
        return ["known_names", "shown_categories", "shown_actions"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        # The fields of the words are made by the form itself: the admin need not know them.
        kwargs["fields"] = ["name", "is_active", "for_partners"]
        return super().get_form(request, obj, change, **kwargs)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{**kwargs, "widget": _Ticks()})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Macro]:
        self._uses = None
        rows: QuerySet[Macro] = super().get_queryset(request)
        return rows

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Macro, form: MacroForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        latest = obj.versions.order_by("-number").first()
        if latest is None or latest.texts != form.texts():
            macros.new_version(macro=obj, texts=form.texts(), by=request.user, at=timezone.now())

    def get_panels(self, request: HttpRequest, row: Macro) -> list[Panel]:
        versions = row.versions.select_related("written_by").order_by("-number")
        told = [
            [version.number, moment(version.created_at), version.written_by or NOTHING, _texts(version)]
            for version in versions
        ]
        return [
            self._preview(request, row),
            Panel(title=_("Versions"), headers=[_("version"), _("from"), _("by"), _("words")], rows=told),
        ]

    def _preview(self, request: HttpRequest, row: Macro) -> Panel:
        """The words for a case that it would be offered for: the latest of them."""
        agent, cases = agent_of(request.user), tickets_for(request.user).defer("search")
        if row.categories:
            cases = cases.filter(category__in=row.categories)
        ticket: Ticket | None = cases.select_related("storefront", "shopper").order_by("-pk").first()
        rows: list[list[object]] = []
        if agent is not None and ticket is not None:
            for code, name in settings.LANGUAGES:
                try:
                    shown = macros.preview(row, ticket, agent, language=code)
                except DomainError:
                    continue
                said = format_html('<div class="whitespace-pre-wrap">{}</div>', shown.text)
                missing = ", ".join(f"{{{each}}}" for each in shown.missing) or NOTHING
                rows.append([name, ticket.public_number, said, missing])
        return Panel(
            title=_("As an agent would see it"),
            headers=[_("language"), _("case"), _("words"), _("not known there")],
            rows=rows,
        )

    @display(description=_("names that may stand in the words"))
    def known_names(self, _macro: Macro | None) -> SafeString:
        lines = [
            format_html("<li><code>{{{}}}</code> {}</li>", name, meaning)
            for name, meaning in macros.names().items()
        ]
        return format_html("<ul>{}</ul>", SafeString("".join(lines)))

    @display(description=_("for categories"))
    def shown_categories(self, macro: Macro) -> str:
        return ", ".join(str(Category(each).label) for each in macro.categories) or str(_("every case"))

    @display(description=_("does besides"))
    def shown_actions(self, macro: Macro) -> str:
        titles = macros.actions()
        return ", ".join(str(titles.get(row.get("do"), row.get("do"))) for row in macro.actions) or NOTHING

    @display(description=_("used"))
    def used(self, macro: Macro) -> int:
        found = self._all_uses().get(macro.pk)
        return found.uses if found else 0

    @display(description=_("came back"))
    def came_back(self, macro: Macro) -> str:
        """Of the cases that it was used in, those that were opened again: a high share speaks against its words."""
        found = self._all_uses().get(macro.pk)
        return f"{found.reopened * 100 // found.uses} %" if found and found.uses else NOTHING

    def _all_uses(self) -> Mapping[Any, macros.Use]:
        if self._uses is None:
            self._uses = macros.uses()
        return self._uses


def _texts(version: MacroVersion) -> SafeString:
    parts = [
        format_html('<p><b>{}</b></p><div class="whitespace-pre-wrap">{}</div>', code.upper(), text)
        for code, text in version.texts.items()
    ]
    return SafeString("".join(parts))
