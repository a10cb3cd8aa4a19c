"""What a shopper asks a list for, as the address says it. Rubbish there is as good as nothing."""

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashback.lib import paging

LONGEST_TEXT = 100
# One address shows so many pages at once, where they were loaded one after the other.
MOST_PAGES_AT_ONCE = 10
_COUNTRY = re.compile(r"[A-Z]{2}")


class Sort(TextChoices):
    RECOMMENDED = "recommended", _("Recommended")
    RATE = "rate", _("Highest cashback")
    NEW = "new", _("New")
    NAME = "name", _("By name")


@dataclass(frozen=True, slots=True)
class Wish:
    """Shops. `first_page` is before `page` where several pages are shown at once."""

    text: str = ""
    category: str = ""
    country: str = ""
    sort: str = Sort.RECOMMENDED
    page: int = 1
    first_page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> "Wish":
        sort, country = query.get("sort", ""), query.get("country", "")
        page = paging.read_number(query.get("page", ""))
        first_page = paging.read_number(query["from"]) if "from" in query else page
        return cls(
            text=plain(query.get("q", "")),
            category=plain(query.get("category", "")),
            country=country if _COUNTRY.fullmatch(country) else "",
            sort=sort if sort in Sort.values else Sort.RECOMMENDED,
            page=page,
            first_page=min(max(first_page, page - MOST_PAGES_AT_ONCE + 1), page),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.category or self.country)

    @property
    def address(self) -> str:
        """This very wish, as a query string."""
        return self.but(page=self.page, first_page=self.first_page)

    def but(self, **changes: object) -> str:
        """This wish with something changed, as a query string for a link; from its first page on."""
        other = replace(self, **{"page": 1, "first_page": 1, **changes})
        said = {"q": other.text, "category": other.category, "country": other.country}
        if other.sort != Sort.RECOMMENDED:
            said["sort"] = other.sort
        if other.page != 1:
            said["page"] = str(other.page)
        if other.page > other.first_page and "first_page" in changes:
            said["from"] = str(other.first_page)
        return "?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class CouponWish:
    text: str = ""
    category: str = ""
    shop: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> "CouponWish":
        return cls(
            text=plain(query.get("q", "")),
            category=plain(query.get("category", "")),
            shop=plain(query.get("shop", "")),
            page=paging.read_number(query.get("page", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.category or self.shop)

    def but(self, **changes: object) -> str:
        other = replace(self, **{"page": 1, **changes})
        said = {"q": other.text, "category": other.category, "shop": other.shop}
        if other.page != 1:
            said["page"] = str(other.page)
        return "?" + urlencode({name: value for name, value in said.items() if value})


def plain(text: str) -> str:
    return " ".join(text.replace("\x00", " ")[:LONGEST_TEXT].split())
