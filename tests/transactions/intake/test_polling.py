"""Polling: every change is recorded, no window is skipped, and what cannot be read is kept."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cashback.lib import ids
from cashback.lib.http import Refused, Unavailable
from offers.networks.base import SaleStatus, Unreadable
from offers.networks.models import InboundMessage
from tests import make
from transactions.intake import polling
from transactions.models import Transaction


@pytest.fixture
def account(db, paper):
    return make.account(network="paper")


@pytest.fixture
def sale(alice, account, paper):
    click = make.click(by=alice, on=make.offer(at=account))
    paper.sales = [make.sale(click_ref=ids.suffix(click.pk))]
    return paper.sales[0]


def test_poll_records_and_moves_the_cursor(account, sale, at):
    polled = polling.poll(account=account, at=at)
    account.refresh_from_db()
    assert (polled.read, polled.news, polled.parked) == (1, 1, 0)
    assert account.sales_polled_until == at
    assert Transaction.objects.get().external_id == sale.external_id


def test_next_window_overlaps_the_last(account, paper, at):
    polling.poll(account=account, at=at)
    account.refresh_from_db()
    paper.windows.clear()
    polling.poll(account=account, at=at + timedelta(minutes=10))
    assert paper.windows == [(at - polling.OVERLAP, at + timedelta(minutes=10))]


def test_window_that_fails_is_read_again_never_skipped(account, sale, paper, at):
    paper.error = Unavailable("half of the pages came")
    with pytest.raises(Unavailable):
        polling.poll(account=account, at=at)
    account.refresh_from_db()
    assert account.sales_polled_until is None
    paper.error = None
    assert polling.poll(account=account, at=at + timedelta(minutes=1)).read == 1


def test_long_absence_is_read_in_the_networks_windows(account, paper, at):
    account.sales_polled_until = at - timedelta(days=70)
    account.save()
    polling.poll(account=account, at=at)
    starts = [since for since, _until in paper.windows]
    ends = [until for _since, until in paper.windows]
    assert len(paper.windows) == 3
    assert starts[1:] == ends[:-1]
    assert (starts[0], ends[-1]) == (at - timedelta(days=70) - polling.OVERLAP, at)


def test_cursor_never_goes_back(account, paper, at):
    polling.poll(account=account, at=at)
    account.refresh_from_db()
    polling.poll(account=account, at=at - timedelta(minutes=30))
    account.refresh_from_db()
    assert account.sales_polled_until == at


def test_row_that_nobody_can_read_is_parked_and_hides_no_other(account, sale, paper, at):
    paper.sales.insert(
        0, Unreadable("status", "odd", "is no status that we know", raw={"id": 5, "status": "odd"})
    )
    polled = polling.poll(account=account, at=at)
    assert (polled.news, polled.parked) == (1, 1)
    kept = InboundMessage.objects.parked().get()
    assert (kept.method, "status" in kept.error, b'"odd"' in bytes(kept.body)) == ("REPORT", True, True)
    account.refresh_from_db()
    polling.poll(account=account, at=at + timedelta(minutes=1))
    assert InboundMessage.objects.count() == 1


def test_sale_restated_in_another_currency_is_parked(account, sale, paper, at):
    polling.poll(account=account, at=at)
    later = at + timedelta(seconds=5)
    paper.sales = [replace(sale, currency="USD", changed_at=later, observed_at=later)]
    account.refresh_from_db()
    assert polling.poll(account=account, at=later).parked == 1
    assert "USD" in InboundMessage.objects.parked().get().error
    assert Transaction.objects.get().currency == "RUB"


@pytest.mark.parametrize(
    "facts",
    [
        {"order_id": "x" * 201},
        {"rate_name": "x" * 301},
        {"order_id": "half \ud800 a pair"},
        {"order_id": "a\x00b"},
        {"commission_minor": 2**63},
    ],
)
def test_row_that_the_database_refuses_is_parked_and_holds_up_no_other(account, sale, paper, at, facts):
    paper.sales.insert(0, replace(sale, external_id="odd", **facts))
    polled = polling.poll(account=account, at=at)
    assert (polled.news, polled.parked) == (1, 1)
    account.refresh_from_db()
    assert account.sales_polled_until == at
    assert InboundMessage.objects.parked().get().method == "REPORT"


def test_odd_letters_in_a_field_that_nobody_reads_change_nothing(account, sale, paper, at):
    paper.sales = [replace(sale, raw={"id": 1, "keyword": "a\x00b \ud800"})]
    assert polling.poll(account=account, at=at).news == 1
    paper.sales = [replace(sale, external_id="lost", click_ref="", raw={"keyword": "a\x00b \ud800"})]
    account.refresh_from_db()
    assert polling.poll(account=account, at=at).news == 1


def test_refusal_switches_the_account_off(account, paper, at):
    paper.error = Refused("Scope statistics is missing.")
    with pytest.raises(Refused):
        polling.poll(account=account, at=at)
    account.refresh_from_db()
    assert account.refusal == "Scope statistics is missing."
    assert not type(account).objects.working().exists()


def test_poll_after_a_decline_takes_it_over(account, sale, paper, at):
    polling.poll(account=account, at=at)
    later = at + timedelta(minutes=5)
    paper.sales = [replace(sale, status=SaleStatus.DECLINED, changed_at=later, observed_at=later)]
    account.refresh_from_db()
    polling.poll(account=account, at=later)
    assert Transaction.objects.get().status == "declined"
