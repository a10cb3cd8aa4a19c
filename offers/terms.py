"""What an offer promised, and since when. A click's `terms_digest` always finds its text here."""

from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import NamedTuple

from django.db import connection
from django.db.models.functions import MD5

from offers.models import Offer, OfferTermsVersion
from offers.networks.models import NetworkAccount
from partners.models import Storefront

SHOWN = 6

# One statement for the whole account, as everything in a refresh; it looks at what this refresh has changed. A shop
# that goes back to terms of before begins a version again, for the page says since when the terms hold. The order has
# no index: so all is looked up before the first row is written, and nobody walks the rows of the same statement.
_KEEP = """
INSERT INTO offers_offertermsversion (offer_id, digest, terms_html, hold_days, max_hold_days, seen_at)
SELECT o.id, o.terms_digest, o.terms_html, o.hold_days, o.max_hold_days, %(at)s
FROM offers_offer o
WHERE o.account_id = %(account)s AND o.changed_at = %(at)s AND o.terms_digest <> ''
  AND o.terms_digest IS DISTINCT FROM (
    SELECT v.digest FROM offers_offertermsversion v WHERE v.offer_id = o.id ORDER BY v.seen_at DESC LIMIT 1
  )
ORDER BY o.terms_digest, o.id
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """One version, and what is different in it from the one before (nothing in the first)."""

    digest: str
    since: datetime
    text_differs: bool = False
    times_differ: bool = False
    rates_differ: bool = False


class _Row(NamedTuple):
    digest: str
    seen_at: datetime
    text: str
    hold_days: int | None
    max_hold_days: int | None


def keep_versions(*, account: NetworkAccount, at: datetime) -> int:
    """Every offer of the account that was changed at this moment and promises something new has a version of it.
    How many."""
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {"account": account.pk, "at": at})
        return cursor.rowcount


def terms_of(digest: str) -> OfferTermsVersion | None:
    """What was promised under this digest, whichever offer first did; None where it was never stored."""
    return OfferTermsVersion.objects.filter(digest=digest).order_by("seen_at", "pk").first()


def version(storefront: Storefront, *, slug: str, digest: str) -> OfferTermsVersion | None:
    """The latest of these words, where they are a shop's whose offers are in the storefront's currency."""
    found = OfferTermsVersion.objects.filter(
        digest=digest,
        offer__merchant__slug=slug,
        offer__merchant__is_hidden=False,
        offer__currency=storefront.currency,
    )
    return found.select_related("offer__merchant").order_by("-seen_at", "pk").first()


def versions(offer: Offer) -> list[Terms]:
    """The latest first. The texts stay in the database: each has its own page."""
    rows = offer.terms_versions.annotate(text=MD5("terms_html")).order_by("-seen_at")
    told = [_Row(*row) for row in rows.values_list(*_Row._fields)[: SHOWN + 1]]
    found = [_compared(new, old) for new, old in zip_longest(told, told[1:])]
    return found[:SHOWN]


def _compared(new: _Row, old: _Row | None) -> Terms:
    if old is None:
        return Terms(digest=new.digest, since=new.seen_at)
    text_differs = new.text != old.text
    times_differ = (new.hold_days, new.max_hold_days) != (old.hold_days, old.max_hold_days)
    return Terms(
        digest=new.digest,
        since=new.seen_at,
        text_differs=text_differs,
        times_differ=times_differ,
        # The digest is of text, times, currency and rates: what neither of the first two explains, the rates do.
        rates_differ=not text_differs and not times_differ,
    )
