"""Changed terms reach every shopper who has an address, once, ahead of the day."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from partners.models import Shopper
from partners.notices import preferences, reading, services, terms
from partners.notices.models import Announcement, Letter
from partners.services import emit
from tests import make
from tests.notices.conftest import deliver, plain, subjects, tell_news, with_address

pytestmark = pytest.mark.django_db(transaction=True)

MAY = datetime(2027, 5, 12, tzinfo=UTC)


def announce(storefront, at, number=2, **facts) -> None:
    payload = {
        "storefront": storefront.slug,
        "number": number,
        "takes_effect_at": MAY.isoformat(),
        "summary": {"en": "Returns count <b>sooner</b>.", "ru": "Возвраты учитываем раньше."},
        **facts,
    }
    emit(
        partner_id=storefront.partner_id,
        type="terms.announced",
        subject_id=storefront.pk,
        payload=payload,
        at=at,
    )


def crowd(storefront, count, at) -> None:
    Shopper.objects.bulk_create(
        Shopper(
            partner=storefront.partner,
            storefront=storefront,
            external_id=f"s{number}",
            email=f"s{number}@mail.test",
            email_confirmed_at=at,
        )
        for number in range(count)
    )


def test_announced_terms_are_told_in_each_shoppers_language(sink, alice, acorn, at):
    reader = with_address(make.shopper(acorn, "john"), "john@mail.test", at)
    reader.chosen_locale = "en"
    reader.save()
    announce(acorn, at)
    tell_news(at)

    [english], [russian] = sink.letters(to="john@mail.test"), sink.letters(to="alice@mail.test")
    assert english.subject == "The cashback terms change on May 12, 2027"
    assert "Returns count <b>sooner</b>." in english.text
    assert "Returns count &lt;b&gt;sooner&lt;/b&gt;." in english.html
    assert "/s/acorn/terms/" in english.text
    assert "version 2" in english.text
    assert "12 мая 2027" in plain(russian.subject)
    assert "Возвраты учитываем раньше." in russian.text


def test_everybody_is_told_once_in_several_steps(sink, acorn, at, monkeypatch):
    monkeypatch.setattr(terms, "_BATCH", 4)
    crowd(acorn, 10, at)
    announce(acorn, at)
    reading.read_outbox(at=at)
    assert [terms.write_letters(at=at) for _number in range(4)] == [4, 4, 2, 0]
    deliver(at)
    assert len({letter.recipients for letter in sink.letters()}) == 10
    assert len(list(sink.letters())) == 10
    assert Announcement.objects.get().done_at == at


def test_worker_that_dies_half_way_loses_and_doubles_nobody(acorn, at, monkeypatch):
    monkeypatch.setattr(terms, "_BATCH", 4)
    crowd(acorn, 6, at)
    announce(acorn, at)
    reading.read_outbox(at=at)

    def die(*_args, **_facts):
        raise KeyboardInterrupt

    terms.write_letters(at=at)
    with monkeypatch.context() as patch:
        patch.setattr(Announcement, "save", die)
        with pytest.raises(KeyboardInterrupt):
            terms.write_letters(at=at)
    assert Letter.objects.count() == 4
    terms.write_letters(at=at)
    assert Letter.objects.count() == 6
    assert Letter.objects.values("shopper").distinct().count() == 6


def test_event_that_is_read_twice_announces_once(alice, acorn, at):
    from partners.models import OutboxCursor

    announce(acorn, at)
    reading.read_outbox(at=at)
    OutboxCursor.objects.all().delete()
    reading.read_outbox(at=at)
    assert Announcement.objects.count() == 1


def test_shoppers_of_other_storefronts_are_told_nothing(sink, alice, bob, acorn, at):
    announce(acorn, at)
    tell_news(at)
    assert [letter.recipients for letter in sink.letters()] == [("alice@mail.test",)]


def test_storefront_of_another_partner_is_not_reached_by_its_name(alice, acorn, birch, at):
    emit(
        partner_id=birch.partner_id,
        type="terms.announced",
        subject_id=birch.pk,
        payload={"storefront": "acorn", "number": 9, "takes_effect_at": MAY.isoformat(), "summary": {}},
        at=at,
    )
    reading.read_outbox(at=at)
    assert Announcement.objects.count() == 0


def test_who_does_not_want_to_know_is_not_told(sink, alice, acorn, at):
    preferences.choose(shopper=alice, switches={"tracked": True})
    announce(acorn, at)
    tell_news(at)
    assert list(sink.letters()) == []
    assert list(Letter.objects.values_list("state", "context")) == [("needless", "")]


def test_only_the_latest_announcement_is_told(sink, alice, acorn, at):
    announce(acorn, at, number=2)
    reading.read_outbox(at=at)
    terms.write_letters(at=at)
    announce(acorn, at, number=3, takes_effect_at=(MAY + timedelta(days=1)).isoformat())
    tell_news(at)
    assert len(subjects(sink)) == 1
    assert "3" in next(sink.letters()).text


def test_half_a_million_shoppers_never_fill_the_queue(sink, acorn, at, monkeypatch):
    monkeypatch.setattr(terms, "_BATCH", 2)
    monkeypatch.setattr(services, "FULL", 3)
    crowd(acorn, 7, at)
    announce(acorn, at)
    reading.read_outbox(at=at)
    written = []
    for _number in range(3):
        written += [terms.write_letters(at=at) for _again in range(3)]
        deliver(at)
    assert written == [2, 2, 0, 2, 1, 0, 0, 0, 0]
    assert len({letter.recipients for letter in sink.letters()}) == 7


def test_terms_are_announced_however_late_they_are_heard_of(sink, alice, acorn, at):
    announce(acorn, at - timedelta(days=8))
    tell_news(at)
    assert len(subjects(sink)) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_writing_costs_the_same_for_any_number_of_shoppers(acorn, at, count, django_assert_num_queries):
    crowd(acorn, count, at)
    announce(acorn, at)
    reading.read_outbox(at=at)
    with django_assert_num_queries(9):
        assert terms.write_letters(at=at) == count
    assert json.loads(Letter.objects.first().context) == {"announcement": str(Announcement.objects.get().pk)}
