"""The admin's first page: what needs a person now, how today goes, and the way to everything else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Count, F, Min, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cashback.health import OLDEST_INBOX_SECONDS
from cashback.lib.admin import NOTHING, amount, list_of, moment, page_of
from cashback.lib.display import ago
from cashback.lib.walls import HOUSE, reached, within_reach
from offers.networks.models import InboundMessage, NetworkAccount
from partners.webhooks.models import WebhookEndpoint
from support.desk.models import Ticket
from support.goodwill.models import GoodwillGrant
from support.mail.models import InboundMail
from transactions.ledger.models import AccountKind, Entry, Transfer
from transactions.models import Click, Transaction, UnattributedSale
from transactions.partitions import first_id

# By the business's words: (model, icon of Material Symbols).
_ROOMS: list[tuple[Any, list[tuple[str, str]]]] = [
    (
        _("Support"),
        [
            ("desk.Ticket", "support_agent"),
            ("shifts.ShiftClose", "flag"),
            ("claims.Claim", "assignment"),
            ("claims.NetworkInquiry", "outgoing_mail"),
            ("claims.InquiryBatch", "folder_zip"),
            ("goodwill.GoodwillGrant", "volunteer_activism"),
            ("desk.Macro", "bolt"),
            ("quality.Rating", "star"),
            ("quality.QAReview", "rate_review"),
            ("quality.Suggestion", "lightbulb"),
            ("quality.BonusSheet", "payments"),
            ("mail.InboundMail", "mark_email_unread"),
        ],
    ),
    (
        _("Partners"),
        [
            ("partners.Partner", "handshake"),
            ("partners.Storefront", "storefront"),
            ("partners.TermsVersion", "gavel"),
            ("partners.Shopper", "person"),
            ("partners.OutboxEvent", "outbox"),
            ("notices.Letter", "mail"),
            ("webhooks.WebhookEndpoint", "webhook"),
            ("webhooks.Delivery", "send"),
        ],
    ),
    (
        _("Purchases"),
        [
            ("transactions.Transaction", "shopping_bag"),
            ("transactions.UnattributedSale", "help"),
            ("transactions.Click", "ads_click"),
        ],
    ),
    (_("Networks"), [("networks.NetworkAccount", "hub"), ("networks.InboundMessage", "inbox")]),
    (
        _("Catalogue"),
        [
            ("offers.Merchant", "local_mall"),
            ("offers.Shelves", "shelves"),
            ("offers.Offer", "sell"),
            ("offers.OfferFacts", "fact_check"),
            ("offers.Rate", "percent"),
            ("offers.Coupon", "confirmation_number"),
            ("offers.Category", "category"),
        ],
    ),
    (_("Ledger"), [("ledger.Transfer", "swap_horiz"), ("ledger.Account", "account_balance")]),
    (
        _("Rules of support"),
        [
            ("desk.Team", "groups"),
            ("desk.Agent", "headset_mic"),
            ("shifts.Shift", "schedule"),
            ("shifts.RotaTemplate", "calendar_view_week"),
            ("clocks.Calendar", "calendar_month"),
            ("clocks.ClockPolicy", "timer"),
            ("claims.ClaimPolicy", "rule"),
            ("claims.RuleSwitch", "toggle_on"),
            ("claims.TriageRun", "checklist"),
            ("goodwill.GoodwillPolicy", "savings"),
            ("goodwill.GoodwillBudget", "account_balance_wallet"),
            ("mail.SupportSender", "signature"),
            ("quality.BonusPlan", "percent"),
        ],
    ),
    (
        _("Staff"),
        [
            ("auth.User", "badge"),
            ("auth.Group", "group"),
            ("partners.StaffToken", "key"),
            ("desk.AuditEvent", "policy"),
        ],
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person: how much of it, since when, and where. `rows` narrows the model's rows down to
    it; whose rows there are the wall says."""

    model: Any
    title: Any
    rows: Callable[[QuerySet], QuerySet]
    since: str
    filters: dict[str, str] = field(default_factory=dict)
    # The desk has numbers of its own, which are live: no other page counts there for its sidebar. Nor is what a partner
    # has to mend counted on every page.
    has_badge: bool = True


_NEEDS = [
    Need(
        model=InboundMessage,
        title=_("Parked messages"),
        rows=lambda messages: messages.parked(),
        since="parked_at",
        filters={"state": "parked"},
    ),
    Need(
        model=UnattributedSale,
        title=_("Sales without a click"),
        rows=lambda sales: sales.filter(transaction=None),
        since="created_at",
    ),
    Need(
        model=NetworkAccount,
        title=_("Switched-off network accounts"),
        rows=lambda accounts: accounts.exclude(refusal=""),
        since="sales_polled_at",
    ),
    Need(
        model=WebhookEndpoint,
        title=_("Webhook endpoints switched off for failing"),
        rows=lambda endpoints: endpoints.switched_off_by_us(),
        since="off_since",
        filters={"off": "by_us"},
        has_badge=False,
    ),
    Need(
        model=Ticket,
        title=_("Answers owed"),
        rows=lambda tickets: tickets.owed(),
        since="owed_since",
        filters={"view": "owed"},
        has_badge=False,
    ),
    Need(
        model=GoodwillGrant,
        title=_("Goodwill to approve"),
        rows=lambda grants: grants.waiting(),
        since="created_at",
        filters={"status__exact": "asked"},
        has_badge=False,
    ),
    Need(
        model=InboundMail,
        title=_("Parked letters"),
        rows=lambda letters: letters.parked(),
        since="parked_at",
        filters={"state": "parked"},
        has_badge=False,
    ),
]


def subheader(_request: HttpRequest) -> str:
    """Whose clock the pages show."""
    return gettext("Times: %(zone)s") % {"zone": settings.STAFF_TIME_ZONE}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what this member of staff may see, with a number on what waits for a person."""
    waiting = {
        need.model: need.rows(within_reach(need.model, request)).order_by().values("pk").count()
        for need in _NEEDS
        if need.has_badge and _may_view(request, need.model)
    }
    groups = []
    for title, shown in _ROOMS:
        items = []
        for label, icon in shown:
            model = apps.get_model(label)
            if _may_view(request, model):
                item = {
                    "title": _capital(model._meta.verbose_name_plural),
                    "icon": icon,
                    "link": list_of(model),
                }
                if count := waiting.get(model):
                    item["badge"] = count
                items.append(item)
        groups.append({"title": title, "items": items, "separator": True})
    overview = {"title": _("Overview"), "icon": "dashboard", "link": reverse("admin:index")}
    return [{"items": [overview]}, *groups]


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fills the first page. Each part is shown to those who may see the rows behind it."""
    now = timezone.now()
    context["needs"] = [_need(need, request, at=now) for need in _NEEDS if _may_view(request, need.model)]
    if _may_view(request, InboundMessage):
        context["needs"].append(_inbox(at=now))
    context["figures"] = _today(request, at=now)
    if _may_view(request, NetworkAccount):
        context["accounts"] = [_account(account) for account in NetworkAccount.objects.order_by("name", "pk")]
    return context


def _may_view(request: HttpRequest, model: Any) -> bool:
    """By permission, and where the wall between partners does not shut the page."""
    meta, page = model._meta, admin.site._registry.get(model)
    is_shut = getattr(page, "wall", "") == HOUSE and reached(request) is not None
    return not is_shut and request.user.has_perm(f"{meta.app_label}.view_{meta.model_name}")


def _capital(words: Any) -> str:
    text = str(words)
    return text[:1].upper() + text[1:]


def _need(need: Need, request: HttpRequest, *, at: datetime) -> dict[str, Any]:
    rows = need.rows(within_reach(need.model, request)).order_by()
    found = rows.aggregate(count=Count("pk"), oldest=Min(need.since))
    return {
        "title": need.title,
        "count": found["count"],
        "oldest": ago(found["oldest"], at=at) if found["oldest"] else "",
        "link": list_of(need.model, **need.filters),
        "is_urgent": found["count"] > 0,
    }


def _inbox(*, at: datetime) -> dict[str, Any]:
    """Waiting messages are work for the workers; only old ones are a person's."""
    found = InboundMessage.objects.waiting().aggregate(count=Count("pk"), oldest=Min("last_received_at"))
    oldest = found["oldest"]
    return {
        "title": _("Messages that wait"),
        "count": found["count"],
        "oldest": ago(oldest, at=at) if oldest else "",
        "link": list_of(InboundMessage, state="waiting"),
        "is_urgent": oldest is not None and (at - oldest).total_seconds() > OLDEST_INBOX_SECONDS,
    }


def _today(request: HttpRequest, *, at: datetime) -> list[dict[str, Any]]:
    """Since midnight, by the time in each row's id: an index has it, and only this month's clicks are read."""
    since = first_id(timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0))
    figures = []
    for model, title in ((Click, _("Clicks today")), (Transaction, _("Purchases today"))):
        if _may_view(request, model):
            count = within_reach(model, request).filter(pk__gte=since).order_by().values("pk").count()
            figures.append({"title": title, "values": [count], "link": list_of(model, recorded="today")})
    if _may_view(request, Transfer):
        partners = reached(request)
        entries = Entry.objects.filter(transfer_id__gte=since, account__kind=AccountKind.SHOPPER)
        if partners is not None:
            entries = entries.filter(account__partner_id__in=partners)
        credited = (
            entries.values(currency=F("account__currency")).annotate(net=Sum("amount")).order_by("currency")
        )
        values = [amount(int(row["net"]), row["currency"]) for row in credited] or [NOTHING]
        figures.append({"title": _("Cashback credited today"), "values": values, "link": ""})
    return figures


def _account(account: NetworkAccount) -> dict[str, Any]:
    return {
        "account": account,
        "link": page_of(NetworkAccount, account.pk),
        "is_working": account.is_active and not account.refusal,
        "polled": moment(account.sales_polled_at),
        "refreshed": moment(account.offers_refreshed_at),
    }
