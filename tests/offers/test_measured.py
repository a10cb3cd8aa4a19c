"""What our own purchases have shown: exact percentiles on samples made for it."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from offers import measured
from offers.measured import WINDOW, Measured
from offers.models import OfferMeasured
from tests import make
from transactions.measuring.measured import shown_by_offer
from transactions.models import Source, Status, Transaction, TransactionEvent

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
_numbers = itertools.count(1)


@pytest.fixture
def offer(account):
    return make.offer(at=account)


@pytest.fixture
def bought(alice):
    """A purchase of Alice's: when, how soon we knew of it, and how soon each state was reported."""

    def make_one(offer, *, tracked: timedelta, days_ago: int = 30, source=Source.NETWORK, **states):
        at = NOW - timedelta(days=days_ago)
        status = list(states)[-1] if states else Status.PENDING
        purchase = Transaction.objects.create(
            partner=alice.partner,
            storefront=alice.storefront,
            shopper=alice,
            merchant=offer.merchant,
            offer=offer,
            account=offer.account,
            external_id=str(next(_numbers)),
            source=source,
            status=status,
            currency="RUB",
            commission_minor=100,
            shopper_percent=70,
            partner_percent=10,
            credit_on="approved",
            cashback_minor=70,
            partner_minor=10,
            occurred_at=at,
            changed_at=at,
            observed_at=at,
            created_at=at + tracked,
            updated_at=at,
        )
        for state, after in states.items():
            note(purchase, state, at + after)
        return purchase

    return make_one


def note(purchase, status: str, recorded_at: datetime) -> None:
    TransactionEvent.objects.create(
        partner=purchase.partner,
        transaction=purchase,
        via=TransactionEvent.Via.POLL,
        status=status,
        commission_minor=100,
        cashback_minor=70,
        is_paid=False,
        changed_at=recorded_at,
        recorded_at=recorded_at,
        raw={},
    )


def test_the_times_are_those_of_the_half_and_of_nine_in_ten(offer, bought):
    for number in range(1, 21):
        bought(
            offer,
            tracked=timedelta(hours=number),
            days_ago=60,
            pending=timedelta(hours=number),
            approved=timedelta(days=number),
        )
    assert shown_by_offer(at=NOW) == {
        offer.pk: Measured(
            tracked=20,
            tracks_half=timedelta(hours=10),
            tracks_most=timedelta(hours=18),
            confirmed=20,
            confirms_half=timedelta(days=10),
            confirms_most=timedelta(days=18),
            approved=20,
            declined=0,
        )
    }


def test_each_offer_has_its_own(offer, account, bought):
    other = make.offer(at=account)
    bought(offer, tracked=timedelta(hours=1))
    bought(other, tracked=timedelta(hours=5), declined=timedelta(days=2))
    shown = shown_by_offer(at=NOW)
    assert shown[offer.pk] == Measured(
        tracked=1, tracks_half=timedelta(hours=1), tracks_most=timedelta(hours=1)
    )
    assert shown[other.pk] == Measured(
        tracked=1, tracks_half=timedelta(hours=5), tracks_most=timedelta(hours=5), declined=1
    )


def test_a_purchase_is_confirmed_when_we_first_heard_so(offer, bought):
    purchase = bought(offer, tracked=timedelta(hours=1), days_ago=60, approved=timedelta(days=7))
    for status, days_ago in [("declined", 40), ("approved", 30)]:
        note(purchase, status, NOW - timedelta(days=days_ago))
    assert shown_by_offer(at=NOW)[offer.pk].confirms_most == timedelta(days=7)
    assert shown_by_offer(at=NOW)[offer.pk].confirmed == 1


def test_a_slow_confirmation_counts_on_the_day_it_came_and_an_old_one_no_more(offer, bought):
    bought(offer, tracked=timedelta(hours=1), days_ago=300, approved=timedelta(days=290))
    bought(offer, tracked=timedelta(hours=1), days_ago=300, approved=timedelta(days=10))
    assert shown_by_offer(at=NOW) == {
        offer.pk: Measured(
            confirmed=1, confirms_half=timedelta(days=290), confirms_most=timedelta(days=290), approved=1
        )
    }


def test_a_shop_that_declines_at_once_and_confirms_late_is_not_called_mean(offer, bought):
    """Every other purchase is honoured: whatever the delays, half of what is decided is confirmed."""
    for days_ago in range(10, 410, 10):
        if days_ago % 20:
            bought(offer, tracked=timedelta(0), days_ago=days_ago, declined=timedelta(days=5))
        elif days_ago >= 100:
            bought(offer, tracked=timedelta(0), days_ago=days_ago, approved=timedelta(days=100))
        else:
            bought(offer, tracked=timedelta(0), days_ago=days_ago)
    shown = shown_by_offer(at=NOW)[offer.pk]
    assert (shown.approved, shown.declined) == (9, 9)


def test_a_decision_counts_as_it_stands_and_once(offer, bought):
    purchase = bought(offer, tracked=timedelta(0), days_ago=60, approved=timedelta(days=7))
    note(purchase, "approved", NOW - timedelta(days=20))
    note(purchase, "declined", NOW - timedelta(days=10))
    Transaction.objects.update(status="declined")
    shown = shown_by_offer(at=NOW)[offer.pk]
    assert (shown.approved, shown.declined) == (0, 1)


def test_what_an_inquiry_brought_has_not_tracked_by_itself(offer, bought):
    bought(offer, tracked=timedelta(days=40), source=Source.INQUIRY, approved=timedelta(days=40))
    assert shown_by_offer(at=NOW) == {}


def test_a_clock_that_runs_ahead_makes_no_time_negative(offer, bought):
    bought(offer, tracked=timedelta(minutes=-3))
    assert shown_by_offer(at=NOW)[offer.pk].tracks_half == timedelta(0)


@pytest.mark.parametrize(("days", "is_counted"), [(WINDOW.days - 1, True), (WINDOW.days + 1, False)])
def test_only_the_last_half_year_counts(offer, bought, days, is_counted):
    bought(offer, tracked=timedelta(0), days_ago=days)
    assert (offer.pk in shown_by_offer(at=NOW)) is is_counted


def test_measuring_writes_a_row_for_each_offer_and_removes_what_is_no_longer_shown(offer, account, bought):
    other = make.offer(at=account)
    bought(offer, tracked=timedelta(hours=2))
    OfferMeasured.objects.create(offer=other, tracked=9, confirmed=0, approved=0, declined=0, measured_at=NOW)
    assert measured.measure(at=NOW) == 1
    assert measured.measure(at=NOW + timedelta(days=1)) == 1
    row = OfferMeasured.objects.get()
    assert (row.offer, row.tracked, row.tracks_half, row.confirms_half) == (
        offer,
        1,
        timedelta(hours=2),
        None,
    )
    assert row.measured_at == NOW + timedelta(days=1)


def test_measuring_is_on_the_clock():
    from cashback.celery import app
    from offers import tasks

    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert tasks.measure_offers.name in scheduled


def test_the_task_measures(offer, bought):
    from offers import tasks

    purchase = bought(offer, tracked=timedelta(hours=2))
    Transaction.objects.filter(pk=purchase.pk).update(created_at=datetime.now(tz=UTC))
    tasks.measure_offers()
    assert OfferMeasured.objects.get().offer == offer
