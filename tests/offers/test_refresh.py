"""A refresh brings our catalogue to what the network lists, touches only what changed, and never leaves half."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from cashback.lib.http import Refused, Unavailable
from offers import services
from offers.models import Category, Coupon, Merchant, Offer, Rate
from offers.networks.base import CategoryData, CouponKind, RateKind, Unreadable
from offers.networks.models import InboundMessage
from tests import make
from tests.offers import listing

LATER = timedelta(hours=6)


@pytest.fixture
def account(db, paper):
    return make.account(network="paper")


@pytest.fixture
def tea(paper):
    """A tea shop with two rates and a coupon, as the network lists it first."""
    rates = (listing.rate("11", "5.00", name="New customer"), listing.rate("12", "2.00", name="Other"))
    paper.offers = [
        listing.offer("1", name="Северный чай", site_url="https://www.chay.example/", rates=rates)
    ]
    paper.coupons = [listing.coupon("7", "1")]
    return paper.offers[0]


def _versions() -> dict[str, list[tuple]]:
    """Every row of the catalogue with its physical version: a rewritten row has a new one."""
    tables = ("offer", "rate", "coupon", "merchant", "category", "merchant_categories")
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT id, ctid::text, xmin::text FROM offers_{table} ORDER BY id")  # noqa: S608
            found[table] = cursor.fetchall()
    return found


def test_first_refresh_opens_the_catalogue(account, tea, at):
    refreshed = services.refresh(account=account, at=at)
    offer = Offer.objects.get()
    assert (refreshed.offers_seen, refreshed.opened, refreshed.rates_begun, refreshed.coupons_seen) == (
        1,
        1,
        2,
        1,
    )
    assert (offer.merchant.name, offer.merchant.slug) == ("Северный чай", "severny-chay")
    assert offer.merchant.domain == "chay.example"
    assert (offer.is_open, offer.best_percent, offer.best_fixed_minor) == (True, Decimal("5.00"), None)
    assert offer.score > 0
    assert [category.slug for category in offer.merchant.categories.all()] == ["books"]
    assert Coupon.objects.get().code == "TEA10"
    account.refresh_from_db()
    assert account.offers_refreshed_at == at


def test_second_refresh_of_the_same_rewrites_no_row(account, tea, at):
    services.refresh(account=account, at=at)
    before = _versions()
    refreshed = services.refresh(account=account, at=at + LATER)
    assert _versions() == before
    assert (refreshed.opened, refreshed.changed, refreshed.closed) == (0, 0, 0)
    assert (refreshed.rates_ended, refreshed.rates_begun, refreshed.coupons_changed) == (0, 0, 0)


def test_changed_offer_is_rewritten_and_its_neighbour_is_not(account, paper, at):
    paper.offers = [listing.offer("1"), listing.offer("2")]
    services.refresh(account=account, at=at)
    neighbour = Offer.objects.get(external_id="2")
    paper.offers[0] = replace(paper.offers[0], hold_days=45)
    refreshed = services.refresh(account=account, at=at + LATER)
    assert (refreshed.changed, refreshed.opened, refreshed.closed) == (1, 0, 0)
    changed = Offer.objects.get(external_id="1")
    assert (changed.hold_days, changed.changed_at) == (45, at + LATER)
    neighbour.refresh_from_db()
    assert neighbour.changed_at == at


def test_changed_rate_leaves_its_history(account, tea, paper, at):
    services.refresh(account=account, at=at)
    promised = Offer.objects.get().terms_digest
    paper.offers = [replace(tea, rates=(listing.rate("11", "7.50", name="New customer"), tea.rates[1]))]
    refreshed = services.refresh(account=account, at=at + LATER)
    old, new = Rate.objects.filter(external_id="11").order_by("seen_at")
    assert (old.value, old.replaced_at) == (Decimal("5.00"), at + LATER)
    assert (new.value, new.replaced_at, new.seen_at) == (Decimal("7.50"), None, at + LATER)
    assert Rate.objects.get(external_id="12").seen_at == at
    assert (refreshed.rates_ended, refreshed.rates_begun) == (1, 1)
    offer = Offer.objects.get()
    assert offer.best_percent == Decimal("7.50")
    assert offer.terms_digest != promised


def test_vanished_rate_ends(account, tea, paper, at):
    services.refresh(account=account, at=at)
    paper.offers = [replace(tea, rates=tea.rates[1:])]
    services.refresh(account=account, at=at + LATER)
    assert list(Rate.objects.current().values_list("external_id", flat=True)) == ["12"]
    assert Offer.objects.get().best_percent == Decimal("2.00")


def test_same_promise_in_another_order_keeps_its_digest(account, tea, paper, at):
    services.refresh(account=account, at=at)
    promised = Offer.objects.get().terms_digest
    paper.offers = [replace(tea, rates=tea.rates[::-1], rating=Decimal("4.9"))]
    services.refresh(account=account, at=at + LATER)
    assert Offer.objects.get().terms_digest == promised


def test_gone_offer_closes_and_one_that_is_back_opens(account, tea, paper, at):
    other = listing.offer("2")
    paper.offers = [tea, other]
    services.refresh(account=account, at=at)
    paper.offers = [other]
    assert services.refresh(account=account, at=at + LATER).closed == 1
    gone = Offer.objects.get(external_id="1")
    assert (gone.is_open, gone.closed_because) == (False, "The network no longer lists the programme.")
    assert Rate.objects.filter(offer=gone, replaced_at=None).count() == 2
    paper.offers = [tea, other]
    assert services.refresh(account=account, at=at + 2 * LATER).opened == 1
    gone.refresh_from_db()
    assert (gone.is_open, gone.closed_because) == (True, "")


def test_programme_without_cashback_traffic_is_kept_closed(account, tea, paper, at):
    services.refresh(account=account, at=at)
    why = "The programme does not allow cashback traffic."
    paper.offers = [replace(tea, is_open=False, closed_because=why)]
    assert services.refresh(account=account, at=at + LATER).closed == 1
    offer = Offer.objects.get()
    assert (offer.is_open, offer.closed_because) == (False, why)


def test_refresh_that_dies_half_way_changes_nothing(account, tea, paper, at):
    services.refresh(account=account, at=at)
    before = _versions()
    paper.offers = [listing.offer("2"), replace(tea, name="Another name")]
    paper.error = Unavailable("The connection broke off.")
    with pytest.raises(Unavailable):
        services.refresh(account=account, at=at + LATER)
    assert _versions() == before
    account.refresh_from_db()
    assert account.offers_refreshed_at == at


def test_refused_account_is_switched_off(account, tea, paper, at):
    paper.error = Refused("The network refused the credentials.")
    with pytest.raises(Refused):
        services.refresh(account=account, at=at)
    account.refresh_from_db()
    assert account.refusal == "The network refused the credentials."
    assert not Offer.objects.exists()


def test_empty_listing_closes_nothing(account, tea, paper, at):
    services.refresh(account=account, at=at)
    before = _versions()
    paper.offers, paper.coupons = [], []
    with pytest.raises(services.EmptyListing, match="1 offers are open"):
        services.refresh(account=account, at=at + LATER)
    assert _versions() == before


def test_account_without_programmes_yet_may_list_none(account, at):
    assert services.refresh(account=account, at=at).offers_seen == 0


def test_older_listing_does_not_overwrite_a_newer_one(account, tea, paper, at):
    services.refresh(account=account, at=at)
    before = _versions()
    paper.offers = [replace(tea, name="Read long ago")]
    with pytest.raises(services.Overtaken):
        services.refresh(account=account, at=at - LATER)
    assert _versions() == before


def test_unreadable_row_is_parked_and_the_others_are_taken(account, tea, paper, at):
    paper.offers = [Unreadable("currency", "XX", "is no currency", raw={"id": 5, "currency": "XX"}), tea]
    refreshed = services.refresh(account=account, at=at)
    assert (refreshed.offers_seen, refreshed.unreadable) == (1, 1)
    parked = InboundMessage.objects.parked().get()
    assert parked.account == account
    assert "currency" in parked.error
    services.refresh(account=account, at=at + LATER)
    assert InboundMessage.objects.count() == 1


def test_known_programme_that_became_unreadable_stays_open(account, tea, paper, at):
    paper.offers = [tea, listing.offer("2"), listing.offer("3")]
    paper.coupons = [listing.coupon("7", "1"), listing.coupon("8", "2"), listing.coupon("9", "2")]
    services.refresh(account=account, at=at)
    paper.offers = [tea, Unreadable("status", "new", "is new to us", raw={"campaign": {"id": 2}})]
    paper.coupons = [paper.coupons[0], Unreadable("species", "new", "is new to us", raw={"id": "8"})]
    refreshed = services.refresh(account=account, at=at + LATER)
    assert list(
        Offer.objects.filter(is_open=True).order_by("external_id").values_list("external_id", flat=True)
    ) == [
        "1",
        "2",
    ]
    assert list(
        Coupon.objects.filter(closed_at=None).order_by("external_id").values_list("external_id", flat=True)
    ) == [
        "7",
        "8",
    ]
    assert (refreshed.closed, refreshed.coupons_closed) == (1, 1)


def test_row_that_was_lost_altogether_closes_nothing(account, tea, paper, at):
    paper.offers = [tea, listing.offer("2")]
    services.refresh(account=account, at=at)
    paper.offers = [tea, Unreadable("row", None, "is not an object")]
    assert services.refresh(account=account, at=at + LATER).closed == 0
    assert Offer.objects.filter(is_open=True).count() == 2


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"site_url": "not a shop"}, "site_url"),
        ({"tracking_url": "https://ad.example/" + "x" * 1000}, "tracking_url"),
        ({"name": "half a \ud83d face"}, "name"),
        ({"description": "a NUL \x00 inside"}, "description"),
        ({"countries": ("RU", "Moon")}, "countries"),
        ({"approval_rate": Decimal(123456)}, "approval_rate"),
        ({"hold_days": 2**31}, "hold_days"),
        ({"rates": (listing.rate(value="-1"),)}, "rates.value"),
        ({"rates": (listing.rate(value="1000"),)}, "rates.value"),
        ({"rates": (listing.rate("1"), listing.rate("1", "6"))}, "rates.external_id"),
        ({"categories": (CategoryData(external_id="1", names={"en": "!"}),)}, "categories.name"),
    ],
)
def test_row_that_does_not_fit_is_parked_by_field_and_the_others_are_taken(account, paper, at, facts, field):
    paper.offers = [listing.offer("1"), listing.offer("2", **facts)]
    assert services.refresh(account=account, at=at).unreadable == 1
    assert InboundMessage.objects.parked().get().error.startswith(field)
    assert Offer.objects.get().external_id == "1"


def test_row_that_comes_twice_counts_as_it_came_last(account, tea, paper, at):
    paper.offers = [tea, replace(tea, hold_days=60)]
    assert services.refresh(account=account, at=at).offers_seen == 1
    assert Offer.objects.get().hold_days == 60


def test_terms_keep_their_shape_and_lose_their_links(account, tea, paper, at):
    terms = '<h3>Terms</h3><div onclick="x()">No <a href="https://evil.example">gift cards</a></div><script>x</script>'
    paper.offers = [replace(tea, terms_html=terms, description="Tea &amp; spices<br>by post")]
    services.refresh(account=account, at=at)
    offer = Offer.objects.get()
    assert offer.terms_html == "<p>Terms</p><p>No gift cards</p>"
    assert offer.description == "Tea & spices\nby post"


def test_coupon_that_is_gone_closes_and_one_that_is_back_opens(account, tea, paper, at):
    services.refresh(account=account, at=at)
    listed, paper.coupons = paper.coupons, []
    assert services.refresh(account=account, at=at + LATER).coupons_closed == 1
    assert Coupon.objects.get().closed_at == at + LATER
    paper.coupons = listed
    services.refresh(account=account, at=at + 2 * LATER)
    assert Coupon.objects.get().closed_at is None


def test_coupon_expires_by_its_date(account, tea, paper, at):
    paper.coupons = [
        listing.coupon("7", "1", ends_at=at + LATER),
        listing.coupon("8", "1", kind=CouponKind.DEAL, code=""),
    ]
    services.refresh(account=account, at=at)
    assert Coupon.objects.live(at=at).count() == 2
    assert [coupon.external_id for coupon in Coupon.objects.live(at=at + LATER)] == ["8"]


def test_coupon_of_an_unknown_programme_is_left_out(account, tea, paper, at):
    paper.coupons = [listing.coupon("7", "1"), listing.coupon("8", "404")]
    refreshed = services.refresh(account=account, at=at)
    assert (refreshed.coupons_seen, refreshed.coupons_changed) == (2, 1)
    assert Coupon.objects.get().external_id == "7"


def test_one_shop_at_two_networks_is_one_merchant(account, tea, paper, at):
    services.refresh(account=account, at=at)
    other = make.account(network="paper")
    paper.offers = [
        replace(tea, external_id="900", name="Severny Chay Many GEOs", site_url="http://m.CHAY.example:80/ru")
    ]
    paper.coupons = []
    services.refresh(account=other, at=at)
    merchant = Merchant.objects.get()
    assert merchant.name == "Северный чай"
    assert {offer.account for offer in merchant.offers.all()} == {account, other}


def test_refresh_of_one_account_leaves_the_others_offers_alone(account, tea, paper, at):
    other = make.account(network="paper")
    services.refresh(account=account, at=at)
    services.refresh(account=other, at=at)
    before = Offer.objects.get(account=other)
    paper.offers, paper.coupons = [listing.offer("2")], []
    services.refresh(account=account, at=at + LATER)
    after = Offer.objects.get(account=other)
    assert (after.is_open, after.changed_at) == (True, before.changed_at)
    assert Coupon.objects.get(account=other).closed_at is None


def test_two_programmes_of_one_shop_are_two_offers(account, paper, at):
    site = "https://chay.example/"
    paper.offers = [
        listing.offer("1", name="Chay RU", site_url=site),
        listing.offer("2", name="Chay", site_url=site),
    ]
    services.refresh(account=account, at=at)
    merchant = Merchant.objects.get()
    assert (merchant.slug, merchant.offers.count()) == ("chay", 2)


def test_shops_of_one_name_get_slugs_of_their_own_and_keep_them(account, paper, at):
    paper.offers = [listing.offer("1", name="Chay"), listing.offer("2", name="Чай")]
    services.refresh(account=account, at=at)
    slugs = dict(Merchant.objects.values_list("domain", "slug"))
    assert slugs == {"shop-1.example": "chay", "shop-2.example": "chay-2"}
    paper.offers = [
        listing.offer("0", name="chay"),
        replace(paper.offers[1], name="Renamed"),
        paper.offers[0],
    ]
    services.refresh(account=account, at=at + LATER)
    assert dict(Merchant.objects.values_list("domain", "slug")) == {**slugs, "shop-0.example": "chay-3"}


def test_shelves_follow_the_leading_offer(account, tea, paper, at):
    gifts = CategoryData(external_id="72", names={"ru": "Подарки и цветы", "en": "Gifts & Flowers"})
    services.refresh(account=account, at=at)
    other = make.account(network="paper")
    # The other network's id "1" is another shop: ids mean something within their account only.
    flowers = listing.offer("1", categories=(gifts,))
    paper.offers, paper.coupons = [replace(tea, external_id="900", categories=(gifts,)), flowers], []
    services.refresh(account=other, at=at + LATER)
    assert _shelves() == ["books"]
    paper.offers = [replace(tea, categories=(gifts,))]
    services.refresh(account=account, at=at + 2 * LATER)
    assert _shelves() == ["gifts-flowers"]
    assert Category.objects.get(slug="gifts-flowers").name_ru == "Подарки и цветы"


def _shelves() -> list[str]:
    return [
        category.slug for category in Category.objects.filter(merchants__slug="severny-chay").order_by("slug")
    ]


def test_best_rates_are_those_in_force(account, tea, paper, at):
    today = at.date()
    rates = (
        listing.rate("1", "10", name="Order"),
        listing.rate("2", "4", name="Order", starts_on=today + timedelta(days=1)),
        listing.rate("3", "300.50", name="Lead", kind=RateKind.FIXED),
        listing.rate("4", "0", name="Gift cards"),
        listing.rate(
            "5", "90", name="Lead in dollars", kind=RateKind.FIXED, currency="USD", starts_on=date(2020, 1, 1)
        ),
    )
    paper.offers = [replace(tea, rates=rates)]
    services.refresh(account=account, at=at)
    offer = Offer.objects.get()
    assert (offer.best_percent, offer.best_fixed_minor) == (Decimal(10), 30050)
    assert services.rank(at=at) == 0
    assert services.rank(at=at + timedelta(days=1)) == 1
    offer.refresh_from_db()
    assert (offer.best_percent, offer.best_fixed_minor) == (Decimal(4), 30050)


def test_offer_that_only_excludes_promises_nothing(account, tea, paper, at):
    paper.offers = [replace(tea, rates=(listing.rate("1", "0", name="Everything"),))]
    services.refresh(account=account, at=at)
    offer = Offer.objects.get()
    assert (offer.best_percent, offer.best_fixed_minor, offer.score) == (None, None, 0)
