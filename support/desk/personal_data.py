"""This room's part of what is held of a shopper: their conversations. The words go; that there was a question, and how
soon it was answered, stays. See docs/adr/0007."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from partners.models import Shopper
from partners.personal_data import Keeper
from support.desk.models import Draft, Message, StoredFile, Ticket


def export(shopper: Shopper) -> list[dict[str, Any]]:
    """What was written between them and us; what colleagues told each other is not theirs."""
    tickets = Ticket.objects.filter(shopper=shopper).defer("search").order_by("pk")
    said: dict[Any, list[dict[str, Any]]] = {}
    words = Message.objects.public().filter(ticket__shopper=shopper).in_order()
    for message in words.prefetch_related("attachments__file"):
        said.setdefault(message.ticket_id, []).append(
            {
                "by": str(message.author),
                "text": message.text,
                "files": [attached.file.name for attached in message.attachments.all()],
                "at": message.created_at.isoformat(timespec="seconds"),
            }
        )
    return [
        {
            "number": ticket.public_number,
            "subject": ticket.subject,
            "about": str(ticket.category),
            "name": ticket.requester_name or None,
            "address": ticket.requester_email or None,
            "opened_at": ticket.created_at.isoformat(timespec="seconds"),
            "messages": said.get(ticket.pk, []),
        }
        for ticket in tickets
    ]


def erase(shopper: Shopper, _answers: dict[str, str], _at: datetime) -> None:
    """Every word of theirs, to them or about them; and what came with the words."""
    if shopper.email and shopper.email_confirmed_at:
        # What came from their own address before we knew whose it was.
        unknown = Ticket.objects.filter(shopper=None, storefront=shopper.storefront_id)
        unknown.filter(requester_email__iexact=shopper.email).update(shopper=shopper)
    theirs = Ticket.objects.filter(shopper=shopper)
    messages = Message.objects.filter(ticket__in=theirs)
    files = StoredFile.objects.filter(attachments__message__in=messages).exclude(size=0, name="")
    StoredFile.objects.filter(pk__in=list(files.values_list("pk", flat=True))).update(
        content=b"", size=0, name="", width=None, height=None
    )
    messages.exclude(text="", html="").update(text="", html="")
    Draft.objects.filter(ticket__in=theirs).delete()
    named = ~Q(subject="") | ~Q(requester_email="") | ~Q(requester_name="")
    theirs.filter(named).update(subject="", requester_email="", requester_name="")


def merge(gone: Shopper, into: Shopper, _at: datetime) -> None:
    Ticket.objects.filter(shopper=gone).update(shopper=into)


KEEPER = Keeper(name="conversations", export=export, erase=erase, merge=merge)
