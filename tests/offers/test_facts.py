"""Facts of offers: what outlives a refresh, what the database refuses, and what other pages ask."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from offers import facts, services
from offers.models import Offer, OfferFacts, Rate
from tests import make
from tests.offers import listing


def test_facts_outlive_a_refresh_and_every_version_of_a_rate(db, paper, at):
    account = make.account(network="paper")
    tea = listing.offer("1", takes_claims=True, counts_in_app=True)
    paper.offers = [tea]
    services.refresh(account=account, at=at)
    offer = Offer.objects.get()
    make.facts(of=offer, note_en="Mind the gap", rates=[{"rate_external_id": "101", "customer": "new"}])
    paper.offers = [replace(tea, counts_in_app=None, rates=(listing.rate("101", "4.00"),))]
    services.refresh(account=account, at=at + timedelta(hours=6))
    assert Rate.objects.filter(offer=offer).count() == 2
    known = facts.with_facts(Offer.objects.all()).get()
    told = facts.facts_of(known, share=70)
    assert (told.note, told.rates["101"].customer) == ("Mind the gap", "new")
    assert (known.takes_claims, known.counts_in_app) == (True, None)


@pytest.mark.parametrize(
    ("network", "staff", "taken"),
    [(True, None, True), (False, None, False), (True, False, False), (False, True, True)],
)
def test_staff_knows_better_than_the_network_whether_claims_are_taken(account, network, staff, taken):
    offer = make.offer(at=account, takes_claims=network)
    assert facts.takes_claims(offer) is network
    make.facts(of=offer, takes_claims=staff)
    assert facts.takes_claims(Offer.objects.get()) is taken


@pytest.mark.parametrize(
    ("told", "window"),
    [
        ({}, None),
        ({"claim_after_days": 3}, (3, None)),
        ({"claim_until_days": 45}, (1, 45)),
        ({"claim_after_days": 3, "claim_until_days": 45}, (3, 45)),
        ({"claim_after_days": 3, "takes_claims": False}, None),
    ],
)
def test_the_claim_window_is_known_to_who_asks(account, told, window, django_assert_num_queries):
    offer = make.offer(at=account, takes_claims=True)
    assert facts.claim_window(offer) is None
    make.facts(of=offer, **told)
    with django_assert_num_queries(1):
        assert facts.claim_window(Offer.objects.select_related("facts").get()) == window


@pytest.mark.parametrize(
    "rubbish",
    [
        {"deductions": ["vat", "air"]},
        {"cap_minor": 0},
        {"claim_after_days": 10, "claim_until_days": 9},
        {"confirms_after": "christmas"},
        {"exclusions": [{"text_ru": "", "text_en": ""}]},
        {"rates": [{"rate_external_id": "1", "customer": "old"}]},
        {"rates": [{"rate_external_id": "1"}, {"rate_external_id": "1"}]},
    ],
)
def test_the_database_refuses_what_no_page_could_say(account, rubbish):
    offer = make.offer(at=account)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.facts(of=offer, **rubbish)
    assert not OfferFacts.objects.exists()


@pytest.mark.parametrize(
    ("russian", "english", "language", "text"),
    [
        ("Вино", "Wine", "ru", "Вино"),
        ("Вино", "Wine", "en", "Wine"),
        ("Вино", "", "en", "Вино"),
        ("", "Wine", "ru", "Wine"),
    ],
)
def test_a_text_in_one_language_is_better_than_none(account, russian, english, language, text):
    from django.utils import translation

    sheet = make.facts(of=make.offer(at=account), note_ru=russian, note_en=english)
    line = sheet.exclusions.create(text_ru=russian, text_en=english)
    with translation.override(language):
        assert (sheet.note, line.text) == (text, text)
