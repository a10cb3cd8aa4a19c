"""When teams work, in versions, and what is promised by when."""

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cashback.lib.admin import NOTHING, Link, Panel, StaffAdmin, moment, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import HOUSE
from support import display as shown
from support.clocks import services as clocks
from support.clocks.models import Calendar, CalendarVersion, ClockPolicy
from support.desk.models import Category, Channel, Priority

_INTERVAL = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–—]\s*(\d{1,2})[:.](\d{2})")
_LONGEST = 4000


class HoursForm(forms.Form):
    """A week as people write it: "09:00–13:00, 14:00–18:00"; an empty day is closed."""

    time_zone = forms.CharField(label=_("Time zone"), max_length=60, widget=UnfoldAdminTextInputWidget)
    holidays = forms.CharField(
        label=_("Days off"),
        required=False,
        max_length=_LONGEST,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=_("One on each line: 2027-01-01 New Year."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, name in WEEKDAYS.items():
            self.fields[f"day_{weekday}"] = forms.CharField(
                label=str(name).capitalize(),
                required=False,
                max_length=200,
                widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "09:00–13:00, 14:00–18:00"}),
            )
        self.order_fields(["time_zone", *(f"day_{weekday}" for weekday in WEEKDAYS), "holidays"])

    def clean_time_zone(self) -> str:
        zone = str(self.cleaned_data["time_zone"]).strip()
        if zone not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Write it like Europe/Moscow."))
        return zone

    def clean_holidays(self) -> Mapping[date, str]:
        found: dict[date, str] = {}
        for line in self.cleaned_data["holidays"].splitlines():
            day, _space, name = line.strip().partition(" ")
            if not day:
                continue
            try:
                found[date.fromisoformat(day)] = name.strip()[:80]
            except ValueError as error:
                raise forms.ValidationError(
                    _now("“%(line)s” does not begin with a day such as 2027-01-01.") % {"line": line[:40]}
                ) from error
        return found

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        week: dict[int, list[tuple[time, time]]] = {}
        for weekday in WEEKDAYS:
            try:
                intervals = _intervals(told.get(f"day_{weekday}", ""))
            except ValueError:
                self.add_error(f"day_{weekday}", _("Write hours such as 09:00–13:00, 14:00–18:00."))
                continue
            if intervals:
                week[weekday] = intervals
        told["week"] = week
        return told


def _intervals(text: str) -> list[tuple[time, time]]:
    """Raises ValueError for what is no list of intervals, each after the other. 24:00 is the end of the day."""
    found: list[tuple[time, time]] = []
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
        read = _INTERVAL.fullmatch(part)
        if read is None:
            raise ValueError(part)
        hour, minute, until_hour, until_minute = map(int, read.groups())
        closes = time() if (until_hour, until_minute) == (24, 0) else time(until_hour, until_minute)
        opens = time(hour, minute)
        if found and (found[-1][1] == time() or opens < found[-1][1]):
            raise ValueError(part)
        found.append((opens, closes))
    return found


def _written(intervals: list[tuple[time, time]]) -> str:
    return ", ".join(
        f"{opens:%H:%M}–{'24:00' if closes == time() else closes.strftime('%H:%M')}"
        for opens, closes in intervals
    )


def _as_typed(version: CalendarVersion | None, calendar: Calendar) -> dict[str, str]:
    """The hours in force, to begin from."""
    if version is None:
        return {"time_zone": calendar.time_zone}
    week: dict[int, list[tuple[time, time]]] = {}
    for interval in version.intervals.order_by("weekday", "opens"):
        week.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
    holidays = [f"{each.day.isoformat()} {each.name}".strip() for each in version.holidays.order_by("day")]
    return {
        "time_zone": version.time_zone,
        "holidays": "\n".join(holidays),
        **{f"day_{weekday}": _written(intervals) for weekday, intervals in week.items()},
    }


@admin.register(Calendar)
class CalendarAdmin(StaffAdmin):
    """Hours are never edited: a change is a new version, so that what was promised under the old one stays true."""

    wall = HOUSE
    fields = ["name", "time_zone"]
    list_display = ["name", "time_zone", "in_force"]
    ordering = ["name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Calendar | None = None) -> list[str]:
        return ["time_zone"] if obj else []

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.hours)
        return [path("<path:object_id>/hours/", page, name="clocks_calendar_hours"), *super().get_urls()]

    def get_links(self, request: HttpRequest, row: Calendar) -> list[Link]:
        if not self.has_change_permission(request, row):
            return []
        return [Link(str(_("Change the hours…")), reverse("admin:clocks_calendar_hours", args=[row.pk]))]

    def get_panels(self, request: HttpRequest, row: Calendar) -> list[Panel]:
        versions = row.versions.prefetch_related("intervals", "holidays").order_by("-number")
        return [
            Panel(
                title=_("Versions"),
                headers=[_("version"), _("from"), _("time zone"), _("hours"), _("days off")],
                rows=[
                    [
                        version.number,
                        moment(version.created_at),
                        version.time_zone,
                        _week_in_words(version),
                        ", ".join(f"{each.day:%d.%m.%Y}" for each in version.holidays.all()) or NOTHING,
                    ]
                    for version in versions
                ],
            )
        ]

    def hours(self, request: HttpRequest, object_id: str) -> HttpResponse:
        calendar: Calendar | None = self.get_object(request, unquote(object_id))
        if calendar is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, calendar):
            raise PermissionDenied
        latest = calendar.versions.order_by("-number").first()
        form = HoursForm(request.POST or None, initial=_as_typed(latest, calendar))
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data
            try:
                version = clocks.new_calendar_version(
                    calendar=calendar,
                    intervals=told["week"],
                    holidays=told["holidays"],
                    time_zone=told["time_zone"],
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, calendar, f"{version}")
                said = _("New hours are in force. Promises that run already keep the old ones.")
                self.message_user(request, said, messages.SUCCESS)
                return redirect(page_of(Calendar, calendar.pk))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Hours of %(calendar)s") % {"calendar": calendar},
            "opts": self.opts,
            "form": form,
            "back": page_of(Calendar, calendar.pk),
        }
        status = 422 if request.method == "POST" else 200
        return TemplateResponse(request, "admin/support/hours.html", context, status=status)

    @display(description=_("hours in force"))
    def in_force(self, calendar: Calendar) -> str:
        version = calendar.versions.prefetch_related("intervals").order_by("-number").first()
        return _week_in_words(version) if version else NOTHING


def _week_in_words(version: CalendarVersion) -> str:
    week: dict[int, list[tuple[time, time]]] = {}
    for interval in sorted(version.intervals.all(), key=lambda each: (each.weekday, each.opens)):
        week.setdefault(interval.weekday, []).append((interval.opens, interval.closes))
    return "; ".join(f"{str(WEEKDAYS[day])[:3]} {_written(intervals)}" for day, intervals in week.items())


@admin.register(ClockPolicy)
class ClockPolicyAdmin(StaffAdmin):
    """The most specific one that fits a case holds."""

    wall = HOUSE
    fieldsets = [
        (None, {"fields": ["metric", ("target_seconds", "in_hours"), "is_active"]}),
        (
            _("For which cases"),
            {"fields": ["for_partner", ("category", "priority"), ("channel", "language")]},
        ),
    ]
    list_display = [
        "metric",
        "target",
        "in_hours",
        "for_partner",
        "category",
        "priority",
        "channel",
        "language",
        "is_active",
    ]
    list_filter = ["metric", "is_active"]
    list_select_related = ["for_partner"]
    ordering = ["metric", "pk"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        choices: Any = {"category": Category, "priority": Priority, "channel": Channel}.get(db_field.name)
        if choices is not None and field is not None:
            from unfold.widgets import UnfoldAdminSelectWidget

            field.widget = UnfoldAdminSelectWidget(choices=[("", _("any")), *choices.choices])
        return field

    @display(description=_("target"), ordering="target_seconds")
    def target(self, policy: ClockPolicy) -> str:
        return shown.span(policy.target_seconds)
