"""Notes of how each step of an integration last went, for the checklist. Never in the way of the step itself."""

from datetime import datetime

from django.db.models import F

from partners.models import Sighting, Storefront

_LONGEST = {"origin": 200, "code": 60, "detail": 300}
# Anybody can name an origin, so of what went wrong no more is kept than somebody reads.
_KEPT = 20


def note(
    *, storefront: Storefront, step: str, at: datetime, origin: str = "", code: str = "", detail: str = ""
) -> None:
    """The step was seen at this moment; `code` says what went wrong, "" that it worked."""
    said = {"origin": origin, "code": code, "detail": detail}
    said = {name: text.replace("\x00", "")[: _LONGEST[name]] for name, text in said.items()}
    _sighting, is_new = Sighting.objects.update_or_create(
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
    if is_new and said["code"]:
        _forget_the_oldest(storefront, step)


def _forget_the_oldest(storefront: Storefront, step: str) -> None:
    wrong = storefront.sightings.filter(step=step).exclude(code="").order_by("-seen_at", "-pk")
    storefront.sightings.filter(pk__in=wrong.values("pk")[_KEPT:]).delete()
