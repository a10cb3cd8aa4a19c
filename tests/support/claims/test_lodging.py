"""A network is asked once about an order, listened to, and what it grants is booked once."""

from datetime import timedelta

import pytest

from cashback.lib.http import Refused, Unavailable
from offers.networks import registry
from offers.networks.base import InquiryState, OrderCheck, OrderStanding, SaleStatus, Unreadable
from support.claims import lodging
from support.claims.lodging import deadlines, working
from support.claims.models import InquiryStatus, InquiryWord, Kind, NetworkInquiry, Status, Transport
from support.clocks.models import Clock, Metric
from support.clocks.services import make_default_policies
from tests import make
from tests.support import lodging_make
from tests.support.lodging_make import ClaimsOnPaper
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.models import Source, Transaction, UnattributedSale

DAY = timedelta(days=1)
TIMED_OUT = "POST https://api.example/lost_orders/create/ failed: no answer in time."


@pytest.fixture
def paper(monkeypatch):
    ClaimsOnPaper.forget()
    monkeypatch.setitem(registry.NETWORKS, ClaimsOnPaper.slug, ClaimsOnPaper)
    return ClaimsOnPaper


@pytest.fixture
def account(paper, db):
    return make.account(network=paper.slug)


@pytest.fixture
def offer(account):
    return make.offer(at=account, takes_claims=True)


@pytest.fixture
def claim(alice, offer, at):
    return lodging_make.claim(by=alice, on=offer, at=at)


def work(inquiry, at):
    lodging.work_on(inquiry_id=inquiry.pk, at=at)
    inquiry.refresh_from_db()
    inquiry.claim.refresh_from_db()
    return inquiry


def submit(claim, at):
    return work(lodging.lodge(claim=claim, at=at), at)


def poll(inquiry, at):
    heard = lodging.poll(account_id=inquiry.account_id, at=at)
    inquiry.refresh_from_db()
    inquiry.claim.refresh_from_db()
    return heard


def wallet(shopper) -> int:
    account = Account.objects.filter(kind=AccountKind.SHOPPER, owner_id=shopper.pk).first()
    return ledger.balance(account=account) if account else 0


# ---- What is asked ------------------------------------------------------------------------------------------


def test_a_lodged_claim_is_a_question_under_our_own_reference(claim, paper, at):
    inquiry = lodging.lodge(claim=claim, at=at)

    assert (inquiry.kind, inquiry.transport, inquiry.status) == ("untracked", "api", "queued")
    assert inquiry.reference.endswith("-1") and len(inquiry.reference) <= 60
    assert (claim.status, paper.asked) == (Status.LODGED, [])
    work(inquiry, at)
    (request,) = paper.requests
    assert (request.reference, request.order_id) == (inquiry.reference, "AB-1001")
    assert (request.sale_minor, request.reward_minor, request.currency) == (199000, 9950, "RUB")
    assert request.offer_external_id == claim.offer.external_id
    assert (request.receipt.content_type, request.receipt.content) == ("image/jpeg", lodging_make.JPEG)
    assert (inquiry.status, inquiry.external_id) == ("submitted", paper.held[0].external_id)
    assert (inquiry.claim.status, inquiry.deadline_at) == (Status.WAITING_NETWORK, at + 30 * DAY)
    assert inquiry.claim.next_update_due == at + 14 * DAY


def test_the_networks_clock_knows_what_is_usual_there(claim, at):
    make_default_policies()
    submit(claim, at)
    assert Clock.objects.get(subject_id=claim.ticket_id, metric=Metric.NETWORK).due_at == at + 30 * DAY


def test_the_comment_names_the_click_and_nobody(claim, alice, at):
    inquiry = lodging.lodge(claim=claim, at=at)

    comment = inquiry.asked["comment"]
    assert inquiry.asked["click_ref"] in comment
    assert alice.external_id not in comment


def test_lodging_twice_is_one_question(claim, at):
    first = lodging.lodge(claim=claim, at=at)
    claim.refresh_from_db()

    assert lodging.lodge(claim=claim, at=at) == first
    assert NetworkInquiry.objects.count() == 1


def test_what_was_paid_by_us_is_asked_for_without_moving_the_claim(alice, offer, at):
    paid = lodging_make.claim(by=alice, on=offer, at=at, status=Status.COMPENSATED, closed_at=at)

    inquiry = work(lodging.lodge(claim=paid, at=at, for_own_account=True), at)

    assert (inquiry.status, inquiry.claim.status) == ("submitted", Status.COMPENSATED)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"kind": Kind.LATE_CONFIRM}, "nothing_to_ask"),
        ({"order_no": " № "}, "order_no_missing"),
        ({"order_no": "x" * 100}, None),
        ({"order_at": None}, "incomplete"),
        ({"order_minor": None}, "incomplete"),
        ({"files": ()}, "receipt_missing"),
        ({"order_at": "old"}, "too_old"),
        ({"kind": Kind.DECLINED}, "no_purchase"),
        ({"offer": None, "account": None, "merchant": None}, "no_shop"),
    ],
)
def test_what_no_network_could_answer_is_not_asked(alice, offer, at, facts, code):
    if facts.get("order_at") == "old":
        facts = facts | {"order_at": at - 151 * DAY}
    files = facts.pop("files", (lodging_make.JPEG,))
    links = {name: facts.pop(name) for name in ("offer", "account", "merchant") if name in facts}
    made = lodging_make.claim(by=alice, on=offer, at=at, files=files, **facts)
    type(made).objects.filter(pk=made.pk).update(**links)
    made = type(made).objects.get(pk=made.pk)

    if code is None:
        assert lodging.lodge(claim=made, at=at)
        return
    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.lodge(claim=made, at=at)

    assert refused.value.code == code
    made.refresh_from_db()
    assert (made.status, NetworkInquiry.objects.count()) == (Status.TRIAGING, 0)


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("№ AB-1001", "AB-1001"),
        ("Заказ: АВ-1001", "AB-1001"),
        ("order no. 55", "55"),
        ("ORDER-55", "ORDER-55"),
        ("Заказ-7/2", "Заказ-7/2"),
    ],
)
def test_a_number_is_asked_as_the_shop_writes_it(alice, offer, at, typed, asked):
    inquiry = lodging.lodge(claim=lodging_make.claim(by=alice, on=offer, at=at, order_no=typed), at=at)

    assert inquiry.order_no == asked


def test_a_shop_that_takes_no_claims_is_not_asked(alice, account, at):
    claim = lodging_make.claim(by=alice, on=make.offer(at=account), at=at)

    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.lodge(claim=claim, at=at)

    assert refused.value.code == "shop_takes_no_claims"


def test_one_order_of_two_shoppers_is_asked_about_once(claim, acorn, offer, at):
    lodging.lodge(claim=claim, at=at)
    carols = lodging_make.claim(by=make.shopper(acorn, "carol"), on=offer, at=at, order_no="ab 1001")

    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.lodge(claim=carols, at=at)

    assert refused.value.code == "asked_already"
    carols.refresh_from_db()
    assert carols.status == Status.TRIAGING


def test_another_currency_than_the_shops_cannot_be_claimed(bob, offer, at):
    claim = lodging_make.claim(by=bob, on=offer, at=at)

    with pytest.raises(lodging.CannotLodge) as refused:
        lodging.lodge(claim=claim, at=at)

    assert refused.value.code == "other_currency"


def test_the_receipt_that_the_network_likes_best_is_sent_and_a_huge_one_is_not(alice, offer, at, paper):
    claim = lodging_make.claim(by=alice, on=offer, at=at, files=())
    lodging_make.receipt(claim, at=at, content=b"%PDF-1", content_type="application/pdf")
    lodging_make.receipt(claim, at=at, content=b"\xff\xd8\xffbig", size=1_000_001)

    submit(claim, at)

    assert paper.requests[0].receipt.content_type == "application/pdf"


def test_a_picture_of_another_kind_is_sent_as_a_jpeg(alice, offer, at, paper):
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (3, 2), "red").save(out, "WEBP")
    claim = lodging_make.claim(by=alice, on=offer, at=at, files=())
    lodging_make.receipt(claim, at=at, content=out.getvalue(), content_type="image/webp")

    submit(claim, at)

    sent = paper.requests[0].receipt
    assert (sent.content_type, sent.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")


def test_what_is_withdrawn_in_time_is_never_sent(claim, paper, at):
    inquiry = lodging.lodge(claim=claim, at=at)

    assert lodging.withdraw(claim=claim, at=at) == 1

    assert work(inquiry, at).status == "withdrawn"
    assert paper.asked == []


# ---- Sending ------------------------------------------------------------------------------------------------


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


# ---- The check before ---------------------------------------------------------------------------------------


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


# ---- Answers ------------------------------------------------------------------------------------------------


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


# ---- Appeals ------------------------------------------------------------------------------------------------


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


# ---- Silence ------------------------------------------------------------------------------------------------


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


# ---- Other roads --------------------------------------------------------------------------------------------


def test_a_wrong_amount_goes_in_a_file_where_the_api_takes_none(alice, offer, at, paper):
    claim = lodging_make.claim(by=alice, on=offer, at=at, kind=Kind.WRONG_AMOUNT, order_minor=250000)
    claim.transaction = lodging_make.sale_of(claim, at=at, status=SaleStatus.APPROVED)
    claim.save()

    inquiry = lodging.lodge(claim=claim, at=at)

    assert (inquiry.kind, inquiry.transport) == ("incorrect", Transport.CSV)
    assert inquiry.asked["sale_minor"] == 250000
    assert (work(inquiry, at).status, paper.asked) == ("queued", [])
