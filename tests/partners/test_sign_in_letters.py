"""The letters of signing in and of the profile, as their readers get them."""

import pytest

from partners.notices import rendering
from partners.notices.models import Letter
from partners.notices.services import post
from tests import make

CODE = {"code": "012345", "minutes": 10}
LETTERS = [
    ("sign_in_code", CODE, "012345 is your code for Corner & Co", "It works once and for 10 minutes"),
    ("confirm_email", CODE, "012345 confirms your e-mail at Corner & Co", "Type this code on your profile"),
    ("sign_in_not_yet", {}, "Corner & Co is not open to everybody yet", "open to invited shoppers only"),
    (
        "email_changed",
        {"address": "a•••@example.com"},
        "Your e-mail at Corner & Co has been changed",
        "writes to a•••@example.com instead",
    ),
]


@pytest.fixture
def corner(db):
    return make.storefront(slug="corner", name="Corner & Co", locale="en", has_email_sign_in=True)


def written(corner, letter: str, context: dict, at, language: str = "en"):
    row = post(
        storefront=corner, to="anna@example.com", language=language, letter=letter, context=context, at=at
    )
    return rendering.message(Letter.objects.get(pk=row.pk), context)


@pytest.mark.parametrize(("letter", "context", "subject", "words"), LETTERS)
def test_a_letter_says_what_it_is_for_in_both_its_parts(corner, at, letter, context, subject, words):
    mail = written(corner, letter, context, at)
    [(html, kind)] = mail.alternatives
    assert mail.subject == subject
    assert kind == "text/html"
    for text in (mail.body, html):
        assert words in " ".join(text.split())
        for value in context.values():
            assert str(value) in text
        assert "{" not in text.replace(html[html.find("<style>") : html.find("</style>")], "")
    assert "Corner &amp; Co" in html
    assert "&amp;" not in mail.body


@pytest.mark.parametrize(("letter", "context", "subject", "words"), LETTERS)
def test_no_unsubscription_stops_what_somebody_has_just_asked_for(
    corner, at, letter, context, subject, words
):
    mail = written(corner, letter, context, at)
    assert "List-Unsubscribe" not in mail.extra_headers
    assert "unsubscribe" not in mail.body.lower()


@pytest.mark.parametrize("letter", ["sign_in_code", "confirm_email"])
def test_a_code_is_no_link_for_a_mail_program_opens_those(corner, at, letter):
    mail = written(corner, letter, CODE, at)
    assert "012345" not in "".join(part for part in mail.body.split() if part.startswith("http"))
    assert "sign-in/" not in mail.body + mail.alternatives[0][0]


@pytest.mark.parametrize(("letter", "context", "subject", "words"), LETTERS)
def test_each_letter_is_in_its_readers_language(corner, at, letter, context, subject, words):
    mail = written(corner, letter, context, at, language="ru")
    assert mail.extra_headers["Content-Language"] == "ru"
    assert '<html lang="ru">' in mail.alternatives[0][0]
