"""A storefront's look: what a partner may say, and what is readable whatever they said."""

import re

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as some

from partners import theme

colours = some.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def properties(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):([^;]+);", css))


def test_the_css_is_served_under_its_digest_and_kept_for_ever(client, acorn):
    acorn.theme = {"brand": "#1f7a4d", "radius": "4px"}
    acorn.save()
    address = f"/theme/{acorn.theme_digest}.css"
    assert address in client.get("/s/acorn/").content.decode()
    response = client.get(address)
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert properties(response.content.decode())["brand"] == "#1f7a4d"


def test_a_changed_theme_has_a_new_address(acorn):
    before = acorn.theme_digest
    acorn.theme = {"brand": "#1f7a4d"}
    acorn.save(update_fields=["theme"])
    acorn.refresh_from_db()
    assert acorn.theme_digest != before


@pytest.mark.parametrize("digest", ["nothing", "%00", "..%2F..%2Fsettings"])
def test_an_unknown_theme_is_not_found(client, db, digest):
    assert client.get(f"/theme/{digest}.css").status_code == 404


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        "red",
        {"brand": "red"},
        {"brand": "#12345"},
        {"brand": "#123456;} body{display:none"},
        {"brand": ["#123456"]},
        {"radius": "1em"},
        {"radius": "calc(1px)"},
        {"font": "Comic Sans"},
        {"logo": "url(https://evil.example)"},
        {1: "#123456"},
    ],
)
def test_what_is_no_token_of_ours_is_refused(tokens):
    with pytest.raises(ValidationError):
        theme.validate(tokens)


@pytest.mark.parametrize(
    "tokens",
    [
        {"text": "#888888"},
        {"bg": "#000000"},
        {"surface": "#222222"},
        {"brand": "#ffffff", "on-brand": "#eeeeee"},
    ],
)
def test_text_that_nobody_could_read_is_refused_with_its_contrast(tokens):
    with pytest.raises(ValidationError, match=r"\d\.\d\d"):
        theme.validate(tokens)


@given(brand=colours, accent=colours, good=colours, bad=colours, muted=colours, bg=colours)
def test_whatever_a_partner_chooses_every_text_is_readable_on_its_ground(bg, **tokens):
    text = max("#000000", "#ffffff", key=lambda ink: theme.contrast(ink, bg))
    tokens |= {"bg": bg, "surface": bg, "text": text}
    theme.validate(tokens)
    made = properties(theme.css(tokens))
    pairs = [("muted", "bg"), ("muted", "surface"), ("on-brand", "brand"), ("on-brand", "brand-deep")]
    pairs += [("on-hero", "hero"), ("on-hero", "hero-deep")]
    for name in ("brand", "accent", "good", "bad"):
        pairs += [(f"{name}-ink", ground) for ground in ("bg", "surface", f"{name}-soft")]
    unreadable = [(ink, ground) for ink, ground in pairs if theme.contrast(made[ink], made[ground]) < 4.5]
    assert unreadable == []


@pytest.mark.parametrize(
    ("tokens", "scheme"),
    [({}, "light"), ({"bg": "#0f1420", "surface": "#182030", "text": "#eef2fa"}, "dark")],
)
def test_a_dark_theme_tells_the_browser_so(tokens, scheme):
    assert f"color-scheme:{scheme};" in theme.css(tokens)


def test_black_on_white_is_twenty_one_to_one():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#777777") == 1
