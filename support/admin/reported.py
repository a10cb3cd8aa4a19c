"""What a network said of a trip whose claim has no purchase: what was bought by it, and messages that nobody read."""

from collections.abc import Sequence
from dataclasses import dataclass

from cashback.lib import ids
from offers.networks.models import InboundMessage
from transactions.models import Click, Transaction, TransactionEvent

_LATEST = 8
# Messages are kept as they came, with no index of what they name. Those that were read stand with their purchases; the
# few that wait or are parked have an index each, and so many of them are looked through.
MOST_UNREAD = 200


@dataclass(frozen=True, slots=True)
class Sale:
    row: Transaction
    events: Sequence[TransactionEvent]


@dataclass(frozen=True, slots=True)
class Unread:
    message: InboundMessage
    text: str


@dataclass(frozen=True, slots=True)
class Reported:
    sales: Sequence[Sale]
    unread: Sequence[Unread]


def sale(row: Transaction) -> Sale:
    return Sale(row, list(row.events.order_by("-pk")[:_LATEST]))


def of(click: Click) -> Reported:
    came = Transaction.objects.filter(click=click.pk).order_by("-pk")[:_LATEST]
    return Reported([sale(row) for row in came], _unread(click))


def _unread(click: Click) -> list[Unread]:
    sent = InboundMessage.objects.filter(account=click.account_id)
    waiting = sent.waiting().order_by("-next_attempt_at", "-pk")[:MOST_UNREAD]
    parked = sent.parked().order_by("-parked_at", "-pk")[:MOST_UNREAD]
    read = [
        Unread(each, f"{each.query}\n{bytes(each.body).decode(errors='replace')}".strip())
        for each in (*waiting, *parked)
    ]
    return [each for each in read if ids.suffix(click.pk) in each.text]
