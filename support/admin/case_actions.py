"""What an agent does with a case: each action reads its form, calls one service and says what is true now."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cashback.lib import ids
from cashback.lib.admin import page_of
from cashback.lib.errors import DomainError
from cashback.lib.money import InvalidMoney
from support.claims import services as claims
from support.claims.models import Claim, Kind
from support.desk import files, macros, people
from support.desk import services as desk
from support.desk.models import Agent, Category, Channel, Priority, StoredFile, Ticket, TicketStatus
from support.forms import read_amount
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant

SNOOZES = {
    "hour": timedelta(hours=1),
    "morning": timedelta(hours=16),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}


class Unreadable(DomainError):
    """The form does not say what to do; the message tells what is missing."""

    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Done:
    """What is true now; `goes_on` to the next case, or `to` an address."""

    said: str
    goes_on: bool = False
    to: str = ""


Action = Callable[[HttpRequest, Ticket, Agent, datetime], Done]


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Unreadable(_("The page is out of date: open the case again."))
    return int(text)


def _text(request: HttpRequest) -> str:
    return request.POST.get("text", "").replace("\x00", "")


def _files(request: HttpRequest, ticket: Ticket, at: datetime) -> list[StoredFile]:
    given = [each for each in request.FILES.getlist("files") if each.size]
    files.refuse_too_many(given)
    return [
        files.store(partner_id=ticket.partner_id, name=each.name or "", content=each.read(), at=at)
        for each in given
    ]


def _claim(ticket: Ticket) -> Claim:
    claim = (
        Claim.objects.filter(ticket=ticket)
        .select_related("storefront", "shopper", "merchant", "partner")
        .first()
    )
    if claim is None:
        raise Unreadable(_("This conversation is about no claim."))
    claim.ticket = ticket
    return claim


def _chosen_macro(request: HttpRequest, ticket: Ticket) -> Any:
    try:
        wanted = uuid.UUID(request.POST.get("macro", ""))
    except ValueError:
        return None
    return next((macro for macro in macros.offered(ticket) if macro.pk == wanted), None)


def reply(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Sends, and what then: whose turn it is. A macro's braces that nothing has filled are never sent."""
    text, macro = _text(request), _chosen_macro(request, ticket)
    if blanks := [name for name in macros.names() if f"{{{name}}}" in text]:
        raise Unreadable(
            _("Fill in first: %(names)s.") % {"names": ", ".join(f"{{{name}}}" for name in blanks)}
        )
    then = request.POST.get("then", "")
    wanted = {"solve": TicketStatus.SOLVED, "wait": TicketStatus.PENDING, "hold": TicketStatus.HOLD}.get(then)
    desk.reply(
        ticket=ticket,
        agent=agent,
        text=text,
        version=_version(request),
        at=at,
        then=wanted,
        macro_version=macro.versions.order_by("-number").first() if macro else None,
        files=_files(request, ticket, at),
    )
    if macro:
        macros.apply_actions(macro, ticket, agent, at=at)
    said = _("Sent and solved.") if wanted == TicketStatus.SOLVED else _("Sent.")
    return Done(said, goes_on=wanted is not None)


def note(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    desk.note(ticket=ticket, agent=agent, text=_text(request), files=_files(request, ticket, at), at=at)
    return Done(_("Noted. Only colleagues read it."))


def take(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    desk.assign(ticket=ticket, agent=agent, by=agent, at=at)
    return Done(_("It is yours now."))


def assign(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    wanted = request.POST.get("agent", "")
    if not wanted:
        desk.assign(ticket=ticket, agent=None, by=agent, at=at)
        return Done(_("Nobody has it now."))
    colleague = next((each for each in Agent.objects.filter(is_active=True) if str(each.pk) == wanted), None)
    if colleague is None:
        raise Unreadable(_("Choose who should have it."))
    desk.assign(ticket=ticket, agent=colleague, by=agent, at=at)
    return Done(_("%(name)s has it now.") % {"name": colleague.name})


def snooze(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    span = SNOOZES.get(request.POST.get("span", ""))
    if span is None:
        raise Unreadable(_("Choose until when."))
    desk.snooze(ticket=ticket, until=at + span, agent=agent, at=at)
    return Done(_("Out of the queue until then, or until the shopper writes."), goes_on=True)


def status(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    wanted = request.POST.get("status", "")
    if wanted not in TicketStatus.values:
        raise Unreadable(_("There is no such state."))
    desk.set_status(ticket=ticket, status=TicketStatus(wanted), agent=agent, at=at)
    return Done(_("It is %(state)s now.") % {"state": TicketStatus(wanted).label}, goes_on=wanted == "solved")


def change(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    priority, category = request.POST.get("priority", ""), request.POST.get("category", "")
    if priority not in ("", *Priority.values) or category not in ("", *Category.values):
        raise Unreadable(_("There is no such priority or category."))
    tags = request.POST.get("tags")
    desk.change(
        ticket=ticket,
        by=agent,
        at=at,
        priority=Priority(priority) if priority else None,
        category=Category(category) if category else None,
        tags=None if tags is None else tags.replace("\x00", "").split(","),
    )
    return Done(_("Changed."))


def merge(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    number = request.POST.get("into", "").strip().upper().removeprefix("T-")
    if not number.isdecimal() or len(number) > 18:
        raise Unreadable(_("Write the other ticket's number, such as T-10042."))
    into = people.tickets_for(agent.user).filter(number=int(number)).first()
    if into is None:
        raise Unreadable(_("There is no ticket with this number."))
    desk.merge(ticket=ticket, into=into, agent=agent, at=at)
    return Done(_("Merged: it is told here from now on."), to=page_of(Ticket, into.pk))


def ask_info(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.ask_info(claim=_claim(ticket), agent=agent, text=_text(request), version=_version(request), at=at)
    return Done(_("Asked. It is the shopper's turn."), goes_on=True)


def reject(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.reject(
        claim=_claim(ticket),
        agent=agent,
        reason_code=request.POST.get("reason", ""),
        text=_text(request),
        version=_version(request),
        at=at,
    )
    return Done(_("Rejected, with the reason told."), goes_on=True)


def lodge(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.lodge(claim=_claim(ticket), agent=agent, at=at)
    return Done(_("It goes to the network now."), goes_on=True)


def appeal(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.appeal(claim=_claim(ticket), agent=agent, comment=_text(request)[:500], at=at)
    return Done(_("The appeal goes to the network now."), goes_on=True)


def triage(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.look_again(claim=_claim(ticket), agent=agent, at=at)
    return Done(_("The rules have looked again."))


def give(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claim = _claim(ticket)
    try:
        amount = read_amount(request.POST.get("amount", ""), currency=claim.currency)
    except InvalidMoney as error:
        raise Unreadable(_("Write the amount in digits, such as 350.00.")) from error
    grant = claims.ask_goodwill(claim=claim, agent=agent, amount_minor=amount, why=_text(request), at=at)
    return Done(
        _("It waits for a second person.") if grant.status == "asked" else _("Paid. The shopper has it.")
    )


def _grant(request: HttpRequest, ticket: Ticket) -> GoodwillGrant:
    found = GoodwillGrant.objects.filter(claim__ticket=ticket, status="asked").first()
    if found is None:
        raise Unreadable(_("No goodwill waits here."))
    return found


def approve(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    goodwill.approve(grant=_grant(request, ticket), by=agent.user, at=at)
    return Done(_("Approved and paid."), goes_on=False)


def refuse(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    goodwill.refuse(grant=_grant(request, ticket), by=agent.user, why=_text(request), at=at)
    return Done(_("Refused. Whoever asked reads why."))


def claim_for(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Opens a claim from one of the shopper's trips, in their name."""
    if ticket.shopper is None:
        raise Unreadable(_("This conversation has no shopper yet."))
    try:
        pk = ids.from_public("clk", request.POST.get("click", "").strip())
        amount = read_amount(request.POST.get("amount", ""), currency=ticket.storefront.currency)
    except (ids.InvalidId, InvalidMoney) as error:
        raise Unreadable(_("Choose the trip and write the order's amount.")) from error
    click = ticket.shopper.clicks.filter(pk=pk).first()
    if click is None:
        raise Unreadable(_("This trip is not the shopper's."))
    opened = claims.open_claim(
        shopper=ticket.shopper,
        kind=Kind.UNTRACKED,
        click=click,
        order_no=request.POST.get("order_no", "").replace("\x00", "").strip(),
        order_at=click.created_at,
        order_minor=amount,
        via=Channel.AGENT,
        agent=agent,
        language=ticket.language,
        at=at,
    )
    return Done(
        _("Opened: %(number)s.") % {"number": opened.public_number}, to=page_of(Ticket, opened.ticket_id)
    )


ACTIONS: dict[str, Action] = {
    "reply": reply,
    "note": note,
    "take": take,
    "assign": assign,
    "snooze": snooze,
    "status": status,
    "change": change,
    "merge": merge,
    "ask-info": ask_info,
    "reject": reject,
    "lodge": lodge,
    "appeal": appeal,
    "triage": triage,
    "goodwill": give,
    "approve": approve,
    "refuse": refuse,
    "claim": claim_for,
}
