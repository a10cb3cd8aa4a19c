"""A network is listened to, and what it grants is booked once."""

from datetime import timedelta

from cashback.lib.http import Refused, Unavailable
from offers.networks.base import InquiryState, OrderCheck, OrderStanding, SaleStatus, Unreadable
from support.claims.models import InquiryStatus, InquiryWord, Status
from tests import make
from tests.support.lodging_make import poll, submit, wallet
from transactions.ledger.models import Transfer
from transactions.models import Source, Transaction, UnattributedSale

DAY = timedelta(days=1)


def test_a_grant_without_a_sale_is_booked_by_its_word_alone_and_once(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)

    assert poll(inquiry, at + DAY) == 1
    assert poll(inquiry, at + 2 * DAY) == 0

    assert (inquiry.status, inquiry.awarded_minor) == (InquiryStatus.CREDITED, 10000)
    (known,) = Transaction.objects.all()
    assert (known.source, known.status, known.order_id) == (Source.INQUIRY, "approved", "AB-1001")
    assert inquiry.claim.transaction == known
    assert (wallet(alice), Transfer.objects.count()) == (7000, 3)
    assert inquiry.answered_at == at + DAY


def test_a_grant_that_names_no_sum_is_what_was_asked_for(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED)

    poll(inquiry, at + DAY)

    assert (inquiry.status, inquiry.awarded_minor, wallet(alice)) == ("credited", None, 6965)


def test_a_grant_that_pays_nothing_is_for_a_person(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=0)

    poll(inquiry, at + DAY)

    assert (inquiry.status, inquiry.claim.status, wallet(alice)) == ("accepted", Status.IN_REVIEW, 0)
    assert Transaction.objects.count() == 0


def test_a_grant_with_a_sale_is_that_sale(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    paper.checks = {
        "AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.OURS, sale_external_id="77")
    }
    paper.sales = [
        make.sale(
            external_id="77",
            order_id="AB-1001",
            status=SaleStatus.APPROVED,
            offer_external_id=claim.offer.external_id,
        )
    ]

    poll(inquiry, at + DAY)

    (known,) = Transaction.objects.all()
    assert (known.source, known.external_id, known.shopper) == (Source.NETWORK, "77", alice)
    assert (inquiry.status, wallet(alice)) == ("credited", 6965)
    assert UnattributedSale.objects.get().transaction == known


def test_a_grant_is_booked_also_where_the_answer_was_heard_and_the_booking_failed(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    check = paper.check_orders

    def away(self, **asked):
        raise Unavailable("away")

    paper.check_orders = away
    try:
        assert poll(inquiry, at + DAY) == 1
    finally:
        paper.check_orders = check
    assert (inquiry.status, wallet(alice)) == ("accepted", 0)

    poll(inquiry, at + 2 * DAY)

    assert (inquiry.status, wallet(alice)) == ("credited", 7000)


def test_a_grant_for_an_order_that_is_anothers_by_now_is_for_a_person(claim, paper, acorn, at):
    from cashback.lib import ids

    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    carol = make.shopper(acorn, "carol")
    paper.checks = {
        "AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.OURS, sale_external_id="77")
    }
    paper.sales = [
        make.sale(
            external_id="77",
            click_ref=ids.suffix(make.click(by=carol, on=claim.offer).pk),
            order_id="AB-1001",
            status=SaleStatus.APPROVED,
            offer_external_id=claim.offer.external_id,
        )
    ]

    poll(inquiry, at + DAY)

    assert (inquiry.status, inquiry.claim.status) == ("accepted", Status.IN_REVIEW)
    assert wallet(claim.shopper) == 0


def test_a_no_is_passed_on_with_its_reason_and_may_turn_into_a_yes(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.REJECTED, reason="No such order")
    assert (poll(inquiry, at + DAY), poll(inquiry, at + DAY)) == (1, 0)
    assert (inquiry.status, inquiry.reason) == ("rejected", "No such order")
    assert inquiry.claim.status == Status.DECLINED_NET

    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    assert poll(inquiry, at + 9 * DAY) == 1

    assert (inquiry.status, wallet(alice)) == ("credited", 7000)


def test_a_grant_that_is_taken_back_is_shown_to_staff_and_costs_the_shopper_nothing(claim, paper, alice, at):
    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.ACCEPTED, award_minor=10000)
    poll(inquiry, at + DAY)
    paper.decide(inquiry.reference, InquiryState.REJECTED, reason="A mistake")

    for _ in range(2):
        assert poll(inquiry, at + 2 * DAY) == 0

    assert (inquiry.status, wallet(alice)) == ("credited", 7000)
    assert inquiry.error == "The network took back what it had granted."
    assert InquiryWord.objects.filter(inquiry=inquiry).count() == 4  # check, sent, granted, taken back


def test_an_undecided_one_is_no_news(claim, paper, at):
    inquiry = submit(claim, at)

    assert poll(inquiry, at + DAY) == 0
    assert (inquiry.status, inquiry.words.count()) == ("submitted", 2)


def test_a_row_that_nobody_can_read_is_parked_and_hides_no_other(claim, paper, at, monkeypatch):
    from offers.networks.models import InboundMessage

    inquiry = submit(claim, at)
    paper.decide(inquiry.reference, InquiryState.REJECTED)
    lists = paper.list_inquiries

    def with_one_bad(self, **asked):
        yield Unreadable("status", "odd", "is new", raw={"id": 5})
        yield from lists(self, **asked)

    monkeypatch.setattr(paper, "list_inquiries", with_one_bad)

    assert poll(inquiry, at + DAY) == 1
    assert InboundMessage.objects.get().error == "status: is new (got 'odd')"


def test_a_network_that_is_away_or_refuses_is_listened_to_again(claim, paper, account, at):
    inquiry = submit(claim, at)
    for failure in (Unavailable("away"), Refused("no scope", status=401)):
        paper.error = failure
        assert poll(inquiry, at + DAY) == 0
    account.refresh_from_db()
    assert account.refusal == ""

    paper.error = None
    paper.decide(inquiry.reference, InquiryState.REJECTED)
    assert poll(inquiry, at + DAY) == 1
