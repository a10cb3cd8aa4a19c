"""Thirty days at the desk, for pages that draw them: always the same, ending with the day given."""

import random
from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

from offers.networks.base import SaleStatus
from support.claims.models import NetworkInquiry
from support.clocks.models import Metric
from support.shifts.models import Shift, ShiftClose
from tests import make as base
from tests.support import quality_make as make
from transactions import services
from transactions.models import Transaction, TransactionEvent

_SHOPS = ("Grand Bazaar", "Lumen Audio", "Okolitsa", "Nord & Sons", "Velo")


def month(house: SimpleNamespace, *, until: datetime, account, cases: int = 4) -> None:
    dice = random.Random(7)
    shops = [base.offer(at=account, of=base.merchant(name)) for name in _SHOPS]
    for number in range(30):
        day = (until - timedelta(days=29 - number)).replace(hour=6, minute=0, second=0, microsecond=0)
        for _case in range(cases + dice.randint(-2, 2)):
            _case_of(day + timedelta(minutes=dice.randint(0, 500)), house, dice, until)
        _claims_of(day, house, dice, shops, until)
        _shift_of(day, house, dice, until)
    _purchases(house, shops, account, until)


def _case_of(opened: datetime, house, dice, until: datetime) -> None:
    agent = dice.choice([house.ann, house.ann, house.ben, house.zoe])
    waited = timedelta(minutes=dice.choice([2, 3, 5, 8, 13, 21, 55]))
    took = waited + timedelta(minutes=dice.randint(5, 200))
    if opened + took > until:
        waiting = make.ticket(by=house.alice, team=agent.team, opened=min(opened, until))
        make.clock(waiting, Metric.FIRST_REPLY, started=min(opened, until))
        return
    category = dice.choice(["untracked", "untracked", "declined", "payout_problem"])
    case = make.ticket(by=house.alice, team=agent.team, opened=opened, category=category)
    is_late = waited > timedelta(minutes=30)
    make.clock(
        case,
        Metric.FIRST_REPLY,
        started=opened,
        met=opened + waited,
        breached_at=opened + timedelta(minutes=30) if is_late else None,
        on_duty=[agent.pk] if is_late else [],
    )
    make.reply(case, by=agent, at=opened + waited)
    if dice.random() < 0.3:
        make.reply(case, by=agent, at=opened + took)
    make.clock(case, Metric.RESOLVE_OWN, started=opened, met=opened + took)
    make.clock(case, Metric.RESOLVE_TOTAL, started=opened, met=opened + took)
    make.solve(case, by=agent, at=opened + took)
    if dice.random() < 0.6 and opened + took + make.HOUR <= until:
        score = dice.choice([5] * 12 + [4, 4, 3, 2])
        make.rated(case, score, asked=opened + took, at=opened + took + make.HOUR)
    if dice.random() < 0.05 and opened + took + make.DAY <= until:
        make.reopen(case, at=opened + took + make.DAY)


def _claims_of(day: datetime, house, dice, shops, until: datetime) -> None:
    for _claim in range(dice.randint(1, 3)):
        opened = min(day + timedelta(minutes=dice.randint(0, 600)), until)
        shop = dice.choice(shops[:3])
        claim = make.claim(
            by=house.alice, team=house.day, opened=opened, click=base.click(by=house.alice, on=shop)
        )
        lot = dice.random()
        if lot < 0.5:
            make.answered_by(dice.choice(["already_ours", "too_early"]), about=claim, at=opened)
            if lot < 0.04:
                make.step(claim, "in_review", at=opened, reason="contested")
                make.step(claim, "compensated", at=opened)
        elif lot < 0.8:
            make.step(claim, "compensated", at=opened, reason="made_good")
        else:
            make.step(claim, "in_review", at=opened)
            make.step(
                claim,
                "rejected" if lot > 0.97 else "credited",
                at=opened,
                reason="goods_excluded",
                by=house.ann,
            )
            NetworkInquiry.objects.create(
                partner_id=claim.partner_id,
                claim=claim,
                account=shop.account,
                merchant=shop.merchant,
                kind="untracked",
                transport="api",
                reference=str(uuid4()),
                order_no=claim.order_no,
                order_no_norm=claim.order_no,
                asked={},
                status=dice.choice(["accepted", "accepted", "rejected"]),
                next_attempt_at=opened,
                created_at=opened - 20 * make.DAY,
                submitted_at=opened - dice.randint(5, 20) * make.DAY,
                answered_at=opened,
            )


def _shift_of(day: datetime, house, dice, until: datetime) -> None:
    ends = day + timedelta(hours=12)
    if ends > until:
        return
    shift = Shift.objects.create(team=house.day, name="Day", starts_at=day, ends_at=ends)
    for agent in (house.ann, house.ben):
        shift.members.create(agent=agent)
    left = dice.choice([0] * 7 + [1, 3])
    close = ShiftClose.objects.create(shift=shift, as_of=ends, closed_at=ends, owed=left, late_arrivals=0)
    for _number in range(left):
        close.items.create(
            partner=house.alice.partner,
            kind="answer",
            what="ticket",
            what_id=uuid4(),
            ticket_id=uuid4(),
            number="T-1",
            title="Where is it?",
            owed_since=ends - make.HOUR,
            minutes=60,
            is_late_arrival=False,
        )


def _purchases(house, shops, account, until: datetime) -> None:
    for number, shop in enumerate(shops[1:]):
        for order in range(8 * (number + 1)):
            click = base.click(by=house.alice, on=shop)
            sale = base.sale(
                click_ref=click.public_id.removeprefix("clk_"),
                status=SaleStatus.APPROVED,
                order_id=f"{number}-{order}",
                offer_external_id=shop.external_id,
            )
            services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=until)
    Transaction.objects.update(occurred_at=until - timedelta(days=2))
