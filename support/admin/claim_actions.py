"""What an agent does with a claim and with goodwill; the words to the shopper go with it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.translation import gettext as _

from cashback.lib import display, ids
from cashback.lib.admin import page_of
from cashback.lib.money import InvalidMoney, Money
from support.admin import case
from support.admin.acting import Action, Done, Unreadable, text_of, version_of
from support.claims import services as claims
from support.claims.models import Claim, Kind
from support.desk.models import Agent, Channel, Ticket
from support.forms import read_amount
from support.goodwill import services as goodwill
from support.goodwill.models import GoodwillGrant, GrantStatus


def _claim(ticket: Ticket) -> Claim:
    claim = case.claim_of(ticket)
    if claim is None:
        raise Unreadable(_("This conversation is about no claim."))
    return claim


def reject(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.reject(
        claim=_claim(ticket),
        agent=agent,
        reason_code=request.POST.get("reason", ""),
        text=text_of(request),
        version=version_of(request),
        at=at,
    )
    return Done(_("Rejected, with the reason told."), goes_on=True)


def ask_info(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.ask_info(
        claim=_claim(ticket), agent=agent, text=text_of(request), version=version_of(request), at=at
    )
    return Done(_("Asked. It is the shopper's turn."), goes_on=True)


def lodge(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.lodge(claim=_claim(ticket), agent=agent, at=at)
    return Done(_("It goes to the network, and the shopper knows."), goes_on=True)


def appeal(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.appeal(claim=_claim(ticket), agent=agent, comment=text_of(request)[:500], at=at)
    return Done(_("The appeal goes to the network, and the shopper knows."), goes_on=True)


def triage(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.look_again(claim=_claim(ticket), agent=agent, at=at)
    return Done(_("The rules have looked again."))


def take_over(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    claims.take(claim=_claim(ticket), agent=agent, at=at)
    return Done(_("The claim is with a person now."))


def give(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Paid at once within what the agent may decide; else it waits for a second person."""
    claim = _claim(ticket)
    try:
        amount = read_amount(request.POST.get("amount", ""), currency=claim.currency)
    except InvalidMoney as error:
        raise Unreadable(_("Write the amount in digits, such as 350.00.")) from error
    grant = claims.ask_goodwill(claim=claim, agent=agent, amount_minor=amount, why=text_of(request), at=at)
    told = display.money(Money(amount, claim.currency))
    if grant.status == GrantStatus.ASKED:
        return Done(_("%(amount)s wait for a second person.") % {"amount": told})
    return Done(_("%(amount)s are paid, and the shopper knows.") % {"amount": told})


def approve(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    goodwill.approve(grant=_grant(ticket), by=agent.user, at=at)
    return Done(_("Approved and paid."), goes_on=True)


def refuse(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    goodwill.refuse(grant=_grant(ticket), by=agent.user, why=text_of(request), at=at)
    return Done(_("Refused. Whoever asked reads why."), goes_on=True)


def _grant(ticket: Ticket) -> GoodwillGrant:
    found = GoodwillGrant.objects.waiting().filter(claim__ticket=ticket).order_by("pk").first()
    if found is None:
        raise Unreadable(_("No goodwill waits here."))
    return found


def claim_for(request: HttpRequest, ticket: Ticket, agent: Agent, at: datetime) -> Done:
    """Opens a claim from one of the shopper's trips, in their name."""
    if ticket.shopper is None:
        raise Unreadable(_("We do not know yet which shopper wrote this."))
    try:
        pk = ids.from_public("clk", request.POST.get("click", "").strip())
    except ids.InvalidId as error:
        raise Unreadable(_("Choose the trip.")) from error
    click = ticket.shopper.clicks.filter(pk=pk).first()
    if click is None:
        raise Unreadable(_("This trip is not the shopper's."))
    try:
        amount = read_amount(request.POST.get("amount", ""), currency=ticket.storefront.currency)
    except InvalidMoney as error:
        raise Unreadable(_("Write the amount in digits, such as 1990.50.")) from error
    opened = claims.open_claim(
        shopper=ticket.shopper,
        kind=Kind.UNTRACKED,
        click=click,
        order_no=text_of(request, "order_no").strip(),
        order_at=_day(request.POST.get("ordered_on", ""), ticket) or click.created_at,
        order_minor=amount,
        text=text_of(request),
        via=Channel.AGENT,
        agent=agent,
        language=ticket.language,
        at=at,
    )
    said = _("%(number)s is open: %(status)s.") % {
        "number": opened.public_number,
        "status": opened.get_status_display(),
    }
    return Done(said, to=page_of(Ticket, opened.ticket_id))


def _day(text: str, ticket: Ticket) -> datetime | None:
    """The order's day in the storefront's zone; its midnight means the whole of it."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ticket.storefront.time_zone))
    except ValueError as error:
        raise Unreadable(_("Write the day of the order, such as 24.11.2026.")) from error


ACTIONS: dict[str, Action] = {
    "reject": reject,
    "ask-info": ask_info,
    "lodge": lodge,
    "appeal": appeal,
    "triage": triage,
    "take-over": take_over,
    "goodwill": give,
    "approve": approve,
    "refuse": refuse,
    "claim": claim_for,
}
