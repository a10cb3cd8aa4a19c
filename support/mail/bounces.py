"""A letter of ours that came back: its message says so, where the team that owes an answer sees it."""

import re
from datetime import datetime

from support.desk.models import Delivery, Message
from support.mail import addresses
from support.mail.models import OutgoingMail
from support.mail.parsing import Letter

_LONGEST_ERROR = 300
_FIELD = re.compile(r"^(action|status|diagnostic-code)\s*:\s*(.+)$", re.IGNORECASE | re.MULTILINE)


def take(letter: Letter, *, raw: bytes, at: datetime) -> Message | None:
    """The message that the report is about, marked as come back if the report says so; None for a letter of nobody's.

    Which letter it was its Message-ID tells, which nobody can guess who did not get it."""
    returned = addresses.returned_id(raw)
    known = Message.objects.exclude(message_id="").filter(message_id=returned)
    message = known.select_related("ticket").first()
    if message is None or not _says_failed(letter):
        return message
    went = Message.objects.filter(pk=message.pk, delivery__in=[Delivery.QUEUED, Delivery.SENT])
    went.update(delivery=Delivery.BOUNCED, delivery_error=_reason(letter))
    OutgoingMail.objects.filter(message=message, done_at=None).update(done_at=at)
    return message


def _says_failed(letter: Letter) -> bool:
    """Not of one that is only late, or has arrived. A report without a machine's words is one of a failure."""
    told = [(name.lower(), value.strip().lower()) for name, value in _FIELD.findall(letter.report)]
    actions = [value for name, value in told if name == "action"]
    if actions:
        return any(action.startswith("failed") for action in actions)
    statuses = [value for name, value in told if name == "status"]
    return not statuses or any(status.startswith("5") for status in statuses)


def _reason(letter: Letter) -> str:
    told = {name.lower(): value.strip() for name, value in _FIELD.findall(letter.report)}
    said = " ".join(told[name] for name in ("status", "diagnostic-code") if name in told)
    return (said or letter.subject or "The letter came back.")[:_LONGEST_ERROR]
