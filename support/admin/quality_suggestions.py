"""Suggestions on the staff's pages: agents file them, somebody else moves them on."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cashback.lib.admin import NOTHING, Link, Panel, StaffAdmin, label, link, moment, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import SHARED
from partners import reach
from support.claims.models import Claim
from support.desk.models import Ticket
from support.desk.people import NotAnAgent, required_agent
from support.quality import suggestions
from support.quality.models import Stage, Suggestion
from support.quality.models.suggestion import LEAST, MOST

MOVES = "quality.change_suggestion"
_TONES = {
    Stage.PROPOSED: "info",
    Stage.ACCEPTED: "warning",
    Stage.TASK: "warning",
    Stage.SHIPPED: "success",
    Stage.DECLINED: "danger",
    Stage.DUPLICATE: "danger",
}
# Latin C, or the Cyrillic letter that looks like it.
_CLAIM = re.compile(r"\b[C\u0421]-?([1-9][0-9]{0,17})\b", re.IGNORECASE)


class ProposeForm(forms.ModelForm):
    shown_by = forms.CharField(
        label=_("Claims that show it"),
        help_text=_("Their numbers, such as C-10042, C-10050."),
        required=False,
        max_length=400,
        widget=UnfoldAdminTextInputWidget,
    )

    class Meta:
        model = Suggestion
        fields = ["title", "text"]


class MoveForm(forms.Form):
    """Everything that one of the moves may want; which of it is needed, the service says."""

    impact, confidence, ease = (
        forms.TypedChoiceField(
            label=title,
            coerce=int,
            required=False,
            empty_value=0,
            choices=[("", NOTHING), *((each, str(each)) for each in range(LEAST, MOST + 1))],
            widget=UnfoldAdminSelectWidget,
        )
        for title in (_("impact"), _("confidence"), _("ease"))
    )
    note = forms.CharField(
        required=False, max_length=300, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), label=_("note")
    )
    task = forms.CharField(
        required=False, max_length=200, widget=UnfoldAdminTextInputWidget, label=_("Where it is followed")
    )
    into = forms.ModelChoiceField(
        queryset=Suggestion.objects.none(),
        required=False,
        label=_("The same as"),
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, suggestion: Suggestion, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alive = Suggestion.objects.exclude(stage__in=[Stage.DECLINED, Stage.DUPLICATE])
        self.fields["into"].queryset = alive.exclude(pk=suggestion.pk).order_by("title", "pk")


@admin.register(Suggestion)
class SuggestionAdmin(StaffAdmin):
    """The desk's own; a claim that shows one is named to those only who reach its partner."""

    wall = SHARED
    form = ProposeForm
    add_fieldsets = [(None, {"fields": ["title", "text", "shown_by"]})]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "title",
                    "text",
                    "author",
                    ("stage_shown", "weighed"),
                    "task",
                    "merged_into",
                    "repeats",
                    "created_at",
                ]
            },
        )
    ]
    list_display = ["title", "stage_shown", "score", "author", "created_at", "shipped_at"]
    list_filter = ["stage", "author"]
    list_select_related = ["author"]
    search_fields = ["title", "text"]
    ordering = ["-created_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        move = self.admin_site.admin_view(self.move_view)
        return [path("<path:object_id>/move/", move, name="quality_suggestion_move"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Also behind a wall: an idea is no partner's."""
        return request.user.has_perm("quality.add_suggestion")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        try:
            required_agent(request.user)
        except NotAnAgent as refusal:
            messages.error(request, str(refusal))
            return redirect("admin:quality_suggestion_changelist")
        return super().add_view(request, form_url, extra_context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """It moves by its services, never by its form."""
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.add_fieldsets if obj is None else self.fieldsets

    def save_model(self, request: HttpRequest, obj: Suggestion, form: Any, change: bool) -> None:
        made = suggestions.propose(
            author=required_agent(request.user),
            title=obj.title,
            text=obj.text,
            claims=_named(form.cleaned_data["shown_by"], request),
            at=timezone.now(),
        )
        obj.__dict__.update(made.__dict__)

    def get_links(self, request: HttpRequest, row: Suggestion) -> Iterable[Link]:
        if request.user.has_perm(MOVES) and suggestions.LEGAL[Stage(row.stage)]:
            yield Link(str(_("Move it on…")), reverse("admin:quality_suggestion_move", args=[quote(row.pk)]))

    def get_panels(self, request: HttpRequest, row: Suggestion) -> Iterable[Panel]:
        claims = reach.within(row.claims.select_related("ticket"), request.user).order_by("-number")
        if found := list(claims[:50]):
            yield Panel(
                str(_("Claims that show it")),
                [str(_("claim")), str(_("opened"))],
                [
                    [link(page_of(Ticket, each.ticket_id), each.public_number), moment(each.created_at)]
                    for each in found
                ],
            )
        steps = row.steps.select_related("by").order_by("pk")
        yield Panel(
            str(_("What happened")),
            [str(_("stage")), str(_("by")), str(_("note")), str(_("at"))],
            [[each.get_stage_display(), each.by, each.note or NOTHING, moment(each.at)] for each in steps],
        )

    @display(description=_("stage"), ordering="stage")
    def stage_shown(self, row: Suggestion) -> SafeString:
        return label(row.get_stage_display(), _TONES[Stage(row.stage)])

    @display(description=_("impact × confidence × ease"))
    def weighed(self, row: Suggestion) -> str:
        if row.score is None:
            return NOTHING
        return f"{row.impact} × {row.confidence} × {row.ease} = {row.score}"

    @display(description=_("merged into it"))
    def repeats(self, row: Suggestion) -> SafeString | str:
        merged = row.merged.order_by("created_at", "pk")
        rows = format_html_join(
            ", ", "{}", ((link(page_of(Suggestion, each.pk), each.title),) for each in merged)
        )
        return rows or NOTHING

    def move_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """One page with every move that is open from here; the service refuses in any case."""
        if not request.user.has_perm(MOVES):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = MoveForm(request.POST or None, suggestion=row)
        if request.method == "POST" and form.is_valid():
            try:
                _move(row, request.POST.get("to", ""), form.cleaned_data, by=request.user)
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, row, f"Moved to {row.stage}")
                said = _("“%(title)s” is now: %(stage)s.")
                told = said % {"title": row.title, "stage": row.get_stage_display()}
                self.message_user(request, told, messages.SUCCESS)
                return redirect(page_of(Suggestion, row.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": row.title,
            "opts": self.opts,
            "original": row,
            "suggestion": row,
            "form": form,
            "open_moves": [stage.value for stage in Stage if suggestions.may_move(row, stage)],
        }
        return TemplateResponse(
            request, "admin/support/suggestion_move.html", context, status=400 if form.errors else 200
        )


def _move(row: Suggestion, to: str, told: dict[str, Any], *, by: Any) -> None:
    now = timezone.now()
    match to:
        case Stage.ACCEPTED:
            weights = {name: told[name] or 0 for name in ("impact", "confidence", "ease")}
            suggestions.accept(suggestion=row, by=by, note=told["note"], at=now, **weights)
        case Stage.TASK:
            suggestions.make_task(suggestion=row, by=by, task=told["task"], at=now)
        case Stage.SHIPPED:
            suggestions.ship(suggestion=row, by=by, note=told["note"], at=now)
        case Stage.DECLINED:
            suggestions.decline(suggestion=row, by=by, why=told["note"], at=now)
        case Stage.DUPLICATE if told["into"]:
            suggestions.merge(suggestion=row, into=told["into"], by=by, at=now)
        case _:
            raise suggestions.CannotMove(str(_("Choose what it should become.")))


def _named(text: str, request: HttpRequest) -> QuerySet[Claim]:
    """The claims whose numbers stand in the text, within the writer's reach."""
    numbers = [int(found) for found in _CLAIM.findall(text) if int(found) < 2**63]
    return reach.within(Claim.objects.filter(number__in=numbers), request.user)
