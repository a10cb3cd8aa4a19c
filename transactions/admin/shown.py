"""How purchases, clicks and transfers look wherever a staff page lists them."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids
from cashback.lib.admin import NOTHING, Panel, amount, label, link, link_to, moment, page_of
from transactions.ledger.models import Transfer
from transactions.models import Click, Status, Transaction
from transactions.partitions import first_id

STATUS_COLOURS = {Status.PENDING: "warning", Status.APPROVED: "success", Status.DECLINED: "danger"}


class RecordedFilter(admin.SimpleListFilter):
    """When a row was recorded, as a range of its time-ordered id: an index has it, and a month of clicks is read
    without the others."""

    title = _("recorded")
    parameter_name = "recorded"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [
            ("today", _("today")),
            ("yesterday", _("yesterday")),
            ("week", _("last 7 days")),
            ("month", _("this month")),
            ("last-month", _("last month")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        bounds = _bounds(self.value(), today=midnight(timezone.now()))
        if bounds is None:
            return queryset
        since, until = bounds
        return queryset.filter(pk__gte=first_id(since), pk__lt=first_id(until))


def _bounds(name: str | None, *, today: datetime) -> tuple[datetime, datetime] | None:
    tomorrow, month = today + timedelta(days=1), today.replace(day=1)
    last_month = (month - timedelta(days=1)).replace(day=1)
    return {
        "today": (today, tomorrow),
        "yesterday": (today - timedelta(days=1), today),
        "week": (today - timedelta(days=6), tomorrow),
        "month": (month, tomorrow),
        "last-month": (last_month, month),
    }.get(name or "")


def midnight(at: datetime) -> datetime:
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def status_label(status: str) -> SafeString:
    return label(Status(status).label, STATUS_COLOURS[Status(status)])


def reason_label(reason: str) -> str:
    """A transfer's reason is the status that its purchase had come to, or a word of another kind of movement."""
    return str(Status(reason).label) if reason in Status.values else reason


def click_link(click_id: object) -> str | SafeString:
    return link(page_of(Click, click_id), ids.public("clk", click_id)) if click_id else NOTHING


def purchases_panel(purchases: Iterable[Transaction], *, more_url: str = "") -> Panel:
    """`purchases` come with their merchants."""
    return Panel(
        title=_("Purchases"),
        headers=[
            _("purchase"),
            _("status"),
            _("merchant"),
            _("order"),
            _("order amount"),
            _("cashback"),
            _("bought"),
        ],
        rows=[
            [
                link_to(purchase),
                status_label(purchase.status),
                purchase.merchant,
                purchase.order_id or NOTHING,
                amount(purchase.sale_minor, purchase.currency),
                amount(purchase.cashback_minor, purchase.currency),
                moment(purchase.occurred_at),
            ]
            for purchase in purchases
        ],
        more_url=more_url,
    )


def clicks_panel(clicks: Iterable[Click], *, more_url: str) -> Panel:
    """`clicks` come with their merchants."""
    return Panel(
        title=_("Clicks"),
        headers=[_("click"), _("merchant"), _("clicked")],
        rows=[[link_to(click), click.merchant, moment(click.created_at)] for click in clicks],
        more_url=more_url,
    )


def transfers_panel(transfers: Iterable[Transfer], *, title: str = _("Transfers")) -> Panel:
    """`transfers` come with both their accounts."""
    return Panel(
        title=title,
        headers=[_("transfer"), _("from"), _("to"), _("amount"), _("reason"), _("recorded")],
        rows=[
            [
                *map(link_to, [transfer, transfer.source, transfer.target]),
                amount(transfer.amount, transfer.currency),
                reason_label(transfer.reason),
                moment(transfer.recorded_at),
            ]
            for transfer in transfers
        ],
    )
