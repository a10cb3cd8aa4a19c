"""What an agent does with a conversation: each action reads its form, calls one service and says what is true now."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from cashback.lib.admin import page_of
from support import display
from support.admin import case, claim_actions
from support.admin.acting import Action, Done, Unreadable, files_of, text_of, version_of
from support.claims import deciding
from support.claims import services as claims
from support.claims.models import CLOSED, Claim, Status, policy_of
from support.claims.states import WITH_A_PERSON, is_legal
from support.desk import macros, people, redacting
from support.desk import services as desk
from support.desk.models import Agent, Category, Macro, Message, Priority, Team, Ticket, TicketStatus

__all__ = ["ACTIONS", "Done", "snoozes"]

_THEN = {"solve": TicketStatus.SOLVED, "wait": TicketStatus.PENDING, "hold": TicketStatus.HOLD, "": None}
_MORNING = time(9)
# Of a macro's verbs those that say whose turn it is, and the way of sending that means the same.
MACRO_ENDINGS = {"solve": "solve", "pend": "wait", "hold": "hold"}


def reply(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Sends, and what then: whose turn it is. A claim that a person has goes where the answer takes it, in the same
    step. Names of a macro that nothing has filled are never sent."""
    text, macro = text_of(request), _chosen_macro(request, ticket)
    if blanks := [name for name in macros.names() if f"{{{name}}}" in text]:
        raise Unreadable(
            _("Fill in first: %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in blanks)}
        )
    then = request.POST.get("then", "")
    if then not in _THEN:
        raise Unreadable(_("There is no such way to send it."))
    claim = case.claim_of(ticket)
    move_to = _claim_goes_to(claim, then)
    with _all_or_the_draft(ticket, agent=agent, text=text, at=at):
        desk.reply(
            ticket=ticket,
            agent=agent,
            text=text,
            version=version_of(request),
            at=at,
            then=None if move_to else _THEN[then],
            macro_version=macro.versions.order_by("-number").first() if macro else None,
            files=files_of(request, ticket, at),
        )
        if claim is not None and move_to is not None:
            _move(claim, move_to, agent=agent, at=at)
        if macro:
            _do_the_rest(macro, ticket, agent, at=at)
    said = {
        "solve": _("Sent and solved."),
        "wait": _("Sent. It is the shopper's turn."),
        "hold": _("Sent. It waits for somebody else."),
    }.get(then, _("Sent."))
    return Done(said, goes_on=True)


def _claim_goes_to(claim: Claim | None, then: str) -> Status | None:
    """Where the claim follows its conversation. Raises Unreadable where words alone would leave it hanging."""
    if claim is None or claim.status in (*CLOSED, Status.ANSWERED_AUTO):
        return None
    if then == "wait" and claim.status in WITH_A_PERSON and is_legal(claim.status, Status.NEED_INFO):
        return Status.NEED_INFO
    if then != "solve":
        return None
    if claim.status == Status.IN_REVIEW:
        return Status.ANSWERED_AUTO
    raise Unreadable(
        _("The claim is %(status)s: decide on it first, or send without solving.")
        % {"status": claim.get_status_display()}
    )


def _move(claim: Claim, to: Status, *, agent: Agent, at: datetime) -> None:
    claim.refresh_from_db()
    if to == Status.NEED_INFO:
        deciding.wait_for_shopper(claim, reason="asked", agent=agent, at=at)
        return
    lapses = at + timedelta(days=policy_of(claim.partner_id).contest_days)
    claims.move(claim=claim, to=to, reason="answered", agent=agent, wake_at=lapses, at=at)


@contextmanager
def _all_or_the_draft(ticket: Ticket, *, agent: Agent, text: str, at: datetime) -> Iterator[None]:
    """One transaction. Where a colleague was quicker nothing of it has happened, and the text waits as a draft."""
    try:
        with transaction.atomic():
            yield
    except desk.Conflict as conflict:
        seen = conflict.draft.base_version
        conflict.draft = desk.save_draft(
            ticket=ticket, agent=agent, text=text, version=seen, is_conflicted=True, at=at
        )
        raise


def _chosen_macro(request: HttpRequest, ticket: Ticket) -> Macro | None:
    try:
        wanted = uuid.UUID(request.POST.get("macro", ""))
    except ValueError:
        return None
    return next((macro for macro in macros.offered(ticket) if macro.pk == wanted), None)


def _do_the_rest(macro: Macro, ticket: Ticket, agent: Agent, *, at: datetime) -> None:
    """What the macro does besides. Whose turn it is the button has said, which the page had set as the macro wishes."""
    macro.actions = [row for row in macro.actions if row.get("do") not in MACRO_ENDINGS]
    macros.apply_actions(macro, ticket, agent, at=at)


def drop_draft(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    desk.drop_draft(ticket=ticket, agent=agent)
    return Done(_("Your draft is dropped; theirs stands."))


def note(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    with transaction.atomic():
        files = files_of(request, ticket, at)
        desk.note(ticket=ticket, agent=agent, text=text_of(request), files=files, at=at)
    desk.drop_draft(ticket=ticket, agent=agent)
    return Done(_("Noted. Only colleagues read it."))


def take(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    desk.assign(ticket=ticket, agent=agent, by=agent, at=at)
    return Done(_("It is yours now."))


def assign(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    wanted = request.POST.get("agent", "")
    if not wanted:
        desk.assign(ticket=ticket, agent=None, by=agent, at=at)
        return Done(_("Nobody has it now."))
    colleague = next((each for each in case.colleagues(ticket) if str(each.pk) == wanted), None)
    if colleague is None:
        raise Unreadable(_("Choose who should have it."))
    desk.assign(ticket=ticket, agent=colleague, by=agent, at=at)
    return Done(_("%(name)s has it now.") % {"name": colleague.name})


def snoozes(now: datetime) -> list[tuple[str, str, datetime]]:
    """By name, in words, until when. Mornings are the house's."""
    local = timezone.localtime(now)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), _MORNING, local.tzinfo)
    monday = tomorrow + timedelta(days=(7 - tomorrow.weekday()) % 7)
    return [
        ("hour", _("In an hour"), now + timedelta(hours=1)),
        ("three-hours", _("In three hours"), now + timedelta(hours=3)),
        ("tomorrow", _("Tomorrow morning"), tomorrow),
        ("monday", _("Monday morning"), monday if monday > tomorrow else monday + timedelta(days=7)),
        ("week", _("In a week"), now + timedelta(days=7)),
    ]


def snooze(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    spans = {name: until for name, _title, until in snoozes(at)}
    until = spans.get(request.POST.get("span", "")) or _moment(request.POST.get("until", ""))
    if until is None:
        raise Unreadable(_("Choose until when."))
    desk.snooze(ticket=ticket, until=until, agent=agent, at=at)
    return Done(_("Out of the queue until %(time)s.") % {"time": display.moment(until)}, goes_on=True)


def _moment(text: str) -> datetime | None:
    """Of a field for a day and an hour, in the house's zone."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else timezone.make_aware(read)


def solve(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Without a word to the shopper; a claim that somebody still has is decided on instead."""
    claim = case.claim_of(ticket)
    if claim is not None and claim.is_open and claim.status != Status.ANSWERED_AUTO:
        raise Unreadable(
            _("The claim is %(status)s: answer, reject or make it good.")
            % {"status": claim.get_status_display()}
        )
    desk.solve(ticket=ticket, agent=agent, at=at)
    return Done(_("Solved."), goes_on=True)


def reopen(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    desk.set_status(ticket=ticket, status=TicketStatus.OPEN, agent=agent, at=at)
    return Done(_("Open again."))


def change(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    priority, category = request.POST.get("priority", ""), request.POST.get("category", "")
    if priority not in ("", *Priority.values) or category not in ("", *Category.values):
        raise Unreadable(_("There is no such priority or category."))
    tags, team = request.POST.get("tags"), request.POST.get("team", "")
    desk.change(
        ticket=ticket,
        by=agent,
        at=at,
        priority=Priority(priority) if priority else None,
        category=Category(category) if category else None,
        team=_team(team) if team else None,
        tags=None if tags is None else tags.replace("\x00", "").split(","),
    )
    return Done(_("Changed."))


def _team(wanted: str) -> Team:
    found = next((team for team in Team.objects.order_by("pk") if str(team.pk) == wanted), None)
    if found is None:
        raise Unreadable(_("There is no such team."))
    return found


def merge(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    number = request.POST.get("into", "").strip().upper().removeprefix("T-")
    if not number.isdecimal() or len(number) > 18:
        raise Unreadable(_("Write the other ticket's number, such as T-10042."))
    into = people.tickets_for(agent.user).filter(number=int(number)).first()
    if into is None:
        raise Unreadable(_("There is no ticket with this number."))
    desk.merge(ticket=ticket, into=into, agent=agent, at=at)
    return Done(_("Merged: it is told here from now on."), to=page_of(Ticket, into.pk))


def redact(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    talk = [ticket.pk, *ticket.merged.values_list("pk", flat=True)]
    try:
        pk = uuid.UUID(request.POST.get("message", ""))
    except ValueError as error:
        raise Unreadable(_("Choose the message.")) from error
    message = Message.objects.filter(pk=pk, ticket__in=talk).first()
    if message is None:
        raise Unreadable(_("This message is not of this case."))
    redacting.redact(message=message, agent=agent, reason=text_of(request), at=at)
    return Done(_("Removed. Who did it and why stands in its place."))


ACTIONS: dict[str, Action] = {
    "reply": reply,
    "note": note,
    "drop-draft": drop_draft,
    "take": take,
    "assign": assign,
    "snooze": snooze,
    "solve": solve,
    "reopen": reopen,
    "change": change,
    "merge": merge,
    "redact": redact,
    **claim_actions.ACTIONS,
}
