"""Staff announce new terms: they write, they look, and only then is anything said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cashback.lib.admin import page_of
from partners import terms
from partners.models import Storefront, TermsVersion

pytestmark = pytest.mark.django_db


def door(storefront) -> str:
    return page_of(Storefront, storefront.pk).replace("/change/", "/terms/")


def day(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


@pytest.fixture
def words():
    return {"text_ru": "# Правила\n\n<b>", "text_en": "Rules", "summary_ru": "", "takes_effect_on": day(0)}


def test_the_first_terms_begin_with_our_standard_text(operator, acorn):
    page = operator.get(door(acorn)).content.decode()
    assert "Что такое кэшбэк" in page
    assert "What cashback is" in page


def test_nothing_is_said_until_it_was_looked_at_and_confirmed(operator, acorn, words):
    page = operator.post(door(acorn), words | {"look": "1"}).content.decode()
    assert "<h2>Правила</h2>\n<p>&lt;b&gt;</p>" in page
    assert 'type="hidden" name="text_en" value="Rules"' in page
    assert not TermsVersion.objects.exists()

    operator.post(door(acorn), words | {"change": "1", "confirm": "1"})
    assert not TermsVersion.objects.exists()

    answer = operator.post(door(acorn), words | {"confirm": "1"})
    version = TermsVersion.objects.get()
    assert answer.url == page_of(Storefront, acorn.pk)
    assert (version.number, version.texts) == (1, {"ru": "# Правила\n\n<b>", "en": "Rules"})
    assert abs(version.takes_effect_at - timezone.now()) < timedelta(minutes=1)


def test_a_change_holds_from_midnight_of_its_day_where_the_storefront_is(operator, acorn, words, at):
    acorn.time_zone = "Asia/Tokyo"
    acorn.save()
    terms.announce(storefront=acorn, texts={"ru": "Правила"}, summary={}, takes_effect_at=at, at=at)
    operator.post(door(acorn), words | {"takes_effect_on": day(20), "summary_ru": "Короче", "confirm": "1"})
    version = TermsVersion.objects.get(number=2)
    assert version.takes_effect_at.isoformat().endswith("T15:00:00+00:00")
    assert "2" in operator.get(page_of(Storefront, acorn.pk)).content.decode()


def test_the_day_offered_is_one_that_is_taken(operator, acorn, words, at):
    terms.announce(storefront=acorn, texts={"ru": "Правила"}, summary={}, takes_effect_at=at, at=at)
    offered = operator.get(door(acorn)).context["form"].initial["takes_effect_on"]
    operator.post(
        door(acorn), words | {"takes_effect_on": offered.isoformat(), "summary_ru": "Короче", "confirm": "1"}
    )
    assert TermsVersion.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"takes_effect_on": day(5)}, "at least 14 days"),
        ({"takes_effect_on": day(900)}, "more than a year"),
        ({"takes_effect_on": "soon"}, "valid date"),
        ({"takes_effect_on": ""}, "required"),
        ({"summary_ru": ""}, "what changes"),
        ({"text_ru": " "}, "required"),
        ({"text_en": "a" * 60_001}, "at most 60000"),
        ({"text_en": "\x00"}, "Null characters"),
    ],
)
def test_terms_that_cannot_be_announced_are_refused_in_words(operator, acorn, words, at, wrong, said):
    terms.announce(storefront=acorn, texts={"ru": "Правила"}, summary={}, takes_effect_at=at, at=at)
    good = words | {"takes_effect_on": day(20), "summary_ru": "Короче"}
    page = operator.post(door(acorn), good | wrong | {"confirm": "1"})
    assert page.status_code == 200
    assert said in page.content.decode()
    assert TermsVersion.objects.count() == 1


def test_an_announced_version_is_only_read(operator, acorn, at):
    version = terms.announce(
        storefront=acorn, texts={"ru": "# Правила"}, summary={}, takes_effect_at=at, at=at
    )
    page = operator.get(page_of(TermsVersion, version.pk))
    assert "<h2>Правила</h2>" in page.content.decode()
    assert operator.post(page_of(TermsVersion, version.pk), {"number": "9"}).status_code == 403


def test_support_and_strangers_announce_nothing(support, client, acorn, words):
    assert support.post(door(acorn), words | {"confirm": "1"}).status_code == 403
    assert client.post(door(acorn), words | {"confirm": "1"}).status_code == 302
    assert not TermsVersion.objects.exists()
