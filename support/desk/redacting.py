"""Blanking what should never have been written down: a card's number, somebody else's address."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.desk import rows
from support.desk.models import Agent, Message, Redaction


class RedactionRefused(DomainError):
    """Nothing was blanked; the message says why."""


@transaction.atomic
def redact(*, message: Message, agent: Agent, reason: str, at: datetime) -> Redaction:
    """The message has no words any more, and its files are shown to nobody; who did it and why stands in their place.
    Raises RedactionRefused (why_missing, redacted)."""
    reason = rows.storable(reason)
    if not reason:
        raise RedactionRefused(_("Say why: it stands in the place of the words."), code="why_missing")
    ticket = rows.lock(message.ticket_id)
    if Redaction.objects.filter(message=message).exists():
        raise RedactionRefused(_("This message was removed already."), code="redacted")
    made = Redaction.objects.create(message=message, agent=agent, reason=reason[:200], at=at)
    # The database lets the words go only where a redaction says why.
    Message.objects.filter(pk=message.pk).update(text="", html="")
    rows.save(ticket, at=at)
    return made
