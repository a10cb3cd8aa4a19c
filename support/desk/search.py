"""Finding a conversation by what anybody remembers of it: a number, an order, an address, or words in two languages.

`Ticket.search` is kept by triggers of the database (migration 0002): subject, numbers, address and every message, each
word as it stands and by its stem in Russian and in English.
"""

import re

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import Q, QuerySet

from cashback.lib import ids
from support.desk.models import Ticket

_NUMBER = re.compile(r"\s*([TC])[-\s]?(\d{1,18})\s*", re.I)
_LONGEST = 200


def find(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """Those of the tickets that the words may mean; all of them for no words."""
    words = words.replace("\x00", "").strip()[:_LONGEST]
    if not words:
        return tickets
    if number := _NUMBER.fullmatch(words):
        kind = "claim__number" if number[1].upper() == "C" else "number"
        return tickets.filter(**{kind: int(number[2])})
    if words.lower().startswith("clk_"):
        try:
            return tickets.filter(claim__click_id=ids.from_public("clk", words.lower()))
        except ids.InvalidId:
            return tickets.none()
    if "@" in words:
        return tickets.filter(Q(requester_email__iexact=words) | Q(shopper__email__iexact=words))
    meant = Q()
    for language in ("simple", "russian", "english"):
        meant |= Q(search=SearchQuery(words, config=language, search_type="websearch"))
    if order := re.sub(r"[\W_]+", "", words).upper():
        meant |= Q(claim__order_no_norm=order[:100])
    return tickets.filter(meant | Q(shopper__external_id=words))


def reindex(ticket: Ticket) -> None:
    """The ticket is found by what is true of it now; for rooms that know more of it than its own words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_reindex(%s)", [ticket.pk])
