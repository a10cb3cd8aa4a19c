"""One screen for each case, and what its page asks for while an agent works on it."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cashback.lib.admin import ReadOnlyAdmin, page_of
from cashback.lib.display import money
from cashback.lib.errors import DomainError
from cashback.lib.money import Money
from support.admin import case, case_actions, listing, nav, queue, verdicts
from support.admin.acting import agent_for
from support.desk import files, macros, people, search, viewing
from support.desk import services as desk
from support.desk.models import Agent, Category, Priority, StoredFile, Ticket

_MOST_FOUND = 8


class CaseDoor(ReadOnlyAdmin):
    """The pages of a ticket. A door: each reads the request, calls once, and answers."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        ticket = self._ticket(request, object_id)
        if ticket.merged_into_id and "stay" not in request.GET:
            return redirect(self._page_of(ticket.merged_into_id))
        return self._show(request, ticket)

    def _show(self, request: HttpRequest, ticket: Ticket, *, status: int = 200, **more: Any) -> HttpResponse:
        agent, now = people.agent_of(request.user), timezone.now()
        wish = nav.remembered(request)
        before, after = queue.beside(self.get_queryset(request), wish, ticket, agent=agent, at=now)
        shown = case.full(ticket, agent=agent, user=request.user, at=now)
        if agent is not None:
            case.see_mentions(ticket, agent, at=now)
        context = {
            **nav.context(request, at=now, wish=wish, here="case"),
            "title": f"{ticket.public_number} · {ticket.subject}",
            "opts": self.opts,
            "original": ticket,
            "case": shown,
            "due": listing.due_of(shown.clocks, at=now),
            "wish": wish,
            "cursor": str(queue.Cursor.of(ticket)),
            "before": before,
            "after": after,
            "categories": Category.choices,
            "priorities": Priority.choices,
            "snoozes": case_actions.snoozes(now),
            **_goodwill_left(shown),
            **more,
        }
        return TemplateResponse(request, "admin/support/case.html", context, status=status)

    def act(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Something is done with the case, once; what is refused stands on the page again, with all that was typed."""
        ticket = self._ticket(request, object_id)
        agent = self._agent(request)
        action = case_actions.ACTIONS.get(name)
        if action is None:
            raise Http404
        try:
            done = action(request, ticket, agent, timezone.now())
        except desk.Conflict as conflict:
            return self._show(request, self._fresh(request, ticket), status=409, conflict=conflict)
        except DomainError as refusal:
            typed = {key: value for key, value in request.POST.items() if key != "csrfmiddlewaretoken"}
            return self._show(
                request,
                self._fresh(request, ticket),
                status=409,
                refusal=str(refusal),
                refused=name,
                typed=typed,
            )
        self.log_change(request, ticket, name)
        self.message_user(request, self._told(done, ticket), messages.SUCCESS)
        wish = nav.remembered(request)
        if done.goes_on:
            cursor = request.POST.get("cursor", "")
            return redirect(reverse("admin:desk_ticket_next", query={**wish.facts, "after": cursor}))
        return redirect(done.to or f"{self._page(ticket)}?{wish.query}")

    def _told(self, done: case_actions.Done, ticket: Ticket) -> str | SafeString:
        """What is true now; where the agent has been taken on to another case, with the way back."""
        if not done.goes_on:
            return done.said
        return format_html(
            '{} <a class="text-link" href="{}">{}</a>', done.said, self._page(ticket), ticket.public_number
        )

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
        is_typing = request.POST.get("typing") == "1"
        others = viewing.look(ticket=ticket, agent=agent, is_typing=is_typing, at=timezone.now())
        said = [
            {
                "name": each.name,
                "words": (_("%(name)s is typing") if each.is_typing else _("%(name)s is looking"))
                % {"name": each.name},
                "typing": each.is_typing,
            }
            for each in others
        ]
        return JsonResponse(
            {"viewers": said, "version": ticket.version}, headers={"Cache-Control": "no-store"}
        )

    def leave(self, request: HttpRequest, object_id: str) -> HttpResponse:
        viewing.leave(ticket=self._ticket(request, object_id), agent=self._agent(request))
        return HttpResponse(status=204)

    def peek(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The end of the conversation and what the rules say, without opening the case."""
        ticket = self._ticket(request, object_id)
        claim = case.claim_of(ticket)
        run = claim.triage_runs.order_by("-pk").first() if claim else None
        context = {
            "ticket": ticket,
            "claim": claim,
            "words": case.last_words(ticket),
            "diagnosis": verdicts.diagnosis(run, currency=claim.currency if claim else ""),
        }
        return render(request, "admin/support/peek.html", context)

    def twins(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tickets that this one may be merged into: of the same person, found by words or the latest of them."""
        ticket, words = self._ticket(request, object_id), request.GET.get("q", "")
        others = self.get_queryset(request).filter(partner=ticket.partner_id, merged_into=None)
        others = others.exclude(pk=ticket.pk)
        if ticket.shopper_id:
            others = others.filter(shopper=ticket.shopper_id)
        else:
            others = others.filter(requester_email__iexact=ticket.requester_email)
        found = search.find(others, words).select_related("claim").order_by("-pk")[:_MOST_FOUND]
        return render(request, "admin/support/twins.html", {"found": found})

    def macro(self, request: HttpRequest, object_id: str, macro_id: uuid.UUID) -> HttpResponse:
        """The macro's words for this case, and what it would do."""
        ticket, agent = self._ticket(request, object_id), self._agent(request)
        found = next((macro for macro in macros.offered(ticket) if macro.pk == macro_id), None)
        if found is None:
            raise Http404
        language = request.GET.get("language", "")[:8]
        try:
            shown = macros.preview(found, ticket, agent, language=language)
        except DomainError as refusal:
            return JsonResponse({"refusal": str(refusal)}, status=409)
        meanings = macros.names()
        verbs = [row.get("do") for row in found.actions]
        ending = next(
            (case_actions.MACRO_ENDINGS[do] for do in verbs if do in case_actions.MACRO_ENDINGS), ""
        )
        return JsonResponse(
            {
                "text": shown.text,
                "then": ending,
                "missing": [f"{{{name}}} – {meanings.get(name, name)}" for name in shown.missing],
                "actions": list(shown.actions),
            }
        )

    def file(self, request: HttpRequest, object_id: str, file_id: uuid.UUID) -> HttpResponse:
        stored: StoredFile | None = case.file_of(self._ticket(request, object_id), file_id)
        if stored is None:
            raise Http404
        return HttpResponse(bytes(stored.content), headers=files.content_headers(stored))

    def _page(self, ticket: Ticket) -> str:
        return self._page_of(ticket.pk)

    def _page_of(self, pk: uuid.UUID) -> str:
        return page_of(Ticket, pk)

    def _fresh(self, request: HttpRequest, ticket: Ticket) -> Ticket:
        """As it stands now, whatever the action has made of the object that it was given."""
        return self._ticket(request, str(ticket.pk))

    def _ticket(self, request: HttpRequest, object_id: str) -> Ticket:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            pk = uuid.UUID(unquote(object_id))
        except ValueError as error:
            raise Http404 from error
        named = ("storefront", "partner", "shopper__storefront", "assignee", "team", "merged_into")
        ticket: Ticket | None = self.get_queryset(request).select_related(*named).filter(pk=pk).first()
        if ticket is None:
            raise Http404
        return ticket

    def _agent(self, request: HttpRequest) -> Agent:
        return agent_for(request, "desk.change_ticket")


def _goodwill_left(shown: case.Full) -> dict[str, str]:
    """What may be given, as money; "" for nothing."""
    if shown.left is None:
        return {}

    def told(minor: int) -> str:
        return money(Money(minor, shown.currency)) if minor else ""

    return {"left_alone": told(shown.left.alone_minor), "left_budget": told(shown.left.budget_minor)}
