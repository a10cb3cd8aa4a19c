"""The network's report is the record: every account is read by status-changed window, and no window is skipped."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from cashback.lib.http import Refused
from offers.networks import services as networks
from offers.networks.base import Unreadable
from offers.networks.models import NetworkAccount
from transactions import services
from transactions.models import TransactionEvent
from transactions.recording import words

logger = logging.getLogger(__name__)

# Reports are rebuilt every 15 to 30 minutes and stamp the change, not its publication: each window begins again
# an hour before the last one's end.
OVERLAP = timedelta(hours=1)
# A new account may have clicks from its first minute, and none before.
BEFORE_ACCOUNT = timedelta(days=1)


@dataclass(slots=True)
class Polled:
    """What a poll brought: rows read, of them news, and rows parked because nobody could read them."""

    read: int = 0
    news: int = 0
    parked: int = 0


def poll(*, account: NetworkAccount, at: datetime) -> Polled:
    """Every sale changed until `at` is recorded or parked, and the cursor says so. Whatever fails leaves the cursor
    at the last whole window. Raises Unavailable or Refused (the account is then switched off)."""
    network = networks.connect(account=account)
    total = Polled()
    try:
        for since, until in _windows(account, longest=network.capabilities.sales_window, at=at):
            for sale in network.list_sales_changed(since=since, until=until):
                _take(sale, account=account, total=total, at=at)
            _advance(account, until=until, at=at)
    except Refused as refusal:
        networks.switch_off(account=account, refusal=refusal)
        raise
    return total


def _windows(
    account: NetworkAccount, *, longest: timedelta | None, at: datetime
) -> Iterator[tuple[datetime, datetime]]:
    start = (account.sales_polled_until or account.created_at - BEFORE_ACCOUNT) - OVERLAP
    while start < at:
        end = min(start + longest, at) if longest else at
        yield start, end
        start = end


def _take(sale, *, account: NetworkAccount, total: Polled, at: datetime) -> None:
    total.read += 1
    if isinstance(sale, Unreadable):
        total.parked += 1
        networks.park_row(account=account, error=sale, at=at)
        return
    try:
        recorded = services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    except services.UNRECORDABLE as refusal:
        # One row must not hold up the account: it is kept for staff, and the next is read.
        logger.warning("%s: sale %s cannot be recorded: %s", account, sale.external_id, refusal)
        total.parked += 1
        why = str(words.plain(str(refusal)))
        error = Unreadable("sale", sale.external_id, why, raw=dict(sale.raw))
        networks.park_row(account=account, error=error, at=at)
    else:
        total.news += recorded.is_news


def _advance(account: NetworkAccount, *, until: datetime, at: datetime) -> None:
    """The cursor moves forward only, also when two polls of one account overlap."""
    rows = NetworkAccount.objects.filter(pk=account.pk)
    rows.update(sales_polled_at=at)
    rows.exclude(sales_polled_until__gte=until).update(sales_polled_until=until)
