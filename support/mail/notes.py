"""What the service itself writes down in a conversation for the team to read."""

from datetime import datetime

from django.db import transaction

from support.desk import rows, talk
from support.desk.models import Author, Channel, Direction, Message, Ticket, TicketEvent


@transaction.atomic
def write(*, ticket: Ticket, text: str, at: datetime) -> Message:
    """Staff read it, shoppers never; nothing is owed for it, and nothing is opened again."""
    locked = rows.lock(ticket)
    message = talk.write_down(
        locked,
        text=text,
        channel=Channel.EMAIL,
        direction=Direction.OUT,
        author=Author.SYSTEM,
        is_internal=True,
        at=at,
    )
    rows.note_event(locked, TicketEvent.Kind.NOTED, at=at, message=str(message.pk))
    rows.save(locked, at=at, shown=ticket)
    return message
