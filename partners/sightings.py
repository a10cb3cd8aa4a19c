"""Notes of how each step of an integration last went, for the checklist. Never in the way of the step itself."""

from datetime import datetime

from django.db.models import F

from partners.models import Sighting, Storefront

_LONGEST = {"origin": 200, "code": 60, "detail": 300}


def note(
    *, storefront: Storefront, step: str, at: datetime, origin: str = "", code: str = "", detail: str = ""
) -> None:
    """The step was seen at this moment; `code` says what went wrong, "" that it worked."""
    said = {"origin": origin, "code": code, "detail": detail}
    said = {name: text.replace("\x00", "")[: _LONGEST[name]] for name, text in said.items()}
    Sighting.objects.update_or_create(
        storefront=storefront,
        step=step,
        origin=said["origin"],
        code=said["code"],
        defaults={"detail": said["detail"], "seen_at": at, "times": F("times") + 1},
        create_defaults={
            "partner_id": storefront.partner_id,
            "detail": said["detail"],
            "seen_at": at,
        },
    )
