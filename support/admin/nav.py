"""The desk's own way around: queues with their numbers, saved views, the shift, and the way to everything else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from support.admin import counts
from support.admin.queue import VIEWS, Wish
from support.claims.models import Claim
from support.desk.models import Agent, Presence, SavedView
from support.desk.people import agent_of, tickets_for


@dataclass(frozen=True, slots=True)
class Item:
    title: str | Promise
    icon: str
    link: str
    is_here: bool = False
    # Under which name a live number comes; "" for none.
    counted: str = ""
    count: str = ""


@dataclass(frozen=True, slots=True)
class Saved:
    row: SavedView
    link: str
    is_here: bool
    is_own: bool


# Pages of the desk by name: (title, icon, address's name, permission to see it).
_PAGES = (
    (Claim._meta.verbose_name_plural, "assignment", "admin:claims_claim_changelist", "claims.view_claim"),
    (
        _("Network inquiries"),
        "outgoing_mail",
        "admin:claims_networkinquiry_changelist",
        "claims.view_networkinquiry",
    ),
    (
        _("Goodwill"),
        "volunteer_activism",
        "admin:goodwill_goodwillgrant_changelist",
        "goodwill.view_goodwillgrant",
    ),
    (_("Macros"), "bolt", "admin:desk_macro_changelist", "desk.view_macro"),
    (_("Figures"), "monitoring", "admin:quality_kpi", "desk.view_ticket"),
    (_("Letters received"), "mail", "admin:mail_inboundmail_changelist", "mail.view_inboundmail"),
)


def context(
    request: HttpRequest, *, at: datetime, wish: Wish | None = None, here: str = ""
) -> dict[str, Any]:
    """What every page of the desk shows beside itself. `here` names the page where it is no queue."""
    agent, user = agent_of(request.user), request.user
    numbers = counts.of_queues(tickets_for(user), user=user, agent=agent, at=at)
    queue = reverse("admin:desk_ticket_changelist")
    is_queue = wish is not None and not wish.words and not here
    return {
        **admin.site.each_context(request),
        "is_fullwidth": "1",
        "agent": agent,
        "presences": Presence.choices,
        "may_act": agent is not None and user.has_perm("desk.change_ticket"),
        "queues": [
            Item(
                view.title,
                view.icon,
                f"{queue}?view={view.name}",
                is_queue and wish is not None and wish.view is view and not wish.filters,
                view.name if view.is_counted else "",
                numbers.get(view.name, ""),
            )
            for view in VIEWS
            if agent is not None or view.name != "mine"
        ],
        "saved_views": _saved(agent, wish, queue),
        "shift_pages": _shift_pages(request, here),
        "desk_pages": _pages(request, here),
        "queue_url": f"{queue}{'?' + wish.query if wish and wish.facts else ''}",
        "now": at,
    }


def _saved(agent: Agent | None, wish: Wish | None, queue: str) -> list[Saved]:
    """One's own, and those that somebody of the team shares."""
    if agent is None:
        return []
    rows = SavedView.objects.filter(Q(agent=agent) | Q(is_shared=True, agent__team=agent.team_id))
    return [
        Saved(
            row,
            f"{queue}?{urlencode(row.filters)}",
            wish is not None and wish.facts == row.filters,
            row.agent_id == agent.pk,
        )
        for row in rows.select_related("agent").order_by("name", "pk")
    ]


def _shift_pages(request: HttpRequest, here: str) -> list[Item]:
    if not request.user.has_perm("shifts.view_shift"):
        return []
    return [
        Item(_("Shift board"), "flag", reverse("admin:shifts_board"), here == "board", "board"),
        Item(
            _("Closed shifts"), "inventory", reverse("admin:shifts_shiftclose_changelist"), here == "closes"
        ),
    ]


def _pages(request: HttpRequest, here: str) -> list[Item]:
    found = []
    for title, icon, name, permission in _PAGES:
        if not request.user.has_perm(permission):
            continue
        try:
            found.append(Item(title, icon, reverse(name), name == here))
        except NoReverseMatch:
            continue
    return found


def remembered(request: HttpRequest) -> Wish:
    """The queue by which a case was opened, from its address or its form."""
    told = request.POST.get("in") or request.GET.urlencode()
    return Wish.read(QueryDict(told[:1000]), default="mine" if agent_of(request.user) else "all")
