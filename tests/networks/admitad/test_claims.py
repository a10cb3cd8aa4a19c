"""Lost orders and appeals, field by field."""

from dataclasses import replace
from datetime import date

import pytest

from cashback.lib.http import Refused
from offers.networks.base import InquiryKind, InquiryState, OrderStanding, Receipt, Unreadable
from tests.networks.admitad.builders import NOW, PAYLOADS, listing
from tests.networks.contract import REFERENCE, a_request
from tests.networks.server import Reply

LOST, APPEALS, CHECKS = "/lost_orders/", "/appeals/", "/lost_orders/payments_info/"


def a_row(**changes):
    import json

    return json.loads((PAYLOADS / "lost_order_created.json").read_text()) | {"appeal_id": REFERENCE} | changes


def test_a_lost_order_is_posted_with_every_field_that_the_documents_name(server, admitad):
    server.answers[f"{LOST}create/"] = a_row()

    admitad.lodge(request=a_request(sale_minor=199005, reward_minor=7, ordered_on=date(2026, 1, 31)))

    (asked,) = server.asked_at(f"{LOST}create/")
    assert (asked.method, asked.authorization) == ("POST", "Bearer access-1")
    assert asked.form == {
        "advcampaign": "1",
        "website": "7",
        "order_id": "YH123D",
        "order_date": "31.01.2026",
        "order_price": "1990.05",
        "estimated_reward": "0.07",
        "comment": "Заказ не появился.",
        "appeal_id": REFERENCE,
    }
    assert {name: file[:2] for name, file in asked.files.items()} == {
        "receipt": ("receipt.jpg", "image/jpeg")
    }


def test_an_appeal_goes_to_the_appeals_and_needs_no_receipt(server, admitad):
    server.answers[f"{APPEALS}create/"] = a_row(order_price="1200.00", estimated_reward="7.10")

    word = admitad.appeal(request=a_request(kind=InquiryKind.DECLINED, receipt=None))

    (asked,) = server.asked_at(f"{APPEALS}create/")
    assert (asked.form["appeal_id"], asked.files) == (REFERENCE, {})
    assert (word.kind, word.estimate_minor) == (InquiryKind.DECLINED, 710)


def test_a_pdf_is_called_one(server, admitad):
    server.answers[f"{LOST}create/"] = a_row()
    pdf = Receipt(content_type="application/pdf", content=b"%PDF-1.7")

    admitad.lodge(request=a_request(receipt=pdf))

    (asked,) = server.asked_at(f"{LOST}create/")
    assert asked.files == {"receipt": ("receipt.pdf", "application/pdf", b"%PDF-1.7")}


@pytest.mark.parametrize(
    ("told", "award"), [({}, None), ({"reward": 12.5}, 1250), ({"reward": "12.50"}, 1250), ({"reward": 0}, 0)]
)
def test_an_award_is_what_the_network_says_and_nothing_else(server, admitad, told, award):
    server.answers[LOST] = listing([a_row(status="accepted", comment="Paid out", **told)])

    (word,) = admitad.list_inquiries(kind=InquiryKind.UNTRACKED, since=NOW)

    assert (word.state, word.award_minor, word.reason) == (InquiryState.ACCEPTED, award, "Paid out")


def test_the_comment_of_an_undecided_one_may_be_ours_and_is_no_reason(server, admitad):
    server.answers[LOST] = listing([a_row(comment="Заказ не появился."), a_row(id=7, comment="x" * 400)])

    assert [word.reason for word in admitad.list_inquiries(kind=InquiryKind.UNTRACKED, since=NOW)] == ["", ""]


def test_a_matter_may_be_closed_before_or_after_it_is_decided(server, admitad):
    rows = [a_row(id=number, appeal_status=told) for number, told in enumerate(["resolved", "", None])]
    server.answers[LOST] = listing(rows)

    words = list(admitad.list_inquiries(kind=InquiryKind.UNTRACKED, since=NOW))

    assert [word.is_resolved for word in words] == [True, False, False]


def test_the_list_is_asked_from_the_day_in_moscow(server, admitad):
    server.answers[APPEALS] = listing([])

    since = NOW.replace(hour=22)  # an hour past midnight there
    list(admitad.list_inquiries(kind=InquiryKind.DECLINED, since=since))

    (asked,) = server.asked_at(APPEALS)
    assert asked.query == {"website": "7", "start_date": "21.11.2026", "limit": "500", "offset": "0"}


def test_an_inquiry_is_looked_for_by_its_reference_and_if_that_is_not_taken_in_the_whole_list(
    server, admitad
):
    def only_numbers(asked):
        if "appeal_id" in asked.query:
            return Reply('{"error": "invalid_request", "error_code": 3}', status=400)
        return listing([a_row(id=1, appeal_id="x"), a_row(id=2), a_row(id=3, appeal_id=None, status="new")])(
            asked
        )

    server.answers[LOST] = only_numbers

    assert admitad.find_inquiry(kind=InquiryKind.UNTRACKED, reference=REFERENCE).external_id == "2"
    assert server.asked_at(LOST)[0].query["appeal_id"] == REFERENCE


def test_of_two_under_one_reference_the_later_counts(server, admitad):
    server.answers[LOST] = listing(
        [a_row(id=8, date_created="2026-11-02T10:00:00"), a_row(id=9, date_created="2026-11-01T10:00:00")]
    )

    assert admitad.find_inquiry(kind=InquiryKind.UNTRACKED, reference=REFERENCE).external_id == "8"


def test_orders_are_checked_in_the_order_asked(server, admitad):
    server.answers[CHECKS] = {
        "order_info": [
            {"order_id": "b", "status": "already_counted"},
            {
                "order_id": "a",
                "status": "owner",
                "payment_id": "77",
                "payment_status": "approved_but_stalled",
            },
        ]
    }

    first, second = admitad.check_orders(offer_external_id="42", order_ids=["a", "b"])

    assert (first.standing, first.sale_external_id) == (OrderStanding.OURS, "77")
    assert (second.standing, second.sale_external_id) == (OrderStanding.COUNTED_ELSEWHERE, "")


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ([{"order_id": "a", "status": "maybe"}], "order_info.status"),
        ([{"order_id": "a", "status": "owner"}], "order_info.payment_id"),
        (
            [{"order_id": "a", "status": "owner", "payment_id": 1, "payment_status": "new"}],
            "order_info.payment_status",
        ),
        ([{"status": "does_not_exist"}], "order_info.order_id"),
        ([{"order_id": "other", "status": "does_not_exist"}], "order_info"),
        ([], "order_info"),
        (None, "order_info"),
        ({}, "order_info"),
        (["a"], "order_info"),
    ],
)
def test_a_check_that_cannot_be_read_is_refused_by_name(server, admitad, told, field):
    server.answers[CHECKS] = {"order_info": told}

    with pytest.raises(Unreadable) as refused:
        admitad.check_orders(offer_external_id="42", order_ids=["a"])

    assert refused.value.field == field


def test_a_withdrawn_lost_order_is_declined_at_its_own_address(server, admitad):
    server.answers[f"{LOST}6/decline/"] = Reply("", content_type="text/plain")

    admitad.withdraw(kind=InquiryKind.UNTRACKED, external_id="6")

    (asked,) = server.asked_at(f"{LOST}6/decline/")
    assert asked.method == "DELETE"


def test_a_kind_that_the_api_does_not_take_is_refused_and_nothing_is_asked(server, admitad):
    request = replace(a_request(), kind=InquiryKind.INCORRECT)

    with pytest.raises(Refused, match="incorrect"):
        admitad.lodge(request=request)

    assert server.asked == []
    assert not admitad.capabilities.takes(InquiryKind.INCORRECT)
    assert admitad.capabilities.takes(InquiryKind.DECLINED)


def test_a_refusal_keeps_what_the_network_said(server, admitad):
    server.answers[f"{LOST}create/"] = Reply('{"error_description": "Order exists"}', status=400)

    with pytest.raises(Refused) as refused:
        admitad.lodge(request=a_request())

    assert (refused.value.status, "Order exists" in refused.value.body) == (400, True)
