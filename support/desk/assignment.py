"""Who gets which waiting ticket: the most urgent first, to the agent who has waited longest for one.

Agents who are quick are not punished with more (assignment by spare capacity would be), and nothing is kept in memory:
two workers share the work, and a restart changes nobody's turn.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from partners import reach
from support.desk import rows
from support.desk.models import Agent, Presence, Ticket, TicketEvent, TicketStatus

_BATCH = 200


@dataclass(slots=True)
class _Hand:
    agent: Agent
    room: int
    reached: frozenset[uuid.UUID] | None

    def takes(self, ticket: Ticket) -> bool:
        agent = self.agent
        speaks = not agent.languages or ticket.language in agent.languages
        reaches = self.reached is None or ticket.partner_id in self.reached
        return self.room > 0 and agent.team_id == ticket.team_id and speaks and reaches


def assign_waiting(*, at: datetime, limit: int = _BATCH) -> int:
    """Waiting tickets that somebody online may take have an agent. Tells how many."""
    made = 0
    while made < limit:
        done = _assign_some(at=at, limit=min(_BATCH, limit - made))
        made += done
        if done == 0:
            break
    return made


@transaction.atomic
def _assign_some(*, at: datetime, limit: int) -> int:
    # The agents' rows are the turns: whoever assigns holds them, so that two workers take turns too. Their keys are
    # free meanwhile: an agent who answers waits for nobody.
    held = Agent.objects.select_for_update(of=("self",), no_key=True)
    online = held.filter(is_active=True, presence=Presence.ONLINE)
    # Put in their order once they are held: the database sorts before it waits for another worker's turns to end.
    agents = sorted(online.select_related("user").order_by("pk"), key=_turn)
    if not agents:
        return 0
    open_now = dict(
        Ticket.objects.unsolved()
        .awake(at=at)
        .filter(assignee__in=agents)
        .exclude(status=TicketStatus.HOLD)
        .values_list("assignee")
        .annotate(count=Count("pk"))
        .order_by()
    )
    hands = [
        _Hand(agent, agent.most_open - open_now.get(agent.pk, 0), reach.partner_ids(agent.user))
        for agent in agents
    ]
    turn = max([at, *(agent.last_assigned_at for agent in agents if agent.last_assigned_at)])
    made = 0
    for ticket in _waiting(hands, at=at, limit=limit):
        taker = next((hand for hand in hands if hand.takes(ticket)), None)
        if taker is None:
            continue
        # A moment apart, so that everybody's turn is told from everybody else's.
        turn += timedelta(microseconds=1)
        _give(ticket, taker.agent, turn=turn, at=at)
        taker.room -= 1
        hands.remove(taker)
        hands.append(taker)
        made += 1
    return made


def _turn(agent: Agent) -> tuple[bool, float, uuid.UUID]:
    """Who has waited longest comes first; before them whoever never had one."""
    last = agent.last_assigned_at
    return last is not None, last.timestamp() if last else 0.0, agent.pk


def _waiting(hands: list[_Hand], *, at: datetime, limit: int) -> list[Ticket]:
    wanted = Q(pk__in=[])
    for hand in hands:
        if hand.room > 0:
            fits = Q(team=hand.agent.team_id)
            if hand.agent.languages:
                fits &= Q(language__in=hand.agent.languages)
            if hand.reached is not None:
                fits &= Q(partner__in=hand.reached)
            wanted |= fits
    waiting = Ticket.objects.unsolved().awake(at=at).filter(wanted, needs_person=True, assignee=None)
    waiting = waiting.exclude(status__in=[TicketStatus.PENDING, TicketStatus.HOLD])
    return list(
        waiting.most_urgent_first()
        .select_related("team")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit]
    )


def _give(ticket: Ticket, agent: Agent, *, turn: datetime, at: datetime) -> None:
    ticket.assignee = agent
    if ticket.status == TicketStatus.NEW:
        ticket.status = TicketStatus.OPEN
    rows.note_event(ticket, TicketEvent.Kind.ASSIGNED, at=at, was=None, to=str(agent.pk))
    rows.save(ticket, at=at)
    agent.last_assigned_at = turn
    agent.save(update_fields=["last_assigned_at"])
