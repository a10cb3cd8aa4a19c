"""The demo's month, played whole by the real services: whatever the hour of the day at which it ends."""

import heapq
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db.models import F, Q

from cashback.lib.errors import DomainError
from support.claims.models import Claim, Status
from support.desk.models import Agent, Macro, Ticket
from support.seeds import history, words
from support.seeds.world import World
from support.shifts.models import ShiftClose
from tests import make
from transactions.models import Click, Transaction

pytestmark = pytest.mark.django_db

CLAIMS, DAYS = 24, 5
# Whatever the hour. The others come with time: a whole month has them all.
ON_THE_LAST_DAY = {Status.IN_REVIEW, Status.NEED_INFO, Status.LODGED, Status.APPEALED, Status.DECLINED_NET}


@pytest.fixture
def shops(acorn, birch, account) -> None:
    for storefront, name in ((acorn, "Lamoda"), (acorn, "Ozon"), (birch, "Patagonia")):
        sold = make.offer(
            of=make.merchant(name), at=account, currency=storefront.currency, percent="5", takes_claims=True
        )
        make.facts(of=sold)


def play(**wanted: int) -> str:
    said = StringIO()
    call_command("seed_support", stdout=said, **wanted)
    return said.getvalue()


@pytest.mark.parametrize("hour", [1, 7, 12, 17, 22])
def test_a_month_is_played_whatever_the_hour(shops, hour):
    day = datetime.now(tz=UTC).replace(hour=hour, minute=40, second=0, microsecond=0) - timedelta(days=1)
    with time_machine.travel(day):
        assert (
            play(claims=CLAIMS, days=DAYS, trips=100) == f"{Claim.objects.count()} claims over {DAYS} days.\n"
        )
        # The last hours bring seven more, so that every tab of the desk has something.
        assert Claim.objects.count() >= CLAIMS
        assert Claim.objects.filter(created_at__gt=day).count() == 0
        assert not Click.objects.filter(created_at__gt=day).exists()
        assert not Transaction.objects.filter(
            Q(created_at__gt=day)
            | Q(created_at__lt=F("occurred_at"))
            | Q(occurred_at__lt=F("click__created_at"))
        ).exists()
        assert Agent.objects.count() == 4
        assert set(Claim.objects.values_list("status", flat=True)) >= ON_THE_LAST_DAY
        assert Ticket.objects.owed().exists()
        assert not Ticket.objects.filter(solved_at__lt=F("created_at")).exists()
        assert ShiftClose.objects.exists()


def test_a_month_is_played_once(shops):
    play(claims=3, days=2, trips=0)
    made = Claim.objects.count()
    assert set(Macro.objects.values_list("name", flat=True)) == set(words.MACROS.values())
    assert play(claims=3, days=2) == "The desk has its month already.\n"
    assert Claim.objects.count() == made
    assert Macro.objects.count() == len(words.MACROS)


def test_what_a_rule_refuses_has_not_happened_nor_will_what_it_led_to(db, acorn, at):
    world = World(dice=None, begins=at, ends=at + timedelta(days=1), stages=[], agents=[], wanted=0, trips=0)
    told: list[str] = []

    def refused(now: datetime) -> None:
        acorn.shopper_percent = Decimal(1)
        acorn.save(update_fields=["shopper_percent"])
        world.later(now + timedelta(minutes=1), lambda _at: told.append("its consequence"))
        raise DomainError("Somebody was quicker.", code="quicker")

    for minutes, happen in ((1, refused), (5, lambda _at: told.append("what was planned anyway"))):
        heapq.heappush(world.queue, (at + timedelta(minutes=minutes), minutes, happen))
    list(history.run(world))
    acorn.refresh_from_db()
    assert told == ["what was planned anyway"]
    assert acorn.shopper_percent == Decimal(70)


@pytest.mark.parametrize(
    "wanted", [{"claims": 0}, {"claims": 5001}, {"days": 0}, {"days": 31}, {"days": -1}, {"trips": -1}]
)
def test_a_month_that_nobody_could_play_is_refused(db, wanted):
    with pytest.raises(
        CommandError, match="From 1 to 5,000 claims and up to 50,000 trips, over 1 to 30 days"
    ):
        play(**wanted)
    assert not Agent.objects.exists()


def test_never_among_real_ones(db, settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="never written among real ones"):
        play()
    assert not Agent.objects.exists()
