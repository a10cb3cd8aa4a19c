"""A storefront's look: what a partner may say, and what is readable whatever they said, by day and by night."""

import random
import re
import string

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as some

from partners import theme
from partners.theme.css import DIGEST_LENGTH
from partners.theme.grammar import CHOICES, LENGTHS, NAMES, PALETTE
from partners.theme.ready import READY

colours = some.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
DARK = {"bg": "#0f1420", "surface": "#182030", "text": "#eef2fa"}
RULE = re.compile(r"(@media \(prefers-color-scheme:dark\)\{)?(:root[^{]*)\{([^{}]*)\}+")


def modes(css: str) -> dict[str, dict[str, str]]:
    """What each mode paints with, as a browser would work it out."""
    rules = [
        (bool(media), which, dict(re.findall(r"([\w-]+):([^;]+);", body)))
        for media, which, body in RULE.findall(css)
    ]
    base = rules[0][2]
    if len(rules) == 1:
        return {base["color-scheme"]: base}
    assert [(media, which) for media, which, _ in rules[1:]] == [
        (True, ':root:not([data-theme="light"])'),
        (False, ':root[data-theme="dark"]'),
    ]
    assert rules[1][2] == rules[2][2]
    return {"light": base, "dark": base | rules[1][2]}


def unreadable(made: dict[str, str]) -> list[tuple[str, str]]:
    text = [("text", "bg"), ("text", "surface"), ("muted", "bg"), ("muted", "surface")]
    text += [("on-brand", "brand"), ("on-brand", "brand-deep"), ("on-hero", "hero"), ("on-hero", "hero-deep")]
    for name in ("brand", "accent", "good", "bad"):
        text += [(f"{name}-ink", ground) for ground in ("bg", "surface", f"{name}-soft")]
        text += [("text", f"{name}-soft"), ("muted", f"{name}-soft")]
    edges = [(name, ground) for name in ("edge", "focus", "button-edge") for ground in ("bg", "surface")]
    return [
        pair
        for pairs, least in ((text, 4.5), (edges, 3))
        for pair in pairs
        if theme.contrast(made[f"--{pair[0]}"], made[f"--{pair[1]}"]) < least
    ]


def test_the_css_is_served_under_its_digest_and_kept_for_ever(client, acorn):
    acorn.theme = {"brand": "#1f7a4d", "radius": "4px"}
    acorn.save()
    address = theme.address(acorn.theme_digest)
    assert f'href="{address}"' in client.get("/s/acorn/terms/").content.decode()
    response = client.get(address)
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert modes(response.content.decode())["light"]["--brand"] == "#1f7a4d"


def test_an_address_that_another_release_wrote_is_answered_but_not_kept(client, acorn):
    """Its pages are still open in browsers, and its CSS may differ from ours."""
    response = client.get(f"/theme/{acorn.theme_digest}00000000.css")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "public, max-age=60"


def test_a_changed_theme_has_a_new_address(acorn):
    before = acorn.theme_digest
    acorn.theme = {"brand": "#1f7a4d"}
    acorn.save(update_fields=["theme"])
    acorn.refresh_from_db()
    assert acorn.theme_digest != before


def test_the_digest_names_the_tokens_in_whatever_order_they_are_kept():
    one = theme.digest({"brand": "#1f7a4d", "radius": "4px"})
    assert one == theme.digest({"radius": "4px", "brand": "#1f7a4d"})
    assert len(one) == DIGEST_LENGTH


@pytest.mark.parametrize("name", ["nothing", "%00", "..%2F..%2Fsettings", "a" * 3000])
def test_an_unknown_theme_is_not_found(client, db, name):
    assert client.get(f"/theme/{name}.css").status_code == 404


@pytest.mark.parametrize(
    "tokens",
    [
        [],
        "red",
        {"brand": "red"},
        {"brand": "#12345"},
        {"brand": "#123456;} body{display:none"},
        {"brand": "#123456\n"},
        {"brand": ["#123456"]},
        {"radius": "1em"},
        {"radius": "33px"},
        {"radius": "calc(1px)"},
        {"radius": "١٢px"},
        {"radius": "pill"},
        {"font": "Comic Sans"},
        {"shadow": "0 0 9px red"},
        {"logo": "url(https://evil.example)"},
        {"\ud800": "#123456"},
        {1: "#123456"},
        {"dark": "black"},
        {"dark": {"radius": "4px"}},
        {"dark": {"bg": "black"}},
        {"dark": {"dark": {}}},
    ],
)
def test_what_is_no_token_of_ours_is_refused(tokens):
    with pytest.raises(ValidationError) as refusal:
        theme.validate(tokens)
    " ".join(refusal.value.messages).encode()


@pytest.mark.parametrize(
    ("tokens", "pair"),
    [
        ({"text": "#888888"}, "“Text” on “Page” has a contrast of 3.30 in light mode; it needs 4.5."),
        (
            {"surface": "#222222"},
            "“Text” on “Cards and bars” has a contrast of 1.03 in light mode; it needs 4.5.",
        ),
        (
            {"brand": "#ffffff", "on-brand": "#eeeeee"},
            "“Text on the brand” on “Brand” has a contrast of 1.16 in light mode; it needs 4.5.",
        ),
        (
            {"hero": "#777777", "on-hero": "#ffffff"},
            "“Text on the wide band” on “Wide band” has a contrast of 4.47 in light mode; it needs 4.5.",
        ),
        (
            {"edge": "#cccccc"},
            "“Borders of fields” on “Cards and bars” has a contrast of 1.60 in light mode; it needs 3.0.",
        ),
        ({"focus": "#ffff00"}, "“Focus ring” on “Page” has a contrast of 1.00 in light mode; it needs 3.0."),
        (
            {"dark": {"text": "#777777"}},
            "“Text” on “Page” has a contrast of 4.12 in dark mode; it needs 4.5.",
        ),
    ],
)
def test_colours_that_nobody_could_tell_apart_are_refused_with_the_number(tokens, pair):
    with pytest.raises(ValidationError) as refusal:
        theme.validate(tokens)
    assert pair in refusal.value.messages


@pytest.mark.parametrize(
    ("tokens", "refusal"),
    [
        (DARK | {"dark": {}}, "dark by itself"),
        ({"light": {}}, "light by itself"),
        ({"dark": {"bg": "#ffffff", "surface": "#ffffff", "text": "#000000"}}, "are not dark"),
        (DARK | {"light": DARK}, "are not light"),
    ],
)
def test_each_mode_is_what_it_says(tokens, refusal):
    with pytest.raises(ValidationError, match=refusal):
        theme.validate(tokens)


@given(
    brand=colours,
    accent=colours,
    good=colours,
    bad=colours,
    muted=colours,
    line=colours,
    hero=colours,
    bg=colours,
)
def test_whatever_a_partner_chooses_every_text_and_edge_is_seen_in_both_modes(bg, hero, **tokens):
    text = max("#000000", "#ffffff", key=lambda ink: theme.contrast(ink, bg))
    tokens |= {"bg": bg, "surface": bg, "text": text, "hero": hero}
    if text == "#ffffff":
        tokens["light"] = {}
    theme.validate(tokens)
    made = modes(theme.css(tokens))
    assert set(made) == {"light", "dark"}
    assert {mode: unreadable(properties) for mode, properties in made.items()} == {"light": [], "dark": []}


@given(brand=colours, hero=colours, accent=colours)
def test_colours_named_for_the_dark_alone_are_read_there(**dark):
    theme.validate({"dark": dark})
    assert unreadable(modes(theme.css({"dark": dark}))["dark"]) == []


def test_a_thousand_spoiled_values_are_refused_and_none_reaches_the_css():
    chance = random.Random(7)
    noise = string.printable + ";{}<>\\/()\x00\u2028\ud800é"
    good = [
        ("brand", "#1f7a4d"),
        ("radius", "12px"),
        ("font", "system"),
        ("shadow", "soft"),
        ("edge", "#5f6c77"),
    ]
    for _ in range(1000):
        name, value = chance.choice(good)
        spoiled = list(value)
        for _ in range(chance.randint(1, 3)):
            spoiled.insert(chance.randint(0, len(spoiled)), chance.choice(noise))
        spoiled = "".join(spoiled)
        tokens = {name: spoiled} if chance.random() < 0.7 else {"dark": {name: spoiled}}
        with pytest.raises(ValidationError):
            theme.validate(tokens)


@pytest.mark.parametrize("ready", READY, ids=lambda ready: ready.name)
def test_every_ready_theme_passes_what_we_ask_of_any_other(ready):
    theme.validate(ready.tokens)
    for properties in modes(theme.css(ready.tokens)).values():
        assert unreadable(properties) == []


def test_a_theme_that_is_dark_by_itself_stays_dark_unless_it_names_a_light_set():
    assert set(modes(theme.css(DARK))) == {"dark"}
    both = modes(theme.css(DARK | {"light": {"brand": "#102030"}}))
    assert both["dark"]["--bg"] == "#0f1420"
    assert both["light"]["--brand"] == "#102030"
    assert theme.contrast(both["light"]["--text"], both["light"]["--bg"]) > 10


def test_the_browser_is_told_which_mode_it_paints():
    made = modes(theme.css({}))
    assert (made["light"]["color-scheme"], made["dark"]["color-scheme"]) == ("light", "dark")


def test_a_mode_says_which_logo_is_seen():
    made = modes(theme.css({}))
    assert (made["light"]["--for-light"], made["light"]["--for-dark"]) == ("block", "none")
    assert (made["dark"]["--for-light"], made["dark"]["--for-dark"]) == ("none", "block")


def test_every_token_is_used_by_the_style_sheets(settings):
    sheets = "".join(path.read_text() for path in (settings.BASE_DIR / "cashback" / "static").glob("*.css"))
    css = theme.css({})
    used = set(re.findall(r"var\(--([\w-]+)\)", sheets + css))
    # These are only worked with: what is painted follows from them.
    assert set(NAMES) - used - {"accent", "good", "bad"} == set()
    assert set(re.findall(r"--([\w-]+):", css)) >= set(PALETTE) | set(CHOICES) | set(LENGTHS)


def test_no_words_stand_on_a_ground_that_nobody_has_reckoned_with(settings):
    """A page's inks are reckoned for grounds of the theme: neither a mix of them nor half an ink is one."""
    sheets = "\n".join(path.read_text() for path in (settings.BASE_DIR / "cashback" / "static").glob("*.css"))
    assert re.findall(r"background(?:-color)?:[^;]*color-mix[^;]*;", sheets) == []
    faded = re.findall(r"([^{}\n]+)\{[^}]*?opacity: 0?\.\d+", sheets)
    assert [rule.strip() for rule in faded if "disabled" not in rule] == []


def test_black_on_white_is_twenty_one_to_one():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#777777", "#777777") == 1
