"""Staff writes down what is known of an offer."""

import pytest

from cashback.lib.admin import page_of
from offers.models import Offer, OfferFacts
from tests import make

pytestmark = pytest.mark.django_db

NEW = "/admin/offers/offerfacts/add/"
LIST = "/admin/offers/offerfacts/"
LIST_QUERIES = 10  # the session, who it is and may what, and how many and which sheets


@pytest.fixture
def offer(account):
    offer = make.offer(at=account, percent=None)
    make.rate(of=offer, name="Order", value="5", external_id="r1")
    make.rate(of=offer, name="Gone", value="5", external_id="r0", replaced_at=offer.first_seen_at)
    return offer


def sheet(offer, **said) -> dict:
    """The form as a browser sends it, with nothing said but this."""
    unsaid = dict.fromkeys(
        ("takes_claims", "counts_in_app", "counts_on_mobile_site", "is_for_new_customers"), "unknown"
    )
    return {"offer": str(offer.pk), **unsaid, **rows("exclusions"), **rows("rates"), **said}


def rows(name: str, *lines: dict, kept: int = 0) -> dict:
    """An inline's lines, as its form set wants them."""
    counts = {f"{name}-TOTAL_FORMS": len(lines), f"{name}-INITIAL_FORMS": kept}
    return counts | {
        f"{name}-{number}-{field}": value
        for number, line in enumerate(lines)
        for field, value in line.items()
    }


def errors(page) -> str:
    shown = page.context["errors"]
    return " ".join(str(each) for each in shown)


def test_a_sheet_is_written_and_then_changed(operator, offer):
    said = {
        "deductions": ["vat", "delivery"],
        "cap": "1000.50",
        "takes_claims": "true",
        "claim_after_days": "3",
        "claim_until_days": "60",
        "counts_in_app": "false",
        "confirms_after": "trip",
        "note_en": "Mind the gap",
    }
    answer = operator.post(NEW, sheet(offer, **said))
    facts = OfferFacts.objects.get()
    assert (answer.status_code, answer.url) == (302, page_of(OfferFacts, facts.pk))
    assert (facts.offer, facts.deductions, facts.cap_minor) == (offer, ["vat", "delivery"], 100050)
    assert (facts.takes_claims, facts.claim_after_days, facts.claim_until_days) == (True, 3, 60)
    assert (facts.counts_in_app, facts.counts_on_mobile_site, facts.is_for_new_customers) == (
        False,
        None,
        None,
    )
    assert (facts.confirms_after, facts.note_ru, facts.note_en) == ("trip", "", "Mind the gap")

    lines = {"rate_external_id": "r1", "customer": "new", "group_en": "Clothes"}
    page = operator.get(page_of(OfferFacts, facts.pk))
    assert 'value="1000.50"' in page.content.decode()
    operator.post(
        page_of(OfferFacts, facts.pk),
        sheet(offer, cap="") | rows("exclusions", {"text_ru": "Вино", "text_en": ""}) | rows("rates", lines),
    )
    facts.refresh_from_db()
    assert (facts.cap_minor, facts.deductions, facts.takes_claims) == (None, [], None)
    told = facts.rates.get()
    assert facts.exclusions.get().text_ru == "Вино"
    assert (told.rate_external_id, told.customer, told.group_en) == ("r1", "new", "Clothes")


@pytest.mark.parametrize(
    "rubbish",
    [
        {"offer": ""},
        {"offer": "00000000-0000-0000-0000-000000000000"},
        {"offer": "'; DROP TABLE offers_offer; --"},
        {"deductions": ["air"]},
        {"cap": "-1"},
        {"cap": "0"},
        {"cap": "NaN"},
        {"cap": "1e400"},
        {"cap": "99999999999"},
        {"cap": "1.005"},
        {"claim_after_days": "0"},
        {"claim_after_days": "-3"},
        {"claim_until_days": "401"},
        {"claim_until_days": "9" * 30},
        {"claim_after_days": "10", "claim_until_days": "9"},
        {"confirms_after": "christmas"},
        {"note_en": "a" * 1001},
        {"note_en": "nul \x00"},
    ],
    ids=lambda rubbish: str(rubbish)[:40],
)
def test_rubbish_is_refused_and_nothing_is_kept(operator, offer, rubbish):
    page = operator.post(NEW, sheet(offer) | rubbish)
    assert page.status_code == 200
    assert errors(page)
    assert not OfferFacts.objects.exists()


@pytest.mark.parametrize(
    "rubbish",
    [
        rows("exclusions", {"text_ru": "a" * 201}),
        rows("rates", {"rate_external_id": "r0", "customer": "new"}),
        rows("rates", {"rate_external_id": "nothing", "customer": "new"}),
        rows("rates", {"rate_external_id": "r1", "customer": "old"}),
        rows("rates", {"rate_external_id": "r1"}, {"rate_external_id": "r1", "coupon": "with"}),
    ],
    ids=["a long exclusion", "a rate of before", "an unknown rate", "an unknown word", "one rate twice"],
)
def test_rubbish_in_a_line_is_refused(operator, offer, rubbish):
    facts = make.facts(of=offer)
    page = operator.post(page_of(OfferFacts, facts.pk), sheet(offer) | rubbish)
    assert page.status_code == 200
    assert errors(page)
    assert not facts.rates.exists()
    assert not facts.exclusions.exists()


def test_a_sheet_never_moves_to_another_offer(operator, offer, account):
    facts, other = make.facts(of=offer), make.offer(at=account)
    operator.post(page_of(OfferFacts, facts.pk), sheet(other, note_en="Moved?"))
    facts.refresh_from_db()
    assert (facts.offer, facts.note_en) == (offer, "Moved?")


def test_an_offer_has_one_sheet(operator, offer):
    make.facts(of=offer, note_en="First")
    assert errors(operator.post(NEW, sheet(offer, note_en="Second")))
    assert OfferFacts.objects.get().note_en == "First"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_few_queries(operator, account, count, django_assert_num_queries):
    for _number in range(count):
        make.facts(of=make.offer(at=account), cap_minor=100)
    with django_assert_num_queries(LIST_QUERIES):
        operator.get(LIST)


def test_support_reads_the_sheet_and_changes_nothing(support, offer):
    facts = make.facts(of=offer, cap_minor=100050, note_en="Mind the gap", exclusions=[{"text_en": "Pets"}])
    page = support.get(page_of(OfferFacts, facts.pk))
    text = page.content.decode()
    assert page.status_code == 200
    assert "Mind the gap" in text and "Pets" in text
    assert "1,000.50" in text or "1\N{NO-BREAK SPACE}000,50" in text
    assert 'name="_save"' not in text
    assert support.get(LIST).status_code == 200
    assert support.post(page_of(OfferFacts, facts.pk), sheet(offer)).status_code == 403
    assert "what is known beside" in support.get(page_of(Offer, offer.pk)).content.decode()


def test_support_is_not_led_to_a_form_that_is_not_theirs(support, operator, offer):
    assert "/offerfacts/add/" in operator.get(page_of(Offer, offer.pk)).content.decode()
    assert "/offerfacts/add/" not in support.get(page_of(Offer, offer.pk)).content.decode()


def test_support_does_not_write_facts(support, offer):
    assert support.post(NEW, sheet(offer)).status_code == 403
    assert not OfferFacts.objects.exists()


def test_the_page_of_an_offer_leads_to_its_sheet(operator, offer):
    page = operator.get(page_of(Offer, offer.pk)).content.decode()
    assert f'href="{NEW}?offer={offer.pk}"' in page
    facts = make.facts(of=offer)
    assert (
        f'href="{page_of(OfferFacts, facts.pk)}"' in operator.get(page_of(Offer, offer.pk)).content.decode()
    )
