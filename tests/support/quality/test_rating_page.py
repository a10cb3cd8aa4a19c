"""The page behind the link: looked at by scanners, answered by a shopper."""

from datetime import timedelta

import pytest
from django.urls import path

from cashback import urls
from support.quality import ratings
from support.quality.models import Rating
from support.rating_views import rate
from tests.support import quality_make as make

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

# As the project's own, whatever else it has by now.
urlpatterns = [path("rate/<token>/", rate, name="rate"), *urls.urlpatterns]
handler404 = urls.handler404


@pytest.fixture
def case(house, at):
    case = make.case(by=house.alice, agent=house.ann, opened=at - timedelta(hours=2))
    ratings.ask(ticket=case, cycle=1, at=at)
    return case


@pytest.fixture
def link(case):
    return f"/rate/{make.token_of(case)}/"


def test_looking_records_nothing_whoever_looks(client, link):
    for method in (client.get, client.head, client.get):
        assert method(f"{link}?score=5").status_code == 200

    assert not Rating.objects.answered().exists()


def test_a_press_answers_and_a_second_one_changes_nothing(client, link):
    answer = client.post(link, {"score": "4", "reason": "speed", "comment": "Quick."})
    assert (answer.status_code, answer["Location"]) == (303, link)

    again = client.post(link, {"score": "1"})
    assert again.status_code == 409
    assert b"Thank you for your answer" in again.content
    kept = Rating.objects.get()
    assert (kept.score, kept.reason, kept.comment) == (4, "speed", "Quick.")
    assert b"Thank you for your answer" in client.get(link).content


@pytest.mark.parametrize("score", ["", "0", "6", "²", "4.5", "5 OR 1=1"])
def test_without_a_mark_nothing_is_kept_and_what_was_typed_stays(client, link, score):
    answer = client.post(link, {"score": score, "comment": "<b>Hello</b>"})

    assert answer.status_code == 400
    assert b"Choose a mark from 1 to 5." in answer.content
    assert b"&lt;b&gt;Hello&lt;/b&gt;" in answer.content
    assert not Rating.objects.answered().exists()


def test_a_link_in_a_letter_may_bring_the_mark_along_and_still_asks(client, link):
    page = client.get(f"{link}?score=5").content.decode()

    assert page.count(" checked") == 1
    assert 'value="5" required checked' in page


def test_it_speaks_the_conversations_language_in_the_storefronts_look(client, case, link):
    assert client.get(link)["Content-Language"] == "en"
    case.language = "ru"
    case.save()

    page = client.get(link)

    assert page["Content-Language"] == "ru"
    assert b"Acorn Bank" in page.content
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    assert "unsafe" not in page["Content-Security-Policy"]


def test_an_old_link_says_so(client, case, link, monkeypatch, at):
    monkeypatch.setattr("support.rating_views.timezone.now", lambda: at + timedelta(days=15))

    assert b"This link has expired" in client.get(link).content
    assert client.post(link, {"score": "5"}).status_code == 409
    assert not Rating.objects.answered().exists()


def test_no_link_of_ours_is_no_page(client, link):
    assert client.get("/rate/nobody-asked-this/").status_code == 404
    assert client.post("/rate/nobody-asked-this/", {"score": "5"}).status_code == 404
