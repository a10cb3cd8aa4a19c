from typing import Any
from urllib.parse import parse_qsl

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import NOTHING, Panel, ReadOnlyAdmin, button, label
from cashback.lib.walls import HOUSE
from offers.networks import services
from offers.networks.models import InboundMessage

STATES = {
    "waiting": (_("waiting"), "warning"),
    "parked": (_("parked"), "danger"),
    "processed": (_("processed"), "success"),
}


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, title) for name, (title, _colour) in STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "parked":
                return queryset.parked()
            case "processed":
                return queryset.exclude(processed_at=None)
        return queryset


@admin.register(InboundMessage)
class InboundMessageAdmin(ReadOnlyAdmin):
    wall = HOUSE
    fieldsets = [
        (None, {"fields": ["account", "state", "error", ("attempts", "next_attempt_at")]}),
        (
            _("As received"),
            {
                "fields": [
                    ("method", "content_type"),
                    ("received_at", "last_received_at"),
                    "times",
                    "query_text",
                    "body_text",
                ]
            },
        ),
        (_("Outcome"), {"fields": [("processed_at", "parked_at")]}),
    ]
    list_display = ["__str__", "account", "state", "short_error", "times", "last_received_at"]
    list_filter = [StateFilter, "account"]
    list_select_related = ["account"]
    search_fields = ["query__contains", "error__contains"]
    search_help_text = _("A message's id (msg_…), or a part of its query or error.")
    id_fields = {"msg": "pk"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    actions = ["replay_all"]
    buttons = ["replay"]

    def get_fieldsets(self, request: HttpRequest, obj: InboundMessage | None = None) -> list[Any]:
        if obj is None or obj.processed_at is None:
            return self.fieldsets
        (title, basics), *others = self.fieldsets
        return [(title, {**basics, "fields": ["account", "state", "error", "attempts"]}), *others]

    def get_panels(self, request: HttpRequest, row: InboundMessage) -> list[Panel]:
        pairs = parse_qsl(row.query, keep_blank_values=True)
        return (
            [Panel(title=_("Fields of the query"), headers=[_("name"), _("value")], rows=pairs)]
            if pairs
            else []
        )

    @display(description=_("state"))
    def state(self, message: InboundMessage) -> SafeString:
        return label(
            *STATES["parked" if message.parked_at else "processed" if message.processed_at else "waiting"]
        )

    @display(description=_("error"))
    def short_error(self, message: InboundMessage) -> str:
        return Truncator(message.error).chars(100) or NOTHING

    @display(description=_("query"))
    def query_text(self, message: InboundMessage) -> str | SafeString:
        return _as_sent(message.query)

    @display(description=_("body"))
    def body_text(self, message: InboundMessage) -> str | SafeString:
        return _as_sent(bytes(message.body).decode("utf-8", "backslashreplace").replace("\x00", r"\x00"))

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("networks.change_inboundmessage")

    @button(_("Replay"), permission="networks.change_inboundmessage")
    def replay(self, request: HttpRequest, message: InboundMessage) -> str:
        services.replay(message=message, at=timezone.now())
        return _("The message waits for processing again.")

    @admin.action(description=_("Replay"), permissions=["replay"])
    def replay_all(self, request: HttpRequest, chosen: QuerySet[InboundMessage]) -> None:
        now = timezone.now()
        for message in chosen:
            services.replay(message=message, at=now)
            self.log_change(request, message, str(_("Replay")))
        told = ngettext(
            "%(count)d message waits for processing again.",
            "%(count)d messages wait for processing again.",
            len(chosen),
        )
        self.message_user(request, told % {"count": len(chosen)}, messages.SUCCESS)


def _as_sent(text: str) -> str | SafeString:
    return format_html('<pre class="overflow-x-auto break-words">{}</pre>', text) if text else NOTHING
