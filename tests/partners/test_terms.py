"""Terms in versions: announced in time, never edited, and readable for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.translation import override

from cashback.lib.display import day
from partners import terms, theme
from partners.brand import dress, look
from partners.models import OutboxEvent, Storefront, TermsVersion

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)


def announce(storefront, *, in_days=0, at=AT, text="Правила", **facts):
    return terms.announce(
        storefront=storefront,
        texts={"ru": text, "en": "Rules", **facts.pop("texts", {})},
        summary={"ru": "Короче", "en": "Shorter", **facts.pop("summary", {})},
        takes_effect_at=at + timedelta(days=in_days),
        at=at,
    )


def test_the_first_terms_may_hold_at_once(acorn):
    version = announce(acorn)
    assert (version.number, version.takes_effect_at) == (1, AT)
    assert terms.overview(acorn, at=AT).in_force == version


@pytest.mark.parametrize(("days", "is_taken"), [(13.99, False), (14, True), (366, True), (367, False)])
def test_a_change_is_announced_in_time(acorn, days, is_taken):
    announce(acorn)
    if is_taken:
        assert announce(acorn, in_days=days).number == 2
    else:
        with pytest.raises(terms.TermsRefused):
            announce(acorn, in_days=days)
        assert TermsVersion.objects.count() == OutboxEvent.objects.count() == 1


def test_a_button_pressed_twice_announces_once(acorn):
    announce(acorn)
    announce(acorn, in_days=30, text="Правила 2")
    with pytest.raises(terms.TermsRefused, match="already"):
        announce(acorn, in_days=30, text=" Правила 2\r\n")
    assert TermsVersion.objects.count() == OutboxEvent.objects.count() == 2
    assert announce(acorn, in_days=31, text="Правила 2").number == 3


def test_an_announcement_leaves_a_look_that_was_saved_meanwhile(acorn):
    stale = Storefront.objects.get(pk=acorn.pk)
    look.save(storefront=acorn, tokens={"brand": "#00308f"}, words={}, logos={})
    announce(stale)
    kept = Storefront.objects.get(pk=acorn.pk)
    assert kept.theme == {"brand": "#00308f"}
    assert kept.theme_digest == theme.digest(kept.theme)


def test_the_storefront_says_how_long_the_notice_is(acorn):
    acorn.terms_notice_days = 30
    acorn.save()
    announce(acorn)
    with pytest.raises(terms.TermsRefused, match="30 days"):
        announce(acorn, in_days=29)
    assert terms.earliest(acorn, at=AT) == AT + timedelta(days=30)


def test_the_partner_hears_of_an_announcement(acorn):
    announce(acorn)
    version = announce(acorn, in_days=20)
    event = OutboxEvent.objects.get(subject_id=version.pk)
    assert event.type == "terms.announced"
    assert event.payload == {
        "storefront": "acorn",
        "number": 2,
        "takes_effect_at": "2026-11-22T12:00:00+00:00",
        "summary": {"ru": "Короче", "en": "Shorter"},
    }


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"texts": {"ru": "  "}}, "own language"),
        ({"texts": {"xx": "Rules"}}, "xx"),
        ({"summary": {"ru": ""}}, "what changes"),
        ({"texts": {"en": "a" * 60_001}}, "60000"),
        ({"summary": {"en": "a" * 2_001}}, "2000"),
        ({"in_days": -1}, "at least 14 days"),
    ],
)
def test_what_is_no_announcement_is_refused_and_nothing_is_changed(acorn, facts, refusal):
    announce(acorn)
    with pytest.raises(terms.TermsRefused, match=refusal):
        announce(acorn, **{"in_days": 20, **facts})
    assert TermsVersion.objects.count() == OutboxEvent.objects.count() == 1


def test_the_first_terms_cannot_hold_in_the_past(acorn):
    with pytest.raises(terms.TermsRefused, match="past"):
        announce(acorn, in_days=-0.1)


def test_a_version_holds_from_its_day_until_the_next_ones(acorn):
    first, second = announce(acorn), announce(acorn, in_days=20)
    before, after = AT + timedelta(days=19, hours=23), AT + timedelta(days=20)
    assert terms.overview(acorn, at=before).in_force == first
    assert terms.overview(acorn, at=before).announced == second
    assert terms.overview(acorn, at=after).in_force == second
    assert terms.overview(acorn, at=after).announced is None
    assert terms.overview(acorn, at=after).earlier == [first]


def test_a_newer_announcement_supersedes_one_that_does_not_hold_yet(acorn):
    first, second = announce(acorn), announce(acorn, in_days=20)
    third = announce(acorn, in_days=30, at=AT + timedelta(days=10))
    shown = terms.overview(acorn, at=AT + timedelta(days=25))
    assert (shown.in_force, shown.announced, shown.earlier) == (first, third, [second])
    assert terms.overview(acorn, at=AT + timedelta(days=40)).in_force == third


def test_a_version_that_held_is_not_undone_by_a_later_announcement(acorn):
    announce(acorn)
    second = announce(acorn, in_days=20)
    third = announce(acorn, in_days=14, at=AT + timedelta(days=20))
    assert terms.overview(acorn, at=AT + timedelta(days=33)).in_force == second
    assert terms.overview(acorn, at=AT + timedelta(days=34)).in_force == third


def test_terms_are_read_in_the_readers_language_or_the_storefronts_own(acorn):
    terms.announce(storefront=acorn, texts={"ru": "Правила"}, summary={}, takes_effect_at=AT, at=AT)
    with override("en"):
        shown = terms.overview(acorn, at=AT)
    assert (shown.language, shown.text) == ("ru", "Правила")


@pytest.mark.parametrize(("language", "words"), [("ru", "Что такое кэшбэк"), ("en", "What cashback is")])
def test_until_there_is_a_version_our_standard_terms_stand(acorn, language, words):
    acorn.terms_notice_days = 21
    text = terms.standard(acorn, language)
    assert words in text
    assert "Acorn Bank" in text
    assert "21" in text
    with override(language):
        assert terms.overview(acorn, at=AT).text == text


def test_pages_know_of_an_announcement_without_a_query(acorn, django_assert_num_queries):
    announce(acorn)
    assert terms.announced_for(acorn, at=AT - timedelta(days=1)) is None
    announce(acorn, in_days=20)
    acorn.refresh_from_db()
    assert acorn.dress == dress.worn(acorn)
    with django_assert_num_queries(0):
        assert terms.announced_for(acorn, at=AT) == AT + timedelta(days=20)
        assert terms.announced_for(acorn, at=AT + timedelta(days=20)) is None


def test_the_page_shows_what_holds_what_comes_and_what_held(client, birch, at):
    announce(birch, at=at - timedelta(days=60), texts={"en": "Rules one"})
    announce(birch, at=at - timedelta(days=40), in_days=20, texts={"en": "Rules two"})
    third = announce(
        birch, at=at, in_days=20, texts={"en": "# Rules three\n\n<b>"}, summary={"en": "Less & less"}
    )
    page = client.get("/s/birch/terms/").content.decode()
    with override("en"):
        assert f"Version 2, in force since {day(at - timedelta(days=20))}\n" in page
        assert f"Version 3 applies from {day(third.takes_effect_at)}" in page
        assert f"New terms from {day(third.takes_effect_at)}" in client.get("/s/birch/").content.decode()
    assert "<p>Rules two</p>" in page
    assert "Less &amp; less" in page
    assert 'href="/s/birch/terms/1/"' in page
    coming = client.get("/s/birch/terms/3/").content.decode()
    assert "<h2>Rules three</h2>\n<p>&lt;b&gt;</p>" in coming
    assert "in force from" in coming
    assert "no longer in force" in client.get("/s/birch/terms/1/").content.decode()


def test_without_a_version_the_page_shows_our_standard_terms(client, birch):
    page = client.get("/s/birch/terms/").content.decode()
    assert "<h2>How a purchase is counted</h2>" in page
    assert "New terms from" not in page


@pytest.mark.parametrize("number", ["1", "0", "99999999999999999999", "-1", "x"])
def test_a_version_that_is_not_there_is_not_found(client, birch, number):
    assert client.get(f"/s/birch/terms/{number}/").status_code == 404


def test_one_storefronts_terms_are_not_anothers(client, acorn, birch):
    announce(acorn)
    assert client.get("/s/birch/terms/1/").status_code == 404


@pytest.mark.parametrize("versions", [1, 3])
def test_the_page_of_terms_asks_a_literal_number_of_questions(
    client, birch, django_assert_num_queries, at, versions
):
    for number in range(versions):
        announce(birch, at=at - timedelta(days=90 - 20 * number), in_days=15 if number else 0)
    with django_assert_num_queries(2):
        client.get("/s/birch/terms/")
