"""Goodwill: the rules that it is given by, the money that is set aside, and each gift with who agreed to it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import NOTHING, Link, ReadOnlyAdmin, button, label, money_column, page_of
from cashback.lib.admin import amount as amount_of
from support import codes
from support.admin.acting import text_of
from support.admin.amounts import AmountsAdmin, AmountsForm
from support.desk.models import Ticket
from support.goodwill import services
from support.goodwill.models import GoodwillBudget, GoodwillGrant, GoodwillPolicy, GrantStatus

amount = money_column("amount_minor", _("amount"))
_COLOURS = {GrantStatus.ASKED: "warning", GrantStatus.PAID: "success", GrantStatus.REFUSED: "danger"}


class PolicyForm(AmountsForm):
    def clean(self) -> dict[str, Any]:
        told = super().clean()
        rising = [told.get(name) for name in ("auto_max_minor", "agent_max_minor", "lead_max_minor")]
        if None not in rising and rising != sorted(rising):
            self.add_error(
                "agent_max_minor",
                gettext("An agent gives no less than is given at once, and a lead no less."),
            )
        return told


class BudgetForm(AmountsForm):
    def clean(self) -> dict[str, Any]:
        told = super().clean()
        amount = told.get("amount_minor")
        if amount is not None and amount < self.instance.spent_minor:
            self.add_error("amount_minor", gettext("More than this has been spent already."))
        return told


@admin.register(GoodwillPolicy)
class GoodwillPolicyAdmin(AmountsAdmin):
    form = PolicyForm
    fieldsets = [
        (None, {"fields": [("partner", "currency"), ("payer", "is_active")]}),
        (
            _("Who may give how much, in the policy's currency"),
            {"fields": [("auto_max_minor", "agent_max_minor", "lead_max_minor"), "monthly_budget_minor"]},
        ),
        (
            _("To whom"),
            {
                "fields": [
                    ("per_shopper_30d_minor", "per_shopper_life_minor"),
                    ("ratio_to_confirmed", "cooldown_days"),
                    "allowed_reasons",
                ]
            },
        ),
    ]
    list_display = [
        "partner",
        "currency",
        "payer",
        money_column("auto_max_minor", _("at once")),
        money_column("agent_max_minor", _("agent")),
        money_column("lead_max_minor", _("lead")),
        money_column("monthly_budget_minor", _("a month")),
        "is_active",
    ]
    list_filter = ["partner", "is_active"]
    list_select_related = ["partner"]
    ordering = ["partner__name", "currency", "pk"]


@admin.register(GoodwillBudget)
class GoodwillBudgetAdmin(AmountsAdmin):
    form = BudgetForm
    fields = ["partner", "currency", "holder", ("begins_at", "ends_at"), "amount_minor", "spent"]
    list_display = ["partner", "currency", "holder", "begins_at", "ends_at", amount, "spent", "left"]
    list_filter = ["partner"]
    list_select_related = ["partner", "holder"]
    ordering = ["-begins_at", "partner__name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: GoodwillBudget | None = None) -> list[str]:
        return ["spent", "partner", "currency", "holder", "begins_at", "ends_at"] if obj else ["spent"]

    @display(description=_("spent"), ordering="spent_minor")
    def spent(self, budget: GoodwillBudget) -> str:
        return amount_of(budget.spent_minor, budget.currency) if budget.currency else NOTHING

    @display(description=_("left"))
    def left(self, budget: GoodwillBudget) -> str:
        return amount_of(budget.left_minor, budget.currency)


@admin.register(GoodwillGrant)
class GoodwillGrantAdmin(ReadOnlyAdmin):
    """Money given is never edited. Whoever may approve or refuse does so here or in the case."""

    fieldsets = [
        (None, {"fields": [amount, "state", ("shown_reason", "payer"), "note", "refusal"]}),
        (_("Whose"), {"fields": [("partner", "storefront"), ("shopper", "merchant"), "claim"]}),
        (
            _("Who agreed"),
            {"fields": [("requested_by", "approved_by", "refused_by"), ("created_at", "decided_at")]},
        ),
    ]
    list_display = [
        "created_at",
        amount,
        "state",
        "claim",
        "shopper",
        "merchant",
        "requested_by",
        "approved_by",
    ]
    list_filter = ["status", "partner", "payer"]
    list_select_related = ["claim", "shopper", "merchant", "requested_by", "approved_by"]
    search_fields = ["shopper__external_id__exact"]
    search_help_text = _("A partner's shopper id.")
    id_fields = {"gwl": "pk", "shp": "shopper_id", "clm": "claim_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    list_before_template = "admin/support/goodwill_figures.html"
    buttons = ["approve", "refuse"]

    def get_links(self, request: HttpRequest, row: GoodwillGrant) -> list[Link]:
        return [Link(str(_("Open the case")), page_of(Ticket, row.claim.ticket_id))]

    def offers_button(self, name: str, row: GoodwillGrant) -> bool:
        return bool(row.status == GrantStatus.ASKED)

    @button(_("Approve and pay"), permission="claims.change_claim")
    def approve(self, request: HttpRequest, grant: GoodwillGrant) -> str:
        services.approve(grant=grant, by=request.user, at=timezone.now())
        return str(_("Approved and paid."))

    @button(_("Refuse"), permission="claims.change_claim", asks=_("Why not? Whoever asked reads it."))
    def refuse(self, request: HttpRequest, grant: GoodwillGrant) -> str:
        services.refuse(grant=grant, by=request.user, why=text_of(request, "why"), at=timezone.now())
        return str(_("Refused. Whoever asked reads why."))

    @display(description=_("status"))
    def state(self, grant: GoodwillGrant) -> SafeString:
        return label(grant.get_status_display(), _COLOURS[GrantStatus(grant.status)])

    @display(description=_("reason"))
    def shown_reason(self, grant: GoodwillGrant) -> str:
        return codes.reason(grant.reason)
