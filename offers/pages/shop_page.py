"""Everything that a shop's page tells, gathered before a line of it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from offers import catalogue, facts, promises, rules, terms
from offers.catalogue import CouponLine, Face, Shop
from offers.facts import Facts
from offers.intake import cleaning
from offers.models import Category, FavouriteShop, Offer
from offers.pages import history, rate_table, similar
from offers.pages.history import History
from offers.pages.rate_table import RateGroup
from offers.promises import Promise
from offers.terms import Terms
from partners.models import Shopper, Storefront


@dataclass(frozen=True, slots=True)
class ShopPage:
    offer: Offer
    shop: Shop
    is_favourite: bool
    shelves: Sequence[Category]
    tracks: Promise
    confirms: Promise
    approval: Promise
    rates: Sequence[RateGroup]
    facts: Facts
    history: History | None
    description: str
    terms: str
    versions: Sequence[Terms]
    countries: Sequence[str]
    coupons: Sequence[CouponLine]
    similar: Sequence[Shop]

    @property
    def has_several_rates(self) -> bool:
        return sum(len(group.lines) for group in self.rates) > 1

    @property
    def exclusions(self) -> list[str]:
        """What staff has listed, and the kinds of orders that the network pays nothing for."""
        nothing = {line.name for group in self.rates for line in group.lines if line.earns_nothing}
        return [*self.facts.exclusions, *sorted(nothing - set(self.facts.exclusions))]

    @property
    def is_said_at_once(self) -> bool:
        """Whether there is something that a shopper should know before leaving for the shop."""
        about = self.facts
        return (
            not about.takes_claims
            or about.counts_in_app is False
            or about.counts_on_mobile_site is False
            or bool(about.is_for_new_customers)
        )


def shop_page(storefront: Storefront, offer: Offer, *, shopper: Shopper | None, at: datetime) -> ShopPage:
    """`offer` is the one that a click would use. Nobody's favourites are asked for a guest."""
    share, known = storefront.shopper_percent, _known(offer, shopper)
    about = facts.facts_of(known, share=share)
    rates = rate_table.rates_of(offer, since=at - history.YEAR)
    shelves = similar.shelves_of(offer.merchant)
    # Cleaned when they were stored; and here, where it counts, whoever stored them.
    text = cleaning.safe_html(offer.terms_html)
    return ShopPage(
        offer=offer,
        shop=catalogue.as_shop(offer, storefront),
        is_favourite=known.is_favourite,
        shelves=shelves,
        tracks=promises.tracks(about.measured),
        confirms=promises.confirms(offer, about.measured),
        approval=promises.approval(offer, about.measured),
        rates=rate_table.rate_table(rates, share=share, at=at, facts=about.rates),
        facts=about,
        history=history.history(rates, share=share, at=at),
        description="" if _says(text, offer.description) else offer.description,
        terms=text,
        versions=terms.versions(offer),
        countries=sorted(promises.country(code) for code in offer.countries),
        coupons=catalogue.coupons_of(offer, storefront, at=at),
        similar=similar.similar(storefront, to=offer.merchant, shelves=shelves),
    )


def _known(offer: Offer, shopper: Shopper | None) -> Offer:
    """The offer with its facts, and whether its shop is a favourite of the shopper's: all in one query."""
    kept = FavouriteShop.objects.filter(
        shopper=shopper.pk if shopper else None, merchant=OuterRef("merchant")
    )
    return facts.with_facts(Offer.objects.annotate(is_favourite=Exists(kept))).get(pk=offer.pk)


def closed_shop(storefront: Storefront, *, slug: str) -> Face | None:
    """A shop that the storefront would show, but that pays nothing now."""
    found = Offer.objects.filter(
        rules.shown(storefront), merchant__slug=slug, merchant__is_hidden=False, currency=storefront.currency
    )
    offer = found.select_related("merchant").order_by("-score", "pk").first()
    return Face.of(offer.merchant) if offer else None


def _says(terms: str, description: str) -> bool:
    """Networks often repeat the description at the head of the terms."""
    return " ".join(description.split()) in " ".join(cleaning.plain_text(terms).split())
