"""Versions of an offer's terms: one for each promise, kept by the refresh, found by the click's digest."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offers import services, terms
from offers.models import Offer, OfferTermsVersion
from tests import make
from tests.offers import listing

LATER = timedelta(hours=6)


@pytest.fixture
def account(db, paper):
    return make.account(network="paper")


@pytest.fixture
def tea(paper):
    paper.offers = [listing.offer("1", terms_html="<p>No gift cards.</p>")]
    return paper.offers[0]


def kept() -> list[tuple[str, str]]:
    return list(OfferTermsVersion.objects.order_by("seen_at").values_list("terms_html", "digest"))


def test_the_first_refresh_keeps_the_first_version(account, tea, at):
    services.refresh(account=account, at=at)
    offer, version = Offer.objects.get(), OfferTermsVersion.objects.get()
    assert (version.offer, version.digest, version.seen_at) == (offer, offer.terms_digest, at)
    assert (version.terms_html, version.hold_days) == ("<p>No gift cards.</p>", 30)


def test_a_refresh_that_changes_no_promise_keeps_no_version(account, tea, paper, at):
    services.refresh(account=account, at=at)
    services.refresh(account=account, at=at + LATER)
    paper.offers = [replace(tea, description="New words", logo_url="https://cdn.example/new.png")]
    services.refresh(account=account, at=at + 2 * LATER)
    assert len(kept()) == 1


@pytest.mark.parametrize(
    "change",
    [{"terms_html": "<p>No books.</p>"}, {"hold_days": 45}, {"rates": (listing.rate("101", "4.00"),)}],
    ids=["text", "days", "rates"],
)
def test_each_new_promise_is_a_new_version(account, tea, paper, at, change):
    services.refresh(account=account, at=at)
    paper.offers = [replace(tea, **change)]
    services.refresh(account=account, at=at + LATER)
    offer = Offer.objects.get()
    [_first, (text, digest)] = kept()
    assert (text, digest) == (offer.terms_html, offer.terms_digest)


def test_a_shop_that_goes_back_begins_a_version_again(account, tea, paper, at):
    for number, text in enumerate(["<p>A</p>", "<p>B</p>", "<p>A</p>"]):
        paper.offers = [replace(tea, terms_html=text)]
        services.refresh(account=account, at=at + number * LATER)
    (first, one), (_second, _other), (third, same) = kept()
    assert (first, one) == (third, same) == ("<p>A</p>", Offer.objects.get().terms_digest)
    assert [found.since for found in terms.versions(Offer.objects.get())] == [at + 2 * LATER, at + LATER, at]


def test_versions_are_each_offers_own(account, tea, paper, at):
    paper.offers = [tea, listing.offer("2", terms_html="<p>Two.</p>")]
    services.refresh(account=account, at=at)
    paper.offers = [tea, replace(paper.offers[1], terms_html="<p>Three.</p>")]
    services.refresh(account=account, at=at + LATER)
    assert [
        OfferTermsVersion.objects.filter(offer__external_id=external_id).count() for external_id in "12"
    ] == [1, 2]


def test_a_click_always_finds_its_text(account, tea, paper, alice, at):
    services.refresh(account=account, at=at)
    click = make.click(by=alice, on=Offer.objects.select_related("merchant").get())
    paper.offers = [replace(tea, terms_html="<p>No books.</p>")]
    services.refresh(account=account, at=at + LATER)
    assert terms.terms_of(click.terms_digest).terms_html == "<p>No gift cards.</p>"


def test_a_digest_that_was_never_kept_finds_nothing(db):
    assert terms.terms_of("0" * 16) is None


def test_of_many_versions_the_latest_are_told(account, at):
    offer = make.offer(at=account)
    for number in range(10):
        offer.terms_versions.create(digest=f"version-{number}", seen_at=at + number * LATER)
    found = terms.versions(offer)
    assert [version.digest for version in found] == [f"version-{number}" for number in (9, 8, 7, 6, 5, 4)]
    # The oldest told is compared with one that is not.
    assert all(version.rates_differ for version in found)
