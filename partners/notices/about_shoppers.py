"""What letters and notices hold of a shopper: shown to them, and erased when they ask."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from partners.models import Shopper
from partners.notices import addresses, preferences
from partners.notices.models import Letter, Notice, Preference
from partners.personal_data import Keeper


def export(shopper: Shopper) -> dict[str, Any]:
    wanted = preferences.of(shopper)
    stopped = addresses.suppression(shopper) if shopper.email else None
    return {
        "preferences": {name: getattr(wanted, name) for name in preferences.SWITCHES},
        "unsubscribed_at": stopped.created_at.isoformat() if stopped else None,
        "letters": [
            {
                "letter": letter.letter,
                "language": letter.language,
                "to": letter.to,
                "state": letter.state,
                "written_at": letter.created_at.isoformat(),
                "sent_at": letter.sent_at.isoformat() if letter.sent_at else None,
            }
            for letter in _letters(shopper).order_by("pk")
        ],
    }


def erase(shopper: Shopper, _answers: dict[str, str], _at: datetime) -> None:
    """Letters, notices and choices are gone. A wish not to be written to stays, as a keyed hash of the address."""
    Notice.objects.filter(shopper=shopper).delete()
    _letters(shopper).delete()
    Preference.objects.filter(shopper=shopper).delete()


def merge(gone: Shopper, into: Shopper, _at: datetime) -> None:
    """Nobody is told twice; and whoever has not said which notices they want gets those that the other wanted."""
    told = Notice.objects.filter(shopper=into).values("event_id")
    Notice.objects.filter(shopper=gone, event_id__in=told).delete()
    Notice.objects.filter(shopper=gone).update(shopper=into)
    Letter.objects.filter(shopper=gone).update(shopper=into)
    wanted = Preference.objects.filter(shopper=gone)
    if not Preference.objects.filter(shopper=into).exists():
        wanted.update(shopper=into)
    wanted.delete()


def _letters(shopper: Shopper) -> Any:
    """Those to the shopper, and those with codes to their address from before they were anybody."""
    theirs = Q(shopper=shopper)
    if shopper.email:
        theirs |= Q(
            storefront=shopper.storefront,
            address_hash=addresses.hashed(shopper.email, storefront=shopper.storefront),
        )
    return Letter.objects.filter(theirs)


KEEPER = Keeper(name="notices", export=export, erase=erase, merge=merge)
