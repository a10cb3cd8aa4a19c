"""A postback is stored first and is a hint only: what is recorded is what the network's report says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cashback.lib import ids
from cashback.lib.http import Refused, Unavailable
from offers.networks import services as networks
from offers.networks.base import SaleStatus, Unreadable
from offers.networks.models import InboundMessage, NetworkAccount
from tests import make
from transactions.intake import inbox
from transactions.models import Transaction


@pytest.fixture
def account(db, paper):
    return make.account(network="paper")


@pytest.fixture
def sale(alice, account, paper):
    click = make.click(by=alice, on=make.offer(at=account))
    paper.sales = [make.sale(click_ref=ids.suffix(click.pk))]
    return paper.sales[0]


def receive(account, at, query="", body=b"", method="GET") -> InboundMessage:
    pk = networks.receive(
        token=account.postback_token, method=method, content_type="", query=query, body=body, at=at
    )
    return InboundMessage.objects.get(pk=pk)


def process(message, at) -> InboundMessage:
    inbox.process(message_id=message.pk, at=at)
    return InboundMessage.objects.get(pk=message.pk)


def sweep(at) -> int:
    handed = inbox.hand_out(at=at)
    for message_id, lease in handed:
        inbox.process(message_id=message_id, lease=lease, at=at)
    return len(handed)


@pytest.mark.parametrize(
    ("query", "body"),
    [("sub={ref}&status=approved", b""), ("", b"sub={ref}"), ("", b'{"sub": "{ref}", "status": "approved"}')],
)
def test_message_records_what_the_report_says_not_what_it_claims(account, sale, at, query, body):
    query, body = query.replace("{ref}", sale.click_ref), body.replace(b"{ref}", sale.click_ref.encode())
    message = process(receive(account, at, query, body), at)
    assert (message.processed_at, message.error) == (at, "")
    assert Transaction.objects.get().status == "pending"


def test_repeated_message_is_counted_and_heard_again(account, sale, paper, at):
    message = process(receive(account, at, f"sub={sale.click_ref}"), at)
    later = at + timedelta(minutes=1)
    paper.sales = [replace(sale, status=SaleStatus.APPROVED, changed_at=later, observed_at=later)]
    again = receive(account, later, f"sub={sale.click_ref}")
    assert (again.pk, again.times, again.processed_at) == (message.pk, 2, None)
    process(again, later)
    assert Transaction.objects.get().status == "approved"


def test_message_that_is_handed_out_is_due_again_only_when_it_got_lost(account, sale, at):
    message = receive(account, at, f"sub={sale.click_ref}")
    lease = at + inbox.LEASE
    assert inbox.hand_out(at=at) == [(message.pk, lease)]
    assert inbox.hand_out(at=at) == []
    assert inbox.hand_out(at=lease) == [(message.pk, lease + inbox.LEASE)]


def test_copy_of_a_message_that_lay_long_in_the_queue_does_nothing(account, sale, at):
    message = receive(account, at, f"sub={sale.click_ref}")
    [(_, old_lease)] = inbox.hand_out(at=at)
    inbox.hand_out(at=old_lease)
    inbox.process(message_id=message.pk, lease=old_lease, at=old_lease)
    message.refresh_from_db()
    assert (message.attempts, message.processed_at) == (0, None)


def test_network_that_is_away_spares_its_other_messages(account, sale, paper, at):
    first, other = (receive(account, at, f"sub={sale.click_ref}&n={n}") for n in (1, 2))
    paper.error = Unavailable("slow down", retry_after=90)
    process(first, at)
    other.refresh_from_db()
    assert other.next_attempt_at == at + timedelta(seconds=90)


def test_processed_message_costs_one_look(account, sale, at, django_assert_num_queries):
    message = receive(account, at, f"sub={sale.click_ref}")
    process(message, at)
    with django_assert_num_queries(1):
        inbox.process(message_id=message.pk, at=at)


def test_repeat_that_comes_while_we_read_stays_waiting(account, sale, paper, at, monkeypatch):
    message = receive(account, at, f"sub={sale.click_ref}")
    read = paper.read_sales

    def read_slowly(self, *, hint):
        receive(account, at + timedelta(seconds=1), f"sub={sale.click_ref}")
        return read(self, hint=hint)

    monkeypatch.setattr(paper, "read_sales", read_slowly)
    message = process(message, at)
    assert (message.times, message.processed_at) == (2, None)


def test_sale_that_the_report_does_not_list_yet_is_asked_for_again_later(account, paper, at):
    message = process(receive(account, at, "sale=77"), at)
    assert (message.processed_at, message.parked_at) == (None, None)
    assert at < message.next_attempt_at <= at + timedelta(minutes=1)
    assert sweep(at) == 0
    paper.sales = [make.sale(external_id="77")]
    assert sweep(message.next_attempt_at) == 1
    assert not InboundMessage.objects.waiting().exists()


def test_message_about_a_sale_that_never_comes_is_parked_after_two_days_of_asking(account, paper, at):
    message, now = receive(account, at, "sale=77"), at
    while message.parked_at is None:
        now = max(now, message.next_attempt_at)
        message = process(message, now)
    assert timedelta(days=1.5) < message.parked_at - at < timedelta(days=2.5)
    assert "does not list" in message.error
    networks.replay(message=message, at=now)
    assert process(message, now).parked_at is None


def test_row_of_a_report_that_names_nothing_stays_parked_on_replay(account, paper, at):
    networks.park_row(
        account=account, error=Unreadable("id", None, "is missing", raw={"status": "odd"}), at=at
    )
    parked = InboundMessage.objects.get()
    networks.replay(message=parked, at=at)
    assert process(parked, at).error.startswith("action_id")


@pytest.mark.parametrize(
    ("query", "body", "names"),
    [
        ("nothing=known", b"", "sub"),
        ("", b"{broken", "body"),
        ("", b"[" * 5000, "body"),
        ("", b"\xff\xfe\x00", "body"),
        ("", b"just words", "body"),
    ],
)
def test_message_that_nobody_can_read_is_parked_with_its_error(account, at, query, body, names):
    message = process(receive(account, at, query, body), at)
    assert message.parked_at == at
    assert message.error.startswith(names)
    assert bytes(message.body) == body


def test_row_that_nobody_can_read_parks_the_message(account, paper, at):
    paper.sales = [Unreadable("status", "odd", "is no status that we know")]
    message = process(receive(account, at, "sale=77"), at)
    assert message.parked_at == at
    assert "status" in message.error


def test_network_that_is_away_is_asked_again_each_time_later(account, sale, paper, at):
    paper.error = Unavailable("GET /statistics/actions/ answered 500.")
    message = receive(account, at, f"sub={sale.click_ref}")
    waits = []
    for _ in range(3):
        now = message.next_attempt_at
        message = process(message, now)
        waits.append(message.next_attempt_at - now)
    assert waits == [inbox.FIRST_WAIT, inbox.FIRST_WAIT * 2, inbox.FIRST_WAIT * 4]


def test_fault_of_ours_is_raised_and_the_message_waits_with_it(account, sale, paper, at):
    paper.error = RuntimeError("a bug")
    message = receive(account, at, f"sub={sale.click_ref}")
    with pytest.raises(RuntimeError):
        process(message, at)
    message.refresh_from_db()
    assert (message.processed_at, message.error) == (None, "a bug")
    assert message.next_attempt_at == at + inbox.FIRST_WAIT


def test_network_that_refuses_us_is_asked_no_more_until_staff_check(account, sale, paper, at):
    paper.error = Refused("The client's secret is wrong.", status=401)
    message = process(receive(account, at, f"sub={sale.click_ref}"), at)
    account.refresh_from_db()
    assert account.refusal == "The client's secret is wrong."
    assert sweep(message.next_attempt_at) == 0
    paper.error = None
    networks.check_account(account=account)
    assert sweep(message.next_attempt_at) == 1
    assert Transaction.objects.count() == 1


def test_replayed_message_is_read_again(account, sale, paper, at):
    message = process(receive(account, at, "nothing=known"), at)
    networks.replay(message=message, at=at)
    message.refresh_from_db()
    assert (message.parked_at, message.attempts, message.error) == (None, 0, "")


def test_message_for_no_account_is_not_stored(db, at):
    assert networks.receive(token="nobody", method="GET", content_type="", query="", body=b"", at=at) is None
    assert not InboundMessage.objects.exists()
    assert not NetworkAccount.objects.exists()
