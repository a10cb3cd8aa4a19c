"""Who changed what, as the database itself wrote it down. Nobody edits it, and nobody can."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import NOTHING, ReadOnlyAdmin, folded
from support.desk.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    wall = "about_partner_id"
    fields = [("at", "user", "acting_as"), ("table_name", "row_id", "action"), "changes", ("reason", "ip")]
    list_display = ["at", "who", "action", "table_name", "row_id", "columns", "reason"]
    list_filter = ["action", "table_name"]
    list_select_related = ["user"]
    search_fields = ["row_id__exact", "user__username__exact"]
    search_help_text = _("A row's key, or who changed it.")
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        rows: QuerySet[AuditEvent] = super().get_queryset(request)
        return rows.select_related("user")

    @display(description=_("who"))
    def who(self, event: AuditEvent) -> str:
        return f"{event.user or _('the service')}{f' ({event.acting_as})' if event.acting_as else ''}"

    @display(description=_("columns"))
    def columns(self, event: AuditEvent) -> str:
        return ", ".join(sorted({*event.before, *event.after})) or NOTHING

    @display(description=_("changes"))
    def changes(self, event: AuditEvent) -> SafeString:
        names = sorted({*event.before, *event.after})
        told: dict[str, Any] = {name: [event.before.get(name), event.after.get(name)] for name in names}
        return folded(told)
