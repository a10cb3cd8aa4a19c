"""What a network is asked about, and what it is not."""

from datetime import timedelta

import pytest

from support.claims import lodging
from support.claims.models import Kind, NetworkInquiry, Status
from support.clocks.models import Clock, Metric
from support.clocks.services import make_default_policies
from tests import make
from tests.support import lodging_make
from tests.support.lodging_make import submit, work

DAY = timedelta(days=1)


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
