"""What letters to support hold of a shopper: shown to them, and erased when they ask."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from partners.models import Shopper
from partners.personal_data import Keeper
from support.mail.models import InboundMail, OutgoingMail


def export(shopper: Shopper) -> dict[str, Any]:
    came = _letters(shopper).order_by("pk")
    went = OutgoingMail.objects.filter(message__ticket__shopper=shopper).order_by("pk")
    return {
        "letters_received": [
            {
                "from": mail.sender,
                "subject": mail.subject,
                "text": mail.text,
                "received_at": mail.received_at.isoformat(),
            }
            for mail in came
        ],
        "letters_sent": [
            {"to": mail.to, "state": mail.message.delivery, "written_at": mail.message.created_at.isoformat()}
            for mail in went.select_related("message")
        ],
    }


def erase(shopper: Shopper, _answers: dict[str, str], _at: datetime) -> None:
    """Of their letters it is left that they came and went, and when."""
    _letters(shopper).update(raw=b"", text="", subject="", sender="", recipients=[], return_path=None)
    OutgoingMail.objects.filter(message__ticket__shopper=shopper).update(to="")


def _letters(shopper: Shopper) -> Any:
    """Those in their tickets, and those from their address that belong to no ticket."""
    theirs = Q(ticket__shopper=shopper)
    if shopper.email and shopper.email_confirmed_at:
        theirs |= Q(ticket=None, sender=shopper.email)
    return InboundMail.objects.filter(theirs)


KEEPER = Keeper(name="mail", export=export, erase=erase)
