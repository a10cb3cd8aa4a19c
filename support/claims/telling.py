"""The service's own word to the shopper, in the claim's conversation."""

from datetime import datetime, timedelta

from support.claims import moves, timing
from support.claims.models import Claim, policy_of
from support.desk import services as desk
from support.desk.models import Author, Message


def tell(claim: Claim, text: str, *, at: datetime) -> Message | None:
    """The shopper can read it; the next word is due anew. What was said last is not said twice, and nobody writes to a
    shopper whose account is gone."""
    if claim.shopper.erased_at is not None or _was_said_last(claim, text):
        return None
    said = desk.answer_by_itself(ticket=claim.ticket, text=text, at=at)
    timing.updated(claim, at=at)
    return said


def note_update(claim: Claim, *, at: datetime) -> None:
    """The shopper has heard from us: while the claim waits for others, the next word is due so many days from now."""
    if claim.status in timing.TOLD_REGULARLY:
        due = at + timedelta(days=policy_of(claim.partner_id).update_days)
        moves.note_due(claim, due=due, at=at)
    timing.updated(claim, at=at)


def _was_said_last(claim: Claim, text: str) -> bool:
    last = Message.objects.filter(ticket=claim.ticket_id).public().order_by("-pk").first()
    return last is not None and last.author == Author.SYSTEM and last.text == text
