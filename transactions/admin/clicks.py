from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import Panel, ReadOnlyAdmin, amount, public_id
from transactions.admin.shown import RecordedFilter, purchases_panel
from transactions.models import Click


@admin.register(Click)
class ClickAdmin(ReadOnlyAdmin):
    """Newest first by id, and never counted: a page of the list reads one page of the newest month."""

    fieldsets = [
        (None, {"fields": [public_id, "created_at", "user_agent"]}),
        (_("Whose"), {"fields": [("partner", "storefront"), "shopper"]}),
        (_("Where"), {"fields": [("merchant", "offer"), "account"]}),
        (
            _("What was promised"),
            {
                "fields": [
                    ("best_percent", "best_fixed", "currency"),
                    ("shopper_percent", "partner_percent", "credit_on"),
                    "terms_digest",
                ]
            },
        ),
        (
            _("What the browser showed on the way"),
            {"fields": [("blocker_seen", "cookies_kept"), "evidence_at"]},
        ),
    ]
    list_display = [public_id, "merchant", "shopper", "storefront", "account", "created_at"]
    list_filter = [RecordedFilter, "storefront", "account"]
    list_select_related = ["merchant", "shopper", "storefront", "account"]
    search_fields = ["shopper__external_id__exact"]
    search_help_text = _("An id (clk_…, shp_…), or the partner's shopper id.")
    id_fields = {"clk": "pk", "shp": "shopper_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    list_max_show_all = 0
    sortable_by = ()

    def get_panels(self, request: HttpRequest, row: Click) -> list[Panel]:
        return [purchases_panel(row.transactions.select_related("merchant").order_by("pk"))]

    @display(description=_("best fixed reward"))
    def best_fixed(self, click: Click) -> str:
        return amount(click.best_fixed_minor, click.currency)
