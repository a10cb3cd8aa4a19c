"""What a storefront says in the partner's own words, in each language.

Words that the partner has not said in a language are ours in that language: a reader is never shown two languages at
once. A name or an address is not translated: those of the storefront's own language stand in for another's.
"""

from collections.abc import Callable, Mapping

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners.brand import dress
from partners.models import Storefront, StorefrontText

Name = StorefrontText.Name
LONGEST = {Name.NAME: 120, Name.HEADLINE: 160, Name.HOW_IT_WORKS: 8000, Name.SUPPORT: 600}
_SAME_IN_ALL_LANGUAGES = {Name.NAME, Name.SUPPORT}
_OURS: dict[str, Callable[[Storefront], str | Promise]] = {
    Name.NAME: lambda storefront: storefront.name,
    Name.HEADLINE: lambda storefront: gettext_lazy("Shop as usual, get a part back"),
    Name.HOW_IT_WORKS: lambda storefront: "",
    Name.SUPPORT: lambda storefront: "",
}


class TextRefused(DomainError):
    """A text is longer than its place."""

    code = "text_too_long"


def said(storefront: Storefront, name: str, language: str | None = None) -> str:
    """The text in the language, or in the active one; what stands in for it where the partner has said nothing."""
    language = language or get_language() or storefront.locale
    if name not in Name.values:
        raise KeyError(name)
    texts = _texts(storefront, name)
    found = texts.get(language)
    if not found and name in _SAME_IN_ALL_LANGUAGES:
        found = texts.get(storefront.locale) or next(iter(texts.values()), "")
    if found:
        return found
    with override(language):
        return str(_OURS[name](storefront))


def own(storefront: Storefront) -> dict[tuple[str, str], str]:
    """By name and language, what the partner has said itself."""
    rows = storefront.texts.order_by("name", "language").values_list("name", "language", "text")
    return {(name, language): text for name, language, text in rows}


@transaction.atomic
def say(*, storefront: Storefront, words: Mapping[tuple[str, str], str]) -> None:
    """The storefront says these words; an empty text is ours again. What is not named stays."""
    for (name, _language), text in words.items():
        if len(text.strip()) > LONGEST[Name(name)]:
            raise TextRefused(
                _("“%(name)s” has room for %(most)s characters.")
                % {"name": Name(name).label, "most": LONGEST[Name(name)]}
            )
    dress.lock(storefront)
    for (name, language), text in words.items():
        if text := text.replace("\r\n", "\n").strip():
            storefront.texts.update_or_create(
                partner_id=storefront.partner_id, name=name, language=language, defaults={"text": text}
            )
        else:
            storefront.texts.filter(name=name, language=language).delete()
    dress.renew(storefront)


def _texts(storefront: Storefront, name: str) -> dict[str, str]:
    if name in dress.WORN:
        return storefront.dress.get("texts", {}).get(name, {})
    return dict(storefront.texts.filter(name=name).order_by("language").values_list("language", "text"))
