"""Claims and the rules of triage as lists: facts to look through. What is done with a claim is done in its case."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import (
    NOTHING,
    Link,
    Panel,
    ReadOnlyAdmin,
    StaffAdmin,
    filter_in_words,
    folded,
    label,
    link,
    link_to,
    moment,
    money_column,
    page_of,
)
from cashback.lib.walls import HOUSE
from support import codes
from support.admin import story, verdicts
from support.claims.models import CLOSED, Claim, ClaimPolicy, RuleSwitch, Status, TriageRun
from support.claims.triage.rules import RULES
from support.desk.models import Ticket

order_amount = money_column("order_minor", _("order amount"))
expected = money_column("expected_minor", _("expected"))

_GOOD = (Status.CREDITED, Status.COMPENSATED, Status.APPROVED_NET)
_BAD = (Status.REJECTED, Status.DECLINED_NET, Status.LAPSED)


def status_label(status: str, words: str = "") -> SafeString:
    colour = "success" if status in _GOOD else "danger" if status in _BAD else "info"
    return label(words or Status(status).label, "warning" if status == Status.IN_REVIEW else colour)


class OpenFilter(admin.SimpleListFilter):
    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("yes", _("yes")), ("no", _("no"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Claim]) -> QuerySet[Claim]:
        match self.value():
            case "yes":
                return queryset.exclude(status__in=CLOSED)
            case "no":
                return queryset.filter(status__in=CLOSED)
        return queryset


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    fieldsets = [
        (None, {"fields": ["shown_number", "state", "reason", "kind", "shown_flags"]}),
        (_("Whose"), {"fields": [("partner", "storefront"), "shopper", "opened_via", "opened_by"]}),
        (
            _("What"),
            {
                "fields": [
                    ("merchant", "account"),
                    ("order_no", "order_at"),
                    (order_amount, expected),
                    ("coupon_used", "goods"),
                    ("paid_with", "bought_in"),
                    "purchase",
                ]
            },
        ),
        (_("When"), {"fields": [("created_at", "closed_at"), ("next_update_due", "wake_at"), "cycle"]}),
    ]
    list_display = [
        "shown_number",
        "state",
        "kind",
        "merchant",
        "shopper",
        "order_no",
        expected,
        "created_at",
    ]
    list_filter = [OpenFilter, "status", "kind", "storefront"]
    list_select_related = ["merchant", "shopper", "storefront"]
    search_fields = ["order_no__iexact", "shopper__external_id__exact", "shopper__email__iexact"]
    search_help_text = _("A claim's number (C-10042), an order, a shopper's id or e-mail.")
    id_fields = {"clm": "pk", "clk": "click_id", "shp": "shopper_id", "txn": "transaction_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Claim], search_term: str
    ) -> tuple[QuerySet[Claim], bool]:
        number = search_term.strip().upper().removeprefix("C-")
        if number.isdecimal() and number != search_term.strip() and len(number) < 19:
            return self.get_queryset(request).filter(number=int(number)), False
        return super().get_search_results(request, queryset, search_term)

    def get_links(self, request: HttpRequest, row: Claim) -> list[Link]:
        return [Link(str(_("Open the case")), page_of(Ticket, row.ticket_id))]

    def get_panels(self, request: HttpRequest, row: Claim) -> list[Panel]:
        steps = row.steps.select_related("agent").order_by("pk")
        inquiries = row.inquiries.select_related("account").order_by("pk")
        runs = row.triage_runs.order_by("-pk")[:10]
        return [
            Panel(
                title=_("Steps"),
                headers=[_("at"), _("to"), _("reason"), _("who")],
                rows=[
                    [
                        moment(step.at),
                        status_label(step.to_status, story.status_words(step)),
                        codes.reason(step.reason_code) if step.reason_code else NOTHING,
                        step.agent or _("the service"),
                    ]
                    for step in steps
                ],
            ),
            Panel(
                title=_("Network inquiries"),
                headers=[_("reference"), _("status"), _("network account"), _("submitted")],
                rows=[
                    [link_to(each), each.get_status_display(), each.account, moment(each.submitted_at)]
                    for each in inquiries
                ],
            ),
            Panel(
                title=_("Runs of triage"),
                headers=[_("at"), _("decision"), _("rule"), _("because")],
                rows=[
                    [
                        link(page_of(TriageRun, run.pk), moment(run.at)),
                        codes.decision(run.decision),
                        verdicts.RULES.get(run.decided_by, run.decided_by),
                        codes.reason(run.because),
                    ]
                    for run in runs
                ],
            ),
        ]

    @display(description=_("claim"), ordering="pk")
    def shown_number(self, claim: Claim) -> str:
        return claim.public_number

    @display(description=_("status"))
    def state(self, claim: Claim) -> SafeString:
        # Who answered is told by the steps; here it would be a query for each row.
        return status_label(claim.status, _("answered") if claim.status == Status.ANSWERED_AUTO else "")

    @display(description=_("reason"))
    def reason(self, claim: Claim) -> str:
        return codes.reason(claim.reason_code) if claim.reason_code else NOTHING

    @display(description=_("flags"))
    def shown_flags(self, claim: Claim) -> str:
        return ", ".join(codes.flag(code) for code in claim.flags) or NOTHING

    @display(description=_("purchase"))
    def purchase(self, claim: Claim) -> str | SafeString:
        return link_to(claim.transaction) if claim.transaction else NOTHING


@admin.register(TriageRun)
class TriageRunAdmin(ReadOnlyAdmin):
    fields = ["claim", "at", "shown_decision", "rule", "why", "ruleset", "took_ms"]
    list_display = ["at", "claim", "shown_decision", "rule", "why", "took_ms"]
    list_filter = [
        filter_in_words("decision", _("decision"), codes.DECISIONS),
        filter_in_words("decided_by", _("rule"), verdicts.RULES),
    ]
    list_select_related = ["claim"]
    ordering = ["-pk"]
    paginator = InfinitePaginator

    def get_panels(self, request: HttpRequest, row: TriageRun) -> list[Panel]:
        told = verdicts.diagnosis(row, currency=row.claim.currency)
        lines = told.lines if told else []
        return [
            Panel(
                title=_("What each rule said"),
                headers=["", _("rule"), _("said"), _("looked at")],
                rows=[
                    [line.number, line.title, line.words, folded(dict(line.facts)) if line.facts else NOTHING]
                    for line in lines
                ],
            )
        ]

    @display(description=_("decision"), ordering="decision")
    def shown_decision(self, run: TriageRun) -> str:
        return codes.decision(run.decision)

    @display(description=_("rule"), ordering="decided_by")
    def rule(self, run: TriageRun) -> str:
        return str(verdicts.RULES.get(run.decided_by, run.decided_by)) or NOTHING

    @display(description=_("because"))
    def why(self, run: TriageRun) -> str:
        return codes.reason(run.because)


@admin.register(RuleSwitch)
class RuleSwitchAdmin(StaffAdmin):
    """A rule without a row answers by itself; one that is off sends its cases to a person."""

    wall = HOUSE
    fields = ["rule", "is_on", "why", "changed_at"]
    list_display = ["question", "rule", "is_on", "why", "changed_at"]
    ordering = ["rule"]

    def get_readonly_fields(self, request: HttpRequest, obj: RuleSwitch | None = None) -> list[str]:
        return ["changed_at", "rule"] if obj else ["changed_at"]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "rule" and field is not None:
            from unfold.widgets import UnfoldAdminSelectWidget

            names = [rule.__name__ for rule in RULES]
            field.widget = UnfoldAdminSelectWidget(
                choices=[(name, f"{name}: {verdicts.RULES.get(name, '')}") for name in names]
            )
        return field

    def save_model(self, request: HttpRequest, obj: RuleSwitch, form: Any, change: bool) -> None:
        obj.changed_at = timezone.now()
        super().save_model(request, obj, form, change)

    @display(description=_("what it asks"))
    def question(self, switch: RuleSwitch) -> str:
        return str(verdicts.RULES.get(switch.rule, switch.rule))


@admin.register(ClaimPolicy)
class ClaimPolicyAdmin(StaffAdmin):
    wall = HOUSE
    list_display = ["__str__", "most_open", "most_a_day", "update_days", "answer_days", "contest_days"]
    list_select_related = ["for_partner"]
    ordering = ["for_partner__name", "pk"]
