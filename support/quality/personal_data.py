"""This room's part of what is held of a shopper: what they thought of us. Their words go, the score stays."""

from datetime import datetime
from typing import Any

from partners.models import Shopper
from partners.personal_data import Keeper
from support.quality.models import Rating


def export(shopper: Shopper) -> list[dict[str, Any]]:
    answered = Rating.objects.answered().filter(ticket__shopper=shopper).order_by("answered_at", "pk")
    return [
        {
            "about": rating.ticket.public_number,
            "score": rating.score,
            "reason": rating.reason,
            "comment": rating.comment,
            "answered_at": rating.answered_at.isoformat(),
        }
        for rating in answered.select_related("ticket")
    ]


def erase(shopper: Shopper, answers: dict[str, str], at: datetime) -> None:
    Rating.objects.filter(ticket__shopper=shopper).exclude(comment="").update(comment="")


KEEPER = Keeper(name="ratings", export=export, erase=erase)
