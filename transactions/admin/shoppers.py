from typing import Any

from django.contrib import admin
from django.db.models import Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from cashback.lib.admin import Panel, ReadOnlyAdmin, amount, link_to, list_of, public_id
from partners.models import Shopper
from transactions.admin.shown import clicks_panel, purchases_panel
from transactions.ledger.models import Account, AccountKind
from transactions.models import Click, Transaction

LATEST = 10


@admin.register(Shopper)
class ShopperAdmin(ReadOnlyAdmin):
    fields = [public_id, "external_id", ("partner", "storefront"), "locale", ("created_at", "last_seen_at")]
    list_display = ["external_id", public_id, "storefront", "created_at", "last_seen_at"]
    list_filter = ["storefront"]
    list_select_related = ["storefront"]
    search_fields = ["external_id__exact"]
    search_help_text = _("An id (shp_…), or the partner's shopper id.")
    id_fields = {"shp": "pk"}
    ordering = ["-pk"]

    def get_fields(self, request: HttpRequest, obj: Shopper | None = None) -> list[Any]:
        """Whoever looks for somebody by an old id is led to who they are now."""
        return [*self.fields, "merged_into"] if obj and obj.merged_into_id else [*self.fields]

    def get_panels(self, request: HttpRequest, row: Shopper) -> list[Panel]:
        purchases = Transaction.objects.filter(shopper=row).select_related("merchant").latest_first()
        clicks = Click.objects.filter(shopper=row).select_related("merchant").latest_first()
        return [
            _balance_panel(row),
            purchases_panel(purchases[:LATEST], more_url=list_of(Transaction, shopper__id__exact=row.pk)),
            clicks_panel(clicks[:LATEST], more_url=list_of(Click, shopper__id__exact=row.pk)),
        ]


def _balance_panel(shopper: Shopper) -> Panel:
    """Available is the ledger's; awaited is a promise, and no money yet."""
    accounts = Account.objects.filter(
        partner_id=shopper.partner_id, kind=AccountKind.SHOPPER, owner_id=shopper.pk
    ).select_related("balance")
    available = {account.currency: account for account in accounts.order_by("currency", "pk")}
    sums = Transaction.objects.filter(shopper=shopper).awaited().values("currency").order_by("currency")
    awaited = {row["currency"]: row["sum"] for row in sums.annotate(sum=Sum("cashback_minor"))}
    currencies = sorted({shopper.storefront.currency, *available, *awaited})
    return Panel(
        title=_("Balance"),
        headers=[_("available"), _("awaited"), _("account")],
        rows=[
            [
                amount(available[currency].balance.amount if currency in available else 0, currency),
                amount(awaited.get(currency, 0), currency),
                link_to(available[currency]) if currency in available else _("not opened yet"),
            ]
            for currency in currencies
        ],
    )
