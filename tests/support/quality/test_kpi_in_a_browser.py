"""The figures' page in a real browser: fits a phone, draws in both themes, under the policy."""

import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from support.quality import ratings
from tests.support import quality_make as make
from tests.support import quality_month

CHROMIUM = shutil.which("chromium")
# Where pictures go, for whoever wants to look.
PICTURES = os.environ.get("KPI_PICTURES", "")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: nobody has looked at the figures"
    ),
]


@pytest.fixture
def desk(live_server, client, admin_user, monkeypatch):
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    from tests.in_a_browser import driven

    client.force_login(admin_user)
    cookie = {"name": "staff-session", "value": client.cookies["staff-session"].value, "url": live_server.url}
    with driven() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        context = browser.new_context(base_url=live_server.url, locale="en-GB", color_scheme="light")
        context.add_cookies([cookie])
        desk = context.new_page()
        desk.complaints = []
        desk.on("console", lambda said: desk.complaints.append(said.text) if said.type == "error" else None)
        desk.on("pageerror", lambda error: desk.complaints.append(str(error)))
        yield desk
        browser.close()


def speak(desk, language, live_server):
    address = f"{live_server.url}/admin/"
    desk.context.add_cookies([{"name": "staff-language", "value": language, "url": address}])


def picture(desk, name):
    if PICTURES:
        desk.screenshot(path=str(Path(PICTURES, f"{name}.png")), full_page=True)


def overflow(desk) -> int:
    return desk.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def drawn(desk) -> list[bool]:
    """Whether each canvas has anything but its ground on it."""
    return desk.evaluate(
        """[...document.querySelectorAll("canvas[data-chart]")].map((canvas) => canvas.getContext("2d")
            .getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0))"""
    )


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1280, 900)], ids=["phone", "laptop"])
def test_the_figures_fit_and_are_drawn_in_both_themes_and_languages(
    desk, live_server, house, account, at, width, height
):
    quality_month.month(house, until=at, account=account)
    desk.set_viewport_size({"width": width, "height": height})
    for language in ("en", "ru"):
        speak(desk, language, live_server)
        for theme in ("light", "dark"):
            desk.emulate_media(color_scheme=theme)
            desk.goto("/admin/quality/rating/kpi/", wait_until="networkidle")
            picture(desk, f"{width}-{language}-{theme}")

            assert desk.get_attribute("html", "lang") == language
            assert overflow(desk) <= 0
            assert drawn(desk) == [True] * 5
    assert [said for said in desk.complaints if "favicon" not in said] == []


def test_without_anything_to_show_every_part_says_so(desk, house):
    desk.set_viewport_size({"width": 390, "height": 844})
    desk.goto("/admin/quality/rating/kpi/", wait_until="networkidle")
    picture(desk, "empty")

    assert desk.locator(".kpi-empty").count() == 17
    assert desk.locator("canvas").count() == 0
    assert overflow(desk) <= 0
    assert [said for said in desk.complaints if "favicon" not in said] == []


def test_a_choice_is_sent_at_once_and_a_shift_is_a_click_away(desk, house, account, at):
    quality_month.month(house, until=at, account=account, cases=2)
    desk.set_viewport_size({"width": 1280, "height": 900})
    desk.goto("/admin/quality/rating/kpi/", wait_until="networkidle")
    desk.select_option("select[name=agent]", label="Ann")
    desk.wait_for_url(f"**agent={house.ann.pk}**")
    picture(desk, "agent")

    desk.locator(".kpi-strip a").first.click()
    desk.wait_for_url("**period=shift**")
    picture(desk, "shift")
    assert "Day, " in desk.inner_text(".kpi-period h2")
    assert [said for said in desk.complaints if "favicon" not in said] == []


@pytest.mark.urls("tests.support.quality.test_rating_page")
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_shopper_answers_on_a_phone_by_keyboard_alone(desk, live_server, house, at, language):
    opened = at - timedelta(hours=2)
    case = make.case(by=house.alice, agent=house.ann, opened=opened, language=language)
    rating = ratings.ask(ticket=case, cycle=1, at=at)
    desk.set_viewport_size({"width": 360, "height": 740})
    desk.goto(f"/rate/{make.token_of(case)}/", wait_until="networkidle")
    desk.focus("input[name=score] >> nth=0")
    for _press in range(4):
        desk.keyboard.press("ArrowRight")
    picture(desk, f"rating-{language}")
    assert overflow(desk) <= 0
    desk.keyboard.press("Enter")
    desk.wait_for_selector(".empty")
    picture(desk, f"rated-{language}")

    rating.refresh_from_db()
    assert rating.score == 5
    assert [said for said in desk.complaints if "favicon" not in said] == []
