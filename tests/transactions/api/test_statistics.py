"""What a partner's clicks and orders come to: exact, by day, shop and storefront, each currency for itself."""

from datetime import UTC, datetime, timedelta

import pytest

from cashback.lib import ids
from offers.networks.base import SaleStatus
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem
from transactions import services
from transactions.models import TransactionEvent

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NOVEMBER = {"from": "2026-11-01", "to": "2026-11-30"}


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Okolitsa", slug="okolitsa"), at=account, external_id="100")


def trips(shopper, offer, at, *, count: int = 1):
    return [make.click(by=shopper, on=offer, created_at=at) for _ in range(count)][-1]


def buy(click, at, **facts) -> None:
    sale = make.sale(
        click_ref=ids.suffix(click.pk),
        offer_external_id=click.offer.external_id,
        **{"currency": click.currency, "occurred_at": at, "changed_at": at, "observed_at": at, **facts},
    )
    services.record(sale=sale, account=click.account, via=TransactionEvent.Via.POLL, at=at)


def rubles(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "RUB"}


def test_figures_of_a_day_to_the_letter(server, alice, offer):
    last = trips(alice, offer, NOON, count=7)
    buy(last, NOON, order_id="1", status=SaleStatus.APPROVED)
    buy(last, NOON, order_id="2", status=SaleStatus.APPROVED, sale_minor=100, commission_minor=29)
    buy(last, NOON, order_id="3")
    buy(last, NOON, order_id="4", status=SaleStatus.DECLINED)
    figures = {
        "currency": "RUB",
        "clicks": 7,
        "orders": 4,
        "pending": 1,
        "approved": 2,
        "declined": 1,
        "conversion": "57.14",
        "approval": "66.66",
        # (9.95 + 0.02 + 9.95) / 7
        "epc": rubles("2.84"),
        "sales": rubles("3981.00"),
        "cashback": rubles("139.50"),
        "income": rubles("9.97"),
        "expected_income": rubles("9.95"),
    }
    assert server.get("statistics", NOVEMBER).json() == {
        **NOVEMBER,
        "time_zone": "UTC",
        "data": [{"day": "2026-11-10", **figures}],
        "totals": [figures],
        "next_cursor": None,
    }


def test_a_click_counts_on_its_day_and_an_order_on_its_own(server, alice, offer):
    click = trips(alice, offer, NOON)
    buy(click, NOON + DAY)
    told = server.get("statistics", NOVEMBER).json()["data"]
    assert [(line["day"], line["clicks"], line["orders"], line["conversion"]) for line in told] == [
        ("2026-11-10", 1, 0, "0.00"),
        ("2026-11-11", 0, 1, None),
    ]
    only = server.get("statistics", {"from": "2026-11-11", "to": "2026-11-11"}).json()["data"]
    assert [line["day"] for line in only] == ["2026-11-11"]


def test_days_are_those_of_the_storefront_that_is_named(server, acorn, alice, offer):
    acorn.time_zone = "Europe/Moscow"
    acorn.save()
    trips(alice, offer, datetime(2026, 11, 10, 22, tzinfo=UTC))
    [utc] = server.get("statistics", NOVEMBER).json()["data"]
    told = server.get("statistics", {**NOVEMBER, "storefront": "acorn"}).json()
    assert (utc["day"], told["data"][0]["day"], told["time_zone"]) == (
        "2026-11-10",
        "2026-11-11",
        "Europe/Moscow",
    )


def test_by_merchant_and_by_storefront_currencies_are_never_mixed(server, acorn, alice, account, offer):
    abroad = make.storefront(slug="acorn-usd", name="Abroad", currency="USD")
    abroad.partner = acorn.partner
    abroad.save()
    dollars = make.offer(of=offer.merchant, at=account, currency="USD", external_id="300")
    buy(trips(alice, offer, NOON), NOON, status=SaleStatus.APPROVED)
    buy(trips(make.shopper(abroad, "carol"), dollars, NOON), NOON, status=SaleStatus.APPROVED, order_id="2")
    by_merchant = server.get("statistics", {**NOVEMBER, "group_by": "merchant"}).json()
    assert [(line["merchant_name"], line["income"]) for line in by_merchant["data"]] == [
        ("Okolitsa", rubles("9.95")),
        ("Okolitsa", {"amount": "9.95", "currency": "USD"}),
    ]
    assert {line["merchant"] for line in by_merchant["data"]} == {ids.public("mrc", offer.merchant_id)}
    assert [total["currency"] for total in by_merchant["totals"]] == ["RUB", "USD"]
    by_storefront = server.get("statistics", {**NOVEMBER, "group_by": "storefront"}).json()["data"]
    assert {(line["storefront"], line["currency"], line["orders"]) for line in by_storefront} == {
        ("acorn", "RUB", 1),
        ("acorn-usd", "USD", 1),
    }


@pytest.mark.parametrize("by", ["day", "merchant", "storefront"])
@pytest.mark.parametrize("count", [1, 3])
def test_it_asks_twice_however_much_there_is(server, alice, account, by, count, django_assert_num_queries):
    for number in range(count):
        trips(alice, make.offer(at=account), NOON + number * DAY)
    server.get("statistics", NOVEMBER)
    with django_assert_num_queries(2):  # the key with its partner, the figures
        told = server.get("statistics", {**NOVEMBER, "group_by": by}).json()["data"]
    assert sum(line["clicks"] for line in told) == count


def test_nothing_of_another_partner_is_counted(server, bob, account):
    offer = make.offer(at=account, currency="USD", external_id="200")
    buy(trips(bob, offer, NOON), NOON)
    for by in ("day", "merchant", "storefront"):
        assert server.get("statistics", {**NOVEMBER, "group_by": by}).json()["data"] == []
    answer = server.get("statistics", {**NOVEMBER, "storefront": "birch"})
    assert_problem(answer, 400, "storefront_unknown", field="storefront")


def test_by_itself_it_is_the_last_thirty_days(server):
    told = server.get("statistics").json()
    first, last = (datetime.fromisoformat(told[name]) for name in ("from", "to"))
    assert last - first == 29 * DAY


@pytest.mark.parametrize(
    "period",
    [
        {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2025-01-01", "to": "2026-11-01"},
        {"from": "0001-01-01", "to": "0001-01-02"},
        {"from": "9999-12-31", "to": "9999-12-31"},
        {"to": "0001-01-01"},
    ],
)
def test_a_period_that_is_none_is_refused(server, period):
    assert_problem(server.get("statistics", period), 400, "period_invalid", field="from")


@pytest.mark.parametrize("name", ["from", "to", "group_by", "storefront"])
def test_rubbish_is_refused_in_every_parameter(server, name):
    for rubbish in RUBBISH:
        assert is_a_problem(server.get("statistics", {name: rubbish})), rubbish
