"""This room's part of what is held of a shopper: who they are, and what they were sent to prove it."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from partners.models import LaunchToken, MailCode, PilotShopper, Shopper
from partners.personal_data import Keeper
from partners.profile.services import pseudonym

# A launch, a click or a purchase that was under way while its shopper was erased has come in by then.
STRAGGLERS_COME_WITHIN = timedelta(days=2)


def export(shopper: Shopper) -> dict[str, Any]:
    return {
        "id": shopper.public_id,
        "partner_shopper_id": shopper.external_id,
        "language_from_partner": shopper.locale or None,
        "language_chosen": shopper.chosen_locale or None,
        "email": shopper.email or None,
        "email_confirmed_at": _moment(shopper.email_confirmed_at),
        "signs_in_by_email": shopper.signs_in_by_email,
        "first_seen_at": _moment(shopper.created_at),
        "last_seen_at": _moment(shopper.last_seen_at),
        "is_invited_to_the_pilot": _invitations(shopper).exists(),
    }


def erase(shopper: Shopper, _answers: dict[str, str], at: datetime) -> None:
    if shopper.erased_at is None:
        _invitations(shopper).delete()
        LaunchToken.objects.filter(storefront=shopper.storefront, external_id=shopper.external_id).delete()
        _codes(shopper).delete()
        shopper.external_id, shopper.erased_at = pseudonym(), at
    shopper.email, shopper.email_confirmed_at, shopper.signs_in_by_email = "", None, False
    shopper.locale, shopper.chosen_locale, shopper.last_seen_at = "", "", None
    shopper.save()


def part_with(gone: Shopper, into: Shopper) -> None:
    """Who was invited to the pilot still is, by the other name."""
    if _invitations(gone).exists():
        PilotShopper.objects.get_or_create(
            partner_id=into.partner_id, storefront_id=into.storefront_id, name=into.external_id.lower()
        )
        _invitations(gone).delete()
    LaunchToken.objects.filter(storefront=gone.storefront, external_id=gone.external_id).delete()
    MailCode.objects.filter(shopper=gone).delete()


def consequences(shopper: Shopper) -> list[str | Promise]:
    said = [_("Your language, your settings and everything that leads to you are deleted for good.")]
    if shopper.email:
        said.append(_("Your e-mail address is deleted. No more letters will come."))
    return said


def unfinished(at: datetime) -> list[Shopper]:
    return list(Shopper.objects.filter(erased_at__gt=at - STRAGGLERS_COME_WITHIN).order_by("pk"))


def _invitations(shopper: Shopper) -> Any:
    names = [name.lower() for name in (shopper.external_id, shopper.email) if name]
    return PilotShopper.objects.filter(storefront=shopper.storefront, name__in=names)


def _codes(shopper: Shopper) -> Any:
    theirs = Q(shopper=shopper) | Q(email=shopper.email) if shopper.email else Q(shopper=shopper)
    return MailCode.objects.filter(theirs, storefront=shopper.storefront)


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


KEEPER = Keeper(
    "profile",
    export=export,
    erase=erase,
    part_with=part_with,
    consequences=consequences,
    subjects=lambda shopper: [shopper.pk],
    unfinished=unfinished,
)
