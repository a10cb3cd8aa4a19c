"""Acceptance check 8: whatever becomes of the answers, one question about an order is at the network. Over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from cashback.lib import ids
from offers.networks import services as networks
from support.claims import lodging
from support.claims.models import InquiryStatus, Kind, NetworkInquiry, Status
from tests import make
from tests.sandbox.conftest import PostbackDoor, Sandbox
from tests.support import lodging_make
from tests.support.lodging_make import poll, wallet, work
from transactions.intake import polling
from transactions.ledger.models import Transfer
from transactions.models import Source, Transaction

JPEG = b"\xff\xd8\xff\xe0" + b"a receipt" * 99


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    door = PostbackDoor()
    with Sandbox(tmp_path_factory.mktemp("network"), door.url) as sandbox:
        yield sandbox
    door.close()


@pytest.fixture
def sandbox(running):
    running.control("reset")
    return running


@pytest.fixture
def account(sandbox, db, settings):
    settings.EGRESS_LOOPBACK = True
    settings.EGRESS_READ_SECONDS = 1
    made = make.account(base_url=sandbox.url)
    made.credentials = sandbox.credentials
    made.save()
    return made


@pytest.fixture
def offer(account, sandbox):
    """The plain shop: 5 %, roubles, takes lost orders."""
    number = str(requests.get(f"{sandbox.url}/control/plain").json()["campaigns"]["RUB"])
    told = next(row for row in networks.connect(account=account).list_offers() if row.external_id == number)
    return make.offer(at=account, external_id=number, takes_claims=told.takes_claims)


@pytest.fixture
def now():
    return datetime.now(UTC)


@pytest.fixture
def claim(alice, offer, now):
    return lodging_make.claim(by=alice, on=offer, at=now, files=(JPEG,), order_no="RK-1001")


@pytest.mark.parametrize("silence", [0, 2])
def test_an_inquiry_created_twice_after_a_time_out_is_one_at_the_network(claim, sandbox, now, silence):
    sandbox.control("faults", {"lose_answers": 1, "accept_doubles": True, "timeout_seconds": silence})
    inquiry = work(lodging.lodge(claim=claim, at=now), now)
    assert inquiry.status == InquiryStatus.UNSURE

    for _ in range(3):
        work(inquiry, max(inquiry.next_attempt_at, now))
    claim.refresh_from_db()
    assert lodging.lodge(claim=claim, at=now) == inquiry

    (held,) = sandbox.look("lost_orders")["data"]
    assert (held["appeal_id"], held["order_id"]) == (inquiry.reference, "RK-1001")
    assert (inquiry.status, inquiry.external_id) == ("submitted", str(held["id"]))
    assert held["receipt"]["bytes"] == len(JPEG)
    assert (held["order_price"], held["estimated_reward"]) == (1990.0, 99.5)
    assert NetworkInquiry.objects.count() == 1


def test_bad_days_of_the_network_bring_one_question_for_each_claim(alice, offer, sandbox, now):
    inquiries = [
        lodging.lodge(
            claim=lodging_make.claim(by=alice, on=offer, at=now, files=(JPEG,), order_no=f"RK-{number}"),
            at=now,
        )
        for number in range(8)
    ]
    sandbox.control(
        "faults",
        {
            "error_500": 0.2,
            "truncate": 0.2,
            "lose_answers": 0.4,
            "accept_doubles": True,
            "timeout_seconds": 0,
            "seed": 9,
        },
    )
    for _ in range(25):
        for inquiry in inquiries:
            if inquiry.status in ("queued", "unsure"):
                work(inquiry, max(inquiry.next_attempt_at, now))

    assert {inquiry.status for inquiry in inquiries} == {"submitted"}
    held = sandbox.look("lost_orders")["data"]
    assert sorted(row["appeal_id"] for row in held) == sorted(inquiry.reference for inquiry in inquiries)


def test_an_untracked_purchase_that_the_network_pays_without_an_action_is_credited_once(
    claim, alice, account, sandbox, now
):
    inquiry = work(lodging.lodge(claim=claim, at=now), now)
    (held,) = sandbox.look("lost_orders")["data"]
    sandbox.control(
        f"lost_orders/{held['id']}", {"status": "accepted", "as_action": False, "reward": "80.00"}
    )

    poll(inquiry, now + timedelta(hours=1))

    assert (inquiry.status, inquiry.awarded_minor) == (InquiryStatus.CREDITED, 8000)
    (known,) = Transaction.objects.all()
    assert (known.source, wallet(alice), Transfer.objects.count()) == (Source.INQUIRY, 5600, 3)

    # The network counts it after all, without a click: it joins, and pays only what is more.
    made = sandbox.control(
        "actions", {"campaign": "rodnik-kniga", "subid4": None, "cart": "1990.00", "order_id": "RK-1001"}
    )
    sandbox.control(f"actions/{made['id']}", {"status": "approved", "paid": True})
    polling.poll(account=account, at=datetime.now(UTC))

    (known,) = Transaction.objects.all()
    assert (known.external_id, known.commission_minor, wallet(alice)) == (str(made["id"]), 9950, 6965)
    sandbox.control(f"actions/{made['id']}", {"status": "declined", "paid": False})
    polling.poll(account=account, at=datetime.now(UTC))
    assert wallet(alice) == 5600


def test_an_accepted_one_that_became_an_action_is_that_action(claim, alice, sandbox, now):
    inquiry = work(lodging.lodge(claim=claim, at=now), now)
    (held,) = sandbox.look("lost_orders")["data"]
    truth = sandbox.control(f"lost_orders/{held['id']}", {"status": "accepted"})

    poll(inquiry, now + timedelta(hours=1))

    (known,) = Transaction.objects.all()
    assert (known.source, known.external_id) == (Source.NETWORK, str(truth["action_id"]))
    assert (inquiry.status, known.shopper, wallet(alice)) == ("credited", alice, 6965)


def test_an_order_that_was_counted_all_along_is_found_before_it_is_claimed(claim, alice, sandbox, now):
    made = sandbox.control(
        "actions",
        {
            "campaign": "rodnik-kniga",
            "subid4": ids.suffix(claim.click_id),
            "cart": "1990.00",
            "order_id": "RK-1001",
        },
    )

    inquiry = work(lodging.lodge(claim=claim, at=now), now)

    assert (inquiry.status, inquiry.asked["precheck"]) == ("withdrawn", "ours")
    assert sandbox.look("lost_orders")["data"] == []
    assert Transaction.objects.get().external_id == str(made["id"])


def test_an_order_of_another_publishers_is_not_claimed(claim, sandbox, now):
    sandbox.control("counted_elsewhere", {"campaign": "rodnik-kniga", "order_id": "RK-1001"})

    inquiry = work(lodging.lodge(claim=claim, at=now), now)

    assert (inquiry.status, inquiry.reason) == ("rejected", "counted_elsewhere")
    assert sandbox.look("lost_orders")["data"] == []


def test_a_refused_request_is_shown_with_the_networks_reason(claim, sandbox, now):
    sandbox.post(
        "/lost_orders/create/",
        {
            "advcampaign": claim.offer.external_id,
            "website": 7,
            "order_id": "RK-1001",
            "order_date": now.strftime("%d.%m.%Y"),
            "order_price": "1",
            "comment": "somebody was quicker",
        },
        receipt=("r.jpg", JPEG, "image/jpeg"),
    )

    inquiry = work(lodging.lodge(claim=claim, at=now), now)

    assert (inquiry.status, inquiry.claim.status) == (InquiryStatus.REFUSED, Status.IN_REVIEW)
    assert "A request about this order is open" in inquiry.error


def test_a_declined_purchase_is_appealed_refused_appealed_again_and_paid(alice, offer, account, sandbox, now):
    claim = lodging_make.claim(by=alice, on=offer, at=now, kind=Kind.DECLINED, order_no="RK-2002", files=())
    made = sandbox.control(
        "actions",
        {
            "campaign": "rodnik-kniga",
            "subid4": ids.suffix(claim.click_id),
            "cart": "1990.00",
            "order_id": "RK-2002",
        },
    )
    sandbox.control(f"actions/{made['id']}", {"status": "declined", "comment": "Returned"})
    polling.poll(account=account, at=datetime.now(UTC))
    claim.transaction = Transaction.objects.get()
    claim.save()

    first = work(lodging.lodge(claim=claim, at=now), now)
    sandbox.control(f"appeals/{first.external_id}", {"status": "rejected", "comment": "It was returned"})
    poll(first, now + timedelta(days=1))
    assert (first.status, first.reason, first.claim.status) == (
        "rejected",
        "It was returned",
        Status.DECLINED_NET,
    )

    claim.refresh_from_db()
    second = work(lodging.appeal(claim=claim, at=now + timedelta(days=1)), now + timedelta(days=1))
    sandbox.control(f"appeals/{second.external_id}", {"status": "accepted"})
    poll(second, now + timedelta(days=2))

    assert (second.status, wallet(alice)) == (InquiryStatus.CREDITED, 6965)
    assert Transaction.objects.get().status == "approved"
