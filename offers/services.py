"""What can happen to the catalogue: a network's account is read anew, offers are ranked."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from cashback.lib import doorbell
from cashback.lib.errors import DomainError
from cashback.lib.http import Refused
from offers import ranking, rules, terms
from offers.intake import refresh as reading
from offers.intake import staging
from offers.models import Offer
from offers.networks import services as networks
from offers.networks.base import Unreadable
from offers.networks.models import NetworkAccount

logger = logging.getLogger(__name__)


class EmptyListing(DomainError):
    """The network lists nothing where it listed offers before: somebody's mistake, and no catalogue."""

    code = "empty_listing"


class Overtaken(DomainError):
    """While this listing was read, a newer one has been written."""

    code = "overtaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed:
    """What a refresh brought. `opened` and `closed` count offers whose `is_open` turned, `changed` others that
    were rewritten, or are new and closed; `unreadable` rows are parked for staff."""

    offers_seen: int
    opened: int
    changed: int
    closed: int
    rates_ended: int
    rates_begun: int
    coupons_seen: int
    coupons_changed: int
    coupons_closed: int
    unreadable: int


def refresh(
    *, account: NetworkAccount, at: datetime, progress: reading.Progress = lambda what: None
) -> Refreshed:
    """Our catalogue says what the network's says; whatever fails leaves the old one whole. `progress` hears
    "offer" or "coupon" with each row read. Raises Unavailable, Refused (the account is then switched off),
    Unreadable, EmptyListing or Overtaken."""
    try:
        network = networks.connect(account=account)
        listing = reading.read(network, progress=progress)
    except Refused as refusal:
        networks.switch_off(account=account, refusal=refusal)
        raise
    except Unreadable as error:
        networks.park_row(account=account, error=error, at=at)
        raise
    for unread in listing.unreadable:
        logger.warning("%s: a row of the catalogue cannot be read: %s", account, unread)
        networks.park_row(account=account, error=unread, at=at)
    figures = ranking.own_figures(at=at)
    return _write(listing, account=account, figures=figures, at=at)


def rank(*, at: datetime) -> int:
    """Every offer carries the best of its rates in force and its score. How many changed."""
    figures = ranking.own_figures(at=at)
    changed = 0
    for account in NetworkAccount.objects.order_by("pk"):
        with transaction.atomic():
            _lock(account)
            reranked = ranking.rank_account(account=account, figures=figures, at=at)
            if reranked:
                rules.turn()
            changed += reranked
    return changed


@transaction.atomic
def _write(
    listing: reading.Listing,
    *,
    account: NetworkAccount,
    figures: Mapping[UUID, ranking.OwnFigures],
    at: datetime,
) -> Refreshed:
    _lock(account)
    _refuse_doubtful(listing, account=account, at=at)
    staging.stage(listing)
    staging.open_merchants(listing)
    opened, closed, changed = staging.merge_offers(account=account, at=at)
    # A row that nobody could read may be a programme that we know: what it may be is not gone.
    unread_offers, unread_coupons = listing.unread_offers.may_be(), listing.unread_coupons.may_be()
    if unread_offers is not None:
        closed += staging.close_gone_offers(account=account, spared=unread_offers, at=at)
    rates_ended, rates_begun = staging.replace_rates(account=account, at=at)
    terms.keep_versions(account=account, at=at)
    coupons_changed = staging.merge_coupons(account=account)
    coupons_closed = 0
    if unread_coupons is not None:
        coupons_closed = staging.close_gone_coupons(account=account, spared=unread_coupons, at=at)
    staging.dress_merchants(account=account)
    ranking.rank_account(account=account, figures=figures, at=at)
    NetworkAccount.objects.filter(pk=account.pk).update(offers_refreshed_at=at)
    doorbell.ring("offers.tasks.fetch_logos")
    rules.turn()
    return Refreshed(
        offers_seen=len(listing.offers),
        opened=opened,
        changed=changed,
        closed=closed,
        rates_ended=rates_ended,
        rates_begun=rates_begun,
        coupons_seen=len(listing.coupons),
        coupons_changed=coupons_changed,
        coupons_closed=coupons_closed,
        unreadable=len(listing.unreadable),
    )


def _lock(account: NetworkAccount) -> None:
    """One at a time writes an account's offers, so that refreshing and ranking never meet in a deadlock."""
    staging.lock(f"offers.account.{account.pk}")


def _refuse_doubtful(listing: reading.Listing, *, account: NetworkAccount, at: datetime) -> None:
    refreshed_at = NetworkAccount.objects.values_list("offers_refreshed_at", flat=True).get(pk=account.pk)
    if refreshed_at is not None and refreshed_at > at:
        raise Overtaken(f"{account}: the catalogue of {refreshed_at:%H:%M:%S} is newer than this one.")
    if not listing.offers and (held := Offer.objects.filter(account=account, is_open=True).count()):
        unread = len(listing.unread_offers.errors)
        raise EmptyListing(
            f"{account} lists no programme that can be read ({unread} cannot), and {held} offers are open: "
            "nothing was changed."
        )
