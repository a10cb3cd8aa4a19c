"""What happened to a case, the latest first: to the conversation, to the claim, at the network, with goodwill."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from cashback.lib import display
from support import codes
from support import display as shown
from support.claims.models import Claim, ClaimStep, NetworkInquiry, Status
from support.desk.models import Agent, Category, Priority, Ticket, TicketEvent, TicketStatus
from support.goodwill.models import GoodwillGrant, GrantStatus

MOST = 60
_Kind = TicketEvent.Kind


@dataclass(frozen=True, slots=True)
class Happening:
    """`who` is "" for the service itself. `icon` is one of Material Symbols."""

    at: datetime
    icon: str
    words: str
    who: str = ""


def of(
    ticket: Ticket,
    claim: Claim | None,
    *,
    inquiries: Sequence[NetworkInquiry],
    grants: Sequence[GoodwillGrant],
) -> list[Happening]:
    events = list(ticket.events.select_related("agent").order_by("-pk")[:MOST])
    names = _names(events)
    told = [each for event in events if (each := _event(event, names))]
    if claim is not None:
        steps = claim.steps.select_related("agent").order_by("-pk")[:MOST]
        told += [each for step in steps if (each := _step(step))]
        told += [each for grant in grants for each in _grant(grant)]
        told += [each for inquiry in inquiries for each in _inquiry(inquiry)]
    # Of what happened in one moment the last thing said comes first, as everywhere here.
    return sorted(told, key=lambda each: each.at, reverse=True)[:MOST]


def _names(events: Iterable[TicketEvent]) -> Mapping[str, str]:
    """Of the agents that facts name by their ids."""
    ids = {event.facts[key] for event in events for key in ("to", "was") if _is_id(event.facts.get(key))}
    return {str(pk): name for pk, name in Agent.objects.filter(pk__in=ids).values_list("pk", "name")}


def _is_id(value: Any) -> bool:
    try:
        return bool(value) and bool(UUID(str(value)))
    except ValueError:
        return False


def _event(event: TicketEvent, names: Mapping[str, str]) -> Happening | None:
    say = _SAY.get(event.kind)
    said = say(event.facts, names) if say else None
    if said is None:
        return None
    icon, words = said
    return Happening(event.at, icon, words, event.agent.name if event.agent else "")


_Facts = Mapping[str, Any]
_Said = tuple[str, str] | None


def _assigned(facts: _Facts, names: Mapping[str, str]) -> _Said:
    to = facts.get("to")
    if not to:
        return "person_off", _("given back to the queue")
    return "person", _("given to %(name)s") % {"name": names.get(to, "?")}


def _status(facts: _Facts, _names: Mapping[str, str]) -> _Said:
    now = facts.get("now")
    return ("sync_alt", str(TicketStatus(now).label)) if now in TicketStatus.values else None


def _changed(facts: _Facts, _names: Mapping[str, str]) -> _Said:
    parts = []
    for name, (was, now) in ((key, value) for key, value in facts.items() if isinstance(value, list)):
        title = {
            "priority": _("priority"),
            "category": _("category"),
            "team": _("team"),
            "tags": _("tags"),
            "subject": _("subject"),
        }.get(name, name)
        parts.append(f"{title}: {_value(name, was)} → {_value(name, now)}")
    return ("tune", "; ".join(parts)) if parts else None


def _value(name: str, value: str) -> str:
    choices: Any = {"priority": Priority, "category": Category}.get(name)
    if choices and value in choices.values:
        return str(choices(value).label)
    return value.strip("[]").replace("'", "") or "–"


def _snoozed(facts: _Facts, _names: Mapping[str, str]) -> _Said:
    until = datetime.fromisoformat(facts["until"])
    return "snooze", _("snoozed until %(time)s") % {"time": shown.moment(until)}


def _merged(facts: _Facts, _names: Mapping[str, str]) -> _Said:
    if facts.get("into"):
        return "merge", _("merged into %(number)s") % {"number": facts["into"]}
    return "merge", _("%(number)s was merged into this one") % {"number": facts.get("of", "?")}


def _plain(icon: str, words: Callable[[], str]) -> Callable[[_Facts, Mapping[str, str]], _Said]:
    return lambda _facts, _names: (icon, words())


# Words themselves stand in the conversation; here is what people did.
_SAY: Mapping[str, Callable[[_Facts, Mapping[str, str]], _Said]] = {
    _Kind.OPENED: _plain("flag", lambda: _("opened")),
    _Kind.REPLIED: _plain("reply", lambda: _("answered")),
    _Kind.AUTO_REPLIED: _plain("smart_toy", lambda: _("answered by itself")),
    _Kind.WROTE: _plain("chat", lambda: _("the shopper wrote")),
    _Kind.NOTED: _plain("sticky_note_2", lambda: _("noted")),
    _Kind.ASSIGNED: _assigned,
    _Kind.STATUS: _status,
    _Kind.SOLVED: _plain("task_alt", lambda: _("solved")),
    _Kind.REOPENED: _plain("restart_alt", lambda: _("opened again")),
    _Kind.MERGED: _merged,
    _Kind.SNOOZED: _snoozed,
    _Kind.WOKEN: _plain("alarm", lambda: _("back from its snooze")),
    _Kind.CHANGED: _changed,
}


def status_words(step: ClaimStep) -> str:
    """What a step led to. The rules answer by themselves; what an agent answered is only answered."""
    if step.to_status == Status.ANSWERED_AUTO and step.agent_id:
        return _("answered")
    return str(Status(step.to_status).label)


def status_of(claim: Claim) -> str:
    """What the claim's status is called, by who brought it there."""
    if claim.status == Status.ANSWERED_AUTO and (step := claim.steps.order_by("-pk").first()):
        return status_words(step)
    return str(claim.get_status_display())


def because(reason_code: str, status: str) -> str:
    """Why a claim is where it is; "" where its status says that already."""
    words = codes.reason(reason_code) if reason_code else ""
    return "" if words == status else words


def _name(user: Any) -> str:
    agent = getattr(user, "agent", None)
    return agent.name if agent else str(user or "")


def _step(step: ClaimStep) -> Happening | None:
    if step.to_status == Status.TRIAGING:
        return None
    status = status_words(step)
    words = _("claim: %(status)s") % {"status": status}
    if why := because(step.reason_code, status):
        words = f"{words} ({why})"
    return Happening(step.at, "gavel", words, step.agent.name if step.agent else "")


def _grant(grant: GoodwillGrant) -> list[Happening]:
    amount = display.money(grant.amount)
    asked_by = _name(grant.requested_by)
    found = [
        Happening(
            grant.created_at,
            "volunteer_activism",
            _("goodwill asked for: %(amount)s") % {"amount": amount}
            if grant.needs_second
            else _("goodwill: %(amount)s") % {"amount": amount},
            asked_by,
        )
    ]
    if grant.needs_second and grant.decided_at:
        decided_by = grant.approved_by or grant.refused_by
        words = _("goodwill refused") if grant.status == GrantStatus.REFUSED else _("goodwill approved")
        found.append(Happening(grant.decided_at, "how_to_reg", words, _name(decided_by)))
    return found


def _inquiry(inquiry: NetworkInquiry) -> list[Happening]:
    found = []
    if inquiry.submitted_at:
        words = _("the network has inquiry %(reference)s") % {"reference": inquiry.reference}
        found.append(Happening(inquiry.submitted_at, "outgoing_mail", words))
    if inquiry.answered_at:
        words = _("the network: %(status)s") % {"status": inquiry.get_status_display()}
        found.append(Happening(inquiry.answered_at, "hub", f"{words}. {inquiry.reason}".rstrip(". ")))
    return found
