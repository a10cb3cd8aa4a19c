"""Recommended: what a click is expected to earn, from the network's figures and ours."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offers import ranking, services
from offers.models import Offer
from offers.ranking import NetworkFigures, OwnFigures, score
from tests import make

counts = st.integers(0, 10**6)
money = st.integers(0, 10**12)
percents = st.none() | st.decimals(0, 999, places=4)
networks = st.builds(
    NetworkFigures,
    currency=st.sampled_from(["RUB", "USD", "JPY", "KWD"]),
    best_percent=percents,
    best_fixed_minor=st.none() | money,
    approval_rate=st.none() | st.decimals(-10, 9999, places=2),
    conversion_rate=st.none() | st.decimals(-10, 9999, places=4),
    earnings_per_click=st.none() | st.decimals(-10, 10**9, places=4),
)
figures = st.builds(
    OwnFigures, clicks=counts, confirmed_minor=money, approved=counts, declined=counts, pending=counts
)


@given(networks, figures)
def test_score_is_a_number_and_never_negative(network, own):
    assert math.isfinite(score(network, own))
    assert score(network, own) >= 0


@given(networks, figures, money)
def test_more_confirmed_commission_never_lowers_the_score(network, own, more):
    richer = OwnFigures(own.clicks, own.confirmed_minor + more, own.approved, own.declined, own.pending)
    assert score(network, richer) >= score(network, own)


@given(networks, figures, counts)
def test_more_clicks_for_the_same_money_never_raise_the_score(network, own, more):
    idler = OwnFigures(own.clicks + more, own.confirmed_minor, own.approved, own.declined, own.pending)
    assert score(network, idler) <= score(network, own)


@given(figures, st.decimals(0, 10**6, places=4), st.decimals(0, 10**6, places=4))
def test_higher_earnings_at_the_network_never_lower_the_score(own, earnings, more):
    lower = NetworkFigures(currency="RUB", earnings_per_click=earnings)
    higher = NetworkFigures(currency="RUB", earnings_per_click=earnings + more)
    assert score(higher, own) >= score(lower, own)


def test_offer_without_clicks_ranks_by_the_network():
    network = NetworkFigures(currency="RUB", earnings_per_click=Decimal("3.20"), approval_rate=Decimal(80))
    assert score(network) == pytest.approx(256)


def test_two_hundred_clicks_of_ours_weigh_as_much_as_the_networks_word():
    network = NetworkFigures(currency="RUB", earnings_per_click=Decimal(1), approval_rate=Decimal(100))
    own = OwnFigures(clicks=200, confirmed_minor=200 * 300, approved=10, declined=0)
    assert score(network, own) == pytest.approx((100 + 300) / 2)


def test_offer_with_many_clicks_ranks_by_ours():
    boaster = NetworkFigures(currency="RUB", earnings_per_click=Decimal(50), approval_rate=Decimal(90))
    own = OwnFigures(clicks=100_000, confirmed_minor=100_000 * 120, approved=3000, declined=0)
    assert score(boaster, own) == pytest.approx(120, rel=0.1)


def test_declined_sales_lower_the_networks_promise():
    network = NetworkFigures(currency="RUB", earnings_per_click=Decimal(1), approval_rate=Decimal(90))
    declined = OwnFigures(clicks=0, confirmed_minor=0, approved=0, declined=20)
    assert score(network, declined) == pytest.approx(45)


def test_clicks_whose_sales_wait_for_a_decision_prove_nothing_yet():
    network = NetworkFigures(currency="RUB", earnings_per_click=Decimal(1), approval_rate=Decimal(100))
    waiting = OwnFigures(clicks=5000, confirmed_minor=0, approved=0, declined=0, pending=150)
    idle = OwnFigures(clicks=5000, confirmed_minor=0, approved=0, declined=0)
    assert score(network, waiting) == 100
    assert score(network, idle) == pytest.approx(100 * 200 / 5200, rel=1e-4)


def test_network_without_earnings_is_judged_by_orders_and_the_best_rate():
    told = NetworkFigures(
        currency="RUB", conversion_rate=Decimal(2), approval_rate=Decimal(50), best_percent=Decimal(5)
    )
    assert score(told) == pytest.approx(0.02 * 0.5 * 3000 * 100 * 0.05)
    fixed = NetworkFigures(
        currency="USD", conversion_rate=Decimal(2), approval_rate=Decimal(50), best_fixed_minor=1000
    )
    assert score(fixed) == pytest.approx(0.02 * 0.5 * 1000)


def test_network_that_says_nothing_ranks_below_a_proven_shop():
    unknown = NetworkFigures(currency="RUB", best_percent=Decimal(5))
    proven = NetworkFigures(
        currency="RUB", best_percent=Decimal(5), conversion_rate=Decimal(1), approval_rate=Decimal(80)
    )
    assert 0 < score(unknown) < score(proven)


@pytest.fixture
def own_figures(monkeypatch):
    """Our figures by offer, in place of those that the room above has registered."""
    known = {}
    monkeypatch.setattr(ranking, "_source", lambda *, at: known)
    return known


def test_most_profitable_first(account, own_figures, at):
    told = {"approval_rate": Decimal(90)}
    poor = make.offer(at=account, percent="30", earnings_per_click=Decimal("0.50"), **told)
    rich = make.offer(at=account, percent="2", earnings_per_click=Decimal("4.00"), **told)
    proven = make.offer(at=account, percent="5", earnings_per_click=Decimal("1.00"), **told)
    own_figures[proven.pk] = OwnFigures(clicks=4000, confirmed_minor=4000 * 900, approved=90, declined=10)
    assert services.rank(at=at) == 3
    assert list(Offer.objects.order_by("-score")) == [proven, rich, poor]


def test_ranking_again_writes_nothing(account, own_figures, at):
    offer = make.offer(at=account)
    services.rank(at=at)
    assert services.rank(at=at) == 0
    own_figures[offer.pk] = OwnFigures(clicks=100, confirmed_minor=10**6, approved=5, declined=0)
    assert services.rank(at=at) == 1


def test_ranking_derives_the_best_rates(account, own_figures, at):
    offer = make.offer(at=account, percent="5", fixed="120.50", best_percent=None, best_fixed_minor=None)
    make.rate(of=offer, value="7.25")
    make.rate(of=offer, value="50", replaced_at=at)
    services.rank(at=at)
    offer.refresh_from_db()
    assert (offer.best_percent, offer.best_fixed_minor) == (Decimal("7.25"), 12050)
