"""Ready answers. Their words hold names in braces from an allow-list, and nothing else is ever evaluated.

A name that has no value for this case blocks sending and is shown: nobody reads "your order None".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib.errors import DomainError
from support.desk import tickets
from support.desk.models import Agent, Macro, MacroVersion, Priority, Ticket, TicketEvent, TicketStatus

_NAME = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?(?::[a-z_]+)?)\}")
_LONGEST = 4000

Values = Mapping[str, str]
Provider = Callable[[Ticket, Agent], Values]
Act = Callable[[Ticket, Agent, Mapping[str, Any], datetime], None]

# What may stand in a text, and what it means; rooms above register more, with their values.
_names: dict[str, str | Promise] = {
    "ticket.no": gettext_lazy("the ticket's number"),
    "storefront.name": gettext_lazy("the storefront's name"),
    "agent.name": gettext_lazy("your name"),
    "agent.signature": gettext_lazy("your signature"),
    "shopper.name": gettext_lazy("the shopper's name, or a neutral greeting"),
}
_providers: list[Provider] = []


class MacroRefused(DomainError):
    """The macro is not stored, or not applied; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a macro does beside its words. `options` are the names that its row may have beside "do"."""

    title: str | Promise
    act: Act
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. With `missing` names nothing is; `actions` are what else would happen, in words."""

    text: str
    missing: Sequence[str]
    actions: Sequence[str]
    version: MacroVersion


@dataclass(frozen=True, slots=True)
class Use:
    """How a macro does: how often it was sent, and how many of those cycles came back."""

    macro_id: Any
    uses: int
    reopened: int


def register_variables(names: Mapping[str, str | Promise], provider: Provider) -> None:
    """A room above knows values: `names` with their meaning, and a function that gives those that the case has."""
    _names.update(names)
    if provider not in _providers:
        _providers.append(provider)


def register_action(name: str, title: str | Promise, act: Act, *, options: tuple[str, ...] = ()) -> None:
    _actions[name] = Action(title, act, options)


def names() -> dict[str, str]:
    return {name: str(meaning) for name, meaning in sorted(_names.items())}


def actions() -> dict[str, str]:
    return {name: str(action.title) for name, action in _actions.items()}


def offered(ticket: Ticket) -> list[Macro]:
    """The active macros for the ticket's partner and category, the most used first."""
    fits = Q(for_partners=None) | Q(for_partners=ticket.partner_id)
    macros = Macro.objects.filter(fits, is_active=True).distinct()
    counted = macros.annotate(uses=Count("versions__messages", distinct=True)).order_by("-uses", "name", "pk")
    return [macro for macro in counted if not macro.categories or ticket.category in macro.categories]


def preview(macro: Macro, ticket: Ticket, agent: Agent, *, language: str = "") -> Preview:
    """The macro's words for this case, in the ticket's language (English where it has none in it)."""
    version = macro.versions.order_by("-number").first()
    if version is None:
        raise MacroRefused(_("This macro has no words yet."), code="no_words")
    language = language or ticket.language
    text = version.texts.get(language) or version.texts.get("en") or next(iter(version.texts.values()), "")
    with translation.override(language):
        values = values_for(ticket, agent)
    missing: list[str] = []

    def put(found: re.Match[str]) -> str:
        value = values.get(found[1], "")
        if not value and found[1] not in missing:
            missing.append(found[1])
        return value or found[0]

    said = [_say(row) for row in macro.actions]
    return Preview(_NAME.sub(put, text), missing, said, version)


def values_for(ticket: Ticket, agent: Agent) -> dict[str, str]:
    own = {
        "ticket.no": ticket.public_number,
        "storefront.name": ticket.storefront.name,
        "agent.name": agent.name,
        "agent.signature": agent.name,
        "shopper.name": ticket.requester_name,
    }
    for provider in _providers:
        own |= provider(ticket, agent)
    return own


def apply_actions(macro: Macro, ticket: Ticket, agent: Agent, *, at: datetime) -> None:
    """What the macro does beside its words has happened, in its order. Raises what the acts refuse."""
    for row in macro.actions:
        action = _actions.get(row.get("do", ""))
        if action is None:
            raise MacroRefused(_("This macro does something unknown."), code="action_unknown")
        action.act(ticket, agent, {name: row.get(name) for name in action.options}, at)


@transaction.atomic
def new_version(*, macro: Macro, texts: Mapping[str, str], by: Any, at: datetime) -> MacroVersion:
    """The macro says this from now on; what it said before stays with the messages that said it."""
    told = {code: text.strip()[:_LONGEST] for code, text in texts.items() if text.strip()}
    if not told:
        raise MacroRefused(_("Write the text in one language at least."), code="no_words")
    if unknown := sorted({name for text in told.values() for name in unknown_names(text)}):
        raise MacroRefused(
            _("There is no such name: %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in unknown)},
            code="name_unknown",
        )
    Macro.objects.select_for_update().get(pk=macro.pk)
    last = macro.versions.aggregate(last=Max("number"))["last"] or 0
    return MacroVersion.objects.create(macro=macro, number=last + 1, texts=told, written_by=by, created_at=at)


def unknown_names(text: str) -> list[str]:
    """What stands in braces and is no name; a brace without a partner too."""
    found = [name for name in _NAME.findall(text) if name not in _names]
    rest = _NAME.sub("", text)
    return found + re.findall(r"[{}][^{}]{0,20}", rest)


def check_actions(rows: Sequence[Mapping[str, Any]]) -> None:
    """Raises MacroRefused for an action that is not on the list, or an option that it does not have."""
    for row in rows:
        action = _actions.get(str(row.get("do", "")))
        if action is None:
            raise MacroRefused(
                _("There is no such action: %(name)s.") % {"name": row.get("do")}, code="action_unknown"
            )
        if extra := set(row) - {"do", *action.options}:
            raise MacroRefused(
                _("This action has no %(name)s.") % {"name": ", ".join(sorted(extra))}, code="option_unknown"
            )


def uses() -> dict[Any, Use]:
    """By macro, how it does. A cycle that was reopened within it counts against it."""
    reopened = Q(versions__messages__ticket__events__kind=TicketEvent.Kind.REOPENED)
    counted = Macro.objects.annotate(
        uses=Count("versions__messages", distinct=True),
        reopened=Count("versions__messages__ticket", filter=reopened, distinct=True),
    )
    return {macro.pk: Use(macro.pk, macro.uses, macro.reopened) for macro in counted}


def _say(row: Mapping[str, Any]) -> str:
    action = _actions.get(row.get("do", ""))
    if action is None:
        return str(row.get("do"))
    told = ", ".join(str(row[name]) for name in action.options if row.get(name) is not None)
    return f"{action.title}: {told}" if told else str(action.title)


def _status(status: TicketStatus) -> Act:
    def act(ticket: Ticket, agent: Agent, _options: Mapping[str, Any], at: datetime) -> None:
        tickets.set_status(ticket=ticket, status=status, agent=agent, at=at)

    return act


def _tag(ticket: Ticket, agent: Agent, options: Mapping[str, Any], at: datetime) -> None:
    tickets.change(ticket=ticket, by=agent, at=at, tags=[*ticket.tags, str(options["tag"])])


def _priority(ticket: Ticket, agent: Agent, options: Mapping[str, Any], at: datetime) -> None:
    tickets.change(ticket=ticket, by=agent, at=at, priority=Priority(str(options["priority"])))


def _snooze(ticket: Ticket, agent: Agent, options: Mapping[str, Any], at: datetime) -> None:
    tickets.snooze(ticket=ticket, until=at + timedelta(days=int(options["days"])), agent=agent, at=at)


_actions: dict[str, Action] = {
    "solve": Action(gettext_lazy("solve"), _status(TicketStatus.SOLVED)),
    "pend": Action(gettext_lazy("wait for the shopper"), _status(TicketStatus.PENDING)),
    "hold": Action(gettext_lazy("wait for the network"), _status(TicketStatus.HOLD)),
    "tag": Action(gettext_lazy("tag"), _tag, ("tag",)),
    "priority": Action(gettext_lazy("priority"), _priority, ("priority",)),
    "snooze": Action(gettext_lazy("snooze, days"), _snooze, ("days",)),
}
