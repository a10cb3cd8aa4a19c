"""Bonus plans and sheets on the staff's pages: looked at before they are frozen, and never changed after."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import NOTHING, Link, Panel, ReadOnlyAdmin, StaffAdmin, label, moment, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import HOUSE
from support.admin import kpi_words as words
from support.quality.bonus import plans, sheets
from support.quality.bonus.compute import Line, compute, settled_at
from support.quality.models import BonusLine, BonusPlan, BonusSheet
from support.quality.periods import Kind, Period, period_at, zone_of_the_house

FREEZES = "quality.add_bonussheet"
# So many weeks and months back can be frozen.
_WEEKS, _MONTHS = 8, 4
_HEADERS = (
    *(_("agent"), _("team"), _("closed"), _("weighed"), _("quantity"), _("satisfaction")),
    *(_("speed"), _("shifts at zero"), _("suggestions"), _("total")),
)


@admin.register(BonusSheet)
class BonusSheetAdmin(ReadOnlyAdmin):
    wall = HOUSE
    fields = ["period", ("proof", "settled_at"), ("frozen_by", "frozen_at"), "worked_from"]
    list_display = ["period", "kind", "line_count", "total", "frozen_by", "frozen_at"]
    list_filter = ["kind"]
    list_select_related = ["frozen_by"]
    ordering = ["-starts_at", "-pk"]
    list_before_template = "admin/support/bonus_sheets.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("freeze/", view(self.freeze_view), name="quality_bonussheet_freeze"),
            path("<path:object_id>/csv/", view(self.csv_view), name="quality_bonussheet_csv"),
            *super().get_urls(),
        ]

    def get_links(self, request: HttpRequest, row: BonusSheet) -> Iterable[Link]:
        yield Link(str(_("As a file (CSV)")), reverse("admin:quality_bonussheet_csv", args=[quote(row.pk)]))

    def get_panels(self, request: HttpRequest, row: BonusSheet) -> Iterable[Panel]:
        yield Panel(
            str(_("Points")), [str(each) for each in _HEADERS], _rows(row.lines.order_by("-total", "name"))
        )

    @display(description=_("period"), ordering="starts_at")
    def period(self, sheet: BonusSheet) -> str:
        period = sheets.period_of(sheet)
        return words.days(period.first_day, period.last_day)

    @display(description=_("points in all"))
    def total(self, sheet: BonusSheet) -> str:
        return words.number(sum(line.total for line in sheet.lines.all()), 2)

    @display(description=_("does it add up today"))
    def proof(self, sheet: BonusSheet) -> SafeString:
        """Worked out anew from the events: it must give the same."""
        if names := sheets.differences(sheet):
            return label(_("differs: %(names)s") % {"names": ", ".join(names)}, "danger")
        return label(_("the events give the same"), "success")

    @display(description=_("worked out from"))
    def worked_from(self, sheet: BonusSheet) -> str:
        plan, weights = sheet.inputs["plan"], sheet.inputs["weights"]
        said = [f"{_FIGURES[name]}: {value}" for name, value in plan.items()]
        said += [f"{category}: ×{weight}" for category, weight in weights.items()]
        return "; ".join(said)

    def csv_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        sheet = self.get_object(request, unquote(object_id))
        if sheet is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        period = sheets.period_of(sheet)
        name = f"bonus_{period.first_day}_{period.last_day}.csv"
        return HttpResponse(
            "\ufeff" + sheets.as_csv(sheet.lines.order_by("-total", "name", "pk")),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
        )

    def freeze_view(self, request: HttpRequest) -> HttpResponse:
        """GET shows the sheet as it would be; POST freezes it."""
        if not (request.user.has_perm(FREEZES) and self.has_view_permission(request)):
            raise PermissionDenied
        now = timezone.now()
        periods = _to_freeze(now)
        asked = request.POST.get("period") or request.GET.get("period") or ""
        chosen = next((each for each in periods if _code(each) == asked), periods[0] if periods else None)
        if request.method == "POST" and chosen and _code(chosen) == asked:
            try:
                sheet = sheets.freeze(period=chosen, by=request.user, at=now)
            except DomainError as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
            else:
                self.log_addition(request, sheet, "Frozen")
                self.message_user(request, _("The sheet is frozen."), messages.SUCCESS)
                return redirect(page_of(BonusSheet, sheet.pk))
        made = compute(chosen, known_at=now) if chosen else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Freeze a bonus sheet"),
            "opts": self.opts,
            "periods": [(_code(each), _said(each), each == chosen) for each in periods],
            "chosen": _code(chosen) if chosen else "",
            "panel": Panel(str(_("Points")), [str(each) for each in _HEADERS], _rows(made.lines))
            if made
            else None,
        }
        return TemplateResponse(request, "admin/support/bonus_freeze.html", context)


class PlanForm(forms.ModelForm):
    class Meta:
        model = BonusPlan
        fields = [*plans.FIGURES, "starts_at"]

    def clean_starts_at(self) -> datetime:
        starts: datetime = self.cleaned_data["starts_at"]
        if starts <= timezone.now():
            raise forms.ValidationError(
                _("A plan begins in the future: what was worked for is paid as it was promised.")
            )
        return starts


@admin.register(BonusPlan)
class BonusPlanAdmin(StaffAdmin):
    wall = HOUSE
    form = PlanForm
    list_display = ["starts_at", *plans.FIGURES, "made_by"]
    list_select_related = ["made_by"]
    ordering = ["-starts_at"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A change is a new plan."""
        return False

    def save_model(self, request: HttpRequest, obj: BonusPlan, form: Any, change: bool) -> None:
        plan = plans.Plan(*(getattr(obj, name) for name in plans.FIGURES))
        made = plans.new_plan(plan=plan, starts_at=obj.starts_at, by=request.user, at=timezone.now())
        obj.__dict__.update(made.__dict__)


_FIGURES = {name: BonusPlan._meta.get_field(name).verbose_name for name in plans.FIGURES}


def _rows(lines: Iterable[BonusLine | Line]) -> Sequence[Sequence[object]]:
    return [
        [
            line.name,
            line.team,
            line.inputs["quantity"]["closed"],
            line.inputs["quantity"]["weighted"],
            words.number(line.quantity, 2),
            words.number(line.satisfaction, 2),
            words.number(line.speed, 2),
            words.number(line.zero, 2),
            words.number(line.suggestions, 2),
            words.number(line.total, 2),
        ]
        for line in lines
    ] or [[NOTHING] * len(_HEADERS)]


def _to_freeze(at: datetime) -> list[Period]:
    """Periods that have settled and are not frozen, the latest first, months before weeks."""
    zone = zone_of_the_house()
    found = []
    for kind, many in ((Kind.MONTH, _MONTHS), (Kind.WEEK, _WEEKS)):
        period = period_at(kind, at, zone=zone)
        for _number in range(many):
            period = period.previous()
            if settled_at(period) <= at:
                found.append(period)
    frozen = {
        (kind, starts)
        for kind, starts in BonusSheet.objects.filter(
            starts_at__in=[period.since for period in found]
        ).values_list("kind", "starts_at")
    }
    return [period for period in found if (period.kind.value, period.since) not in frozen]


def _code(period: Period) -> str:
    return f"{period.kind.value}-{period.first_day}"


def _said(period: Period) -> str:
    kind = _("month") if period.kind is Kind.MONTH else _("week")
    return f"{kind}: {words.days(period.first_day, period.last_day)}, {_('settled')} {moment(settled_at(period))}"
