"""The service's own word to the shopper, in the claim's conversation."""

from datetime import datetime

from support.claims import timing
from support.claims.models import Claim
from support.desk import services as desk
from support.desk.models import Author, Message, Ticket


def tell(claim: Claim, text: str, *, at: datetime) -> Message | None:
    """The shopper can read it; the next word is due anew. What was said last is not said twice, and nobody writes to a
    shopper whose account is gone."""
    if claim.shopper.erased_at is not None or _was_said_last(claim, text):
        return None
    said = desk.answer_by_itself(ticket=claim.ticket, text=text, at=at)
    claim.ticket = Ticket.objects.select_related("team").get(pk=claim.ticket_id)
    timing.updated(claim, at=at)
    return said


def _was_said_last(claim: Claim, text: str) -> bool:
    last = Message.objects.filter(ticket=claim.ticket_id).public().order_by("-pk").first()
    return last is not None and last.author == Author.SYSTEM and last.text == text
