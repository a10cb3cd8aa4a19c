"""Who answers shoppers: teams and their agents."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import Panel, StaffAdmin, button, label, moment
from cashback.lib.walls import HOUSE
from support.desk import services as desk
from support.desk.models import Agent, Presence, Team

_COLOURS = {Presence.ONLINE: "success", Presence.AWAY: "warning", Presence.OFFLINE: "info"}
_LATEST = 30


@admin.register(Team)
class TeamAdmin(StaffAdmin):
    wall = HOUSE
    fields = ["name", "calendar", "is_default", "late_minutes"]
    list_display = ["name", "calendar", "is_default", "late_minutes"]
    list_select_related = ["calendar"]
    ordering = ["name", "pk"]

    def get_panels(self, request: HttpRequest, row: Team) -> list[Panel]:
        agents = row.agents.select_related("user").order_by("-is_active", "name", "pk")
        return [
            Panel(
                title=_("Agents"),
                headers=[_("name"), _("staff account"), _("role"), _("presence")],
                rows=[
                    [agent.name, agent.user, agent.get_role_display(), presence_label(agent)]
                    for agent in agents
                ],
            )
        ]


@admin.register(Agent)
class AgentAdmin(StaffAdmin):
    """Presence is not edited: an agent goes, and the log says so."""

    wall = HOUSE
    fields = [
        ("user", "team"),
        "name",
        ("role", "most_open"),
        "languages",
        "is_active",
        ("shown_presence", "presence_since"),
        "last_assigned_at",
    ]
    readonly_fields = ["shown_presence", "presence_since", "last_assigned_at"]
    list_display = [
        "name",
        "user",
        "team",
        "role",
        "shown_presence",
        "most_open",
        "last_assigned_at",
        "is_active",
    ]
    list_filter = ["team", "role", "presence", "is_active"]
    list_select_related = ["user", "team"]
    search_fields = ["name", "user__username"]
    ordering = ["name", "pk"]
    buttons = ["go_online", "go_away", "go_offline"]

    def get_readonly_fields(self, request: HttpRequest, obj: Agent | None = None) -> list[str]:
        return [*self.readonly_fields, "user"] if obj else self.readonly_fields

    def offers_button(self, name: str, row: Agent) -> bool:
        return row.is_active and name != f"go_{row.presence}"

    @button(_("Set online"), permission="desk.change_agent")
    def go_online(self, request: HttpRequest, agent: Agent) -> str:
        return self._go(agent, Presence.ONLINE)

    @button(_("Set away"), permission="desk.change_agent")
    def go_away(self, request: HttpRequest, agent: Agent) -> str:
        return self._go(agent, Presence.AWAY)

    @button(_("Set offline"), permission="desk.change_agent")
    def go_offline(self, request: HttpRequest, agent: Agent) -> str:
        return self._go(agent, Presence.OFFLINE)

    def _go(self, agent: Agent, presence: Presence) -> str:
        desk.go(agent=agent, presence=presence, at=timezone.now())
        return str(_("%(name)s is %(presence)s.") % {"name": agent.name, "presence": presence.label})

    def get_panels(self, request: HttpRequest, row: Agent) -> list[Panel]:
        changes = row.presence_changes.order_by("-pk")[:_LATEST]
        return [
            Panel(
                title=_("Presence"),
                headers=[_("at"), _("presence")],
                rows=[[moment(change.at), change.get_presence_display()] for change in changes],
            )
        ]

    @display(description=_("presence"), ordering="presence")
    def shown_presence(self, agent: Agent) -> SafeString:
        return presence_label(agent)


def presence_label(agent: Any) -> SafeString:
    return label(agent.get_presence_display(), _COLOURS[Presence(agent.presence)])
