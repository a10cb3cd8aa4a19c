"""Sales as the report has them, postbacks that hint at them, and the links that lead to them."""

import json
from datetime import date, timedelta

import pytest

from cashback.lib.http import Refused, Unavailable
from offers.networks.adapters.admitad import Admitad
from offers.networks.base import Postback, SaleStatus, Unreadable
from tests.networks.admitad.builders import NOW, PAYLOADS, SALES, a_sale, listing, read_sale, refused_with
from tests.networks.contract import CLICK


@pytest.mark.parametrize(
    ("word", "status", "stalled"),
    [
        ("pending", SaleStatus.PENDING, False),
        ("approved", SaleStatus.APPROVED, False),
        ("declined", SaleStatus.DECLINED, False),
        ("approved_but_stalled", SaleStatus.APPROVED, True),
    ],
)
def test_each_word_for_a_sales_state_has_one_meaning(server, admitad, word, status, stalled):
    sale = read_sale(server, admitad, status=word)

    assert (sale.status, sale.stalled, sale.paid) == (status, stalled, False)


def test_a_stalled_sale_is_not_paid_whatever_its_flag_says(server, admitad):
    assert read_sale(server, admitad, status="approved_but_stalled", paid=1).paid is False


@pytest.mark.parametrize(
    ("flag", "paid"), [(0, False), (1, True), ("0", False), ("1", True), (False, False), (True, True)]
)
def test_paid_is_a_flag_in_any_spelling(server, admitad, flag, paid):
    assert read_sale(server, admitad, paid=flag).paid is paid


@pytest.mark.parametrize(
    ("cart", "minor"),
    [(None, None), (0, 0), ("1 990.00", Unreadable), ("1990.00", 199000), (0.1, 10), (209.32, 20932)],
)
def test_a_cart_may_be_null_a_number_or_text(server, admitad, cart, minor):
    sale = read_sale(server, admitad, cart=cart)

    if minor is Unreadable:
        assert (type(sale), sale.field) == (Unreadable, "cart")
    else:
        assert sale.sale_minor == minor


def test_a_commission_is_counted_in_the_currencys_own_minor_unit(server, admitad):
    assert read_sale(server, admitad, payment="104.66").commission_minor == 10466
    assert read_sale(server, admitad, payment=0).commission_minor == 0
    assert read_sale(server, admitad, payment=104, cart=None, currency="JPY").commission_minor == 104


def test_the_click_is_subid4_without_its_margins(server, admitad):
    assert read_sale(server, admitad, subid="other", subid4=f" {CLICK} ").click_ref == CLICK
    assert read_sale(server, admitad, subid="other", subid4=None).click_ref == ""


def test_an_id_may_come_as_text(server, admitad):
    assert read_sale(server, admitad, action_id="807084960").external_id == "807084960"


def test_a_comment_is_a_reason_only_where_the_sale_is_declined(server, admitad):
    assert read_sale(server, admitad, status="declined", comment="Возврат").decline_reason == "Возврат"
    assert read_sale(server, admitad, status="approved", comment="Бонус").decline_reason == ""


@pytest.mark.parametrize("closes", ["2022-02-03", "2022-02-03 12:00:00"])
def test_a_closing_date_is_a_date_with_or_without_a_time(server, admitad, closes):
    assert read_sale(server, admitad, closing_date=closes).closes_on == date(2022, 2, 3)


def test_a_window_is_asked_in_moscow_time_and_never_ends_later_than_now(server, admitad):
    server.answers[SALES] = listing([])

    list(admitad.list_sales_changed(since=NOW - timedelta(hours=2), until=NOW + timedelta(hours=1)))

    (asked,) = server.asked_at(SALES)
    assert asked.query == {
        "website": "7",
        "order_by": "datetime",
        "status_updated_start": "20.11.2026 10:30:15",
        "status_updated_end": "20.11.2026 12:30:15",
        "limit": "500",
        "offset": "0",
    }


def test_a_window_that_the_report_refuses_is_unavailable_for_a_clock_that_is_wrong_mends(server, admitad):
    server.answers[SALES] = refused_with(3, status=400)

    with pytest.raises(Unavailable):
        list(admitad.list_sales_changed(since=NOW - timedelta(hours=2), until=NOW))


@pytest.mark.parametrize(("code", "status"), [(3, 401), (3, 403), (2, 400), (2, 403), (1, 400)])
def test_a_report_that_is_refused_to_the_account_needs_a_person(server, admitad, code, status):
    server.answers[SALES] = refused_with(code, status=status)

    with pytest.raises(Refused):
        list(admitad.list_sales_changed(since=NOW - timedelta(hours=2), until=NOW))


@pytest.mark.parametrize("signed_in_before", [False, True])
def test_credentials_refused_on_the_way_to_the_report_need_a_person(server, admitad, signed_in_before):
    if signed_in_before:
        server.answers[SALES] = listing([])
        list(admitad.list_sales_changed(since=NOW - timedelta(hours=2), until=NOW))
    server.answers |= {"/token/": refused_with(5, status=400), SALES: refused_with(1, status=401)}

    with pytest.raises(Refused, match="client id and secret"):
        list(admitad.list_sales_changed(since=NOW - timedelta(hours=2), until=NOW))
    with pytest.raises(Refused, match="client id and secret"):
        admitad.read_sales(hint=Postback(click_ref=CLICK, sale_external_id=""))


def test_a_window_that_has_not_begun_is_not_asked(server, admitad):
    assert (
        list(admitad.list_sales_changed(since=NOW + timedelta(hours=1), until=NOW + timedelta(hours=2))) == []
    )
    assert server.asked == []


def test_a_postback_is_read_again_by_its_click_and_gives_every_sale_of_it(server, admitad):
    server.answers[SALES] = listing(
        [a_sale(1, subid4=CLICK), a_sale(2, subid4="0" * 26), a_sale(3, subid4=CLICK)]
    )

    sales = admitad.read_sales(hint=Postback(click_ref=CLICK, sale_external_id="1"))

    assert [sale.external_id for sale in sales] == ["1", "3"]
    (asked,) = server.asked_at(SALES)
    assert asked.query["subid4"] == CLICK
    assert "action_id" not in asked.query


def test_a_postback_without_a_click_is_read_again_by_the_payments_id(server, admitad):
    server.answers[SALES] = listing([a_sale(5), a_sale(6)])

    (sale,) = admitad.read_sales(hint=Postback(click_ref="", sale_external_id="5"))

    assert sale.external_id == "5"
    assert server.asked_at(SALES)[0].query["action_id"] == "5"


def test_a_hint_that_the_report_refuses_is_unreadable_and_leaves_the_account_in_peace(server, admitad):
    server.answers[SALES] = refused_with(3, status=400)

    with pytest.raises(Unreadable) as refused:
        admitad.read_sales(hint=Postback(click_ref="", sale_external_id="9" * 19))

    assert refused.value.field == "action_id"


def test_a_hint_at_nothing_asks_nothing(server, admitad):
    with pytest.raises(Unreadable):
        admitad.read_sales(hint=Postback(click_ref="", sale_external_id=""))

    assert server.asked == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": "9" * 201}, "order_id"),
        ({"action": "ы" * 301}, "action"),
        ({"action_date": "1970-01-01 00:00:00"}, "action_date"),
        ({"click_date": "0001-01-01 00:00:00"}, "click_date"),
        ({"status_updated": "9999-12-31 00:00:00"}, "status_updated"),
        ({"closing_date": "1900-01-01"}, "closing_date"),
    ],
)
def test_a_sale_that_no_ledger_could_hold_is_refused_by_name(server, admitad, changes, field):
    refused = read_sale(server, admitad, **changes)

    assert isinstance(refused, Unreadable)
    assert refused.field == field


def test_long_names_that_still_fit_are_read(server, admitad):
    sale = read_sale(server, admitad, order_id="9" * 200, action="ы" * 300)

    assert (len(sale.order_id), len(sale.rate_name)) == (200, 300)


def test_a_sale_that_the_report_does_not_know_yet_is_none(server, admitad):
    server.answers[SALES] = listing([])

    assert admitad.read_sales(hint=Postback(click_ref=CLICK, sale_external_id="")) == []


@pytest.mark.parametrize(
    ("fields", "hint"),
    [
        (
            {"subid4": CLICK, "admitad_id": "5", "action_id": "9"},
            Postback(click_ref=CLICK, sale_external_id="5"),
        ),
        ({"subid4": f" {CLICK}", "admitad_id": ""}, Postback(click_ref=CLICK, sale_external_id="")),
        ({"subid4": "", "admitad_id": "5"}, Postback(click_ref="", sale_external_id="5")),
    ],
)
def test_a_postback_hints_at_a_click_and_a_sale(fields, hint):
    assert Admitad.parse_postback(fields=fields) == hint


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"action_id": "9", "subid": "x"}, "admitad_id"),
        ({"admitad_id": "[[[admitad_id]]]"}, "admitad_id"),
        ({"admitad_id": "9" * 30}, "admitad_id"),
        ({"subid4": "a" * 121}, "subid4"),
        ({"subid4": "a\x00"}, "subid4"),
    ],
)
def test_a_postback_that_hints_at_nothing_is_refused_by_name(fields, field):
    with pytest.raises(Unreadable) as refused:
        Admitad.parse_postback(fields=fields)

    assert refused.value.field == field


def test_our_deeplink_is_the_networks_own_with_our_click():
    theirs = json.loads((PAYLOADS / "deeplink.json").read_text())["link"]

    ours = Admitad.deeplink(
        tracking_url="https://ad.admitad.com/g/abc123/", click_ref=CLICK, target_url="http://example.com/"
    )

    assert ours == theirs.replace("?", f"?subid4={CLICK}&")


def test_a_deeplink_of_the_legacy_list_keeps_its_query():
    (theirs,) = json.loads((PAYLOADS / "deeplink_legacy_list.json").read_text())

    assert Admitad.deeplink(tracking_url=theirs, click_ref=CLICK) == f"{theirs}&subid4={CLICK}"
