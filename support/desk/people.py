"""Who works at the desk, and whose conversations they may see."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cashback.lib import sight
from cashback.lib.errors import DomainError
from partners import reach
from support.desk.models import Agent, Presence, PresenceChange, Team, Ticket

_KEPT = "_agent_at_the_desk"


class NotAnAgent(DomainError):
    """This member of staff answers no shoppers."""

    code = "not_an_agent"


def agent_of(user: Any) -> Agent | None:
    """The agent that the member of staff is; None for one who is not, or no longer. Asked once per user object."""
    if not hasattr(user, _KEPT):
        found = None
        if user.is_authenticated:
            found = (
                Agent.objects.filter(user_id=user.pk, is_active=True).select_related("team", "user").first()
            )
        setattr(user, _KEPT, found)
    agent: Agent | None = getattr(user, _KEPT)
    return agent


def required_agent(user: Any) -> Agent:
    agent = agent_of(user)
    if agent is None:
        raise NotAnAgent(_("You are not an agent: ask a lead to add you to a team."))
    return agent


def default_team() -> Team:
    """Where a conversation goes that nobody has routed; made when first wanted."""
    teams = Team.objects.select_related("calendar")
    if (team := teams.filter(is_default=True).first()) is not None:
        return team
    # A team of that name that takes nothing yet takes it from now on; of two who make it at once one does.
    with sight.all_partners("the desk's first team is made"):
        team, _is_new = teams.get_or_create(name="Support", defaults={"is_default": True})
        if not team.is_default:
            teams.filter(pk=team.pk).update(is_default=True)
            team.is_default = True
    return team


def tickets_for(user: Any) -> QuerySet[Ticket]:
    """The conversations of the partners that the member of staff works for."""
    return reach.within(Ticket.objects.all(), user)


def may_work_for(agent: Agent, partner_id: Any) -> bool:
    reached = reach.partner_ids(agent.user)
    return reached is None or partner_id in reached


@transaction.atomic
def go(*, agent: Agent, presence: Presence, at: datetime) -> Agent:
    """The agent is online, away or offline from now on; the log says so where that is news."""
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.presence != presence:
        locked.presence, locked.presence_since = presence, at
        locked.save(update_fields=["presence", "presence_since"])
        PresenceChange.objects.create(agent=locked, presence=presence, at=at)
    agent.presence, agent.presence_since = locked.presence, locked.presence_since
    return agent
