"""What a click's promise makes of an order; nothing where it would be a guess. No database."""

from dataclasses import replace
from decimal import Decimal

import pytest

from support.claims import numbers
from support.claims.models import BoughtIn, PaidWith
from support.claims.triage import expected
from support.claims.triage.facts import RateSeen, Terms
from tests.support.claims.test_rules import seen

SHARE = Decimal(70)


def rate(name="Everything", percent="5", **facts) -> RateSeen:
    return RateSeen(name=name, percent=Decimal(percent) if percent else None, **facts)


def promised(*rates, minor=199000, terms=None, **facts) -> int | None:
    made = Terms(rates=rates, shopper_percent=SHARE, **(terms or {}))
    return expected.cashback(seen(terms=made, order_minor=minor, **facts))


def test_one_rate_is_the_promise():
    # 5 % of 1 990.00 is 99.50, of which 70 %; what is cut off stays with the house.
    assert promised(rate()) == 6965
    assert promised(rate(percent="3.33"), minor=1003) == 23
    assert promised(RateSeen(name="Each", fixed_minor=50000)) == 35000


def test_cap_bounds_the_commission():
    assert promised(rate(), minor=10_000_000, terms={"cap_minor": 100000}) == 70000
    assert promised(rate(), terms={"cap_minor": 100000}) == 6965


def test_goods_choose_among_rates_and_without_them_nobody_knows():
    rates = [rate("Phones", "1"), rate("Cases", "10"), rate("Tyres", "0")]
    assert promised(*rates, goods="cases") == 13930
    assert promised(*rates, goods="Tyres") == 0
    assert promised(*rates) is None
    assert promised(*rates, goods="something") is None


def test_rates_that_come_to_the_same_are_no_doubt():
    assert promised(rate("Phones"), rate("Cases")) == 6965


def test_conditions_that_the_claim_meets_choose_too():
    rates = [rate("Any", "5", channel="web"), rate("Any", "2", channel="app")]
    assert promised(*rates) == 6965
    assert promised(*rates, bought_in=BoughtIn.APP) == 2786
    coupons = [rate("Any", "5", coupon="without"), rate("Any", "1", coupon="with")]
    assert promised(*coupons, coupon_used="X") == 1393
    # Whether a shopper was new to the shop, nobody tells us.
    assert promised(rate("Any", "9", customer="new"), rate("Any", "1", customer="existing")) is None


def test_smallest_order_counts():
    rates = [rate("Any", "5"), rate("Any", "8", min_order_minor=199000)]
    assert promised(*rates, minor=198999) == 6964
    assert promised(*rates, minor=199000) == 11144


@pytest.mark.parametrize("part", ["vat", "delivery", "services"])
def test_hidden_parts_of_an_amount_make_it_unknown(part):
    assert promised(rate(), terms={"deductions": (part,)}) is None


def test_what_cannot_be_known_is_not_guessed():
    assert promised() is None
    assert promised(rate(), minor=None) is None
    assert promised(rate(), paid_with=PaidWith.POINTS) is None
    assert promised(rate(), terms={"is_in_our_currency": False}) is None
    no_share = replace(Terms(rates=[rate()]), shopper_percent=Decimal(0))
    assert expected.cashback(seen(terms=no_share)) is None


@pytest.mark.parametrize(
    "one, other",
    [
        ("AB-1001", "ab1001"),
        ("№ 12 345", "12345"),
        ("#12345", "12345"),
        ("Заказ №12345", "12345"),
        ("заказа 12345", "12345"),
        ("Номер заказа: 12345", "12345"),
        ("Order no. 12345", "12345"),
        ("order number 12345", "12345"),
        ("АВ1001", "AB1001"),  # Cyrillic
        ("12345-МСК", "12345MCK"),
        ("1_2.3/4—5", "12345"),
    ],
)
def test_numbers_are_one_however_they_are_typed(one, other):
    assert numbers.key(one) == numbers.key(other)
    assert numbers.key(other) in numbers.spellings(one)


@pytest.mark.parametrize(
    "one, other", [("12345", "12346"), ("0012345", "12345"), ("AB1", "BA1"), ("1", "order")]
)
def test_other_numbers_stay_others(one, other):
    assert numbers.key(one) != numbers.key(other)


def test_numbers_of_a_kind_are_told_by_their_shape():
    assert numbers.are_alike("AB-1001", "CD-20022")
    assert numbers.are_alike("999", "1000")
    assert not numbers.are_alike("AB-1001", "x7781")
    assert not numbers.are_alike("AB-1001", "7781")
    assert not numbers.are_alike("", "7781")
    assert numbers.key("№ -") == ""


@pytest.mark.parametrize(
    "typed, shown",
    [
        ("заказ 7351477", "7351477"),
        ("Order № AB-1", "AB-1"),
        ("# 65-4", "65-4"),
        ("AB-1", "AB-1"),
        ("Order", "Order"),
    ],
)
def test_an_order_is_named_without_the_word_that_we_say_ourselves(typed, shown):
    assert numbers.shown(typed) == shown
