from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import Panel, ReadOnlyAdmin, folded, link_to, moment, money_column, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import HOUSE
from transactions import services
from transactions.admin.shown import status_label
from transactions.forms import AttributeForm
from transactions.models import Transaction, UnattributedSale
from transactions.recording.attribution import likely_clicks

SHOWN = 20
PERMISSION = "transactions.change_unattributedsale"


class StateFilter(admin.SimpleListFilter):
    """Those that wait for a person, unless asked for the others."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("attributed", _("attributed")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": _("waiting")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "attributed":
                return queryset.exclude(transaction=None)
            case "all":
                return queryset
        return queryset.filter(transaction=None)


@admin.register(UnattributedSale)
class UnattributedSaleAdmin(ReadOnlyAdmin):
    wall = HOUSE
    fieldsets = [
        (None, {"fields": ["why", "click_ref", "attribution"]}),
        (
            _("The sale"),
            {
                "fields": [
                    ("account", "external_id"),
                    "offer_external_id",
                    ("shown_status", money_column("commission_minor", _("commission"))),
                    ("order_id", "occurred_at"),
                    ("changed_at", "observed_at"),
                    "created_at",
                ]
            },
        ),
        (_("As reported"), {"fields": ["latest_word"]}),
    ]
    list_display = [
        "external_id",
        "attribution",
        "account",
        "why",
        "shown_status",
        money_column("commission_minor", _("commission")),
        "occurred_at",
    ]
    list_filter = [StateFilter, "why", "account", "status"]
    list_select_related = ["account", "transaction"]
    search_fields = ["external_id__exact", "order_id__exact", "click_ref__exact"]
    search_help_text = _("An id at the network, an order, or the click that the network named.")
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        attribute = self.admin_site.admin_view(self.attribute_view)
        name = "transactions_unattributedsale_attribute"
        return [path("<path:object_id>/attribute/", attribute, name=name), *super().get_urls()]

    @display(description=_("status"), ordering="status")
    def shown_status(self, sale: UnattributedSale) -> SafeString:
        return status_label(sale.status)

    @display(description=_("latest word"))
    def latest_word(self, sale: UnattributedSale) -> SafeString:
        return folded(sale.word)

    @display(description=_("attributed as"))
    def attribution(self, sale: UnattributedSale) -> SafeString:
        if sale.transaction:
            return link_to(sale.transaction)
        address = reverse("admin:transactions_unattributedsale_attribute", args=[quote(sale.pk)])
        return format_html('<a class="text-link" href="{}">{}</a>', address, _("Attribute…"))

    def attribute_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks for the click; POST gives the sale to it, or shows why the two do not belong together."""
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        sale = self.get_object(request, unquote(object_id))
        if sale is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        form = AttributeForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                purchase = services.attribute(sale=sale, click=form.cleaned_data["click"], at=timezone.now())
            except DomainError as refusal:
                form.add_error("click", str(refusal))
            else:
                self.log_change(request, sale, f"Attributed to {form.cleaned_data['click']}")
                said = _("The sale is %(shopper)s's purchase now.") % {"shopper": purchase.shopper}
                self.message_user(request, said, messages.SUCCESS)
                return redirect(page_of(Transaction, purchase.pk))
        return TemplateResponse(
            request,
            "admin/attribute.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Attribute sale %(sale)s") % {"sale": sale.external_id},
                "opts": self.opts,
                "original": sale,
                "sale": sale,
                "form": form,
                "panel": _facts(sale),
                "clicks": likely_clicks(sale).select_related("shopper", "storefront", "merchant")[:SHOWN],
            },
            status=400 if form.errors else 200,
        )


def _facts(sale: UnattributedSale) -> Panel:
    commission = money_column("commission_minor", _("commission"))
    return Panel(
        title=_("The sale"),
        headers=[_("network account"), _("why"), _("click named"), _("order"), _("commission"), _("bought")],
        rows=[
            [
                sale.account,
                sale.get_why_display(),
                sale.click_ref or "–",
                sale.order_id or "–",
                commission(sale),
                moment(sale.occurred_at),
            ]
        ],
    )
