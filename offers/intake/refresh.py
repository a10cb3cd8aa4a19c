"""Reads a network's whole catalogue into memory, in our words, before anything of ours is touched."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from typing import Any, TypeVar

from offers.intake import cleaning, matching
from offers.models import Coupon, Offer, Rate
from offers.networks.base import CouponData, Network, OfferData, RateData, RateKind, Unreadable

Data = TypeVar("Data")
Progress = Callable[[str], None]

# The columns that a listing fills, in the order of its rows.
OFFER_COLUMNS = (
    "external_id",
    "name",
    "site_url",
    "currency",
    "tracking_url",
    "is_open",
    "closed_because",
    "allows_deeplinks",
    "takes_claims",
    "counts_in_app",
    "counts_on_mobile_site",
    "description",
    "terms_html",
    "logo_url",
    "countries",
    "cookie_days",
    "hold_days",
    "max_hold_days",
    "payment_days",
    "approval_rate",
    "conversion_rate",
    "earnings_per_click",
    "rating",
    "started_on",
    "terms_digest",
)
RATE_COLUMNS = (
    "external_id",
    "name",
    "kind",
    "value",
    "currency",
    "country",
    "min_order_minor",
    "starts_on",
)
COUPON_COLUMNS = (
    "external_id",
    "name",
    "kind",
    "code",
    "tracking_url",
    "description",
    "discount",
    "language",
    "countries",
    "starts_at",
    "ends_at",
    "is_exclusive",
)

_offer_values = attrgetter(*OFFER_COLUMNS[:-1])  # the digest is ours
_rate_values = attrgetter(*RATE_COLUMNS)
_coupon_values = attrgetter(*COUPON_COLUMNS)
_offer_fit = cleaning.Fit(Offer, OFFER_COLUMNS)
_rate_fit = cleaning.Fit(Rate, RATE_COLUMNS)
_coupon_fit = cleaning.Fit(Coupon, COUPON_COLUMNS)

_LONGEST_ID = Offer._meta.get_field("external_id").max_length
_OFFER_NAME = Offer._meta.get_field("name").max_length
_OFFER_REASON = Offer._meta.get_field("closed_because").max_length
_RATE_NAME = Rate._meta.get_field("name").max_length
_COUPON_NAME = Coupon._meta.get_field("name").max_length
_COUPON_DISCOUNT = Coupon._meta.get_field("discount").max_length
_LARGEST_PERCENT = 1000  # what Offer.best_percent holds


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """One programme, ready to store. `row` follows OFFER_COLUMNS, `rates` RATE_COLUMNS."""

    row: tuple[Any, ...]
    domain: str
    merchant_name: str
    rates: tuple[tuple[Any, ...], ...]
    shelves: tuple[matching.Shelf, ...]


@dataclass(slots=True)
class Unread:
    """The rows of a list that nobody could read."""

    errors: list[Unreadable] = field(default_factory=list)

    def may_be(self) -> set[str] | None:
        """Every id that stands somewhere in these rows: what we know by such an id may be listed, and is not
        gone. None when a row was lost altogether, so that it may have been any."""
        if any(error.raw is None for error in self.errors):
            return None
        return {text for error in self.errors for text in _possible_ids(error.raw)}


@dataclass(slots=True)
class Listing:
    """A network account's catalogue at one moment. By the network's ids; coupons with their offer's id."""

    offers: dict[str, ListedOffer] = field(default_factory=dict)
    coupons: dict[str, tuple[str, tuple[Any, ...]]] = field(default_factory=dict)
    unread_offers: Unread = field(default_factory=Unread)
    unread_coupons: Unread = field(default_factory=Unread)

    @property
    def unreadable(self) -> list[Unreadable]:
        return [*self.unread_offers.errors, *self.unread_coupons.errors]


def read(network: Network, *, progress: Progress) -> Listing:
    """The whole catalogue. `progress` hears "offer" or "coupon" with every row. A row that comes twice,
    because it changed while the pages were read, counts as it came last."""
    listing = Listing()
    offers = _watched(network.list_offers(), "offer", progress)
    for offer in _readable(offers, listing.unread_offers, prepare_offer):
        listing.offers[offer.row[0]] = offer
    coupons = _watched(network.list_coupons(), "coupon", progress)
    for offer_id, row in _readable(coupons, listing.unread_coupons, prepare_coupon):
        listing.coupons[row[0]] = (offer_id, row)
    return listing


def prepare_offer(offer: OfferData) -> ListedOffer:
    """The programme in our columns. Raises Unreadable, naming the field that does not fit."""
    clean = replace(
        offer,
        name=cleaning.one_line(offer.name, length=_OFFER_NAME),
        closed_because=cleaning.one_line(offer.closed_because, length=_OFFER_REASON),
        description=cleaning.plain_text(offer.description),
        terms_html=cleaning.safe_html(offer.terms_html),
        countries=list(offer.countries),
    )
    row = (*_offer_values(clean), cleaning.terms_digest(clean))
    _offer_fit.check(row)
    rates = tuple(_prepare_rate(rate) for rate in offer.rates)
    if len({rate[0] for rate in rates}) < len(rates):
        raise Unreadable("rates.external_id", [rate[0] for rate in rates], "names two rates")
    return ListedOffer(
        row=row,
        domain=matching.domain_of(offer.site_url),
        merchant_name=matching.merchant_name(clean.name),
        rates=rates,
        shelves=tuple(matching.shelf_of(category) for category in offer.categories),
    )


def prepare_coupon(coupon: CouponData) -> tuple[str, tuple[Any, ...]]:
    """The offer's id, and the coupon in our columns. Raises Unreadable."""
    clean = replace(
        coupon,
        name=cleaning.one_line(coupon.name, length=_COUPON_NAME),
        description=cleaning.plain_text(coupon.description),
        discount=cleaning.one_line(coupon.discount, length=_COUPON_DISCOUNT),
        countries=list(coupon.countries),
    )
    row = _coupon_values(clean)
    _coupon_fit.check(row)
    return coupon.offer_external_id, row


def _prepare_rate(rate: RateData) -> tuple[Any, ...]:
    row = _rate_values(replace(rate, name=cleaning.one_line(rate.name, length=_RATE_NAME)))
    _rate_fit.check(row)
    if rate.value < 0 or (rate.kind is RateKind.PERCENT and rate.value >= _LARGEST_PERCENT):
        raise Unreadable("rates.value", rate.value, "is no rate that anybody pays")
    return row


def _watched(rows: Iterable[Data], what: str, progress: Progress) -> Iterable[Data]:
    for row in rows:
        progress(what)
        yield row


def _readable(
    rows: Iterable[Any | Unreadable], unread: Unread, prepare: Callable[[Any], Data]
) -> Iterable[Data]:
    for row in rows:
        if isinstance(row, Unreadable):
            unread.errors.append(row)
            continue
        try:
            yield prepare(row)
        except Unreadable as error:
            error.raw = asdict(row)
            unread.errors.append(error)


def _possible_ids(raw: object) -> Iterable[str]:
    if isinstance(raw, Mapping):
        raw = list(raw.values())
    if isinstance(raw, list | tuple):
        for value in raw:
            yield from _possible_ids(value)
    elif isinstance(raw, str | int) and (text := str(raw)).isprintable() and len(text) <= _LONGEST_ID:
        yield text
