"""The adapter against the sandbox, a program that plays Admitad without knowing of us."""

import time
from datetime import UTC, datetime, timedelta

import pytest
import requests

from cashback.lib.http import Client, Refused, Unavailable
from offers.networks.adapters.admitad import Admitad
from offers.networks.base import (
    CouponKind,
    InquiryKind,
    InquiryState,
    OrderStanding,
    Postback,
    SaleStatus,
    Unreadable,
)
from tests.networks.contract import CLICK, REFERENCE, KeptTokens, a_request
from tests.sandbox.conftest import PostbackDoor, Sandbox


@pytest.fixture(scope="module")
def door():
    door = PostbackDoor()
    yield door
    door.close()


@pytest.fixture(scope="module")
def running(tmp_path_factory, door):
    with Sandbox(tmp_path_factory.mktemp("network"), door.url) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running):
    running.control("reset")
    return running


@pytest.fixture
def kept():
    return KeptTokens()


@pytest.fixture
def admitad(sandbox, kept):
    return connect(sandbox, kept)


def connect(sandbox, kept, *, clock=lambda: datetime.now(UTC), pauses=(), **credentials):
    return Admitad(
        credentials=sandbox.credentials | credentials,
        base_url=sandbox.url,
        http=Client(allow_loopback=True, read_timeout=1, pauses=pauses),
        tokens=kept,
        clock=clock,
    )


def buy(sandbox, *, subid4=CLICK, cart="1990.00"):
    campaign = requests.get(f"{sandbox.url}/control/plain", timeout=5).json()["RUB"]
    slug = campaign["slug"] if isinstance(campaign, dict) else campaign
    return sandbox.control("actions", {"campaign": slug, "subid4": subid4, "cart": cart})["id"]


def changed_lately(admitad):
    now = datetime.now(UTC)
    return list(
        admitad.list_sales_changed(since=now - timedelta(minutes=5), until=now + timedelta(minutes=1))
    )


def test_every_programme_is_read_to_the_last_page(sandbox, admitad):
    count = sandbox.get("/advcampaigns/website/7/", limit=1).json()["_meta"]["count"]

    offers = list(admitad.list_offers())

    assert count > 1000
    assert [offer for offer in offers if isinstance(offer, Unreadable)] == []
    assert len({offer.external_id for offer in offers}) == len(offers) == count
    opened = [offer for offer in offers if offer.is_open]
    assert all(offer.rates and offer.tracking_url for offer in opened)
    assert {"ru", "en"} == set(opened[0].categories[0].names)
    reasons = {offer.closed_because for offer in offers if not offer.is_open}
    assert "The programme does not allow cashback traffic." in reasons
    assert "Our ad space's connection to the programme is pending." in reasons
    assert len([offer for offer in opened if offer.currency == "RUB"]) >= 24


def test_every_coupon_is_read(sandbox, admitad):
    count = sandbox.get("/coupons/website/7/", limit=1).json()["_meta"]["count"]

    coupons = list(admitad.list_coupons())

    assert [coupon for coupon in coupons if isinstance(coupon, Unreadable)] == []
    assert len(coupons) == count >= 60
    assert all((coupon.kind is CouponKind.CODE) == bool(coupon.code) for coupon in coupons)
    assert any(coupon.ends_at is None for coupon in coupons)


def test_a_deeplink_brings_the_shopper_to_the_shop_with_our_click(sandbox, admitad):
    offer = next(offer for offer in admitad.list_offers() if offer.is_open)

    link = Admitad.deeplink(tracking_url=offer.tracking_url, click_ref=CLICK)

    arrived = requests.get(link, timeout=5)
    assert arrived.status_code == 200
    assert arrived.url.startswith(f"{sandbox.url}/shop/")


def test_a_purchase_appears_by_the_time_of_its_change_and_by_its_click(sandbox, admitad):
    number = buy(sandbox)

    (polled,) = changed_lately(admitad)
    (read,) = admitad.read_sales(hint=Postback(click_ref=CLICK, sale_external_id=""))
    (named,) = admitad.read_sales(hint=Postback(click_ref="", sale_external_id=str(number)))

    assert polled.external_id == read.external_id == named.external_id == str(number)
    assert (polled.status, polled.sale_minor, polled.currency) == (SaleStatus.PENDING, 199000, "RUB")
    assert polled.commission_minor == 9950
    assert polled.click_ref == CLICK
    assert polled.paid is False
    assert timedelta(0) <= polled.observed_at - polled.changed_at < timedelta(seconds=10)


def test_an_approved_sale_is_not_paid_until_it_is(sandbox, admitad):
    number = buy(sandbox)

    sandbox.control(f"actions/{number}", {"status": "approved"})
    (approved,) = changed_lately(admitad)
    sandbox.control(f"actions/{number}", {"status": "approved", "paid": 1})
    (paid,) = changed_lately(admitad)
    sandbox.control(f"actions/{number}", {"status": "declined", "comment": "Возврат", "paid": 0})
    (declined,) = changed_lately(admitad)

    assert (approved.status, approved.paid) == (SaleStatus.APPROVED, False)
    assert (paid.status, paid.paid) == (SaleStatus.APPROVED, True)
    assert (declined.status, declined.decline_reason) == (SaleStatus.DECLINED, "Возврат")


def test_the_networks_postback_hints_at_its_sale(sandbox, admitad, door):
    number = buy(sandbox)
    received = door.wait_for(1, {"id": number})[0]

    hint = Admitad.parse_postback(fields=received)

    assert hint == Postback(click_ref=CLICK, sale_external_id=str(number))
    assert [sale.external_id for sale in admitad.read_sales(hint=hint)] == [str(number)]


def test_a_sale_without_a_click_of_ours_is_read_too(sandbox, admitad):
    buy(sandbox, subid4=None)

    (sale,) = changed_lately(admitad)

    assert sale.click_ref == ""


def test_good_credentials_name_the_ad_space_and_wrong_ones_are_refused(sandbox, admitad):
    assert "ad space 7 “" in admitad.check_credentials()

    with pytest.raises(Refused, match="does not accept this client id and secret"):
        connect(sandbox, KeptTokens(), client_secret="wrong").check_credentials()
    with pytest.raises(Refused, match="has no ad space 8"):
        connect(sandbox, KeptTokens(), website="8").check_credentials()


def test_a_token_near_its_end_is_refreshed_and_one_refreshed_elsewhere_is_asked_anew(sandbox, admitad, kept):
    changed_lately(admitad)
    first = kept.token

    later = connect(sandbox, kept, clock=lambda: datetime.now(UTC) + timedelta(days=6.5))
    later.read_sales(hint=Postback(click_ref=CLICK, sale_external_id=""))
    refreshed = kept.token
    kept.token = first
    later.read_sales(hint=Postback(click_ref=CLICK, sale_external_id=""))

    assert len({first, refreshed, kept.token}) == 3


def test_a_listing_survives_a_bad_day_of_the_network(sandbox, kept):
    numbers = sorted(str(buy(sandbox, cart=f"{cart}.00")) for cart in range(100, 112))
    sandbox.control(
        "faults", {"error_500": 0.2, "truncate": 0.2, "duplicate": 0.5, "reorder": 0.5, "seed": 3}
    )

    read = _until_available(lambda: changed_lately(connect(sandbox, kept, pauses=(0.01, 0.01, 0.01))))

    assert sorted(sale.external_id for sale in read) == numbers


def claim_form(sandbox, **changes):
    number = requests.get(f"{sandbox.url}/control/plain", timeout=5).json()["campaigns"]["RUB"]
    today = datetime.now(UTC).date()
    facts = {"offer_external_id": str(number), "order_id": "RK-1", "ordered_on": today - timedelta(days=2)}
    return a_request(**(facts | changes))


def test_a_lost_order_is_lodged_found_listed_and_withdrawn(sandbox, admitad):
    request, kind = claim_form(sandbox), InquiryKind.UNTRACKED
    (check,) = admitad.check_orders(offer_external_id=request.offer_external_id, order_ids=["RK-1"])

    lodged = admitad.lodge(request=request)
    found = admitad.find_inquiry(kind=kind, reference=REFERENCE)
    (listed,) = admitad.list_inquiries(kind=kind, since=datetime.now(UTC) - timedelta(days=1))
    admitad.withdraw(kind=kind, external_id=lodged.external_id)

    assert check.standing is OrderStanding.UNKNOWN
    assert lodged.external_id == found.external_id == listed.external_id
    assert (listed.reference, listed.state, listed.estimate_minor) == (
        REFERENCE,
        InquiryState.PROCESSING,
        9950,
    )
    assert admitad.find_inquiry(kind=kind, reference=REFERENCE).state is InquiryState.REJECTED
    assert admitad.find_inquiry(kind=kind, reference="another") is None
    with pytest.raises(Refused, match="400"):
        admitad.withdraw(kind=kind, external_id=lodged.external_id)


def test_a_decision_is_read_with_its_reward_by_either_door(sandbox, admitad):
    lost = admitad.lodge(request=claim_form(sandbox))
    number = buy(sandbox)
    (action,) = admitad.read_sales(hint=Postback(click_ref="", sale_external_id=str(number)))
    sandbox.control(f"actions/{number}", {"status": "declined"})
    appeal = admitad.appeal(
        request=claim_form(sandbox, kind=InquiryKind.DECLINED, order_id=action.order_id, receipt=None)
    )
    sandbox.control(f"lost_orders/{lost.external_id}", {"status": "accepted", "reward": "12.34"})
    sandbox.control(f"appeals/{appeal.external_id}", {"status": "rejected", "comment": "It was returned"})

    (yes,) = admitad.list_inquiries(kind=InquiryKind.UNTRACKED, since=datetime.now(UTC) - timedelta(days=1))
    (no,) = admitad.list_inquiries(kind=InquiryKind.DECLINED, since=datetime.now(UTC) - timedelta(days=1))

    assert (yes.state, yes.award_minor, yes.is_resolved) == (InquiryState.ACCEPTED, 1234, True)
    assert (no.state, no.award_minor, no.reason) == (InquiryState.REJECTED, None, "It was returned")


def test_an_answer_that_was_lost_is_found_by_our_reference(sandbox, admitad):
    sandbox.control("faults", {"lose_answers": 1, "timeout_seconds": 1.5})

    with pytest.raises(Unavailable):
        admitad.lodge(request=claim_form(sandbox))

    found = admitad.find_inquiry(kind=InquiryKind.UNTRACKED, reference=REFERENCE)
    assert (found.reference, found.state) == (REFERENCE, InquiryState.PROCESSING)
    with pytest.raises(Refused) as refused:
        admitad.lodge(request=claim_form(sandbox))
    assert "is open" in refused.value.body


def test_too_many_requests_are_told_to_slow_down(door, tmp_path):
    starved = Sandbox(tmp_path / "starved", door.url, rate_limit=5)
    starved.start()
    try:
        admitad = connect(starved, KeptTokens())
        with pytest.raises(Unavailable) as unavailable:
            for _ in range(10):
                changed_lately(admitad)
    finally:
        starved.stop()

    assert (unavailable.value.status, unavailable.value.retry_after) == (503, 60)


def _until_available(ask, *, seconds=10):
    """A bad day takes its retries, as the tasks that poll would make them."""
    end = time.monotonic() + seconds
    while True:
        try:
            return ask()
        except Unavailable:
            assert time.monotonic() < end, "the network never recovered"
