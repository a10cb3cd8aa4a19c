"""What a shopper asks a list for, as the address says it. Rubbish there is as good as nothing."""

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashback.lib import paging

_LONGEST_TEXT = 100


class Sort(TextChoices):
    RECOMMENDED = "recommended", _("Recommended")
    RATE = "rate", _("Highest cashback")
    NEW = "new", _("New")
    NAME = "name", _("By name")


@dataclass(frozen=True, slots=True)
class Wish:
    text: str = ""
    category: str = ""
    sort: str = Sort.RECOMMENDED
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> "Wish":
        sort = query.get("sort", "")
        return cls(
            text=_plain(query.get("q", "")),
            category=_plain(query.get("category", "")),
            sort=sort if sort in Sort.values else Sort.RECOMMENDED,
            page=paging.read_number(query.get("page", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.text or self.category)

    def but(self, **changes: object) -> str:
        """This wish with something changed, as a query string for a link; from its first page on."""
        other = replace(self, **{"page": 1, **changes})
        said = {"q": other.text, "category": other.category}
        if other.sort != Sort.RECOMMENDED:
            said["sort"] = other.sort
        if other.page != 1:
            said["page"] = str(other.page)
        return "?" + urlencode({name: value for name, value in said.items() if value})


def _plain(text: str) -> str:
    return " ".join(text.replace("\x00", " ")[:_LONGEST_TEXT].split())
