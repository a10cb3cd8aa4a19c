"""Which shop is it, and which shelf: what networks write differently is brought to one form."""

import re
from collections.abc import Container
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from django.utils.text import slugify

from offers.models import Category, Merchant
from offers.networks.base import CategoryData, Unreadable

_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґўқғңөұүһә"
_LATIN = (
    "a b v g d e zh z i y k l m n o p r s t u f kh ts ch sh sch - y - e yu ya e i yi ye g u q g n o u u h a"
)
_TRANSLITERATION = str.maketrans(
    {ours: "" if theirs == "-" else theirs for ours, theirs in zip(_CYRILLIC, _LATIN.split(), strict=True)}
)
_DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
# The same shop for a telephone, or an old habit: never a shop of its own.
_FRONTS = ("www.", "m.")
# Networks mark a programme's market and model in its name: "Lumen Audio RU", "[CPS] Lumen Audio Many GEOs".
_MARKS = re.compile(
    r"\s*[\[(](?:CP[SALIO]|RU|CIS|WW)[\])]\s*"
    r"|\s+(?:Many GEOs?|WW|INT|CIS|EU|MENA|LATAM|RU|BY|KZ|UZ|UA|AM|GE|AZ|US|UK|DE|FR|ES|PL|TR|AE|BR)$"
)
_SLUG_LENGTH = Merchant._meta.get_field("slug").max_length
_CATEGORY_SLUG_LENGTH = Category._meta.get_field("slug").max_length
_CATEGORY_NAME_LENGTH = Category._meta.get_field("name_en").max_length


class Shelf(NamedTuple):
    """A category of ours, as a refresh would make it."""

    slug: str
    name_ru: str
    name_en: str


def domain_of(site_url: str) -> str:
    """The host that stands for the shop: lower case, IDNA, without `www.` and `m.`. Raises Unreadable."""
    address = site_url.strip()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
        host = host.rstrip(".")
        domain = host if host.isascii() else host.encode("idna").decode()
    except ValueError as error:  # UnicodeError, of names that IDNA cannot write, is one too
        raise Unreadable("site_url", site_url, "is not a web address") from error
    for front in _FRONTS:
        rest = domain.removeprefix(front)
        if "." in rest:
            domain = rest
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
        raise Unreadable("site_url", site_url, "names no shop's domain")
    return domain


def merchant_name(offer_name: str) -> str:
    """The shop's own name, without the network's marks around it."""
    name = offer_name
    while (shorter := _MARKS.sub(" ", name).strip()) and shorter != name:
        name = shorter
    return name


def slug_of(text: str, *, length: int) -> str:
    """ "Северный чай" → "severny-chay"; "" when nothing of the text can be written so."""
    latin = text.lower().translate(_TRANSLITERATION).replace("yy", "y")
    return slugify(latin)[:length].strip("-")


def free_slug(name: str, *, domain: str, taken: Container[str]) -> str:
    """A merchant's slug that nobody has: its name's, else its domain's, else with a number."""
    room_for_a_number = _SLUG_LENGTH - 8
    wanted = slug_of(name, length=room_for_a_number)
    wanted = wanted or slug_of(domain.replace(".", "-"), length=room_for_a_number)
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted}-{number}"
    return slug


def shelf_of(theirs: CategoryData) -> Shelf:
    """Our shelf for a network's category: the one of its English name, or of any other where it has none."""
    return _shelf(tuple(theirs.names.items()))


@lru_cache(maxsize=2000)
def _shelf(names: tuple[tuple[str, str], ...]) -> Shelf:
    by_language = dict(names)
    english = by_language.get("en") or by_language.get("ru") or next(iter(by_language.values()), "")
    slug = slug_of(english, length=_CATEGORY_SLUG_LENGTH)
    if not slug:
        raise Unreadable("categories.name", by_language, "names no category")
    russian = by_language.get("ru") or english
    return Shelf(slug, russian[:_CATEGORY_NAME_LENGTH], english[:_CATEGORY_NAME_LENGTH])
