"""In whose name support writes, and how it signs."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from partners.brand import texts
from partners.models import Storefront
from support.mail.models import SupportSender


def name_of(storefront: Storefront, language: str) -> str:
    """What stands before our address: the partner's own words for its support, else made of the storefront's name."""
    if found := _said(_of(storefront), "names", language, storefront.locale):
        return found
    with override(language):
        return _("%(name)s support") % {"name": texts.said(storefront, "name", language)}


def signature_of(storefront: Storefront, language: str) -> str:
    """The last lines of a letter: the partner's own, else the name of its support and how else to reach it."""
    if found := _said(_of(storefront), "signatures", language, ""):
        return found
    reach = texts.said(storefront, "support", language)
    return "\n".join(line for line in (name_of(storefront, language), reach) if line)


def _of(storefront: Storefront) -> SupportSender | None:
    return SupportSender.objects.filter(storefront=storefront).first()


def _said(sender: SupportSender | None, what: str, language: str, other: str) -> str:
    told: dict[str, str] = getattr(sender, what) if sender else {}
    return (told.get(language) or told.get(other) or "").strip()
