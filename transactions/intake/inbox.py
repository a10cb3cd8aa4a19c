"""Messages become sales: each is a hint to read the sale again in the network's own report."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cashback.lib.http import Refused, Unavailable
from offers.networks import services as networks
from offers.networks.base import Postback, Unreadable
from offers.networks.models import InboundMessage, NetworkAccount
from offers.networks.registry import network_class
from transactions import services
from transactions.models import TransactionEvent
from transactions.recording import words

logger = logging.getLogger(__name__)

# While one worker reads the report for a message, others leave it alone this long.
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
# About two days of asking, by the waits above. A report may lag its postback by half an hour; then a person looks.
MOST_ATTEMPTS = 56
# So that a slow network cannot fill the queue: the next sweep hands out more.
MOST_OF_ONE_ACCOUNT = 50


class NotReportedYet(Exception):
    """The network's report does not list the sale (yet): it lags its postbacks by up to half an hour."""


def process(*, message_id: uuid.UUID, at: datetime, lease: datetime | None = None) -> None:
    """The message's sale is recorded as the network reports it now; or the message waits, or is parked. With the
    `lease` it was handed out under, only while that is the latest: a copy that lay long in a queue does nothing."""
    message = _claim(message_id, lease=lease, at=at)
    if message is None:
        return
    try:
        _record_sales(message, at=at)
    except (Unreadable, *services.UNRECORDABLE) as error:
        _park(message, error=error, at=at)
    except Refused as error:
        networks.switch_off(account=message.account, refusal=error)
        _wait(message, error=error, at=at)
    except NotReportedYet as error:
        _wait(message, error=error, at=at)
    except Unavailable as error:
        wait = _wait(message, error=error, at=at)
        _spare(message.account, wait=max(wait, timedelta(seconds=error.retry_after or 0)), at=at)
    except Exception as error:
        # A fault of ours. It goes to the log, and staff see on the message what holds it up.
        _wait(message, error=error, at=at)
        raise
    else:
        # A repeat that came meanwhile has raised `times`, and stays waiting.
        _unless_repeated(message).update(processed_at=at, error="")


def hand_out(*, at: datetime) -> list[tuple[uuid.UUID, datetime]]:
    """Messages that wait and are due, each with the lease under which the caller has it: nobody else is given them
    until that moment, and should they get lost they are due again then."""
    lease = at + LEASE
    handed: list[uuid.UUID] = []
    for account in NetworkAccount.objects.working().order_by("pk"):
        due = InboundMessage.objects.waiting().filter(account=account, next_attempt_at__lte=at)
        with transaction.atomic():
            found = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True)
            chosen = list(found.values_list("pk", flat=True)[:MOST_OF_ONE_ACCOUNT])
            InboundMessage.objects.filter(pk__in=chosen).update(next_attempt_at=lease)
        handed += chosen
    return [(message_id, lease) for message_id in handed]


def _claim(message_id: uuid.UUID, *, lease: datetime | None, at: datetime) -> InboundMessage | None:
    """The message, leased to this worker by compare-and-set; None when it is done, parked or another's by now."""
    waiting = InboundMessage.objects.waiting().filter(pk=message_id)
    mine = waiting.filter(next_attempt_at=lease) if lease else waiting.filter(next_attempt_at__lte=at)
    # A moment later than the lease, so that a second copy under the same one finds it taken.
    claimed = mine.update(next_attempt_at=at + LEASE + timedelta(seconds=1), attempts=F("attempts") + 1)
    return InboundMessage.objects.select_related("account").get(pk=message_id) if claimed else None


def _record_sales(message: InboundMessage, *, at: datetime) -> None:
    network = networks.connect(account=message.account)
    sales = network.read_sales(hint=_hint(message))
    if not sales:
        raise NotReportedYet("The network's report does not list this sale yet.")
    for sale in sales:
        if isinstance(sale, Unreadable):
            raise sale
        services.record(sale=sale, account=message.account, via=TransactionEvent.Via.POSTBACK, at=at)


def _hint(message: InboundMessage) -> Postback:
    fields = networks.read_fields(message)
    if message.method == InboundMessage.REPORT:
        hint = Postback(click_ref=fields.get("subid4", ""), sale_external_id=fields.get("action_id", ""))
        if not (hint.click_ref or hint.sale_external_id):
            raise Unreadable(
                "action_id", None, "is missing, and so is subid4: nothing says which sale to read again"
            )
        return hint
    return network_class(message.account.network).parse_postback(fields=fields)


def _park(message: InboundMessage, *, error: Exception, at: datetime) -> None:
    logger.warning("Message %s of %s is parked: %s", message, message.account, error)
    _unless_repeated(message).update(parked_at=at, error=_shown(error))


def _wait(message: InboundMessage, *, error: Exception, at: datetime) -> timedelta:
    """Asks again later, each time after twice as long, until the network has had its time; how long."""
    wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    if message.attempts >= MOST_ATTEMPTS:
        _park(message, error=error, at=at)
    else:
        _unless_repeated(message).update(next_attempt_at=at + wait, error=_shown(error))
    return wait


def _spare(account: NetworkAccount, *, wait: timedelta, at: datetime) -> None:
    """The account's other messages wait too: a network that is away is not asked once for each."""
    due = InboundMessage.objects.waiting().filter(account=account, next_attempt_at__lte=at)
    due.update(next_attempt_at=at + wait)


def _shown(error: Exception) -> str:
    return str(words.plain(str(error)))


def _unless_repeated(message: InboundMessage):
    return InboundMessage.objects.filter(pk=message.pk, times=message.times)
