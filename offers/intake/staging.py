"""Writes a listing into the catalogue set by set: COPY into temporary tables, then only rows that changed.

Written for speed past the ORM: row by row, fifty thousand offers would take a minute, and rewriting unchanged
rows would bloat table and indexes with every refresh. Callers hold the account's lock and a transaction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql

from offers.intake import matching
from offers.intake.refresh import COUPON_COLUMNS, OFFER_COLUMNS, RATE_COLUMNS, Listing
from offers.models import Category, Merchant
from offers.networks.models import NetworkAccount

GONE = "The network no longer lists the programme."

# Two accounts may bring one new shop or shelf at once: whoever comes second must see what the first made.
_SHARED_LOCK = "offers.merchants"


def lock(name: str) -> None:
    """Others who ask for this name wait until our transaction ends."""
    _execute("SELECT pg_advisory_xact_lock(hashtextextended(%(name)s, 0))", name=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """A temporary table: columns typed like those of a table of ours, then columns of plain text.

    The index on `key` is what keeps a refresh to seconds: statistics are old right after a load, and a plan made
    from them that walks 50,000 rows for each of 50,000 would take minutes.
    """

    name: str
    like: str
    columns: Sequence[str]
    texts: Sequence[str] = ()
    key: Sequence[str]

    def fill(self, rows: Iterable[Sequence[Any]]) -> None:
        """The table is there until the transaction ends, with these rows and no others."""
        name, key = sql.Identifier(self.name), sql.SQL(", ").join(map(sql.Identifier, self.key))
        columns = [sql.Identifier(column) for column in self.columns]
        columns += [sql.SQL("''::text AS {}").format(sql.Identifier(text)) for text in self.texts]
        create = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
        _execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.{}").format(name))
        _execute(create.format(name, sql.SQL(", ").join(columns), sql.Identifier(self.like)))
        copy_into(self.name, (*self.columns, *self.texts), rows)
        _execute(sql.SQL("CREATE INDEX ON {} ({})").format(name, key))
        _execute(sql.SQL("ANALYZE {}").format(name))


_OFFERS = Staged(
    name="staged_offer", like="offers_offer", columns=OFFER_COLUMNS, texts=["domain"], key=["external_id"]
)
_RATES = Staged(
    name="staged_rate",
    like="offers_rate",
    columns=RATE_COLUMNS,
    texts=["offer"],
    key=["offer", "external_id"],
)
_COUPONS = Staged(
    name="staged_coupon", like="offers_coupon", columns=COUPON_COLUMNS, texts=["offer"], key=["external_id"]
)
_SHELVES = Staged(
    name="staged_shelf", like="offers_category", columns=["slug"], texts=["offer"], key=["offer", "slug"]
)
_RANKS = Staged(
    name="ranked_offer",
    like="offers_offer",
    columns=["id", "best_percent", "best_fixed_minor", "score"],
    key=["id"],
)


def stage(listing: Listing) -> None:
    """The listing stands in temporary tables, until the transaction ends."""
    offers = listing.offers.items()
    _OFFERS.fill((*offer.row, offer.domain) for _id, offer in offers)
    _RATES.fill((*rate, id) for id, offer in offers for rate in offer.rates)
    _COUPONS.fill((*row, offer) for offer, row in listing.coupons.values())
    _SHELVES.fill({(shelf.slug, id) for id, offer in offers for shelf in offer.shelves})


def open_merchants(listing: Listing) -> None:
    """Every domain in the listing has its merchant and every category its shelf. What staff changed stays."""
    if not _new_domains() and not _new_shelves(listing):
        return
    lock(_SHARED_LOCK)
    shelves = sorted(_new_shelves(listing).items())
    Category.objects.bulk_create(
        Category(slug=slug, name_ru=shelf.name_ru, name_en=shelf.name_en) for slug, shelf in shelves
    )
    names: dict[str, str] = {}
    for offer in listing.offers.values():
        names.setdefault(offer.domain, offer.merchant_name)
    taken = set(Merchant.objects.values_list("slug", flat=True))
    rows = []
    for domain in _new_domains():
        slug = matching.free_slug(names[domain], domain=domain, taken=taken)
        taken.add(slug)
        rows.append((domain, names[domain], slug, "", "", "", False))
    copy_into("offers_merchant", _MERCHANT_COLUMNS, rows)


_MERCHANT_COLUMNS = ("domain", "name", "slug", "logo_url", "logo_digest", "logo_tried_url", "is_hidden")


def _new_domains() -> list[str]:
    rows = _execute(
        """
        SELECT domain FROM staged_offer AS staged
        WHERE NOT EXISTS (SELECT FROM offers_merchant AS merchant WHERE merchant.domain = staged.domain)
        GROUP BY domain ORDER BY min(external_id), domain
        """
    )
    return [domain for (domain,) in rows]


def _new_shelves(listing: Listing) -> dict[str, matching.Shelf]:
    listed = {shelf.slug: shelf for offer in listing.offers.values() for shelf in offer.shelves}
    return {
        slug: listed[slug] for slug in listed.keys() - set(Category.objects.values_list("slug", flat=True))
    }


_MERGE_OFFERS = """
WITH merged AS (
    MERGE INTO offers_offer AS ours
    USING (
        SELECT staged.*, merchant.id AS merchant_id
        FROM staged_offer AS staged JOIN offers_merchant AS merchant USING (domain)
    ) AS theirs
    ON ours.account_id = %(account)s AND ours.external_id = theirs.external_id
    WHEN MATCHED AND ({ours}) IS DISTINCT FROM ({theirs}) THEN
        UPDATE SET ({names}) = ROW({theirs}), changed_at = %(at)s
    WHEN NOT MATCHED THEN
        INSERT (account_id, score, first_seen_at, changed_at, {names})
        VALUES (%(account)s, 0, %(at)s, %(at)s, {theirs})
    RETURNING old.is_open IS TRUE AS was_open, new.is_open AS is_open
)
SELECT count(*) FILTER (WHERE is_open AND NOT was_open),
       count(*) FILTER (WHERE was_open AND NOT is_open),
       count(*) FILTER (WHERE was_open = is_open)
FROM merged
"""


def merge_offers(*, account: NetworkAccount, at: datetime) -> tuple[int, int, int]:
    """The account's offers say what is staged. How many opened, closed, and changed otherwise."""
    [counts] = _execute(
        _for_columns(_MERGE_OFFERS, (*OFFER_COLUMNS, "merchant_id")), account=account.pk, at=at
    )
    return counts


def close_gone_offers(*, account: NetworkAccount, spared: Iterable[str], at: datetime) -> int:
    """Open offers that are not staged are closed, but for the spared ids. How many."""
    return _count(
        """
        UPDATE offers_offer AS ours SET is_open = false, closed_because = %(why)s, changed_at = %(at)s
        WHERE account_id = %(account)s AND is_open AND external_id <> ALL (%(spared)s)
          AND NOT EXISTS (SELECT FROM staged_offer AS theirs WHERE theirs.external_id = ours.external_id)
        """,
        account=account.pk,
        spared=list(spared),
        why=GONE,
        at=at,
    )


_END_RATES = """
UPDATE offers_rate AS ours SET replaced_at = %(at)s
FROM offers_offer AS offer JOIN staged_offer AS listed USING (external_id)
WHERE offer.account_id = %(account)s AND ours.offer_id = offer.id AND ours.replaced_at IS NULL
  AND NOT EXISTS (
    SELECT FROM staged_rate AS theirs
    WHERE theirs.offer = offer.external_id AND theirs.external_id = ours.external_id
      AND ({theirs}) IS NOT DISTINCT FROM ({ours})
  )
"""
# Materialized, so that the index of current rates is searched by both its columns at once.
_BEGIN_RATES = """
WITH theirs AS MATERIALIZED (
    SELECT staged.*, offer.id AS offer_id
    FROM staged_rate AS staged
    JOIN offers_offer AS offer ON offer.account_id = %(account)s AND offer.external_id = staged.offer
)
INSERT INTO offers_rate (offer_id, seen_at, {names})
SELECT theirs.offer_id, %(at)s, {theirs}
FROM theirs
WHERE NOT EXISTS (
    SELECT FROM offers_rate AS ours
    WHERE ours.offer_id = theirs.offer_id AND ours.external_id = theirs.external_id
      AND ours.replaced_at IS NULL
)
"""


def replace_rates(*, account: NetworkAccount, at: datetime) -> tuple[int, int]:
    """Listed offers have their staged rates; a changed or gone one keeps its row, ended. Ended, begun."""
    ended = _count(_for_columns(_END_RATES, RATE_COLUMNS), account=account.pk, at=at)
    return ended, _count(_for_columns(_BEGIN_RATES, RATE_COLUMNS), account=account.pk, at=at)


_MERGE_COUPONS = """
WITH merged AS (
    MERGE INTO offers_coupon AS ours
    USING (
        SELECT staged.*, offer.id AS offer_id, NULL::timestamptz AS closed_at
        FROM staged_coupon AS staged
        JOIN offers_offer AS offer ON offer.account_id = %(account)s AND offer.external_id = staged.offer
    ) AS theirs
    ON ours.account_id = %(account)s AND ours.external_id = theirs.external_id
    WHEN MATCHED AND ({ours}) IS DISTINCT FROM ({theirs}) THEN UPDATE SET ({names}) = ROW({theirs})
    WHEN NOT MATCHED THEN INSERT (account_id, {names}) VALUES (%(account)s, {theirs})
    RETURNING merge_action()
)
SELECT count(*) FROM merged
"""


def merge_coupons(*, account: NetworkAccount) -> int:
    """The account's coupons say what is staged, if their offer is known. How many were new or changed."""
    columns = (*COUPON_COLUMNS, "offer_id", "closed_at")
    [(changed,)] = _execute(_for_columns(_MERGE_COUPONS, columns), account=account.pk)
    return changed


def close_gone_coupons(*, account: NetworkAccount, spared: Iterable[str], at: datetime) -> int:
    """Open coupons that are not staged are closed, but for the spared ids. How many."""
    return _count(
        """
        UPDATE offers_coupon AS ours SET closed_at = %(at)s
        WHERE account_id = %(account)s AND closed_at IS NULL AND external_id <> ALL (%(spared)s)
          AND NOT EXISTS (SELECT FROM staged_coupon AS theirs WHERE theirs.external_id = ours.external_id)
        """,
        account=account.pk,
        spared=list(spared),
        at=at,
    )


def dress_merchants(*, account: NetworkAccount) -> None:
    """Merchants of this account show the picture and stand on the shelves of their leading offer: of those
    that are open, the one known longest. So two accounts with one shop never take turns in dressing it."""
    lock(_SHARED_LOCK)
    _execute("DROP TABLE IF EXISTS pg_temp.leading_offer")
    _execute(
        """
        CREATE TEMPORARY TABLE leading_offer ON COMMIT DROP AS
        SELECT DISTINCT ON (merchant_id) merchant_id, account_id, external_id, logo_url
        FROM offers_offer
        WHERE merchant_id IN (SELECT merchant_id FROM offers_offer WHERE account_id = %(account)s)
        ORDER BY merchant_id, is_open DESC, first_seen_at, account_id, external_id
        """,
        account=account.pk,
    )
    _execute("ANALYZE leading_offer")
    _execute(
        """
        UPDATE offers_merchant AS merchant SET logo_url = lead.logo_url
        FROM leading_offer AS lead
        WHERE merchant.id = lead.merchant_id AND lead.logo_url NOT IN ('', merchant.logo_url)
        """
    )
    _execute(_WANTED_SHELVES + _CLEAR_SHELVES, account=account.pk)
    _execute(_WANTED_SHELVES + _FILL_SHELVES, account=account.pk)


_WANTED_SHELVES = """
WITH dressed AS (
    SELECT lead.merchant_id, lead.external_id FROM leading_offer AS lead JOIN staged_offer USING (external_id)
    WHERE lead.account_id = %(account)s
), wanted AS (
    SELECT dressed.merchant_id, category.id AS category_id
    FROM dressed
    JOIN staged_shelf AS shelf ON shelf.offer = dressed.external_id
    JOIN offers_category AS category USING (slug)
)
"""
_CLEAR_SHELVES = """
DELETE FROM offers_merchant_categories AS stands USING dressed
WHERE stands.merchant_id = dressed.merchant_id AND NOT EXISTS (
    SELECT FROM wanted
    WHERE wanted.merchant_id = stands.merchant_id AND wanted.category_id = stands.category_id
)
"""
_FILL_SHELVES = """
INSERT INTO offers_merchant_categories (merchant_id, category_id)
SELECT merchant_id, category_id FROM wanted
WHERE NOT EXISTS (
    SELECT FROM offers_merchant_categories AS stands
    WHERE stands.merchant_id = wanted.merchant_id AND stands.category_id = wanted.category_id
)
"""


def update_ranks(rows: Iterable[Sequence[Any]]) -> int:
    """Offers carry these ranks: (id, best_percent, best_fixed_minor, score). How many changed."""
    _RANKS.fill(rows)
    return _count(_for_columns(_UPDATE_RANKS, _RANKS.columns[1:]))


_UPDATE_RANKS = """
UPDATE offers_offer AS ours SET ({names}) = ROW({theirs})
FROM ranked_offer AS theirs
WHERE ours.id = theirs.id AND ({ours}) IS DISTINCT FROM ({theirs})
"""


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _for_columns(statement: str, columns: Sequence[str]) -> sql.Composed:
    """Fills {names}, {ours} and {theirs} with the columns, plain and by alias."""

    def listed(*alias: str) -> sql.Composed:
        return sql.SQL(", ").join(sql.Identifier(*alias, column) for column in columns)

    return sql.SQL(statement).format(names=listed(), ours=listed("ours"), theirs=listed("theirs"))


def _execute(statement: str | sql.Composed, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []


def _count(statement: str | sql.Composed, **parameters: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.rowcount
