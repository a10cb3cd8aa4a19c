"""The desk's door: the queue as the list of tickets, and one screen for each of them."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cashback.lib.errors import DomainError
from cashback.lib.walls import within_reach
from partners.models import Partner, Storefront
from support.admin import counts, listing, nav, queue
from support.admin.acting import text_of
from support.admin.case_door import CaseDoor
from support.desk import people
from support.desk import services as desk
from support.desk.models import Category, Presence, Priority, SavedView, Ticket

_MOST_TAKEN = 100
_MOST_SAVED = 30


@admin.register(Ticket)
class TicketAdmin(CaseDoor):
    """Every queryset goes through the wall; whoever may act is an agent too."""

    def get_urls(self) -> list[URLPattern]:
        def door(
            route: str, view: Callable[..., HttpResponse], name: str, *, posts: bool = False
        ) -> URLPattern:
            wrapped = self.admin_site.admin_view(require_POST(view) if posts else view)
            return path(route, wrapped, name=f"desk_ticket_{name}")

        return [
            door("counts/", self.counts, "counts"),
            door("next/", self.next_case, "next"),
            door("take/", self.take, "take", posts=True),
            door("presence/", self.presence, "presence", posts=True),
            door("views/save/", self.save_view, "save_view", posts=True),
            door("views/<uuid:view_id>/drop/", self.drop_view, "drop_view", posts=True),
            door("<path:object_id>/do/<slug:name>/", self.act, "do", posts=True),
            door("<path:object_id>/draft/", self.draft, "draft", posts=True),
            door("<path:object_id>/look/", self.look, "look", posts=True),
            door("<path:object_id>/leave/", self.leave, "leave", posts=True),
            door("<path:object_id>/peek/", self.peek, "peek"),
            door("<path:object_id>/twins/", self.twins, "twins"),
            door("<path:object_id>/macro/<uuid:macro_id>/", self.macro, "macro"),
            door("<path:object_id>/file/<uuid:file_id>/", self.file, "file"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        rows: QuerySet[Ticket] = super().get_queryset(request)
        return rows.defer("search")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        agent, now = people.agent_of(request.user), timezone.now()
        wish = queue.Wish.read(request.GET, default="mine" if agent else "all")
        page = queue.page(self.get_queryset(request), wish, agent=agent, at=now)
        partners = within_reach(Partner, request).order_by("name", "pk")
        context = {
            **nav.context(request, at=now, wish=wish),
            "title": _("Search") if wish.words else wish.view.title,
            "opts": self.opts,
            "wish": wish,
            "page": page,
            "rows": listing.rows(page.tickets, agent=agent, at=now),
            "choices": _choices(
                wish, list(partners), list(within_reach(Storefront, request).order_by("name"))
            ),
        }
        return TemplateResponse(request, "admin/support/queue.html", context)

    def counts(self, request: HttpRequest) -> HttpResponse:
        """The numbers beside the queues, asked for every few seconds by every open page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        agent, now, user = people.agent_of(request.user), timezone.now(), request.user
        told = counts.of_queues(self.get_queryset(request), user=user, agent=agent, at=now)
        told |= counts.of_board(user=user, agent=agent, at=now)
        return JsonResponse(told, headers={"Cache-Control": "no-store"})

    def next_case(self, request: HttpRequest) -> HttpResponse:
        """The next case of the queue that the agent works through; one that nobody has is theirs with it."""
        agent, now = self._agent(request), timezone.now()
        wish, after = nav.remembered(request), queue.Cursor.read(request.GET.get("after", ""))
        found = queue.next_for(self.get_queryset(request), wish, agent, at=now, after=after)
        if found is None:
            self.message_user(request, _("Nothing is owed: the queue is at zero."), messages.SUCCESS)
            return redirect("admin:desk_ticket_changelist")
        if found.assignee_id is None and wish.view.is_ours:
            desk.assign(ticket=found, agent=agent, by=agent, at=now)
        return redirect(f"{self._page(found)}?{wish.query}")

    def take(self, request: HttpRequest) -> HttpResponse:
        """The ticked tickets are the agent's own."""
        agent, now = self._agent(request), timezone.now()
        ids = [pk for text in request.POST.getlist("ticket")[:_MOST_TAKEN] if (pk := _uuid(text))]
        taken = 0
        for ticket in self.get_queryset(request).filter(pk__in=ids).order_by("pk"):
            try:
                desk.assign(ticket=ticket, agent=agent, by=agent, at=now)
                taken += 1
            except DomainError as refusal:
                self.message_user(request, f"{ticket}: {refusal}", messages.ERROR)
        if taken:
            said = ngettext("%(count)s case is yours now.", "%(count)s cases are yours now.", taken)
            self.message_user(request, said % {"count": taken}, messages.SUCCESS)
        else:
            self.message_user(request, _("Tick the cases first."), messages.WARNING)
        return redirect(f"{reverse('admin:desk_ticket_changelist')}?{nav.remembered(request).query}")

    def presence(self, request: HttpRequest) -> HttpResponse:
        """The agent is online, away or offline; asked by a script, the answer is the new state alone."""
        agent, wanted = self._agent(request), request.POST.get("presence", "")
        if wanted not in Presence.values:
            return HttpResponse(_("There is no such presence."), status=400, content_type="text/plain")
        desk.go(agent=agent, presence=Presence(wanted), at=timezone.now())
        if request.headers.get("X-Requested-With") == "fetch":
            return JsonResponse({"presence": wanted})
        return redirect(_back(request))

    def save_view(self, request: HttpRequest) -> HttpResponse:
        """The queue as it stands is kept under a name; the same name is kept anew."""
        agent, name = self._agent(request), text_of(request, "name").strip()[:60]
        wish = nav.remembered(request)
        own = SavedView.objects.filter(agent=agent)
        if not name:
            self.message_user(request, _("Give the view a name."), messages.ERROR)
        elif own.exclude(name=name).count() >= _MOST_SAVED:
            self.message_user(request, _("You have many views: drop one first."), messages.ERROR)
        else:
            SavedView.objects.update_or_create(
                agent=agent,
                name=name,
                defaults={"filters": wish.facts, "is_shared": request.POST.get("shared") == "1"},
            )
            self.message_user(request, _("The view “%(name)s” is kept.") % {"name": name}, messages.SUCCESS)
        return redirect(f"{reverse('admin:desk_ticket_changelist')}?{wish.query}")

    def drop_view(self, request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
        view = SavedView.objects.filter(pk=view_id, agent=self._agent(request)).first()
        if view is None:
            raise Http404
        view.delete()
        return redirect("admin:desk_ticket_changelist")


def _choices(
    wish: queue.Wish, partners: list[Partner], storefronts: list[Storefront]
) -> list[dict[str, Any]]:
    """What the queue can be narrowed by, with what it is narrowed by now."""
    languages = sorted({storefront.locale for storefront in storefronts} | {"en", "ru"})
    offered: list[tuple[str, Any, list[tuple[str, Any]]]] = [
        ("category", _("Category"), list(Category.choices)),
        ("priority", _("Priority"), list(Priority.choices)),
        ("language", _("Language"), [(code, code.upper()) for code in languages]),
    ]
    if len(partners) > 1:
        offered.append(("partner", _("Partner"), [(str(each.pk), each.name) for each in partners]))
    if len(storefronts) > 1:
        offered.append(("storefront", _("Storefront"), [(str(each.pk), each.name) for each in storefronts]))
    return [
        {"name": name, "title": title, "options": options, "chosen": wish.filters.get(name, "")}
        for name, title, options in offered
    ]


def _back(request: HttpRequest) -> str:
    """Where the form was, if that is one of our staff's pages."""
    here = request.POST.get("here", "")
    is_ours = url_has_allowed_host_and_scheme(here, allowed_hosts=None) and here.startswith("/admin/")
    return here if is_ours else reverse("admin:desk_ticket_changelist")


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
