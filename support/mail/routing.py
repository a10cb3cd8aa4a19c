"""Whose letter it is when it begins a conversation: which storefront, which shopper, which language."""

import re

from django.conf import settings
from django.db.models import QuerySet

from partners.models import Shopper, Storefront
from partners.notices import preferences
from support.mail import addresses
from support.mail.models import SupportSender
from support.mail.parsing import Letter

_SPOKEN = dict(settings.LANGUAGES)
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)


def storefront_of(letter: Letter, recipients: list[str]) -> Storefront | None:
    """The one that was written to; else the one where the sender is a shopper, if that is one; else the one that takes
    the letters that name none. None where nobody can tell."""
    known = Storefront.objects.select_related("partner")
    slugs = [plus.text for plus in addresses.pluses(recipients) if plus.text and not plus.is_token]
    if found := known.filter(slug__in=slugs).order_by("pk").first():
        return found
    forwarded = SupportSender.objects.exclude(forwards_from="").filter(forwards_from__in=recipients)
    if found := known.filter(support_sender__in=forwarded).order_by("pk").first():
        return found
    homes = known.filter(pk__in=_confirmed(letter.sender).values("storefront_id")).order_by("pk")[:2]
    if len(homes) == 1:
        return homes[0]
    return known.filter(slug=settings.SUPPORT_STOREFRONT).first() if settings.SUPPORT_STOREFRONT else None


def shopper_of(storefront: Storefront, sender: str) -> Shopper | None:
    """Whose confirmed address it is in this storefront; where several have confirmed it, the one who signs in by it."""
    found = list(_confirmed(sender).filter(storefront=storefront).order_by("pk")[:20])
    if len(found) > 1:
        found = [shopper for shopper in found if shopper.signs_in_by_email]
    return found[0] if len(found) == 1 else None


def language_of(text: str, *, shopper: Shopper | None, storefront: Storefront) -> str:
    """What the shopper chose; of somebody unknown, what they write in."""
    if shopper:
        return preferences.language_of(shopper)
    if "ru" in _SPOKEN and len(_CYRILLIC.findall(text)) > len(text) / 10:
        return "ru"
    return "en" if _LATIN.search(text) and not _CYRILLIC.search(text) else storefront.locale


def _confirmed(sender: str) -> QuerySet[Shopper]:
    return Shopper.objects.filter(email=sender, erased_at=None).exclude(email_confirmed_at=None)
