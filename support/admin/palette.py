"""Ctrl-K: anything that anybody remembers of a case leads to it. Only within the reach of whoever asks."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from unfold.dataclasses import SearchResult

from cashback.lib import ids
from cashback.lib.admin import page_of
from cashback.lib.walls import within_reach
from partners.models import Shopper
from support.desk import search
from support.desk.models import Ticket
from support.desk.people import tickets_for
from transactions.models import Click, Transaction

_MOST = 8
_SHORTEST = 2


def find(request: HttpRequest, words: str) -> list[SearchResult]:
    """Tickets, claims and the rows behind them: by number, order, e-mail, click or words."""
    words = words.replace("\x00", "").strip()[:200]
    if len(words) < _SHORTEST:
        return []
    return [*_tickets(request, words), *_rows(request, words), *_shoppers(request, words)]


def _tickets(request: HttpRequest, words: str) -> list[SearchResult]:
    if not request.user.has_perm("desk.view_ticket"):
        return []
    named = ("claim__merchant", "storefront", "shopper")
    tickets = search.find(tickets_for(request.user).defer("search"), words).select_related(*named)
    return [_result(ticket) for ticket in tickets.order_by("-pk")[:_MOST]]


def _result(ticket: Ticket) -> SearchResult:
    claim = getattr(ticket, "claim", None)
    number = f"{ticket.public_number}, {claim.public_number}" if claim else ticket.public_number
    about = [ticket.storefront.name, str(ticket.get_status_display())]
    return SearchResult(
        title=f"{number} {ticket.subject}",
        description=" · ".join(about),
        link=page_of(Ticket, ticket.pk),
        icon="assignment" if claim else "chat",
    )


# By the prefix of a public id: whose page it leads to, and what it is called.
_PAGES: dict[str, tuple[type[Any], str, str]] = {
    "clk": (Click, "transactions.view_click", "ads_click"),
    "txn": (Transaction, "transactions.view_transaction", "shopping_bag"),
    "shp": (Shopper, "partners.view_shopper", "person"),
}


def _rows(request: HttpRequest, words: str) -> list[SearchResult]:
    prefix = words.partition("_")[0].lower()
    if prefix not in _PAGES:
        return []
    model, permission, icon = _PAGES[prefix]
    try:
        pk = ids.from_public(prefix, words.lower())
    except ids.InvalidId:
        return []
    if not request.user.has_perm(permission) or not within_reach(model, request).filter(pk=pk).exists():
        return []
    return [
        SearchResult(
            title=words, description=str(model._meta.verbose_name), link=page_of(model, pk), icon=icon
        )
    ]


def _shoppers(request: HttpRequest, words: str) -> list[SearchResult]:
    if not request.user.has_perm("partners.view_shopper"):
        return []
    shoppers = within_reach(Shopper, request)
    named = shoppers.filter(email__iexact=words) if "@" in words else shoppers.filter(external_id=words)
    return [
        SearchResult(
            title=shopper.external_id or shopper.email,
            description=f"{_('shopper')} · {shopper.storefront.name}",
            link=page_of(Shopper, shopper.pk),
            icon="person",
        )
        for shopper in named.select_related("storefront").order_by("-pk")[:_MOST]
    ]
