"""What a storefront says in the partner's own words, and what stands in for words it has not said."""

import time

import pytest
from django.db import connection, transaction
from django.utils.translation import override

from partners.brand import dress, prose, texts
from partners.models import StorefrontText


def say(storefront, **words):
    """`say(acorn, name_ru="…")`"""
    texts.say(
        storefront=storefront,
        words={tuple(key.rsplit("_", 1)): text for key, text in words.items()},
    )


def test_a_text_is_said_in_its_language(acorn):
    say(acorn, name_ru="Жёлудь Банк", name_en="Acorn", headline_ru="Покупайте как обычно")
    assert texts.said(acorn, "name", "ru") == "Жёлудь Банк"
    assert texts.said(acorn, "name", "en") == "Acorn"
    with override("ru"):
        assert texts.said(acorn, "headline") == "Покупайте как обычно"


@pytest.mark.django_db(transaction=True)
def test_nobodys_click_waits_while_staff_dress_a_storefront(acorn):
    """A click's row names its storefront: the database locks the name, and no more, until it is written."""
    other = connection.copy()
    with transaction.atomic():
        dress.lock(acorn)
        with other.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
            cursor.execute("SELECT FROM partners_storefront WHERE id = %s FOR KEY SHARE", [acorn.pk])
            assert cursor.rowcount == 1
    other.close()


def test_words_not_said_in_a_language_are_ours_in_that_language(acorn):
    say(acorn, headline_ru="Покупайте как обычно")
    assert texts.said(acorn, "headline", "en") == "Shop as usual, get a part back"
    assert texts.said(acorn, "how_it_works", "en") == ""


def test_a_name_or_a_contact_stands_in_for_another_languages(acorn):
    assert texts.said(acorn, "name", "en") == "Acorn Bank"
    say(acorn, name_ru="Жёлудь Банк", support_en="help@acorn.example")
    assert texts.said(acorn, "name", "en") == "Жёлудь Банк"
    assert texts.said(acorn, "support", "ru") == "help@acorn.example"


def test_a_name_that_is_no_text_of_ours_is_a_fault(acorn):
    with pytest.raises(KeyError):
        texts.said(acorn, "password")


def test_an_empty_text_is_ours_again(acorn):
    say(acorn, headline_en="Buy!", name_en="Acorn")
    say(acorn, headline_en="  ")
    assert texts.said(acorn, "headline", "en") == "Shop as usual, get a part back"
    assert texts.own(acorn) == {("name", "en"): "Acorn"}


def test_a_text_too_long_for_its_place_is_refused_and_nothing_is_said(acorn):
    with pytest.raises(texts.TextRefused, match="120"):
        say(acorn, headline_en="Buy!", name_en="A" * 121)
    assert not StorefrontText.objects.exists()
    assert acorn.dress == {}


def test_pages_read_the_texts_with_the_storefront_itself(acorn, django_assert_num_queries):
    say(acorn, name_ru="Жёлудь Банк", support_ru="8 800 100-20-30")
    acorn.refresh_from_db()
    assert acorn.dress == dress.worn(acorn)
    with django_assert_num_queries(0):
        assert texts.said(acorn, "name", "ru") == "Жёлудь Банк"
        assert texts.said(acorn, "support", "en") == "8 800 100-20-30"


def test_one_storefronts_words_are_not_anothers(acorn, birch):
    say(acorn, name_en="Oak")
    assert texts.said(birch, "name", "en") == "Birch Club"


def test_pages_say_the_storefronts_name_and_support(client, acorn):
    say(acorn, name_ru="Жёлудь Банк", support_ru="Пишите на help@acorn.example")
    page = client.get("/s/acorn/how-it-works/").content.decode()
    assert "· Жёлудь Банк</title>" in page
    assert '<span class="brand-name">Жёлудь Банк</span>' in page
    assert 'Пишите на <a href="mailto:help@acorn.example">help@acorn.example</a>' in page
    assert 'href="/s/acorn/how-it-works/#support"' in page


def test_how_it_works_says_the_partners_own_words_first(client, birch):
    say(birch, how_it_works_en="# Points, not money\n\n- one\n- two <b>")
    page = client.get("/s/birch/how-it-works/").content.decode()
    assert "<h2>Points, not money</h2>" in page
    assert "<ul><li>one</li><li>two &lt;b&gt;</li></ul>" in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (
            "See https://acorn.example/help?a=1&b=2.",
            'See <a href="https://acorn.example/help?a=1&amp;b=2" rel="noopener nofollow" target="_blank">'
            "https://acorn.example/help?a=1&amp;b=2</a>.",
        ),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("data:text/html,x ftp://a.example", "data:text/html,x ftp://a.example"),
        (
            'https://a.example/"onclick="x',
            '<a href="https://a.example/" rel="noopener nofollow" target="_blank">https://a.example/</a>'
            "&quot;onclick=&quot;x",
        ),
        ("Call 8 (800) 100-20-30!", 'Call <a href="tel:88001002030">8 (800) 100-20-30</a>!'),
        ("+7 495 000-00-00", '<a href="tel:+74950000000">+7 495 000-00-00</a>'),
        ("Order 12345", "Order 12345"),
        ("Order SC-795744307, № 995 7957-443-07", "Order SC-795744307, № 995 7957-443-07"),
        (
            "me+you@mail.acorn.example,",
            '<a href="mailto:me+you@mail.acorn.example">me+you@mail.acorn.example</a>,',
        ),
    ],
)
def test_links_are_made_by_us_alone(text, shown):
    assert prose.linked(text) == shown


def test_prose_is_blocks_headings_and_lists_and_never_markup():
    assert prose.prose("# One\nText <i>\nmore\n\n\n- a\n- b\n\n ") == (
        "<h2>One</h2><p>Text &lt;i&gt;<br>more</p>\n<ul><li>a</li><li>b</li></ul>"
    )
    assert prose.prose("") == ""


@pytest.mark.parametrize("text", ["+" * 5000, "1 " * 5000, "a@" * 3000, "https://" * 2000, "(" * 9000])
def test_a_long_odd_text_is_shown_at_once(text):
    began = time.perf_counter()
    prose.prose(text)
    assert time.perf_counter() - began < 1
