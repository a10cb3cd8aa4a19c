"""The shopper's trips: tracked, not yet, or claimable from a day on."""

import re
from datetime import timedelta
from html import unescape

import pytest

from cashback.lib.display import day
from offers.models import OfferFacts, OfferMeasured
from tests import make
from transactions import services
from transactions.models import TransactionEvent
from transactions.my_cashback.trips import trips


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Harbor", slug="harbor"), at=account, currency="USD")


@pytest.fixture
def left(bob, offer, at):
    """Bob left for the shop so long ago."""

    def go(**ago):
        return make.click(by=bob, on=offer, created_at=at - timedelta(**ago))

    return go


@pytest.fixture
def seen(client, bob):
    def go() -> str:
        make.sign_on(client, bob)
        response = client.get("/s/birch/me/trips/")
        assert response.status_code == 200
        return re.sub(r"[ \n]+", " ", unescape(response.content.decode()))

    return go


def take_claims(offer, **facts) -> None:
    OfferFacts.objects.create(offer=offer, takes_claims=True, **facts)


def test_a_tracked_trip_leads_to_its_purchase(client, bob, left, offer, seen, at):
    click = left(hours=3)
    bought = services.record(
        sale=make.sale(click_ref=click.public_id[4:], currency="USD"),
        account=offer.account,
        via=TransactionEvent.Via.POLL,
        at=at,
    ).transaction
    page = seen()
    assert "Purchase tracked" in page
    path = f"/s/birch/me/purchases/{bought.public_id}/"
    assert f'href="{path}"' in page
    assert client.get(path).status_code == 200


def test_a_fresh_trip_says_by_when_its_purchase_appears(left, seen, at):
    left(hours=3)
    page = seen()
    assert "Not yet" in page
    assert f"If you bought something, it appears by {day(at + timedelta(hours=21))}." in page


def test_a_shop_whose_purchases_take_days_is_given_days(bob, left, offer, at):
    OfferMeasured.objects.create(
        offer=offer,
        tracked=20,
        tracks_half=timedelta(days=1),
        tracks_most=timedelta(days=3),
        confirmed=0,
        approved=0,
        declined=0,
        measured_at=at,
    )
    left(days=2)
    [trip] = trips(bob, number=1, at=at).rows
    assert (trip.is_fresh, trip.tracks_by) == (True, trip.started_at + timedelta(days=3))


def test_a_shop_that_takes_no_claims_says_so(left, seen):
    left(days=2)
    page = seen()
    assert "No purchase reported" in page
    assert "this shop takes no claims for missing purchases" in page


def test_a_missing_purchase_is_claimable_from_the_shops_own_day(left, offer, seen, at):
    take_claims(offer, claim_after_days=5, claim_until_days=60)
    left(days=2)
    assert f"Claimable from {day(at + timedelta(days=3))}" in seen()


def test_a_missing_purchase_is_claimable_until_the_shops_last_day(left, offer, seen, at):
    take_claims(offer, claim_after_days=5, claim_until_days=60)
    left(days=10)
    page = seen()
    assert f"Claimable since {day(at - timedelta(days=5))}" in page
    assert f"It can be claimed as missing until {day(at + timedelta(days=50))}." in page


def test_a_claim_that_comes_too_late_is_told_as_such(left, offer, seen, at):
    take_claims(offer, claim_after_days=5, claim_until_days=60)
    left(days=61)
    page = seen()
    assert "No purchase reported" in page
    assert f"A missing purchase could be claimed until {day(at - timedelta(days=1))}." in page


def test_where_nobody_knows_the_days_a_purchase_is_claimable_once_it_should_have_appeared(
    left, offer, seen, at
):
    take_claims(offer)
    left(days=2)
    page = seen()
    assert f"Claimable since {day(at - timedelta(days=1))}" in page
    assert "Bought something? It can be claimed as missing: keep the receipt." in page


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"blocker_seen": True, "cookies_kept": True}, ["An ad blocker was on"]),
        ({"blocker_seen": False, "cookies_kept": False}, ["The browser kept no cookies"]),
        ({"blocker_seen": False, "cookies_kept": True}, []),
        ({}, []),
    ],
)
def test_the_evidence_of_the_way_out_is_shown(bob, offer, seen, evidence, words):
    make.click(by=bob, on=offer, **evidence)
    page = seen()
    assert page.count("trip-evidence") == len(words)
    assert all(said in page for said in words)


def test_a_trip_shows_what_was_promised_then(left, offer, seen):
    left(hours=1)
    type(offer).objects.update(best_percent="50")
    assert "up to 3.5%" in seen()


def test_nobody_sees_another_shoppers_trips(birch, offer, seen, at):
    make.click(by=make.shopper(birch, "dora"), on=offer)
    assert "No shopping trips yet" in seen()
