"""The editor of a storefront's look as staff use it: typed, watched, left, saved."""

import pytest

from cashback.lib.admin import page_of
from partners.models import Storefront
from tests.admin.test_in_a_browser import CHROMIUM, desk  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: nobody has tried the editor"),
]


@pytest.fixture
def editor(desk, acorn):  # noqa: F811
    desk.goto(page_of(Storefront, acorn.pk).replace("/change/", "/look/"), wait_until="networkidle")
    desk.shown = desk.frame_locator("iframe")
    return desk


def ground(editor, what="body") -> str:
    return editor.shown.locator(what).evaluate("thing => getComputedStyle(thing).backgroundColor")


def wait_until(editor, expression: str) -> None:
    editor.wait_for_function(expression)


def test_what_is_typed_is_seen_beside_with_its_contrasts_and_saved_by_nobody(editor, acorn):
    editor.fill("[name=own-text]", "#888888")
    wait_until(editor, "document.querySelectorAll('.look-figures .is-missed').length > 0")
    assert "has a contrast of 3.30" in editor.inner_text("[data-problems]")

    with editor.expect_response("**/draft/"):
        editor.fill("[name=own-text]", "#111111")
    with editor.expect_response("**/draft/"):
        editor.fill("[name=own-bg]", "#fff1dd")
    wait_until(editor, "document.querySelectorAll('.look-figures .is-missed').length === 0")
    editor.shown.locator("body").wait_for()
    wait_until(
        editor,
        "getComputedStyle(document.querySelector('iframe').contentDocument.body).backgroundColor"
        " === 'rgb(255, 241, 221)'",
    )
    acorn.refresh_from_db()
    assert acorn.theme == {}
    assert editor.complaints == []


def test_a_field_that_is_no_colour_says_so_at_once(editor):
    with editor.expect_response("**/draft/"):
        editor.fill("[name=own-brand]", "green")
    wait_until(editor, "document.querySelector('[data-error-of=own-brand]').textContent.includes('#1f5fbf')")
    editor.fill("[name=own-brand]", "#1f7a4d")
    wait_until(editor, "document.querySelector('[data-error-of=own-brand]').textContent === ''")
    assert editor.input_value("[data-picks=id_own-brand]") == "#1f7a4d"


def test_the_other_mode_is_one_press_away(editor):
    light = ground(editor)
    editor.press("[data-mode=dark]", "Enter")
    wait_until(
        editor, "document.querySelector('iframe').contentDocument.documentElement.dataset.theme === 'dark'"
    )
    assert ground(editor) != light
    assert editor.get_attribute("[data-mode=dark]", "aria-pressed") == "true"


def test_links_in_the_preview_lead_to_previews(editor):
    editor.shown.locator("a[href$='/terms/']").first.click()
    editor.shown.locator("h1", has_text="Terms of cashback").or_(
        editor.shown.locator(".prose")
    ).first.wait_for()
    assert "/look/preview/" in editor.frames[1].url
    assert "path=%2Fterms%2F" in editor.frames[1].url


def test_a_ready_theme_is_one_press_and_is_saved_with_the_keyboard_alone(editor, acorn):
    with editor.expect_response("**/draft/"):
        editor.press("button[value=signal]", "Enter")
    wait_until(editor, "document.querySelector('[name=own-brand]').value === '#6b2fd6'")
    editor.focus("[name=own-brand]")
    editor.keyboard.press("Enter")
    editor.wait_for_selector("text=Saved. Shoppers see it from now on.")
    acorn.refresh_from_db()
    assert acorn.theme["brand"] == "#6b2fd6"
    assert acorn.theme["button-radius"] == "pill"


def test_leaving_with_unsaved_colours_asks_first_and_reverting_does_not(editor):
    asked = []
    editor.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with editor.expect_response("**/draft/"):
        editor.fill("[name=own-brand]", "#6b2fd6")
    editor.click("text=Back to the storefront")
    editor.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert editor.url.endswith("/look/")

    editor.click("[data-revert]")
    editor.wait_for_load_state("networkidle")
    assert asked == ["beforeunload"]
    assert editor.input_value("[name=own-brand]") == "#1f5fbf"
