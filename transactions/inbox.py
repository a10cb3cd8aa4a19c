"""Messages become sales: each is a hint to read the sale again in the network's own report."""

import logging
import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from cashback.lib.errors import DomainError
from cashback.lib.http import Refused, Unavailable
from offers.networks import services as networks
from offers.networks.base import Postback, Unreadable
from offers.networks.models import InboundMessage
from offers.networks.registry import network_class
from transactions import services
from transactions.models import TransactionEvent

logger = logging.getLogger(__name__)

# While one worker reads the report for a message, others leave it alone this long.
LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)


class NotReportedYet(Exception):
    """The network's report does not list the sale (yet): it lags its postbacks by up to half an hour."""


def process(*, message_id: uuid.UUID, at: datetime) -> None:
    """The message's sale is recorded as the network reports it now; or the message waits, or is parked."""
    message = _claim(message_id, at=at)
    if message is None:
        return
    try:
        _record_sales(message, at=at)
    except (Unreadable, DomainError) as error:
        _park(message, error=error, at=at)
    except Refused as error:
        networks.switch_off(account=message.account, refusal=error)
        _wait(message, error=error, at=at)
    except (Unavailable, NotReportedYet) as error:
        _wait(message, error=error, at=at)
    except Exception as error:
        # A fault of ours. It goes to the log, and staff see on the message what holds it up.
        _wait(message, error=error, at=at)
        raise
    else:
        # A repeat that came meanwhile has raised `times`, and stays waiting.
        _unless_repeated(message).update(processed_at=at, error="")


def hand_out(*, at: datetime, limit: int = 500) -> list[uuid.UUID]:
    """Messages that wait and are due, leased to whoever calls: nobody else is given them for a while, and should they
    get lost they are due again."""
    due = InboundMessage.objects.waiting().filter(
        next_attempt_at__lte=at, account__is_active=True, account__refusal=""
    )
    with transaction.atomic():
        found = due.order_by("next_attempt_at", "pk").select_for_update(skip_locked=True, of=("self",))
        handed = list(found.values_list("pk", flat=True)[:limit])
        InboundMessage.objects.filter(pk__in=handed).update(next_attempt_at=at + LEASE)
    return handed


def _claim(message_id: uuid.UUID, *, at: datetime) -> InboundMessage | None:
    """The message, leased to this worker; None when it is done or parked. Two workers with one message do its work
    twice, which changes nothing."""
    claimed = (
        InboundMessage.objects.waiting()
        .filter(pk=message_id)
        .update(next_attempt_at=at + LEASE, attempts=F("attempts") + 1)
    )
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
        return Postback(click_ref=fields.get("subid4", ""), sale_external_id=fields.get("action_id", ""))
    return network_class(message.account.network).parse_postback(fields=fields)


def _park(message: InboundMessage, *, error: Exception, at: datetime) -> None:
    logger.warning("Message %s of %s is parked: %s", message, message.account, error)
    _unless_repeated(message).update(parked_at=at, error=str(error))


def _wait(message: InboundMessage, *, error: Exception, at: datetime) -> None:
    """Asks again later, each time after twice as long, until the network has had its time."""
    if at - message.last_received_at > networks.GIVE_UP_AFTER:
        _park(message, error=error, at=at)
        return
    wait = min(FIRST_WAIT * 2 ** min(message.attempts - 1, 10), LONGEST_WAIT)
    _unless_repeated(message).update(next_attempt_at=at + wait, error=str(error))


def _unless_repeated(message: InboundMessage):
    return InboundMessage.objects.filter(pk=message.pk, times=message.times)
