from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib import ids
from cashback.lib.admin import (
    NOTHING,
    Panel,
    ReadOnlyAdmin,
    amount,
    folded,
    moment,
    money_column,
    public_id,
)
from transactions.admin.shown import RecordedFilter, click_link, status_label, transfers_panel
from transactions.ledger.models import Transfer
from transactions.models import Transaction, TransactionEvent

sale_amount = money_column("sale_minor", _("order amount"))
commission = money_column("commission_minor", _("commission"))
cashback = money_column("cashback_minor", _("cashback"))
granted = money_column("granted_minor", _("granted on inquiry"))
partner_share = money_column("partner_minor", _("partner share"))


class PaidFilter(admin.SimpleListFilter):
    title = _("network paid")
    parameter_name = "paid"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "yes":
                return queryset.exclude(paid_at=None)
            case "no":
                return queryset.filter(paid_at=None)
        return queryset


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    fieldsets = [
        (None, {"fields": [(public_id, "shown_status"), "decline_reason"]}),
        (
            _("Money"),
            {
                "fields": [
                    (sale_amount, commission),
                    (cashback, partner_share),
                    ("shopper_percent", "partner_percent"),
                    ("credit_on", "is_credited"),
                    ("paid_at", "is_stalled"),
                ]
            },
        ),
        (_("Whose"), {"fields": [("partner", "storefront"), ("shopper", "click_page")]}),
        (_("Where"), {"fields": [("merchant", "offer"), ("order_id", "rate_name")]}),
        (
            _("At the network"),
            {
                "fields": [
                    ("account", "external_id"),
                    "source",
                    ("inquiry", granted),
                    ("changed_at", "observed_at"),
                ]
            },
        ),
        (_("When"), {"fields": [("occurred_at", "expected_at"), ("created_at", "updated_at")]}),
    ]
    list_display = [
        "short_id",
        "shown_status",
        "merchant",
        "whose",
        sale_amount,
        cashback,
        "is_paid",
        "occurred_at",
    ]
    list_filter = ["status", "storefront", PaidFilter, "is_stalled", "account", RecordedFilter]
    list_select_related = ["merchant", "shopper", "storefront"]
    search_fields = ["order_id__exact", "external_id__exact", "shopper__external_id__exact"]
    search_help_text = _(
        "An id (txn_…, clk_…, shp_…), an order, an id at the network, or the partner's shopper id."
    )
    id_fields = {"txn": "pk", "clk": "click_id", "shp": "shopper_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_panels(self, request: HttpRequest, row: Transaction) -> list[Panel]:
        transfers = Transfer.objects.filter(subject_id=row.pk).select_related("source", "target")
        return [
            _events_panel(row.events.order_by("pk"), currency=row.currency),
            transfers_panel(transfers.order_by("pk")),
        ]

    @display(description=_("id"), ordering="pk")
    def short_id(self, purchase: Transaction) -> str:
        """The end of the id, which is random: the beginning is the time, and alike in all of a day."""
        return ids.suffix(purchase.pk)[-8:]

    @display(description=_("status"), ordering="status")
    def shown_status(self, purchase: Transaction) -> SafeString:
        return status_label(purchase.status)

    @display(description=_("shopper"))
    def whose(self, purchase: Transaction) -> str:
        return f"{purchase.shopper}, {purchase.storefront}"

    @display(description=_("paid"), boolean=True, ordering="paid_at")
    def is_paid(self, purchase: Transaction) -> bool:
        return purchase.paid_at is not None

    @display(description=_("credited"), boolean=True)
    def is_credited(self, purchase: Transaction) -> bool:
        return purchase.is_credited

    @display(description=_("click"))
    def click_page(self, purchase: Transaction) -> str | SafeString:
        # Not the row: its month may have been detached.
        return click_link(purchase.click_id)


def _events_panel(events: QuerySet[TransactionEvent], *, currency: str) -> Panel:
    return Panel(
        title=_("What the network said"),
        headers=[
            _("recorded"),
            _("via"),
            _("status"),
            _("order amount"),
            _("commission"),
            _("cashback"),
            _("paid"),
            _("note"),
            _("as reported"),
        ],
        rows=[
            [
                moment(event.recorded_at),
                event.get_via_display(),
                status_label(event.status),
                amount(event.sale_minor, currency),
                amount(event.commission_minor, currency),
                amount(event.cashback_minor, currency),
                _("yes") if event.is_paid else _("no"),
                event.note or NOTHING,
                folded(event.raw),
            ]
            for event in events
        ],
    )
