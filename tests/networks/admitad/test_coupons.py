"""Coupons with and without a code."""

import pytest

from offers.networks.base import CouponKind, Unreadable
from tests.networks.admitad.builders import COUPONS, a_coupon, listing, read_coupon


@pytest.mark.parametrize("word", ["НЕ НУЖЕН", "Не требуется", "not needed", "Not required", " не нужен "])
def test_a_code_that_says_none_is_needed_is_a_deal(server, admitad, word):
    coupon = read_coupon(server, admitad, promocode=word)

    assert (coupon.kind, coupon.code) == (CouponKind.DEAL, "")


@pytest.mark.parametrize("word", ["НЕ НУЖЕН", "SALE10", "", None])
def test_an_action_needs_no_code_whatever_stands_there(server, admitad, word):
    coupon = read_coupon(server, admitad, species="action", promocode=word)

    assert (coupon.kind, coupon.code) == (CouponKind.DEAL, "")


def test_a_coupon_may_have_neither_end_nor_discount(server, admitad):
    coupon = read_coupon(server, admitad, date_end=None, discount=None)

    assert (coupon.ends_at, coupon.discount) == (None, "")


def test_a_link_without_a_scheme_is_completed(server, admitad):
    assert read_coupon(server, admitad, goto_link="//ad.example/g/1/?i=3").tracking_url == (
        "https://ad.example/g/1/?i=3"
    )


def test_a_coupon_that_the_network_calls_over_is_left_out(server, admitad):
    server.answers[COUPONS] = listing([a_coupon(id=1, status="expired"), a_coupon(id=2)])

    assert [coupon.external_id for coupon in admitad.list_coupons()] == ["2"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"species": "gift"}, "species"),
        ({"promocode": ""}, "promocode"),
        ({"goto_link": ""}, "goto_link"),
        ({"goto_link": "javascript:alert(1)"}, "goto_link"),
        ({"goto_link": "https://"}, "goto_link"),
        ({"goto_link": "https://["}, "goto_link"),
        ({"goto_link": "https://ad.example:99999/"}, "goto_link"),
        ({"goto_link": "https://ad.example/\n/"}, "goto_link"),
        ({"date_end": "1999-12-31 23:59:59"}, "date_end"),
        ({"date_start": "0001-01-02 00:00:00"}, "date_start"),
        ({"date_end": "2101-01-02"}, "date_end"),
        ({"date_end": "9999-12-31 23:59:59"}, "date_end"),
        ({"campaign": None}, "campaign"),
        ({"campaign": {"name": "x"}}, "campaign.id"),
        ({"date_end": "31.05.2024"}, "date_end"),
    ],
)
def test_a_coupon_that_is_new_to_us_is_refused_by_name(server, admitad, changes, field):
    refused = read_coupon(server, admitad, **changes)

    assert isinstance(refused, Unreadable)
    assert refused.field == field
