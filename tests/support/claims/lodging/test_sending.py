"""A question is sent once, whatever breaks; before it, the network is asked what it has."""

from datetime import timedelta

import pytest

from cashback.lib.http import Refused, Unavailable
from offers.networks.base import OrderCheck, OrderStanding, SaleStatus, Unreadable
from support.claims import lodging
from support.claims.lodging import working
from support.claims.models import InquiryStatus, NetworkInquiry, Status
from tests import make
from tests.support import lodging_make
from tests.support.lodging_make import submit, wallet, work
from transactions.models import Transaction

DAY = timedelta(days=1)
TIMED_OUT = "POST https://api.example/lost_orders/create/ failed: no answer in time."


# ---- Sending ----------------------------------------------------------------------------------------------------


def test_after_a_time_out_the_network_is_asked_what_it_holds_and_not_sent_it_again(claim, paper, at):
    paper.breaks, paper.after = [Unavailable(TIMED_OUT)], True
    inquiry = submit(claim, at)
    assert (inquiry.status, inquiry.claim.status) == (InquiryStatus.UNSURE, Status.LODGED)
    assert inquiry.error == TIMED_OUT
    assert lodging.hand_out(at=at, limit=9) == []

    later = inquiry.next_attempt_at
    assert later - at >= timedelta(minutes=2)
    assert lodging.hand_out(at=later, limit=9) == [inquiry.pk]
    work(inquiry, later)

    assert (inquiry.status, inquiry.error) == ("submitted", "")
    assert paper.asked == ["check", "send", "find"]
    assert (len(paper.held), inquiry.external_id) == (1, paper.held[0].external_id)


def test_a_time_out_before_it_arrived_leads_to_one_more_sending(claim, paper, at):
    paper.breaks = [Unavailable(TIMED_OUT)]
    inquiry = submit(claim, at)
    assert (inquiry.status, paper.held) == (InquiryStatus.UNSURE, [])

    work(inquiry, inquiry.next_attempt_at)

    assert (inquiry.status, len(paper.held)) == ("submitted", 1)
    assert paper.asked == ["check", "send", "find", "check", "send"]


def test_a_network_that_cannot_say_what_it_holds_is_sent_nothing(claim, paper, at):
    paper.breaks = [Unavailable(TIMED_OUT)] * 3
    inquiry = submit(claim, at)
    for _ in range(2):
        work(inquiry, inquiry.next_attempt_at)

    assert (inquiry.status, paper.held) == (InquiryStatus.UNSURE, [])
    assert paper.asked == ["check", "send", "find", "find"]


def test_a_worker_that_died_while_sending_leaves_a_question_to_the_network(claim, paper, at, monkeypatch):
    def die(self, *, request):
        self._store(request)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(paper, "lodge", die)
        with pytest.raises(KeyboardInterrupt):
            submit(claim, at)
    inquiry = NetworkInquiry.objects.get()
    assert inquiry.status == InquiryStatus.UNSURE
    assert lodging.hand_out(at=at + timedelta(minutes=14), limit=9) == []

    work(inquiry, at + working.LEASE)

    assert (inquiry.status, len(paper.held)) == ("submitted", 1)


def test_a_second_worker_with_the_same_question_does_nothing(claim, paper, at, monkeypatch):
    inquiry = lodging.lodge(claim=claim, at=at)
    send = paper.lodge

    def slowly(self, *, request):
        lodging.work_on(inquiry_id=inquiry.pk, at=at)
        return send(self, request=request)

    monkeypatch.setattr(paper, "lodge", slowly)
    work(inquiry, at)
    lodging.work_on(inquiry_id=inquiry.pk, at=at + DAY)

    assert (inquiry.status, len(paper.held)) == ("submitted", 1)


def test_a_worker_whose_lease_was_taken_sends_nothing(claim, paper, at, monkeypatch):
    inquiry = lodging.lodge(claim=claim, at=at)

    def overtaken(self, *, offer_external_id, order_ids):
        NetworkInquiry.objects.update(next_attempt_at=at + DAY)
        return [OrderCheck(order_id=order_ids[0], standing=OrderStanding.UNKNOWN)]

    monkeypatch.setattr(paper, "check_orders", overtaken)
    work(inquiry, at)

    assert (inquiry.status, paper.held) == ("queued", [])


def test_a_refusal_goes_to_a_person_with_the_networks_words(claim, paper, at):
    paper.breaks = [Refused("Paper refused it (400).", status=400, body='{"error": "Order too old"}')]

    inquiry = submit(claim, at)

    assert (inquiry.status, inquiry.claim.status) == (InquiryStatus.REFUSED, Status.IN_REVIEW)
    assert "Order too old" in inquiry.error
    assert inquiry.claim.reason_code == "network_refused"
    assert inquiry.account.refusal == ""  # its sales go on being polled
    assert lodging.hand_out(at=at + DAY, limit=9) == []


def test_a_refusal_of_a_repeat_that_is_there_already_is_no_refusal(claim, paper, at, monkeypatch):
    def refuse(self, *, request):
        self._store(request)
        raise Refused("A request about this order is open.", status=400)

    monkeypatch.setattr(paper, "lodge", refuse)

    inquiry = submit(claim, at)

    assert (inquiry.status, inquiry.external_id) == ("submitted", paper.held[0].external_id)


def test_a_network_that_is_away_is_asked_ever_more_seldom_and_in_the_end_a_person_is(claim, paper, at):
    paper.breaks = [Unavailable("away", retry_after=3600)] + [Unavailable("away")] * 99
    inquiry = submit(claim, at)
    waits, now = [], at
    while inquiry.status == InquiryStatus.UNSURE:
        waits.append(inquiry.next_attempt_at - now)
        now = inquiry.next_attempt_at
        work(inquiry, now)

    assert waits[0] == timedelta(hours=1)  # as the network asked
    assert waits[1:4] == [timedelta(minutes=4), timedelta(minutes=8), timedelta(minutes=16)]
    assert max(waits) == working.LONGEST_WAIT
    assert timedelta(days=3) < now - at < timedelta(days=6)
    assert (inquiry.status, inquiry.claim.status) == (InquiryStatus.REFUSED, Status.IN_REVIEW)
    assert (inquiry.attempts, paper.held) == (working.MOST_ATTEMPTS, [])


def test_an_answer_that_nobody_can_read_is_asked_about_again(claim, paper, at):
    paper.breaks, paper.after = [Unreadable("status", "odd", "is new")], True
    inquiry = submit(claim, at)
    assert (inquiry.status, inquiry.error) == (InquiryStatus.UNSURE, "status: is new (got 'odd')")

    work(inquiry, inquiry.next_attempt_at)

    assert (inquiry.status, len(paper.held)) == ("submitted", 1)


def test_a_fault_of_ours_is_loud_and_the_question_is_kept(claim, paper, at):
    paper.breaks = [RuntimeError("a bug")]

    with pytest.raises(RuntimeError):
        submit(claim, at)

    inquiry = NetworkInquiry.objects.get()
    assert (inquiry.status, inquiry.error) == (InquiryStatus.UNSURE, "a bug")


def test_an_account_that_is_switched_off_is_not_asked(claim, account, at):
    lodging.lodge(claim=claim, at=at)
    type(account).objects.update(refusal="wrong secret")

    assert lodging.hand_out(at=at, limit=9) == []
    assert lodging.poll(account_id=account.pk, at=at) == 0


def test_the_longest_waiting_are_handed_out_first_and_no_more_than_wanted(alice, offer, at):
    made = [
        lodging.lodge(
            claim=lodging_make.claim(by=alice, on=offer, at=at, order_no=f"A{n}"),
            at=at - timedelta(minutes=n),
        )
        for n in range(3)
    ]

    assert lodging.hand_out(at=at, limit=2) == [made[2].pk, made[1].pk]


# ---- The check before -------------------------------------------------------------------------------------------


def test_an_order_that_the_network_has_for_us_is_read_and_not_claimed(claim, paper, alice, at):
    sale = make.sale(
        external_id="77",
        order_id="AB-1001",
        status=SaleStatus.APPROVED,
        offer_external_id=claim.offer.external_id,
    )
    paper.sales = [sale]
    paper.checks = {
        "AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.OURS, sale_external_id="77")
    }

    inquiry = submit(claim, at)

    assert (inquiry.status, inquiry.reason, paper.held) == ("withdrawn", "ours", [])
    assert inquiry.asked["precheck"] == "ours"
    (known,) = Transaction.objects.all()
    assert (known.shopper, known.external_id) == (alice, "77")
    assert wallet(alice) == 6965


def test_an_order_counted_for_another_is_the_networks_no(claim, paper, at):
    paper.checks = {"AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.COUNTED_ELSEWHERE)}

    inquiry = submit(claim, at)

    assert (inquiry.status, inquiry.reason, paper.held) == ("rejected", "counted_elsewhere", [])
    assert inquiry.asked["precheck"] == "counted_elsewhere"
    assert inquiry.claim.status != Status.LODGED


def test_a_sale_that_is_counted_and_not_shown_yet_is_waited_for(claim, paper, at):
    paper.checks = {
        "AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.OURS, sale_external_id="77")
    }
    inquiry = submit(claim, at)
    assert (inquiry.status, "does not show" in inquiry.error) == ("queued", True)

    paper.sales = [make.sale(external_id="77", order_id="AB-1001", offer_external_id=claim.offer.external_id)]
    work(inquiry, inquiry.next_attempt_at)

    assert (inquiry.status, Transaction.objects.get().external_id) == ("withdrawn", "77")


def test_an_order_of_somebody_elses_stays_theirs(claim, paper, acorn, at):
    from cashback.lib import ids

    carol = make.shopper(acorn, "carol")
    hers = make.click(by=carol, on=claim.offer)
    paper.sales = [
        make.sale(
            external_id="77",
            click_ref=ids.suffix(hers.pk),
            order_id="AB-1001",
            status=SaleStatus.APPROVED,
            offer_external_id=claim.offer.external_id,
        )
    ]
    paper.checks = {
        "AB-1001": OrderCheck(order_id="AB-1001", standing=OrderStanding.OURS, sale_external_id="77")
    }

    submit(claim, at)

    assert (wallet(claim.shopper), wallet(carol)) == (0, 6965)
