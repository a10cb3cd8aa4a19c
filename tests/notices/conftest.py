"""A real mail server on this machine, and shoppers who have given their addresses."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from cashback.embedded import free_port
from cashback.sandbox import mail
from partners.models import Shopper
from partners.notices import digest, reading, services, terms
from tests import make
from transactions import services as purchases
from transactions.models import Transaction, TransactionEvent

HOUR = timedelta(hours=1)


@pytest.fixture
def sink(tmp_path: Path, settings) -> Iterator[mail.Mailbox]:
    """What arrives by SMTP at the sandbox's own mail server."""
    box, port = mail.Mailbox(tmp_path / "mail"), free_port()
    server = mail.listen(port, box)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    yield box
    server.stop()


@pytest.fixture
def no_server(settings) -> None:
    """A port that nobody listens on."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def with_address(shopper: Shopper, address: str, at: datetime) -> Shopper:
    shopper.email, shopper.email_confirmed_at = address, at
    shopper.save()
    return shopper


@pytest.fixture
def alice(transactional_db, acorn, at) -> Shopper:
    return with_address(make.shopper(acorn, "alice"), "alice@mail.test", at)


@pytest.fixture
def bob(transactional_db, birch, at) -> Shopper:
    return with_address(make.shopper(birch, "bob"), "bob@mail.test", at)


def deliver(at: datetime) -> None:
    """What the worker does: every letter that is due is tried once."""
    for _number in range(100):
        letter_id = services.next_due(at=at)
        if letter_id is None or not services.send(letter_id=letter_id, at=at):
            return


def tell_news(at: datetime) -> None:
    """What beat and worker do once the merge window is over."""
    reading.read_outbox(at=at)
    later = at + HOUR
    digest.write_letters(at=later)
    terms.write_letters(at=later)
    deliver(later)


@dataclass
class Shop:
    """A shop at which a shopper buys; each word of it is newer than the last."""

    shopper: Shopper
    name: str = "Ozon"
    _now: datetime = field(default_factory=lambda: make.sale().changed_at)

    def __post_init__(self) -> None:
        currency = self.shopper.storefront.currency
        self.account = make.account()
        self.offer = make.offer(of=make.merchant(self.name), at=self.account, currency=currency)

    def buy(self, **facts: Any) -> Any:
        """1 990.00, of which the shopper's part is 69.65."""
        click = make.click(by=self.shopper, on=self.offer)
        ref = click.public_id.removeprefix("clk_")
        sale = make.sale(click_ref=ref, currency=self.offer.currency, **facts)
        self._record(sale)
        return sale

    def say(self, sale: Any, **facts: Any) -> None:
        self._now += timedelta(seconds=5)
        self._record(replace(sale, changed_at=self._now, observed_at=self._now, **facts))

    def _record(self, sale: Any) -> Transaction | None:
        via = TransactionEvent.Via.POLL
        return purchases.record(sale=sale, account=self.account, via=via, at=self._now).transaction


@pytest.fixture
def ozon(alice) -> Shop:
    return Shop(alice)


@pytest.fixture
def amazon(bob) -> Shop:
    return Shop(bob, "Amazon")


def subjects(box: mail.Mailbox, to: str = "") -> list[str]:
    return [plain(letter.subject) for letter in box.letters(to=to)]


def plain(text: str) -> str:
    """With ordinary spaces, as a person would write it."""
    return re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", text)


def together(do: Callable[[], Any], *, threads: int = 16) -> None:
    """All at the same moment, each over a connection of its own."""
    start = threading.Barrier(threads)

    def work() -> None:
        try:
            start.wait()
            do()
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
