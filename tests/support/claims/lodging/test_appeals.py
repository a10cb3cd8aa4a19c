"""Declined purchases are appealed against, refusals asked about anew, silent networks chased."""

from datetime import timedelta

import pytest

from offers.networks.base import InquiryState, SaleStatus
from support.claims import lodging
from support.claims.lodging import deadlines
from support.claims.models import InquiryStatus, Kind, NetworkInquiry, Status, Transport
from tests import make
from tests.support import lodging_make
from tests.support.lodging_make import poll, submit, wallet, work
from transactions.models import Transaction

DAY = timedelta(days=1)


# ---- Appeals ----------------------------------------------------------------------------------------------------


def declined_claim(alice, offer, at, **facts):
    claim = lodging_make.claim(by=alice, on=offer, at=at, kind=Kind.DECLINED, **facts)
    claim.transaction = lodging_make.sale_of(claim, at=at, external_id="55")
    claim.save()
    return claim


def test_a_declined_purchase_is_appealed_against_and_confirmed_by_its_own_row(alice, offer, paper, at):
    claim = declined_claim(alice, offer, at, files=())
    inquiry = work(lodging.lodge(claim=claim, at=at), at)
    assert (inquiry.kind, inquiry.status, "check" in paper.asked) == ("declined", "submitted", False)
    assert paper.requests[0].sale_external_id == "55"

    paper.decide(inquiry.reference, InquiryState.ACCEPTED)
    paper.sales = [
        make.sale(
            external_id="55",
            order_id="AB-1001",
            status=SaleStatus.APPROVED,
            offer_external_id=offer.external_id,
            changed_at=at + timedelta(hours=1),
            observed_at=at + DAY,
        )
    ]
    poll(inquiry, at + DAY)

    assert (inquiry.status, wallet(alice), Transaction.objects.count()) == ("credited", 6965, 1)


def test_an_appeal_granted_without_a_change_of_the_row_is_booked_on_it(alice, offer, paper, at):
    claim = declined_claim(alice, offer, at)
    inquiry = work(lodging.lodge(claim=claim, at=at), at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)

    poll(inquiry, at + DAY)

    (known,) = Transaction.objects.all()
    assert (known.external_id, known.status, wallet(alice)) == ("55", "approved", 7000)


def test_an_old_decline_is_not_appealed_against(alice, offer, at):
    claim = declined_claim(alice, offer, at - 181 * DAY)

    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.lodge(claim=claim, at=at)

    assert refused.value.code == "too_old"


def test_a_missing_purchase_that_was_refused_is_asked_about_anew_with_another_reference(claim, paper, at):
    first = submit(claim, at)
    paper.decide(first.reference, InquiryState.REJECTED)
    poll(first, at + DAY)
    claim.refresh_from_db()

    second = work(lodging.appeal(claim=claim, at=at + DAY, comment="The receipt is attached."), at + DAY)

    assert (second.kind, second.status) == ("untracked", "submitted")
    assert second.reference == first.reference[:-1] + "2"
    assert "The receipt is attached." in paper.requests[1].comment
    assert second.claim.status == Status.WAITING_NETWORK


def test_what_was_granted_is_not_asked_for_again(claim, paper, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    poll(inquiry, at + DAY)
    claim.refresh_from_db()

    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.appeal(claim=claim, at=at)

    assert refused.value.code == "granted_already"


# ---- Silence ----------------------------------------------------------------------------------------------------


def test_a_silent_network_is_chased_twice_and_then_not_waited_for(claim, paper, alice, at):
    inquiry = submit(claim, at)
    assert poll(inquiry, at + 29 * DAY) == 0
    assert (inquiry.chased, inquiry.claim.status) == (0, Status.WAITING_NETWORK)

    for chased in (1, 2):
        poll(inquiry, inquiry.deadline_at)
        assert (inquiry.chased, inquiry.status) == (chased, "submitted")
        assert "find" in paper.asked
    assert inquiry.deadline_at == at + 30 * DAY + 2 * deadlines.AGAIN
    poll(inquiry, inquiry.deadline_at)
    assert (inquiry.chased, inquiry.status) == (2, InquiryStatus.NO_ANSWER)
    poll(inquiry, inquiry.deadline_at + DAY)
    assert inquiry.status == InquiryStatus.NO_ANSWER

    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    assert poll(inquiry, inquiry.deadline_at + 2 * DAY) == 1
    assert (inquiry.status, wallet(alice)) == ("credited", 7000)


def test_an_answer_that_the_list_left_out_is_found_when_it_is_overdue(claim, paper, at, monkeypatch):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.REJECTED, reason="No")
    monkeypatch.setattr(paper, "list_inquiries", lambda self, **asked: iter(()))

    poll(inquiry, inquiry.deadline_at)

    assert (inquiry.status, inquiry.chased) == ("rejected", 0)


def test_the_deadline_is_what_the_shop_has_shown_and_never_beyond_75_days(alice, offer, paper, at):
    def answered(number, after, of=offer):
        claim = lodging_make.claim(by=alice, on=of, at=at, order_no=f"OLD-{number}")
        inquiry = lodging.lodge(claim=claim, at=at)
        NetworkInquiry.objects.filter(pk=inquiry.pk).update(
            status=InquiryStatus.REJECTED, submitted_at=at - 100 * DAY, answered_at=at - 100 * DAY + after
        )

    def due(number, of=offer):
        return (
            submit(lodging_make.claim(by=alice, on=of, at=at, order_no=f"NEW-{number}"), at).deadline_at - at
        )

    for number in range(4):
        answered(number, 10 * DAY)
    assert due(1) == 30 * DAY  # too few to learn from
    answered(4, 10 * DAY)
    assert due(2) == 10 * DAY
    other = make.offer(at=offer.account, takes_claims=True)
    assert due(3, of=other) == 10 * DAY  # the account's
    for number in range(5, 10):
        answered(number, 99 * DAY)
    assert due(4) == deadlines.LONGEST == 75 * DAY


# ---- Other roads ------------------------------------------------------------------------------------------------


def test_a_wrong_amount_goes_in_a_file_where_the_api_takes_none(alice, offer, at, paper):
    claim = lodging_make.claim(by=alice, on=offer, at=at, kind=Kind.WRONG_AMOUNT, order_minor=250000)
    claim.transaction = lodging_make.sale_of(claim, at=at, status=SaleStatus.APPROVED)
    claim.save()

    inquiry = lodging.lodge(claim=claim, at=at)

    assert (inquiry.kind, inquiry.transport) == ("incorrect", Transport.CSV)
    assert inquiry.asked["sale_minor"] == 250000
    assert (work(inquiry, at).status, paper.asked) == ("queued", [])
