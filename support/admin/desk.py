"""The desk's door in the admin: the queue as the list of tickets, and one screen for each case."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cashback.lib.admin import ReadOnlyAdmin, page_of
from cashback.lib.errors import DomainError
from cashback.lib.walls import within_reach
from partners.models import Storefront
from support.admin import case, case_actions, queue
from support.desk import files, macros, people, viewing
from support.desk import services as desk
from support.desk.models import Agent, Presence, StoredFile, Ticket

_SEE, _ACT = "desk.view_ticket", "desk.change_ticket"


@admin.register(Ticket)
class TicketAdmin(ReadOnlyAdmin):
    """Every queryset goes through the wall; whoever may act is an agent too."""

    def get_urls(self) -> list[URLPattern]:
        def door(route: str, view: Any, name: str, *, posts: bool = False) -> URLPattern:
            wrapped = self.admin_site.admin_view(require_POST(view) if posts else view)
            return path(route, wrapped, name=f"desk_ticket_{name}")

        return [
            door("counts/", self.counts, "counts"),
            door("next/", self.next_case, "next"),
            door("take/", self.take, "take", posts=True),
            door("presence/", self.presence, "presence", posts=True),
            door("<path:object_id>/do/<slug:name>/", self.act, "do", posts=True),
            door("<path:object_id>/draft/", self.draft, "draft", posts=True),
            door("<path:object_id>/look/", self.look, "look", posts=True),
            door("<path:object_id>/macro/<uuid:macro_id>/", self.macro, "macro"),
            door("<path:object_id>/file/<uuid:file_id>/", self.file, "file"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return super().get_queryset(request).defer("search")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        agent, now = people.agent_of(request.user), timezone.now()
        wish = queue.Wish.read(request.GET, default="mine" if agent else "all")
        tickets = self.get_queryset(request)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Support"),
            "opts": self.opts,
            "wish": wish,
            "page": queue.rows(tickets, wish, agent=agent, at=now),
            "tabs": queue.tabs(tickets, wish, agent=agent, at=now),
            "choices": queue.choices(),
            "storefronts": within_reach(Storefront, request).order_by("name", "pk"),
            "agent": agent,
            "presences": Presence.choices,
            "now": now,
            "is_fullwidth": True,
        }
        return TemplateResponse(request, "admin/support/queue.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        ticket = self._ticket(request, object_id)
        return self._show(request, ticket)

    def _show(self, request: HttpRequest, ticket: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
        agent, now = people.agent_of(request.user), timezone.now()
        context = {
            **self.admin_site.each_context(request),
            "title": f"{ticket.public_number} · {ticket.subject}",
            "opts": self.opts,
            "original": ticket,
            "case": case.full(ticket, agent=agent, user=request.user, at=now),
            "agent": agent,
            "may_act": agent is not None and request.user.has_perm(_ACT),
            "now": now,
            "is_fullwidth": True,
            **more,
        }
        return TemplateResponse(request, "admin/support/case.html", context, status=status)

    def counts(self, request: HttpRequest) -> HttpResponse:
        """The numbers on the tabs, asked for every few seconds by every open queue."""
        if not request.user.has_perm(_SEE):
            raise PermissionDenied
        wish = queue.Wish.read(request.GET, default="all")
        agent = people.agent_of(request.user)
        tabs = queue.tabs(self.get_queryset(request), wish, agent=agent, at=timezone.now())
        return JsonResponse({tab.name: tab.shown for tab in tabs}, headers={"Cache-Control": "no-store"})

    def next_case(self, request: HttpRequest) -> HttpResponse:
        agent = self._agent(request)
        after = request.GET.get("after", "")
        found = queue.next_for(self.get_queryset(request), agent, at=timezone.now(), after=_uuid(after))
        if found is None:
            self.message_user(request, _("Nothing is owed: the queue is at zero."), messages.SUCCESS)
            return redirect("admin:desk_ticket_changelist")
        if found.assignee_id is None:
            desk.assign(ticket=found, agent=agent, by=agent, at=timezone.now())
        return redirect(page_of(Ticket, found.pk))

    def take(self, request: HttpRequest) -> HttpResponse:
        """The ticked tickets are the agent's own."""
        agent = self._agent(request)
        ids = [pk for text in request.POST.getlist("ticket")[:100] if (pk := _uuid(text))]
        taken = 0
        for ticket in self.get_queryset(request).filter(pk__in=ids).order_by("pk"):
            try:
                desk.assign(ticket=ticket, agent=agent, by=agent, at=timezone.now())
                taken += 1
            except DomainError as refusal:
                self.message_user(request, f"{ticket}: {refusal}", messages.ERROR)
        self.message_user(request, _("%(count)s are yours now.") % {"count": taken}, messages.SUCCESS)
        return redirect(f"{reverse('admin:desk_ticket_changelist')}?view=mine")

    def presence(self, request: HttpRequest) -> HttpResponse:
        agent, wanted = self._agent(request), request.POST.get("presence", "")
        if wanted not in Presence.values:
            return HttpResponse(_("There is no such presence."), status=400, content_type="text/plain")
        desk.go(agent=agent, presence=Presence(wanted), at=timezone.now())
        return redirect("admin:desk_ticket_changelist")

    def act(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        ticket = self._ticket(request, object_id)
        agent = self._agent(request)
        action = case_actions.ACTIONS.get(name)
        if action is None:
            raise Http404
        try:
            done = action(request, ticket, agent, timezone.now())
        except desk.Conflict as conflict:
            fresh = self.get_queryset(request).get(pk=ticket.pk)
            return self._show(
                request, fresh, status=409, conflict=conflict, typed=request.POST.get("text", "")
            )
        except DomainError as refusal:
            return self._show(
                request,
                self.get_queryset(request).get(pk=ticket.pk),
                status=409,
                refusal=str(refusal),
                typed=request.POST.get("text", ""),
                refused_action=name,
            )
        self.message_user(request, done.said, messages.SUCCESS)
        if done.goes_on:
            return redirect(f"{reverse('admin:desk_ticket_next')}?after={ticket.pk}")
        return redirect(done.to or page_of(Ticket, ticket.pk))

    def draft(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is being written is kept; an empty text forgets it."""
        ticket, agent = self._ticket(request, object_id), self._agent(request)
        text, version = request.POST.get("text", ""), request.POST.get("version", "")
        if not version.isdecimal() or len(version) > 9:
            return HttpResponse(_("The version is missing."), status=400, content_type="text/plain")
        if text.strip():
            desk.save_draft(ticket=ticket, agent=agent, text=text, version=int(version), at=timezone.now())
        else:
            desk.drop_draft(ticket=ticket, agent=agent)
        return HttpResponse(status=204)

    def look(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who else looks at it now, and whether it has changed since the page was made."""
        ticket, agent = self._ticket(request, object_id), self._agent(request)
        others = viewing.look(
            ticket=ticket, agent=agent, is_typing=request.POST.get("typing") == "1", at=timezone.now()
        )
        said = [
            (_("%(name)s is typing") if each.is_typing else _("%(name)s is looking")) % {"name": each.name}
            for each in others
        ]
        return JsonResponse(
            {"viewers": said, "version": ticket.version}, headers={"Cache-Control": "no-store"}
        )

    def macro(self, request: HttpRequest, object_id: str, macro_id: uuid.UUID) -> HttpResponse:
        ticket, agent = self._ticket(request, object_id), self._agent(request)
        found = next((macro for macro in macros.offered(ticket) if macro.pk == macro_id), None)
        if found is None:
            raise Http404
        try:
            shown = macros.preview(found, ticket, agent)
        except macros.MacroRefused as refusal:
            return JsonResponse({"refusal": str(refusal)}, status=409)
        return JsonResponse(
            {
                "text": shown.text,
                "missing": [f"{{{name}}}" for name in shown.missing],
                "actions": list(shown.actions),
            }
        )

    def file(self, request: HttpRequest, object_id: str, file_id: uuid.UUID) -> HttpResponse:
        stored: StoredFile | None = case.file_of(self._ticket(request, object_id), file_id)
        if stored is None:
            raise Http404
        return HttpResponse(bytes(stored.content), headers=files.content_headers(stored))

    def _ticket(self, request: HttpRequest, object_id: str) -> Ticket:
        ticket: Ticket | None = self.get_object(request, unquote(object_id))
        if ticket is None:
            raise Http404
        if not self.has_view_permission(request, ticket):
            raise PermissionDenied
        return ticket

    def _agent(self, request: HttpRequest) -> Agent:
        agent = people.agent_of(request.user)
        if agent is None or not request.user.has_perm(_ACT):
            raise PermissionDenied
        return agent


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
