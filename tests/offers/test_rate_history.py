"""How the best rate has moved: the days, the drawing and the words, from the versions of the rates."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from offers.networks.base import RateKind
from offers.pages import rate_table
from offers.pages.history import HEIGHT, WIDTH, YEAR, history
from tests import make

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.fixture
def offer(account):
    return make.offer(at=account, percent=None)


def ago(days: int) -> datetime:
    return NOW - timedelta(days=days)


def told(offer):
    """The offer's history at `NOW`, as a shopper with 70 % of the commission sees it."""
    rates = rate_table.rates_of(offer, since=NOW - YEAR)
    return history(rates, share=Decimal(70), at=NOW)


def steps(offer) -> list[tuple[int, str]]:
    """Each change: how many days ago, and the reward from then on."""
    return [((NOW.date() - step.since).days, step.reward) for step in told(offer).steps]


def test_each_version_is_a_step(offer):
    make.rate(of=offer, value="10", seen_at=ago(90), replaced_at=ago(60))
    make.rate(of=offer, value="5", seen_at=ago(60), replaced_at=ago(10))
    make.rate(of=offer, value="8", seen_at=ago(10))
    assert steps(offer) == [(90, "7%"), (60, "3.5%"), (10, "5.6%")]


def test_only_the_best_of_the_rates_is_followed(offer):
    make.rate(of=offer, value="4", seen_at=ago(90))
    make.rate(of=offer, value="10", seen_at=ago(60), replaced_at=ago(30))
    make.rate(of=offer, value="3", seen_at=ago(20))
    assert steps(offer) == [(90, "2.8%"), (60, "7%"), (30, "2.8%")]


def test_what_was_before_the_year_is_the_years_first_step(offer):
    make.rate(of=offer, value="9", seen_at=ago(900), replaced_at=ago(400))
    make.rate(of=offer, value="10", seen_at=ago(400), replaced_at=ago(100))
    make.rate(of=offer, value="5", seen_at=ago(100))
    assert steps(offer) == [(365, "7%"), (100, "3.5%")]


def test_a_rate_counts_from_its_first_day_and_then_replaces_the_one_of_its_kind(offer):
    make.rate(of=offer, name="Order", value="10", seen_at=ago(90))
    make.rate(of=offer, name="Order", value="5", seen_at=ago(80), starts_on=date(2026, 11, 1))
    make.rate(of=offer, name="Order", value="9", seen_at=ago(80), starts_on=date(2026, 12, 1))
    assert steps(offer) == [(90, "7%"), (19, "3.5%")]


def test_a_rate_that_came_and_went_within_a_day_leaves_no_step(offer):
    make.rate(of=offer, value="5", seen_at=ago(90))
    make.rate(of=offer, value="50", seen_at=ago(30), replaced_at=ago(30) + timedelta(hours=5))
    assert told(offer) is None


def test_fixed_rewards_have_no_place_in_a_line_of_percentages(offer):
    make.rate(of=offer, value="5", seen_at=ago(90))
    make.rate(of=offer, value="500", kind=RateKind.FIXED, seen_at=ago(30))
    assert told(offer) is None


@pytest.mark.parametrize("days", [0, 90])
def test_a_rate_that_never_changed_has_no_history(offer, days):
    make.rate(of=offer, value="5", seen_at=ago(days))
    assert told(offer) is None


def test_a_shop_without_rates_has_no_history(offer):
    assert told(offer) is None


def test_a_shop_that_paid_nothing_for_a_while_is_at_the_bottom_then(offer):
    make.rate(of=offer, value="10", seen_at=ago(90), replaced_at=ago(60))
    make.rate(of=offer, value="0", seen_at=ago(60), replaced_at=ago(30))
    make.rate(of=offer, value="10", seen_at=ago(30))
    assert steps(offer) == [(90, "7%"), (60, ""), (30, "7%")]
    assert f"V{HEIGHT}H" in told(offer).line


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([("5", 365), ("10", 20)], "The highest in 12 months."),
        ([("5", 200), ("10", 20)], "The highest since May\N{NO-BREAK SPACE}4,\N{NO-BREAK SPACE}2026."),
        ([("10", 365), ("5", 300), ("10", 20)], "The highest in 12 months."),
        ([("12", 365), ("10", 300), ("5", 20)], "Lower than usual: mostly it was 7%."),
        ([("12", 365), ("5", 340), ("7", 20)], "Higher than usual: mostly it was 3.5%."),
        ([("5", 365), ("9", 100), ("5", 90)], "As it mostly was."),
        ([("10", 365), ("5", 40), ("10", 20)], "As it mostly was."),
        ([("0", 365), ("4", 100), ("3", 20)], "Higher than usual: mostly it was no cashback."),
    ],
)
def test_the_change_is_put_in_words(offer, values, verdict):
    for number, (value, days) in enumerate(values):
        ended = ago(values[number + 1][1]) if number + 1 < len(values) else None
        make.rate(of=offer, value=value, seen_at=ago(days), replaced_at=ended)
    assert told(offer).verdict == verdict


def test_the_line_is_drawn_in_steps_to_scale_from_nought(offer):
    make.rate(of=offer, value="10", seen_at=ago(100), replaced_at=ago(50))
    make.rate(of=offer, value="5", seen_at=ago(50))
    drawn = told(offer)
    highest, half = 12, 12 + (HEIGHT - 12) // 2
    assert drawn.line == f"M0 {highest}H{WIDTH // 2}V{half}H{WIDTH}"
    assert drawn.area == f"{drawn.line}V{HEIGHT}H0Z"


def test_the_page_shows_the_drawing_with_a_table_that_says_the_same(client, acorn, account):
    now = datetime.now(tz=UTC)
    offer = make.offer(of=make.merchant(slug="okolitsa"), at=account, percent=None)
    make.rate(of=offer, value="10", seen_at=now - timedelta(days=60), replaced_at=now - timedelta(days=20))
    make.rate(of=offer, value="5", seen_at=now - timedelta(days=20))
    client.cookies["cb.language"] = "en"
    page = client.get("/s/acorn/shops/okolitsa/").content.decode()
    chart = page.split('class="offer-history"')[1]
    assert "Lower than usual: mostly it was 7%." in chart
    assert re.search(r'<svg viewBox="0 0 640 120"[^>]* aria-hidden="true"', chart)
    assert re.findall(r"<td>(.*?)</td>", chart.split("<table>")[1].split("</table>")[0]) == ["3.5%", "7%"]
    assert "style=" not in page


def test_a_shop_without_a_history_has_no_drawing(client, acorn, account):
    make.offer(of=make.merchant(slug="okolitsa"), at=account)
    assert "offer-history" not in client.get("/s/acorn/shops/okolitsa/").content.decode()
