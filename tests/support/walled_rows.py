"""A row of one partner's for each of support's staff pages, with the mark in whatever it can say."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from offers.models import Offer
from partners.models import Shopper
from support.claims.models import (
    ClaimPolicy,
    InquiryBatch,
    InquiryKind,
    InquiryStatus,
    NetworkInquiry,
    RuleSwitch,
    Transport,
)
from support.clocks.models import Calendar, ClockPolicy, Metric
from support.desk import services as desk
from support.desk.models import Agent, AuditEvent, Macro, Ticket
from support.goodwill.models import GoodwillBudget, GoodwillGrant, GrantStatus, Payer
from support.goodwill.services import make_default_policy
from support.mail.models import InboundMail, SupportSender
from support.quality.models import BonusPlan, BonusSheet, QAReview, Rating, Suggestion
from support.shifts import close
from support.shifts.models import RotaTemplate, Shift, ShiftClose
from tests.support import claims_make

DAY = timedelta(days=1)


def employ(user: User) -> Agent:
    """The user answers shoppers: whatever an agent may press, they may."""
    return Agent.objects.create(user=user, team=desk.default_team(), name=user.username.title(), role="owner")


def fill(shopper: Shopper, *, mark: str, at: datetime) -> dict[type[Model], Any]:
    offer = Offer.objects.select_related("merchant", "account").first()
    sam = employ(User.objects.create_user("sam.of.support", is_staff=True))
    click = claims_make.trip(by=shopper, on=offer, at=at - 9 * DAY)
    claim = claims_make.claim(
        click, at=at, order_no=f"{mark}-3", text=mark, files=[(f"{mark}.png", claims_make.picture())]
    )
    ticket = Ticket.objects.get(pk=claim.ticket_id)
    desk.note(ticket=ticket, agent=sam, text=mark, at=at)
    rows = [claim, ticket, claim.triage_runs.first(), sam, sam.team]
    rows += [*_of_network(claim, mark=mark, at=at), *_of_rules(shopper, mark=mark, at=at)]
    rows += [*_of_goodwill(claim, by=sam, at=at), *_of_shifts(sam, ticket, mark=mark, at=at)]
    rows += _of_quality(ticket, sam, mark=mark, at=at)
    rows.append(
        AuditEvent.objects.create(
            table_name="desk_ticket",
            row_id=str(ticket.pk),
            action=AuditEvent.Action.UPDATE,
            after={"subject": mark},
            about_partner_id=shopper.partner_id,
            at=at,
        )
    )
    rows.append(
        InboundMail.objects.create(
            source="webhook",
            digest=b"2" * 32,
            raw=mark.encode(),
            size=5,
            sender=f"{mark}@shopper.test",
            subject=mark,
            text=mark,
            received_at=at,
            next_attempt_at=at,
        )
    )
    rows.append(
        SupportSender.objects.create(
            storefront=shopper.storefront, partner=shopper.partner, names={"en": mark}
        )
    )
    return {type(row): row for row in rows}


def _of_network(claim: Any, *, mark: str, at: datetime) -> list[Any]:
    batch = InquiryBatch.objects.create(account=claim.account, number=1, content=mark, made_at=at)
    inquiry = NetworkInquiry.objects.create(
        partner_id=claim.partner_id,
        claim=claim,
        account=claim.account,
        merchant=claim.merchant,
        kind=InquiryKind.UNTRACKED,
        transport=Transport.CSV,
        reference=f"{mark}-reference",
        order_no=f"{mark}-3",
        order_no_norm=f"{mark}3",
        asked={"currency": "RUB", "comment": mark},
        status=InquiryStatus.SUBMITTED,
        batch=batch,
        next_attempt_at=at,
        created_at=at,
    )
    return [batch, inquiry]


def _of_rules(shopper: Shopper, *, mark: str, at: datetime) -> list[Any]:
    macro = Macro.objects.create(name=mark)
    macro.for_partners.add(shopper.partner)
    return [
        macro,
        Calendar.objects.create(name=mark),
        ClockPolicy.objects.create(metric=Metric.TRIAGE, for_partner=shopper.partner, target_seconds=10),
        ClaimPolicy.objects.create(for_partner=shopper.partner),
        RuleSwitch.objects.create(rule="complete", why=mark, changed_at=at),
    ]


def _of_goodwill(claim: Any, *, by: Agent, at: datetime) -> list[Any]:
    policy = make_default_policy(claim.partner, claim.currency)
    budget = GoodwillBudget.objects.create(
        partner=claim.partner,
        currency=claim.currency,
        holder=by.user,
        begins_at=at,
        ends_at=at + DAY,
        amount_minor=1000,
    )
    grant = GoodwillGrant.objects.create(
        partner=claim.partner,
        storefront=claim.storefront,
        shopper=claim.shopper,
        merchant=claim.merchant,
        claim=claim,
        amount_minor=100,
        currency=claim.currency,
        payer=Payer.PLATFORM,
        reason="lodge",
        note=claim.order_no,
        status=GrantStatus.ASKED,
        requested_by=by.user,
        needs_second=True,
        created_at=at,
    )
    return [policy, budget, grant]


def _of_shifts(agent: Agent, ticket: Ticket, *, mark: str, at: datetime) -> list[Any]:
    """A shift that ended with something of the marked partner's left over; the shift itself is no partner's."""
    Ticket.objects.filter(pk=ticket.pk).update(owed_since=at - 2 * DAY, needs_person=True, status="open")
    shift = Shift.objects.create(
        team=agent.team, name="Day", starts_at=at - DAY, ends_at=at - timedelta(hours=1)
    )
    close.close_due(at=at)
    line = RotaTemplate.objects.create(team=agent.team, name=mark, weekday=0, starts=time(9), ends=time(18))
    return [shift, line, ShiftClose.objects.get(shift=shift)]


def _of_quality(ticket: Ticket, agent: Agent, *, mark: str, at: datetime) -> list[Any]:
    rating = Rating.objects.create(
        partner_id=ticket.partner_id,
        ticket=ticket,
        cycle=1,
        agent=agent,
        token_hash=mark,
        asked_at=at,
        expires_at=at + DAY,
    )
    review = QAReview.objects.create(
        partner_id=ticket.partner_id, ticket=ticket, cycle=1, agent=agent, why="sample", picked_at=at
    )
    idea = Suggestion.objects.create(author=agent, title="An idea", text="It is no partner's.", created_at=at)
    plan = BonusPlan.objects.create(
        starts_at=at, made_by=agent.user, **{name: Decimal(1) for name in _points_of(BonusPlan)}
    )
    sheet = BonusSheet.objects.create(
        kind="week",
        starts_at=at - 30 * DAY,
        ends_at=at - 23 * DAY,
        time_zone="Europe/Moscow",
        settled_at=at - 20 * DAY,
        inputs={"mark": mark},
        line_count=0,
        frozen_by=agent.user,
        frozen_at=at,
    )
    return [rating, review, idea, plan, sheet]


def _points_of(model: type[Model]) -> list[str]:
    return [
        field.name for field in model._meta.concrete_fields if field.get_internal_type() == "DecimalField"
    ]
