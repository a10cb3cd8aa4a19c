"""Finding a conversation by what anybody remembers of it: a number, an order, an address, or words in two languages.

`Ticket.search` is kept by triggers of the database (migration 0002): subject, numbers, address and every message, each
word as it stands and by its stem in Russian and in English.
"""

import re
from typing import Any

from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.db.models import QuerySet

from cashback.lib import ids
from partners.models import Shopper
from support.desk import rows
from support.desk.models import Ticket
from transactions.recording import orders

_NUMBER = re.compile(r"\s*([TC])[-\s]?(\d{1,18})\s*", re.I)
_LONGEST = 200
# Fewer letters of an order's number begin too many of them.
_SHORTEST_ORDER = 4


def find(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """Those of the tickets that the words may mean; all of them for no words."""
    words = rows.storable(words)[:_LONGEST]
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
    # Each way of finding has an index of its own, which an OR of them would not use.
    ways = _by_address(words) if "@" in words else _by_words(words)
    return tickets.filter(pk__in=ways[0].union(*ways[1:]))


def _by_address(words: str) -> list[QuerySet[Ticket, Any]]:
    """Addresses are kept as they were written: as found in a letter, in small letters, or as typed here."""
    spelt = {words, words.lower()}
    return [
        _ids(requester_email__in=spelt),
        _ids(search=SearchQuery(words, config="simple", search_type="phrase")),
        _ids(shopper__in=Shopper.objects.filter(email__in=spelt).values("pk")),
    ]


def _by_words(words: str) -> list[QuerySet[Ticket, Any]]:
    query = SearchQuery(words, config="simple", search_type="websearch")
    for language in ("russian", "english"):
        query |= SearchQuery(words, config=language, search_type="websearch")
    ways = [
        _ids(search=query),
        _ids(shopper__in=Shopper.objects.filter(external_id=words).values("pk")),
    ]
    order = orders.normal(words)
    if len(order) >= _SHORTEST_ORDER and any(letter.isdigit() for letter in order):
        # It is kept in Latin letters where Russian ones look the same.
        spelt = {order, orders.normal(orders.latin(words))}
        ways += [_ids(claim__order_no_norm__startswith=each) for each in sorted(spelt)]
    return ways


def _ids(**facts: Any) -> QuerySet[Ticket, Any]:
    return Ticket.objects.filter(**facts).order_by().values("pk")


def reindex(ticket: Ticket) -> None:
    """The ticket is found by what is true of it now; for rooms that know more of it than its own words."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT desk_reindex(%s)", [ticket.pk])
