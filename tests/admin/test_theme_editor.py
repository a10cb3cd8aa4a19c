"""The editor of a storefront's look: what is tried is seen by nobody else, and what cannot be read is not saved."""

import base64
import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cashback.lib.admin import page_of
from partners import theme
from partners.brand import dress, texts
from partners.brand.look_form import beginning, of_tokens
from partners.models import BrandImage, Storefront
from partners.theme.ready import READY
from tests.partners.test_brand_images import picture

pytestmark = pytest.mark.django_db


def look(storefront, rest="") -> str:
    return page_of(Storefront, storefront.pk).replace("/change/", f"/look/{rest}")


def written(tokens) -> str:
    return base64.urlsafe_b64encode(json.dumps(tokens).encode()).decode()


def typed(fields) -> dict[str, str]:
    """The form's fields as a browser sends them: an unticked box is not sent at all."""
    return {name: "on" if value is True else value for name, value in fields.items() if value is not False}


@pytest.fixture
def fields(acorn):
    return typed(beginning(acorn))


def test_the_page_shows_the_saved_look_and_its_contrasts(operator, acorn):
    acorn.theme = {"brand": "#1f7a4d", "dark": {"brand": "#33aa77"}}
    acorn.save()
    page = operator.get(look(acorn)).content.decode()
    assert re.search(r'name="own-brand" value="#1f7a4d"', page)
    assert re.search(r'name="other-brand" value="#33aa77"', page)
    assert page.count('class="look-tile"') == 6
    assert page.count("<tr><td>") == len(theme.figures(acorn.theme))
    assert "frame-src 'self'" in operator.get(look(acorn)).headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "tokens",
    [
        {},
        {"brand": "#1f7a4d", "radius": "13px", "button-radius": "pill", "dark": {"bg": "#101010"}},
        READY[4].tokens,
        READY[4].tokens | {"light": {}},
        READY[5].tokens,
    ],
)
def test_saving_what_is_shown_changes_nothing_that_is_seen(operator, acorn, tokens):
    acorn.theme = tokens
    acorn.save()
    operator.post(look(acorn), typed(beginning(acorn)))
    acorn.refresh_from_db()
    assert theme.css(acorn.theme) == theme.css(tokens)
    assert set(acorn.theme) & {"dark", "light"} == set(tokens) & {"dark", "light"}


def test_tokens_words_and_logos_are_saved_together(operator, acorn, fields):
    answer = operator.post(
        look(acorn),
        fields
        | {
            "own-brand": "#1F7A4D",
            "layout-radius": "20px",
            "text-headline-en": "Money back",
            "file-logo_light": SimpleUploadedFile("logo.png", picture()),
        },
    )
    assert (answer.status_code, answer.url) == (302, look(acorn))
    acorn.refresh_from_db()
    assert (acorn.theme["brand"], acorn.theme["radius"]) == ("#1f7a4d", "20px")
    assert texts.said(acorn, "headline", "en") == "Money back"
    assert set(acorn.dress["logos"]) == {"logo_light"}
    assert acorn.dress == dress.worn(acorn)


def test_a_logo_is_removed(operator, acorn, fields):
    operator.post(look(acorn), fields | {"file-logo_dark": SimpleUploadedFile("logo.png", picture())})
    operator.post(look(acorn), fields | {"without-logo_dark": "on"})
    assert not BrandImage.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"own-text": "#888888"}, "has a contrast of 3.30 in light mode; it needs 4.5."),
        ({"other-text": "#777777"}, "in dark mode"),
        ({"own-brand": "green"}, "#1f5fbf"),
        ({"own-brand": "#1f7a4"}, "#1f5fbf"),
        ({"own-brand": ""}, "required"),
        ({"other-bg": "</style>"}, "at most 7"),
        ({"layout-font": "Comic Sans"}, "valid choice"),
        ({"layout-radius": "999px"}, "valid choice"),
        ({"text-name-ru": "a" * 121}, "at most 120"),
        ({"text-headline-en": "a\x00b"}, "Null characters"),
        ({"file-logo_light": SimpleUploadedFile("logo.svg", b"<svg/>")}, "SVG"),
        ({"file-logo_light": SimpleUploadedFile("logo.png", b"")}, "empty"),
        ({"file-logo_light": SimpleUploadedFile("logo.png", b"\x89PNG" + b"0" * 600_000)}, "512 KB"),
    ],
)
def test_a_look_that_cannot_be_is_refused_in_words_and_nothing_is_saved(operator, acorn, fields, wrong, said):
    before = Storefront.objects.values().get()
    page = operator.post(look(acorn), fields | {"text-headline-ru": "Новое"} | wrong)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert Storefront.objects.values().get() == before
    assert not texts.own(acorn)


def test_a_ready_theme_fills_the_form_and_saves_nothing(operator, acorn):
    page = operator.post(look(acorn), {"ready": "signal"}).content.decode()
    assert 'name="own-brand" value="#6b2fd6"' in page
    assert "data-unsaved" in page
    acorn.refresh_from_db()
    assert acorn.theme == {}


def test_a_draft_is_worked_out_and_not_kept(operator, client, acorn, fields):
    before = Storefront.objects.values().get()
    answer = operator.post(look(acorn, "draft/"), fields | {"own-text": "#888888"}).json()
    assert answer["problems"][0].startswith("“Text” on “Page” has a contrast of 3.30")
    missed = [figure for figure in answer["figures"] if not figure["is_met"]]
    assert [(figure["ink"], figure["ground"], figure["found"], figure["least"]) for figure in missed] == [
        ("Text", "Page", "3.30", "4.5"),
        ("Text", "Cards and bars", "3.54", "4.5"),
    ]
    css = operator.get(answer["css"])
    assert "--text:#888888;" in css.content.decode()
    assert "no-store" in css.headers["Cache-Control"]
    assert Storefront.objects.values().get() == before
    shoppers = client.get(theme.address(acorn.theme_digest)).content.decode()
    assert "#888888" not in shoppers
    assert client.get(answer["css"]).status_code == 302


def test_a_draft_says_which_colours_are_worked_out(operator, acorn, fields):
    answer = operator.post(look(acorn, "draft/"), fields | {"own-brand": "#ffdd2d"}).json()
    assert answer["worked_out"]["own-on-brand"] == "#000000"
    assert answer["worked_out"]["other-bg"] != answer["worked_out"]["own-bg"]


@pytest.mark.parametrize(
    "wrong", [{}, {"own-brand": "red"}, {"layout-font": "\x00"}, {"own-text": "#12345g"}]
)
def test_a_draft_that_is_rubbish_is_refused_field_by_field(operator, acorn, fields, wrong):
    answer = operator.post(look(acorn, "draft/"), fields | wrong if wrong else {})
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_a_draft_is_only_posted(operator, acorn):
    assert operator.get(look(acorn, "draft/")).status_code == 405


@pytest.mark.parametrize("door", ["draft.css", "preview/"])
@pytest.mark.parametrize(
    "tokens",
    [
        "!",
        "é",
        "e30",
        "\x00",
        "A" * 4001,
        written([]),
        written("x"),
        written({"brand": "#fff;} body{display:none"}),
        written({"brand": "url(https://evil.example)"}),
        base64.urlsafe_b64encode(b"[" * 2000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_only_tokens_of_the_grammar_come_back_as_css(operator, acorn, door, tokens):
    answer = operator.get(look(acorn, door), {"tokens": tokens})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize("path", ["/", "/coupons/", "/how-it-works/", "/terms/", "/sample/"])
def test_the_preview_is_the_storefronts_page_in_the_draft_for_the_editor_alone(operator, acorn, path):
    acorn.embed_origins = ["https://www.acorn.example"]
    acorn.save()
    tokens = written({"brand": "#6b2fd6"})
    answer = operator.get(
        look(acorn, "preview/"), {"tokens": tokens, "path": path, "mode": "dark", "language": "en"}
    )
    page = answer.content.decode()
    policy = answer.headers["Content-Security-Policy"]
    assert '<html lang="en" data-theme="dark">' in page
    assert f'href="{look(acorn, "draft.css")}?tokens=' in page
    assert 'class="brand" href="/s/acorn/"' in page
    assert policy.endswith("frame-ancestors 'self'")
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert not answer.cookies


def test_a_preview_can_be_framed_by_nobody_while_the_page_itself_stays_as_it_is(operator, client, acorn):
    operator.get(look(acorn, "preview/"))
    answer = client.get("/s/acorn/terms/")
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert theme.address(acorn.theme_digest) in answer.content.decode()


@pytest.mark.parametrize(
    "path", ["/me/", "/launch", "/sign-out/", "/nowhere/", "//evil.example/", "/language/en/", ""]
)
def test_only_what_a_guest_may_read_is_previewed(operator, acorn, path):
    expected = 404
    answer = operator.get(look(acorn, "preview/"), {"path": path})
    assert answer.status_code == expected


@pytest.mark.parametrize("rest", ["", "draft/", "draft.css", "preview/"])
def test_support_and_strangers_have_no_editor(support, client, acorn, rest):
    assert support.post(look(acorn, rest)).status_code == 403
    assert client.post(look(acorn, rest)).status_code == 302


@pytest.mark.parametrize("key", ["00000000-0000-0000-0000-000000000000", "rubbish", "%00"])
@pytest.mark.parametrize("rest", ["", "draft/", "draft.css", "preview/"])
def test_the_look_of_nothing_is_not_found(operator, acorn, key, rest):
    assert operator.get(look(acorn, rest).replace(str(acorn.pk), key)).status_code == 404


def test_a_ready_theme_fills_every_field(acorn):
    for ready in READY:
        assert of_tokens(ready.tokens).keys() == of_tokens({}).keys()
