from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import (
    NOTHING,
    Link,
    Panel,
    ReadOnlyAdmin,
    button,
    folded,
    label,
    link,
    link_to,
    list_of,
    moment,
    page_of,
)
from partners.webhooks import catalogue, services
from partners.webhooks import messages as outgoing
from partners.webhooks.models import Delivery, WebhookEndpoint

_STATUSES = {
    Delivery.Status.WAITING: "warning",
    Delivery.Status.DELIVERED: "success",
    Delivery.Status.FAILED: "danger",
}
_MAY_CHANGE = "webhooks.change_webhookendpoint"
_A_DAY = timedelta(days=1)


class OffFilter(admin.SimpleListFilter):
    title = _("switched off")
    parameter_name = "off"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("by_us", _("for failing")), ("yes", _("for any reason"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "by_us":
                return queryset.switched_off_by_us()
            case "yes":
                return queryset.filter(is_enabled=False)
        return queryset


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Partners make and change their endpoints by the API. Staff see how each goes, and help one back on its feet."""

    fieldsets = [
        (None, {"fields": ["partner", "url", "description", "types", "contact_email", "api_version"]}),
        (
            _("How it goes"),
            {
                "fields": [
                    ("shown_state", "off_since"),
                    ("failures", "failing_since", "rests_until"),
                    "last_success_at",
                    "old_secret_until",
                    ("created_at", "updated_at"),
                ]
            },
        ),
    ]
    list_display = ["__str__", "partner", "url", "shown_state", "failures", "last_success_at"]
    list_filter = ["partner", OffFilter]
    list_select_related = ["partner"]
    search_fields = ["url"]
    search_help_text = _("An endpoint's id (whe_…) or a part of its address.")
    id_fields = {"whe": "pk"}
    ordering = ["-pk"]
    buttons = ["ping", "replay_failed", "replay_day", "switch_on", "switch_off", "rotate_secret"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WebhookEndpoint]:
        return super().get_queryset(request).defer("secret", "old_secret")

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        endpoint = self.get_object(request, object_id)
        if request.method == "GET" and endpoint and not endpoint.is_enabled:
            banner = _("No events are sent to this endpoint: %(why)s.") % {
                "why": endpoint.get_off_because_display()
            }
            self.message_user(request, banner, messages.WARNING)
        return super().change_view(request, object_id, *args, **kwargs)

    def get_panels(self, request: HttpRequest, row: WebhookEndpoint) -> Iterable[Panel]:
        newest = row.deliveries.select_related("event").order_by("-pk")[:10]
        yield Panel(
            title=_("Deliveries"),
            headers=[_("event"), _("status"), _("tries"), _("next try"), _("changed")],
            rows=[
                [
                    link(page_of(Delivery, each.pk), catalogue.title_of(each.event.type)),
                    _shown_status(each),
                    each.tries,
                    _next_try(each),
                    moment(each.changed_at),
                ]
                for each in newest
            ],
            more_url=list_of(Delivery, endpoint__id__exact=row.pk),
        )

    @display(description=_("event types"))
    def types(self, endpoint: WebhookEndpoint) -> str:
        return ", ".join(catalogue.title_of(each) for each in endpoint.event_types) or str(_("all"))

    @display(description=_("state"))
    def shown_state(self, endpoint: WebhookEndpoint) -> SafeString:
        if not endpoint.is_enabled:
            return label(endpoint.get_off_because_display(), "danger")
        return label(_("failing"), "warning") if endpoint.failures else label(_("works"), "success")

    def offers_button(self, name: str, row: WebhookEndpoint) -> bool:
        if row.off_because == WebhookEndpoint.OffBecause.DELETED:
            return False
        return row.is_enabled != (name == "switch_on")

    @button(_("Send a ping"), permission=_MAY_CHANGE)
    def ping(self, request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        services.ping(endpoint=endpoint, at=timezone.now())
        return _("A test.ping is on its way.")

    @button(_("Send again what was given up"), permission=_MAY_CHANGE)
    def replay_failed(self, request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        now = timezone.now()
        since = now - services.REPLAYABLE_FOR
        return _sent_again(services.replay_failed(endpoint=endpoint, since=since, until=now, at=now))

    @button(
        _("Send again everything of a day"),
        permission=_MAY_CHANGE,
        warning=_("Every event of the last 24 hours goes out once more, also those that arrived."),
    )
    def replay_day(self, request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        now = timezone.now()
        return _sent_again(
            services.replay_range(endpoint=endpoint, since=now - _A_DAY, until=now + _A_DAY, at=now)
        )

    @button(_("Switch on"), permission=_MAY_CHANGE)
    def switch_on(self, request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        services.switch_on(endpoint=endpoint, at=timezone.now())
        return _("Events are sent again. What happened meanwhile is sent when you ask for it.")

    @button(
        _("Switch off"),
        permission=_MAY_CHANGE,
        warning=_("Nothing is sent to this endpoint until somebody switches it on again."),
    )
    def switch_off(self, request: HttpRequest, endpoint: WebhookEndpoint) -> str:
        services.switch_off(endpoint=endpoint, at=timezone.now())
        return _("The endpoint is switched off.")

    @button(
        _("Make a new secret"),
        permission=_MAY_CHANGE,
        warning=_("Both sign for a day. After that the partner's server must know the new one."),
    )
    def rotate_secret(self, request: HttpRequest, endpoint: WebhookEndpoint) -> HttpResponse:
        return self.show_once(
            request,
            secret=services.rotate_secret(endpoint=endpoint, at=timezone.now()),
            title=_("A new secret for %(endpoint)s") % {"endpoint": endpoint},
            label=_("Signing secret"),
            advice=_(
                "Hand it to the partner over a safe channel. The former secret signs beside it for a day."
            ),
            back=Link(_("Back to the endpoint"), page_of(WebhookEndpoint, endpoint.pk)),
        )


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    fieldsets = [
        (None, {"fields": ["partner", "of_endpoint", "event_type", "shown_status", "message"]}),
        (_("On its way"), {"fields": [("tries", "next_try"), ("created_at", "changed_at")]}),
    ]
    list_display = ["__str__", "event_type", "address", "shown_status", "tries", "next_try", "created_at"]
    list_filter = ["status", "partner", "endpoint"]
    list_select_related = ["event", "endpoint"]
    search_fields = ["event__type__exact"]
    search_help_text = _("A delivery's or an event's id (whd_…, evt_…), or a type of event.")
    id_fields = {"whd": "pk", "evt": "event_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    buttons = ["replay"]

    @display(description=WebhookEndpoint._meta.get_field("url").verbose_name)
    def address(self, row: Delivery) -> str:
        return str(row.endpoint.url)

    def get_panels(self, request: HttpRequest, row: Delivery) -> Iterable[Panel]:
        yield Panel(
            title=_("Tries"),
            headers=[_("tried"), _("answer's status"), _("milliseconds"), _("answer"), _("error")],
            rows=[
                [moment(each.at), each.status_code or NOTHING, each.latency_ms, each.answer, each.error]
                for each in row.attempts.all()
            ],
        )

    @display(description=_("endpoint"))
    def of_endpoint(self, delivery: Delivery) -> SafeString:
        return link_to(delivery.endpoint)

    @display(description=_("event"))
    def event_type(self, delivery: Delivery) -> str:
        return catalogue.title_of(delivery.event.type)

    @display(description=_("status"))
    def shown_status(self, delivery: Delivery) -> SafeString:
        return _shown_status(delivery)

    @display(description=_("next try"))
    def next_try(self, delivery: Delivery) -> str:
        return _next_try(delivery)

    @display(description=_("message"))
    def message(self, delivery: Delivery) -> SafeString:
        return folded(outgoing.envelope(delivery.event, version=delivery.endpoint.api_version))

    @button(_("Send again"), permission="webhooks.change_delivery")
    def replay(self, request: HttpRequest, delivery: Delivery) -> str:
        services.replay(delivery=delivery, at=timezone.now())
        return _("The event is on its way again.")


def _shown_status(delivery: Delivery) -> SafeString:
    return label(delivery.get_status_display(), _STATUSES[Delivery.Status(delivery.status)])


def _next_try(delivery: Delivery) -> str:
    return moment(delivery.next_attempt_at) if delivery.status == Delivery.Status.WAITING else NOTHING


def _sent_again(count: int) -> str:
    return ngettext("%(count)d event is on its way.", "%(count)d events are on their way.", count) % {
        "count": count
    }
