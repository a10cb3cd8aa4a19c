"""The admin's first page: what needs a person now, how today goes, and the way to everything else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, F, Min, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cashback.health import OLDEST_INBOX_SECONDS
from cashback.lib.admin import NOTHING, amount, list_of, moment, page_of
from cashback.lib.display import ago
from offers.networks.models import InboundMessage, NetworkAccount
from transactions.ledger.models import AccountKind, Entry, Transfer
from transactions.models import Click, Transaction, UnattributedSale
from transactions.partitions import first_id

# By the business's words: (model, icon of Material Symbols).
_ROOMS: list[tuple[Any, list[tuple[str, str]]]] = [
    (
        _("Partners"),
        [
            ("partners.Partner", "handshake"),
            ("partners.Storefront", "storefront"),
            ("partners.TermsVersion", "gavel"),
            ("partners.Shopper", "person"),
            ("partners.OutboxEvent", "outbox"),
            ("notices.Letter", "mail"),
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
    (_("Staff"), [("auth.User", "badge"), ("auth.Group", "group")]),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Something that waits for a person: how much of it, since when, and where."""

    model: Any
    title: Any
    rows: Callable[[], QuerySet]
    since: str
    filters: dict[str, str] = field(default_factory=dict)


_NEEDS = [
    Need(
        model=InboundMessage,
        title=_("Parked messages"),
        rows=lambda: InboundMessage.objects.parked(),
        since="parked_at",
        filters={"state": "parked"},
    ),
    Need(
        model=UnattributedSale,
        title=_("Sales without a click"),
        rows=lambda: UnattributedSale.objects.filter(transaction=None),
        since="created_at",
    ),
    Need(
        model=NetworkAccount,
        title=_("Switched-off network accounts"),
        rows=lambda: NetworkAccount.objects.exclude(refusal=""),
        since="sales_polled_at",
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar: what this member of staff may see, with a number on what waits for a person."""
    waiting = {need.model: need.rows().count() for need in _NEEDS if _may_view(request, need.model)}
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
    context["needs"] = [_need(need, at=now) for need in _NEEDS if _may_view(request, need.model)]
    if _may_view(request, InboundMessage):
        context["needs"].append(_inbox(at=now))
    context["figures"] = _today(request, at=now)
    if _may_view(request, NetworkAccount):
        context["accounts"] = [_account(account) for account in NetworkAccount.objects.order_by("name", "pk")]
    return context


def _may_view(request: HttpRequest, model: Any) -> bool:
    return request.user.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")


def _capital(words: Any) -> str:
    text = str(words)
    return text[:1].upper() + text[1:]


def _need(need: Need, *, at: datetime) -> dict[str, Any]:
    found = need.rows().aggregate(count=Count("pk"), oldest=Min(need.since))
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
            count = model.objects.filter(pk__gte=since).count()
            figures.append({"title": title, "values": [count], "link": list_of(model, recorded="today")})
    if _may_view(request, Transfer):
        credited = (
            Entry.objects.filter(transfer_id__gte=since, account__kind=AccountKind.SHOPPER)
            .values(currency=F("account__currency"))
            .annotate(net=Sum("amount"))
            .order_by("currency")
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
