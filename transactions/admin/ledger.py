from typing import Any

from django.contrib import admin
from django.db.models import BigIntegerField, CharField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib import ids
from cashback.lib.admin import NOTHING, Panel, ReadOnlyAdmin, link, money_column, page_of
from offers.networks.models import NetworkAccount
from partners.models import Partner, Shopper
from transactions.admin.shown import RecordedFilter, reason_label, transfers_panel
from transactions.ledger.models import Account, Entry, Transfer
from transactions.models import Transaction

LATEST = 50


def _name_of(named: type, outer: str, field: str) -> Subquery:
    return Subquery(named.objects.filter(pk=OuterRef(outer)).values(field), output_field=CharField())


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    fields = [
        "kind",
        "partner_name",
        "owner_name",
        money_column("held", _("holds")),
        "may_go_negative",
        "created_at",
    ]
    list_display = ["__str__", "partner_name", "owner_name", money_column("held", _("holds")), "created_at"]
    list_filter = ["kind"]
    ordering = ["-pk"]
    search_fields = ["owner_id"]
    search_help_text = _("An id (shp_…), the partner's shopper id, a network account or a partner by name.")
    id_fields = {"shp": "owner_id"}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        entries = Entry.objects.filter(account_id=OuterRef("pk")).order_by().values("account_id")
        # The sum is made only for accounts without a balance row: COALESCE stops at the first that is known.
        summed = Subquery(entries.annotate(net=Sum("amount")).values("net"), output_field=BigIntegerField())
        return (
            super()
            .get_queryset(request)
            .annotate(
                held=Coalesce(F("balance__amount"), summed, 0),
                partner_name=_name_of(Partner, "partner_id", "name"),
                owner_name=Coalesce(
                    _name_of(Shopper, "owner_id", "external_id"), _name_of(NetworkAccount, "owner_id", "name")
                ),
            )
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        words = search_term.strip()
        if not words or words.lower().startswith("shp_"):
            return super().get_search_results(request, queryset, words)
        shoppers = Shopper.objects.filter(external_id=words).values("pk")
        accounts = NetworkAccount.objects.filter(name=words).values("pk")
        partners = Partner.objects.filter(name=words).values("pk")
        return queryset.filter(
            Q(owner_id__in=shoppers) | Q(owner_id__in=accounts) | Q(partner_id__in=partners)
        ), False

    def get_panels(self, request: HttpRequest, row: Account) -> list[Panel]:
        touching = Transfer.objects.filter(source=row) | Transfer.objects.filter(target=row)
        latest = touching.select_related("source", "target").order_by("-pk")[:LATEST]
        return [transfers_panel(latest, title=_("Latest transfers"))]

    @display(description=_("partner"))
    def partner_name(self, account: Any) -> SafeString:
        return link(page_of(Partner, account.partner_id), account.partner_name)

    @display(description=_("owner"))
    def owner_name(self, account: Any) -> str | SafeString:
        pages = {"shopper": Shopper, "network_receivable": NetworkAccount}
        if account.kind in pages and account.owner_name:
            return link(page_of(pages[account.kind], account.owner_id), account.owner_name)
        return NOTHING


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    fields = [
        money_column("amount", _("amount")),
        ("source", "target"),
        "shown_reason",
        "subject",
        "key",
        ("occurred_at", "recorded_at"),
    ]
    list_display = [
        "key",
        "source",
        "target",
        money_column("amount", _("amount")),
        "shown_reason",
        "recorded_at",
    ]
    list_filter = [RecordedFilter]
    list_select_related = ["source", "target"]
    search_fields = ["key__startswith"]
    search_help_text = _("A purchase's id (txn_…), or the beginning of a transfer's key.")
    id_fields = {"txn": "subject_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator

    @display(description=_("reason"))
    def shown_reason(self, transfer: Transfer) -> str:
        return reason_label(transfer.reason)

    @display(description=_("about"))
    def subject(self, transfer: Transfer) -> str | SafeString:
        purchase = ids.public("txn", transfer.subject_id)
        if transfer.key.startswith(purchase):
            return link(page_of(Transaction, transfer.subject_id), purchase)
        return str(transfer.subject_id)
