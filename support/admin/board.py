"""The shift-zero board: what the team owes now, live; and every shift that has ended, as it was frozen."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from cashback.lib.admin import ReadOnlyAdmin, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import SHARED
from partners import reach
from support.admin import nav
from support.admin.acting import agent_for, text_of
from support.desk import people
from support.desk.models import Agent, Team
from support.display import short_day
from support.shifts import board, close, rota
from support.shifts.models import Excuse, HandOver, Owed, ShiftClose, ShiftCloseItem
from support.shifts.owed import Item

_SHOWN_CLOSES = 60

# How each kind is settled: (icon, the words of the board, the place of the case that opens).
KINDS: dict[str, tuple[str, str | Promise]] = {
    Owed.ANSWER: ("chat", gettext_lazy("Answers")),
    Owed.CLAIM: ("gavel", gettext_lazy("Decisions on claims")),
    Owed.PASS_ON: ("hub", gettext_lazy("Networks' answers to pass on")),
    Owed.UPDATE: ("notifications_active", gettext_lazy("Words of how it stands")),
    Owed.GOODWILL: ("volunteer_activism", gettext_lazy("Goodwill to approve")),
    Owed.MAIL: ("mail_off", gettext_lazy("Mail that did not arrive")),
}


@dataclass(frozen=True, slots=True)
class Kind:
    letter: str
    name: str
    icon: str
    title: str | Promise
    count: int
    late: int


@dataclass(frozen=True, slots=True)
class FrozenItem:
    row: ShiftCloseItem
    icon: str
    excuse: Excuse | None
    refused: Sequence[Excuse]
    hand_over: HandOver | None
    is_settled: bool


@admin.register(ShiftClose)
class ShiftCloseAdmin(ReadOnlyAdmin):
    """Frozen for ever. Whoever works for some partners only sees their items, and is counted no others."""

    wall = SHARED

    def get_urls(self) -> list[URLPattern]:
        def door(
            route: str, view: Callable[..., HttpResponse], name: str, *, posts: bool = False
        ) -> URLPattern:
            wrapped = self.admin_site.admin_view(require_POST(view) if posts else view)
            return path(route, wrapped, name=name)

        return [
            door("board/", self.board, "shifts_board"),
            door("<path:object_id>/excuse/<uuid:item_id>/", self.excuse, "shifts_excuse", posts=True),
            door("<path:object_id>/decide/<uuid:excuse_id>/", self.decide, "shifts_decide", posts=True),
            door("<path:object_id>/hand-over/", self.hand_over, "shifts_hand_over", posts=True),
            *super().get_urls(),
        ]

    def board(self, request: HttpRequest) -> HttpResponse:
        """One page, live: the number of the shift, by kind, each thing with its key."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now, agent = timezone.now(), people.agent_of(request.user)
        team = _team(request, agent)
        shown = board.owed_now(team=team, at=now, partner_ids=reach.partner_ids(request.user))
        present = {each.pk: each for each in shown.present}
        context = {
            **nav.context(request, at=now, here="board"),
            "title": _("Shift board"),
            "opts": self.opts,
            "board": shown,
            "items": [_shown(item) for item in shown.items if not item.is_late_arrival],
            "late_items": [_shown(item) for item in shown.items if item.is_late_arrival],
            "kinds": _kinds(shown.counts, shown.late_counts),
            "crew": [(each, present.get(each.pk)) for each in shown.on_shift],
            "others": [each for each in shown.present if each not in shown.on_shift],
            "team": team,
            "teams": Team.objects.order_by("name", "pk"),
            "last_closes": self._closes(request, team=team)[:14],
        }
        return TemplateResponse(request, "admin/support/board.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        now, agent = timezone.now(), people.agent_of(request.user)
        team = _team(request, agent)
        closes = self._closes(request, team=team)[:_SHOWN_CLOSES]
        context = {
            **nav.context(request, at=now, here="closes"),
            "title": _("Closed shifts"),
            "opts": self.opts,
            "team": team,
            "teams": Team.objects.order_by("name", "pk"),
            "closes": closes,
            "at_zero": sum(row.unexcused == 0 for row in closes),
        }
        return TemplateResponse(request, "admin/support/closes.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row, now = self._close(request, object_id), timezone.now()
        items = _frozen(_items(request, row))
        taking = rota.next_after(row.shift)
        counted = [item for item in items if not item.row.is_late_arrival]
        context = {
            **nav.context(request, at=now, here="closes"),
            "title": f"{row.shift.name}, {short_day(row.shift.starts_at)}",
            "opts": self.opts,
            "close": row,
            "crew": row.shift.agents.order_by("name", "pk"),
            "items": counted,
            "late_items": [item for item in items if item.row.is_late_arrival],
            "left": sum(not item.is_settled for item in counted),
            "kinds": _kinds(Counter(item.row.kind for item in counted), Counter()),
            "waiting": [item for item in items if item.hand_over is None],
            "taking": taking,
            "takers": list(taking.agents.filter(is_active=True).order_by("name", "pk")) if taking else [],
        }
        return TemplateResponse(request, "admin/support/close.html", context)

    def excuse(self, request: HttpRequest, object_id: str, item_id: uuid.UUID) -> HttpResponse:
        row = self._close(request, object_id)
        item = _items(request, row).filter(pk=item_id).first()
        if item is None:
            raise Http404
        agent, reason = self._agent(request), text_of(request, "reason")
        return self._answer(
            request,
            row,
            lambda: close.excuse(item=item, reason=reason, by=agent, at=timezone.now()),
            _("Asked: another person decides."),
        )

    def decide(self, request: HttpRequest, object_id: str, excuse_id: uuid.UUID) -> HttpResponse:
        row = self._close(request, object_id)
        within = _items(request, row)
        asked = Excuse.objects.filter(pk=excuse_id, item__in=within).first()
        if asked is None:
            raise Http404
        agent = self._agent(request)
        approves = request.POST.get("decision") == "approve"
        act = close.approve_excuse if approves else close.refuse_excuse
        said = _("Approved: it is not held against the shift.") if approves else _("Refused: it counts.")
        return self._answer(request, row, lambda: act(excuse=asked, by=agent, at=timezone.now()), said)

    def hand_over(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, agent = self._close(request, object_id), self._agent(request)
        wanted, note = request.POST.get("agent", ""), text_of(request, "note")
        taker = next((each for each in Agent.objects.filter(is_active=True) if str(each.pk) == wanted), None)
        ticked = set(request.POST.getlist("item"))
        left = [item for item in _items(request, row).filter(hand_over=None) if str(item.pk) in ticked]
        if not left:
            self.message_user(request, _("Tick what is handed over."), messages.ERROR)
            return redirect(page_of(ShiftClose, row.pk))
        return self._answer(
            request,
            row,
            lambda: close.hand_over(
                close=row, note=note, by=agent, at=timezone.now(), items=left, to_agent=taker
            ),
            _("Handed over: the next shift has it."),
        )

    def _answer(
        self, request: HttpRequest, row: ShiftClose, act: Callable[[], object], said: str
    ) -> HttpResponse:
        try:
            act()
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            self.message_user(request, said, messages.SUCCESS)
        return redirect(page_of(ShiftClose, row.pk))

    def _closes(self, request: HttpRequest, *, team: Team) -> QuerySet[Any]:
        """The latest first, each with how much was left over of what the reader may see."""
        mine = Q(items__is_late_arrival=False)
        reached = reach.partner_ids(request.user)
        if reached is not None:
            mine &= Q(items__partner__in=reached)
        approved = Q(items__excuses__approved_by__isnull=False)
        return (
            ShiftClose.objects.filter(shift__team=team)
            .select_related("shift__team")
            .annotate(
                counted=Count("items", filter=mine, distinct=True),
                excused=Count("items", filter=mine & approved, distinct=True),
            )
            .annotate(
                unexcused=Count("items", filter=mine, distinct=True)
                - Count("items", filter=mine & approved, distinct=True)
            )
            .latest_first()
        )

    def _close(self, request: HttpRequest, object_id: str) -> ShiftClose:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            pk = uuid.UUID(object_id)
        except ValueError as error:
            raise Http404 from error
        row = ShiftClose.objects.select_related("shift__team").filter(pk=pk).first()
        if row is None:
            raise Http404
        return row

    def _agent(self, request: HttpRequest) -> Agent:
        return agent_for(request, "shifts.change_shiftclose")


def _team(request: HttpRequest, agent: Agent | None) -> Team:
    wanted = request.GET.get("team", "")
    chosen = next((team for team in Team.objects.order_by("pk") if str(team.pk) == wanted), None)
    return chosen or (agent.team if agent else people.default_team())


def _kinds(counts: Any, late: Any) -> list[Kind]:
    return [
        Kind(letter, kind, *KINDS[kind], counts.get(kind, 0), late.get(kind, 0))
        for letter, kind in zip("abcdef", KINDS, strict=True)
    ]


def _shown(item: Item) -> dict[str, Any]:
    return {"row": item, "icon": KINDS[item.kind][0], "age": timedelta(minutes=item.minutes)}


def _items(request: HttpRequest, row: ShiftClose) -> Any:
    """Of a close, what belongs to the partners of whoever looks."""
    return reach.within(row.items.all(), request.user)


def _frozen(items: Any) -> list[FrozenItem]:
    named = ("owner", "hand_over__to_agent", "hand_over__to_shift", "hand_over__by")
    rows = items.select_related(*named).prefetch_related("excuses__asked_by", "excuses__approved_by")
    found = []
    for row in rows.oldest_first():
        excuses = sorted(row.excuses.all(), key=lambda each: each.asked_at)
        standing = next((each for each in excuses if each.refused_by_id is None), None)
        found.append(
            FrozenItem(
                row=row,
                icon=KINDS[row.kind][0],
                excuse=standing,
                refused=[each for each in excuses if each.refused_by_id is not None],
                hand_over=getattr(row, "hand_over", None),
                is_settled=standing is not None and standing.approved_by_id is not None,
            )
        )
    return found
