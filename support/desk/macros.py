"""Ready answers. Their words hold names in braces from an allow-list, and nothing else is ever evaluated.

A name that has no value for this case blocks sending and is shown: nobody reads "your order None".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib.errors import DomainError
from support.desk import tickets
from support.desk.models import (
    Agent,
    Macro,
    MacroVersion,
    Message,
    Priority,
    Ticket,
    TicketEvent,
    TicketStatus,
)

_NAME = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)?(?::[a-z_]+)?)\}")
_LONGEST = 4000

Values = Mapping[str, str]
Provider = Callable[[Ticket, Agent], Values]
Act = Callable[[Ticket, Agent, Mapping[str, Any], datetime], None]
Scores = Callable[[], Mapping[Any, tuple[int, int]]]

# What may stand in a text, and what it means; rooms above register more, with their values.
_names: dict[str, str | Promise] = {
    "ticket.no": gettext_lazy("the ticket's number"),
    "storefront.name": gettext_lazy("the storefront's name"),
    "agent.name": gettext_lazy("your name"),
    "agent.signature": gettext_lazy("your signature"),
    "shopper.name": gettext_lazy("the shopper's name"),
    "shopper.first_name": gettext_lazy("the shopper's first name"),
}
_providers: list[Provider] = []
_scores: list[Scores] = []


class MacroRefused(DomainError):
    """The macro is not stored, or not applied; the message says what to mend."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something a macro does beside its words. `options` are the names that its row has beside "do", and `is_fit` tells
    whether their values can be acted on."""

    title: str | Promise
    act: Act
    options: tuple[str, ...] = ()
    is_fit: Callable[[Mapping[str, Any]], bool] = lambda _options: True


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent. With `missing` names nothing is; `actions` are what else would happen, in words."""

    text: str
    missing: Sequence[str]
    actions: Sequence[str]
    version: MacroVersion


@dataclass(frozen=True, slots=True)
class Use:
    """How a macro does: how often it was sent, how many of those answers were followed by a reopening, and of the
    cycles that it was sent in how many were rated, and how many of those well."""

    macro_id: Any
    uses: int
    reopened: int
    rated: int = 0
    content: int = 0


def register_variables(names: Mapping[str, str | Promise], provider: Provider) -> None:
    """A room above knows values: `names` with their meaning, and a function that gives those that the case has."""
    _names.update(names)
    if provider not in _providers:
        _providers.append(provider)


def register_action(
    name: str,
    title: str | Promise,
    act: Act,
    *,
    options: tuple[str, ...] = (),
    is_fit: Callable[[Mapping[str, Any]], bool] = lambda _options: True,
) -> None:
    """A room above does something that a macro may ask for."""
    _actions[name] = Action(title, act, options, is_fit)


def register_scores(scores: Scores) -> None:
    """A room above knows how shoppers liked it: by macro's id, the cycles rated and those rated well."""
    if scores not in _scores:
        _scores.append(scores)


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
        "shopper.first_name": ticket.requester_name.split(" ")[0],
    }
    for provider in _providers:
        own |= provider(ticket, agent)
    return own


def apply_actions(macro: Macro, ticket: Ticket, agent: Agent, *, at: datetime) -> None:
    """What the macro does beside its words has happened, in its order. Raises what the acts refuse."""
    check_actions(macro.actions)
    for row in macro.actions:
        action = _actions[row["do"]]
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
    """Raises MacroRefused for an action that is not on the list, an option that it does not have, or a value that it
    cannot act on."""
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
        if not set(action.options) <= set(row) or not action.is_fit(row):
            raise MacroRefused(
                _("Say with what: %(action)s.") % {"action": action.title}, code="option_missing"
            )


def uses() -> dict[Any, Use]:
    """By macro that was ever sent, how it does. An answer counts against it when its cycle was followed by another."""
    following = TicketEvent.objects.filter(
        ticket=OuterRef("ticket"), kind=TicketEvent.Kind.REOPENED, cycle=OuterRef("cycle") + 1
    )
    sent = Message.objects.exclude(macro_version=None).annotate(came_back=Exists(following)).order_by()
    counted = sent.values("macro_version__macro").annotate(
        uses=Count("pk"), reopened=Count("pk", filter=Q(came_back=True))
    )
    rated: dict[Any, tuple[int, int]] = {}
    for scores in _scores:
        rated |= scores()
    return {
        macro_id: Use(macro_id, row["uses"], row["reopened"], *rated.get(macro_id, (0, 0)))
        for row in counted
        for macro_id in [row["macro_version__macro"]]
    }


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
    "tag": Action(
        gettext_lazy("tag"),
        _tag,
        ("tag",),
        lambda row: isinstance(row["tag"], str) and bool(row["tag"].strip()),
    ),
    "priority": Action(
        gettext_lazy("priority"), _priority, ("priority",), lambda row: row["priority"] in Priority.values
    ),
    "snooze": Action(
        gettext_lazy("snooze, days"),
        _snooze,
        ("days",),
        lambda row: type(row["days"]) is int and 0 < row["days"] < 366,
    ),
}
