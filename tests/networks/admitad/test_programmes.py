"""What a programme's row says between the lines: whether it is open to us, and what it pays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from offers.networks.adapters.admitad.reading import picture_url
from offers.networks.base import RateKind, Unreadable
from tests.networks.admitad.builders import OFFERS, a_rate, an_offer, goal, listing, read_offer


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "disabled"}, "The programme is disabled."),
        ({"connection_status": "pending"}, "Our ad space's connection to the programme is pending."),
        ({"connection_status": "declined"}, "Our ad space's connection to the programme is declined."),
        (
            {"traffics": [{"id": 1, "name": "Cashback", "enabled": False}]},
            "The programme does not allow cashback traffic.",
        ),
        (
            {"traffics": [{"id": 5, "name": "Email", "enabled": True}]},
            "The programme does not allow cashback traffic.",
        ),
        ({"traffics": []}, "The programme does not allow cashback traffic."),
    ],
)
def test_a_programme_that_takes_no_cashback_traffic_from_us_is_closed(server, admitad, changes, reason):
    offer = read_offer(server, admitad, **changes)

    assert (offer.is_open, offer.closed_because) == (False, reason)


def test_a_closed_programme_may_lack_its_link_and_an_open_one_may_not(server, admitad):
    assert read_offer(server, admitad, gotolink="", connection_status="pending").tracking_url == ""

    refused = read_offer(server, admitad, gotolink="")

    assert isinstance(refused, Unreadable)
    assert refused.field == "gotolink"
    assert refused.raw["id"] == 1721


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "/g/abc/", "ftp://ad.example/", "https://", "https://["]
)
def test_an_open_programme_needs_a_link_that_leads_somewhere(server, admitad, link):
    refused = read_offer(server, admitad, gotolink=link)

    assert isinstance(refused, Unreadable)
    assert refused.field == "gotolink"


def test_a_programmes_link_without_a_scheme_is_completed(server, admitad):
    assert read_offer(server, admitad, gotolink="//ad.example/g/1/").tracking_url == "https://ad.example/g/1/"


def test_a_programmes_first_day_is_a_day_of_this_age(server, admitad):
    assert read_offer(server, admitad, activation_date="0001-01-01 00:00:00").field == "activation_date"


def test_one_unreadable_programme_does_not_hide_the_others(server, admitad):
    server.answers[OFFERS] = listing([an_offer(id=1), an_offer(id=2, currency="XXL"), an_offer(id=3)])

    first, second, third = admitad.list_offers()

    assert (first.external_id, third.external_id) == ("1", "3")
    assert str(second) == "currency: is not an ISO 4217 currency (got 'XXL')"


def test_rates_are_told_by_country_minimum_order_and_start(server, admitad):
    offer = read_offer(
        server,
        admitad,
        actions_detail=[
            goal(
                a_rate("5.00"),
                a_rate("7.50", country="KZ"),
                a_rate("9.00", above="10000.00"),
                a_rate("12.00", since="2026-12-01"),
            )
        ],
    )

    told = [(rate.value, rate.country, rate.min_order_minor, rate.starts_on) for rate in offer.rates]
    assert told == [
        (Decimal("5.00"), "", 0, date(2020, 1, 1)),
        (Decimal("7.50"), "KZ", 0, date(2020, 1, 1)),
        (Decimal("9.00"), "", 1_000_000, date(2020, 1, 1)),
        (Decimal("12.00"), "", 0, date(2026, 12, 1)),
    ]


def test_a_rate_that_a_later_one_has_replaced_is_not_told(server, admitad):
    offer = read_offer(
        server,
        admitad,
        actions_detail=[
            goal(
                a_rate("20.00", since="2020-01-01"),
                a_rate("4.00", since="2026-11-20"),
                a_rate("6.00", since="2026-11-21"),
                a_rate("30.00", since="2019-01-01", country="KZ"),
            )
        ],
    )

    assert [rate.value for rate in offer.rates] == [Decimal("4.00"), Decimal("6.00"), Decimal("30.00")]


def test_a_rate_starts_by_the_day_in_moscow(server, admitad, clock):
    clock.now = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)  # half past midnight on the 21st
    rates = [goal(a_rate("4.00", since="2026-11-20"), a_rate("6.00", since="2026-11-21"))]

    assert [rate.value for rate in read_offer(server, admitad, actions_detail=rates).rates] == [
        Decimal("6.00")
    ]


def test_a_fixed_reward_for_a_lead_is_a_rate_in_the_programmes_currency(server, admitad):
    detail = [goal(a_rate("80.00", percent=False), name="Регистрация", kind="lead")]

    (rate,) = read_offer(server, admitad, currency="USD", actions_detail=detail).rates

    assert (rate.kind, rate.value, rate.currency, rate.name) == (
        RateKind.FIXED,
        Decimal("80.00"),
        "USD",
        "Регистрация",
    )


def test_an_explicit_exclusion_is_a_rate_of_zero(server, admitad):
    (rate,) = read_offer(server, admitad, actions_detail=[goal(a_rate("0.00"))]).rates

    assert rate.value == 0


@pytest.mark.parametrize(
    ("tariff", "name"),
    [
        ("Тариф по умолчанию", "Оплаченный заказ"),
        ("Default tariff", "Оплаченный заказ"),
        ("Оплаченный заказ - default", "Оплаченный заказ"),
        ("Оплаченный  заказ.", "Оплаченный заказ"),
        ("", "Оплаченный заказ"),
        ("Оплаченный заказ - новый клиент", "Оплаченный заказ - новый клиент"),
        ("Электроника", "Оплаченный заказ: Электроника"),
    ],
)
def test_a_rate_is_named_once_by_its_action_and_tariff(server, admitad, tariff, name):
    (rate,) = read_offer(server, admitad, actions_detail=[goal(a_rate(), tariff=tariff)]).rates

    assert rate.name == name


@pytest.mark.parametrize(
    ("detail", "field"),
    [
        ([goal(a_rate(), kind="install")], "actions_detail.type"),
        ([goal(a_rate(size="5%"))], "actions_detail.tariffs.rates.size"),
        ([goal(a_rate(size="-5"))], "actions_detail.tariffs.rates.size"),
        ([goal(a_rate(size=None))], "actions_detail.tariffs.rates.size"),
        ([goal(a_rate(percent="sometimes"))], "actions_detail.tariffs.rates.is_percentage"),
        ([goal(a_rate(since="soon"))], "actions_detail.tariffs.rates.date_s"),
        ("7%", "actions_detail"),
        (["7%"], "actions_detail"),
    ],
)
def test_a_rate_that_is_new_to_us_is_refused_by_its_path(server, admitad, detail, field):
    refused = read_offer(server, admitad, actions_detail=detail)

    assert isinstance(refused, Unreadable)
    assert refused.field == field


def test_categories_are_named_in_both_languages(server, admitad):
    names = {"ru": "Книги", "en": "Books"}
    server.answers["/categories/"] = lambda asked: listing(
        [
            {
                "id": 70,
                "name": names[asked.query["language"]],
                "language": asked.query["language"],
                "parent": None,
            }
        ]
    )(asked)

    offer = read_offer(server, admitad)

    assert [(category.external_id, dict(category.names)) for category in offer.categories] == [
        ("62", {"ru": "Интернет-магазины"}),
        ("70", {"ru": "Книги", "en": "Books"}),
    ]
    assert server.asked_at(OFFERS)[0].query["language"] == "ru"


def test_claims_are_taken_where_the_programme_has_the_tool(server, admitad):
    assert read_offer(server, admitad, tools=["deeplink", "lost_orders"]).takes_claims is True
    assert read_offer(server, admitad, tools=["deeplink"]).takes_claims is False


@pytest.mark.parametrize(
    ("tools", "app", "mobile_site"),
    [
        (["tracking_in_mobile_app"], True, None),
        (["tracking_in_mobile_site", "deeplink"], None, True),
        ([], None, None),
    ],
)
def test_a_tool_says_where_purchases_count_and_its_absence_says_nothing(
    server, admitad, tools, app, mobile_site
):
    offer = read_offer(server, admitad, tools=tools)
    assert (offer.counts_in_app, offer.counts_on_mobile_site) == (app, mobile_site)


@pytest.mark.parametrize(
    ("image", "base_url", "picture"),
    [
        ("//cdn.admitad.com/a.png", "https://api.admitad.com", "https://cdn.admitad.com/a.png"),
        ("http://cdn.admitad.com/a.png", "https://api.admitad.com", "https://cdn.admitad.com/a.png"),
        ("https://cdn.admitad.com/a.png", "https://api.admitad.com", "https://cdn.admitad.com/a.png"),
        ("http://localhost:8001/a.png", "http://localhost:8001", "http://localhost:8001/a.png"),
        ("//localhost:8001/a.png", "http://localhost:8001", "http://localhost:8001/a.png"),
        ("", "https://api.admitad.com", ""),
    ],
)
def test_a_picture_has_an_absolute_address(image, base_url, picture):
    assert picture_url(image, base_url=base_url) == picture
