from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import ReadOnlyAdmin, folded
from partners.models import OutboxEvent
from partners.webhooks import catalogue


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    fields = ["shown_type", "partner", "subject_id", "occurred_at", "readable_payload"]
    list_display = ["shown_type", "partner", "subject_id", "occurred_at"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    ordering = ["-pk"]
    paginator = InfinitePaginator
    search_fields = ["type__exact"]
    search_help_text = _("A type, such as transaction.approved.")

    @display(description=_("type"))
    def shown_type(self, event: OutboxEvent) -> str:
        return catalogue.title_of(event.type)

    @display(description=_("payload"))
    def readable_payload(self, event: OutboxEvent) -> SafeString:
        return folded(event.payload)
