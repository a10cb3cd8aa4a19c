from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cashback.lib.money import InvalidMoney, Money, check_currency, decimals, percent_of, to_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("104.66", "RUB", 10466),
        (Decimal("104.66"), "USD", 10466),
        (" 1990.00 ", "RUB", 199000),
        (7, "EUR", 700),
        ("0", "RUB", 0),
        ("-1.50", "RUB", -150),
        ("104", "JPY", 104),
        ("1.234", "KWD", 1234),
        ("1e2", "RUB", 10000),
    ],
)
def test_an_amount_becomes_whole_minor_units_of_its_currency(amount, currency, minor):
    assert to_minor(amount, currency) == minor


@pytest.mark.parametrize(
    ("amount", "minor"), [("0.005", 0), ("0.015", 2), ("0.025", 2), ("0.0051", 1), ("-0.015", -2)]
)
def test_half_a_minor_unit_goes_to_the_even_one(amount, minor):
    assert to_minor(amount, "RUB") == minor


@pytest.mark.parametrize(
    "amount",
    [
        1.5,
        True,
        None,
        [],
        "",
        "1,50",
        "12 руб.",
        "NaN",
        "Infinity",
        "1e999999",
        "1_990",
        "١٢",
        "sNaN",
        Decimal("-Infinity"),
        "1e30",
        2**63,
    ],
)
def test_what_is_not_an_exact_amount_is_refused(amount):
    with pytest.raises(InvalidMoney):
        to_minor(amount, "RUB")


@pytest.mark.parametrize("code", ["RUB", "USD", "EUR", "KZT", "JPY", "KWD", "BYN"])
def test_a_currency_of_today_is_known(code):
    assert check_currency(code) == code


@pytest.mark.parametrize("code", ["RUR", "rub", "", None, "XXX", "XAU", "XTS", "FRF", "₽", 643, "USDT"])
def test_what_is_not_a_currency_of_today_is_refused(code):
    with pytest.raises(InvalidMoney, match="not an ISO 4217 currency"):
        check_currency(code)


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(1234, "RUB"), "12.34"),
        (Money(5, "RUB"), "0.05"),
        (Money(-150, "USD"), "-1.50"),
        (Money(104, "JPY"), "104"),
        (Money(1234, "KWD"), "1.234"),
        (Money(0, "RUB"), "0.00"),
    ],
)
def test_money_goes_out_as_text_with_its_currency(money, amount):
    assert money.as_json() == {"amount": amount, "currency": money.currency}


@given(some.integers(-(2**63) + 1, 2**63 - 1), some.sampled_from(["RUB", "JPY", "KWD"]))
def test_money_that_goes_out_comes_back_the_same(minor, currency):
    # Decimal's 28 digits hold every bigint with its decimals.
    assert to_minor(Money(minor, currency).as_json()["amount"], currency) == minor


@pytest.mark.parametrize(
    ("minor", "percent", "part"),
    [
        (10000, "70", 7000),
        (999, "70", 699),
        (1, "99.99", 0),
        (-999, "70", -699),
        (12345, "0", 0),
        (3, "33.333", 0),
        (10**17, "100", 10**17),
    ],
)
def test_a_share_is_rounded_towards_zero(minor, percent, part):
    assert percent_of(minor, Decimal(percent)) == part


@given(some.integers(0, 10**15), some.integers(0, 10000), some.integers(0, 10000))
def test_two_shares_never_exceed_the_whole(minor, one, other):
    other = min(other, 10000 - one)

    shares = percent_of(minor, Decimal(one) / 100) + percent_of(minor, Decimal(other) / 100)

    assert 0 <= shares <= minor
    assert minor - shares < 2 or one + other < 10000


def test_currencies_have_the_decimals_of_iso_4217():
    assert [decimals(code) for code in ("RUB", "JPY", "KWD", "ISK", "TND")] == [2, 0, 3, 0, 3]
