"""The rota: the usual week, and the shifts that were planned of it."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from cashback.lib.admin import Link, StaffAdmin, page_of
from cashback.lib.walls import HOUSE
from support.desk.models import Agent, Team
from support.shifts import rota
from support.shifts.models import RotaTemplate, Shift, ShiftClose


class ShiftForm(forms.ModelForm):
    """A shift with its people."""

    agents = forms.ModelMultipleChoiceField(
        Agent.objects.filter(is_active=True).order_by("name", "pk"),
        label=_("agents on the shift"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = Shift
        fields = ["team", "name", "starts_at", "ends_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            # Whoever has left since stays where they were.
            either = Q(is_active=True) | Q(shifts=self.instance)
            self.fields["agents"].queryset = Agent.objects.filter(either).distinct().order_by("name", "pk")
            self.initial["agents"] = list(self.instance.agents.values_list("pk", flat=True))


def _is_closed(shift: Shift | None) -> bool:
    return (
        shift is not None and not shift._state.adding and ShiftClose.objects.filter(shift=shift.pk).exists()
    )


@admin.register(Shift)
class ShiftAdmin(StaffAdmin):
    """A shift that was frozen keeps its people and its times: pay hangs on them."""

    wall = HOUSE
    form = ShiftForm
    list_display = ["name", "team", "starts_at", "ends_at", "crew"]
    list_filter = ["team"]
    list_select_related = ["team"]
    ordering = ["-starts_at", "pk"]

    def get_fields(self, request: HttpRequest, obj: Shift | None = None) -> list[Any]:
        people = "agents" if self.has_change_permission(request, obj) else "crew"
        return ["team", "name", "starts_at", "ends_at", people]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = ["team", "name", "starts_at", "ends_at"]
        return super().get_form(request, obj, change, **kwargs)

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Shift, form: ShiftForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        obj.agents.set(form.cleaned_data["agents"])

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("agents")

    def has_change_permission(self, request: HttpRequest, obj: Shift | None = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_closed(obj)

    def get_links(self, request: HttpRequest, row: Shift) -> list[Link]:
        found = ShiftClose.objects.filter(shift=row).first()
        return [Link(str(_("How it ended")), page_of(ShiftClose, found.pk))] if found else []

    @display(description=_("agents"))
    def crew(self, shift: Shift) -> str:
        return ", ".join(sorted(agent.name for agent in shift.agents.all()))


@admin.register(RotaTemplate)
class RotaAdmin(StaffAdmin):
    """One line for each weekday and name; a week is planned of them all at once."""

    wall = HOUSE
    fields = ["team", "name", "weekday", ("starts", "ends"), "agents", "is_active"]
    list_display = ["day", "name", "team", "starts", "ends", "crew", "is_active"]
    list_filter = ["team", "is_active"]
    list_select_related = ["team"]
    ordering = ["team__name", "weekday", "starts", "pk"]
    list_before_template = "admin/support/rota.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("agents")

    def get_urls(self) -> list[URLPattern]:
        plan = self.admin_site.admin_view(require_POST(self.plan))
        return [path("plan/", plan, name="shifts_rotatemplate_plan"), *super().get_urls()]

    def plan(self, request: HttpRequest) -> HttpResponse:
        """The shifts of this week, or of the next one, exist as the rota says."""
        if self._is_shut(request) or not request.user.has_perm("shifts.add_shift"):
            raise PermissionDenied
        weeks = 1 if request.POST.get("week") == "next" else 0
        day = timezone.localdate() + timedelta(weeks=weeks)
        made = [shift for team in Team.objects.order_by("pk") for shift in rota.plan_week(team=team, day=day)]
        said = ngettext(
            "%(count)s shift is planned for the week.",
            "%(count)s shifts are planned for the week.",
            len(made),
        )
        self.message_user(request, said % {"count": len(made)}, messages.SUCCESS)
        return redirect("admin:shifts_shift_changelist")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        ticks = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **{**kwargs, "widget": ticks})

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "weekday" and field is not None:
            field.widget = UnfoldAdminSelectWidget(choices=list(WEEKDAYS.items()))
        return field

    @display(description=_("weekday"), ordering="weekday")
    def day(self, line: RotaTemplate) -> str:
        return str(WEEKDAYS[line.weekday]).capitalize()

    @display(description=_("agents"))
    def crew(self, line: RotaTemplate) -> str:
        return ", ".join(sorted(agent.name for agent in line.agents.all()))
