"""The integrator's checklist: for whoever has the link, and true to what was seen."""

from datetime import timedelta

import pytest
from django.core import signing

from partners import checklist, sightings
from partners.embed import checklist as embed
from partners.models import Storefront

ORIGIN = "https://www.acorn.test"


def address(place) -> str:
    return embed.address(place).partition(":8000")[2] or "/s/" + embed.address(place).partition("/s/")[2]


def steps(place, at) -> dict[str, checklist.Step]:
    return {step.name: step for step in embed.steps(place, at)}


def test_nothing_seen_is_said_as_nothing_seen_with_what_to_do(acorn, at):
    found = steps(acorn, at)
    assert list(found) == ["origins", "frame_loaded", "token", "cookie", "signed_on"]
    assert {step.state for step in found.values()} == {checklist.State.NOT_SEEN}
    assert all(step.fix for step in found.values())
    assert '<cashback-store storefront="acorn"' in found["frame_loaded"].sample
    assert "/embed/v1.js" in found["frame_loaded"].sample
    assert '"storefront": "acorn"' in found["token"].sample


def test_what_worked_last_works(acorn, at):
    acorn.embed_origins = [ORIGIN]
    for step in ("frame_loaded", "token", "signed_on"):
        sightings.note(
            storefront=acorn, step=step, origin=ORIGIN, code="token_spent", at=at - timedelta(hours=1)
        )
        sightings.note(storefront=acorn, step=step, origin=ORIGIN, at=at)
    sightings.note(storefront=acorn, step="cookie", at=at)
    found = steps(acorn, at)
    assert {step.state for step in found.values()} == {checklist.State.WORKS}
    assert {step.fix for step in found.values()} == {""}
    assert found["token"].seen_at == at


@pytest.mark.parametrize(
    "code", ["token_spent", "token_expired", "token_foreign", "origin_not_listed", "not_in_pilot"]
)
def test_what_failed_last_fails_with_its_own_fix(acorn, at, code):
    sightings.note(storefront=acorn, step="token", origin=ORIGIN, at=at - timedelta(hours=1))
    sightings.note(storefront=acorn, step="token", origin=ORIGIN, code=code, at=at)
    step = steps(acorn, at)["token"]
    assert step.state == checklist.State.FAILS
    assert step.detail == f"{ORIGIN} {code}"
    assert step.fix


def test_a_strangers_page_says_nothing_against_one_that_may(acorn, at):
    sightings.note(storefront=acorn, step="frame_loaded", origin=ORIGIN, at=at - timedelta(hours=1))
    sightings.note(
        storefront=acorn, step="frame_loaded", origin="https://evil.test", code="origin_not_listed", at=at
    )
    step = steps(acorn, at)["frame_loaded"]
    assert (step.state, step.detail) == (checklist.State.WORKS, ORIGIN)


def test_a_strangers_token_says_nothing_against_one_that_worked(acorn, at):
    sightings.note(storefront=acorn, step="token", origin=ORIGIN, at=at - timedelta(hours=1))
    sightings.note(
        storefront=acorn, step="token", origin="https://evil.test", code="origin_not_listed", at=at
    )
    assert steps(acorn, at)["token"].state == checklist.State.WORKS


def test_of_what_went_wrong_twenty_notes_are_kept_of_each_step(acorn, birch, at):
    sightings.note(storefront=birch, step="token", origin="https://0.test", code="origin_not_listed", at=at)
    sightings.note(storefront=acorn, step="token", origin=ORIGIN, at=at)
    for number in range(25):
        moment = at + timedelta(minutes=number)
        for step in ("token", "frame_loaded"):
            origin = f"https://{number}.test"
            sightings.note(storefront=acorn, step=step, origin=origin, code="origin_not_listed", at=moment)
    assert acorn.sightings.filter(code="").count() == 1
    for step in ("token", "frame_loaded"):
        kept = acorn.sightings.filter(step=step, code="origin_not_listed").order_by("seen_at")
        assert [each.origin for each in kept] == [f"https://{number}.test" for number in range(5, 25)]
    assert birch.sightings.count() == 1


def test_a_browser_without_cookies_is_no_failure(acorn, at):
    sightings.note(storefront=acorn, step="cookie", code="cookie_refused", at=at)
    step = steps(acorn, at)["cookie"]
    assert (step.state, step.fix) == (checklist.State.WORKS, "")
    assert "works without" in step.detail


def test_whoever_has_the_link_reads_the_list(client, acorn, at):
    sightings.note(storefront=acorn, step="token", origin="https://<b>", code="token_spent", at=at)
    answer = client.get(address(acorn))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "https://&lt;b&gt; token_spent" in page
    assert "&lt;cashback-store storefront=&quot;acorn&quot;" in page


def test_the_list_asks_the_database_a_few_times_whatever_was_seen(
    client, acorn, at, django_assert_max_num_queries
):
    for number in range(3):
        sightings.note(storefront=acorn, step="token", origin=f"https://{number}.test", at=at)
    path = address(acorn)
    with django_assert_max_num_queries(8):
        client.get(path)


@pytest.mark.parametrize("token", ["rubbish", "a:b:c", "%00", "x" * 5000])
def test_without_the_link_there_is_no_list(client, acorn, token):
    assert client.get(f"/s/acorn/checklist/{token}/").status_code == 404


def test_a_link_opens_its_own_storefronts_list_only(client, acorn, birch):
    own = embed.address(acorn).rpartition("/checklist/")[2]
    assert client.get(f"/s/birch/checklist/{own}").status_code == 404


def test_a_link_is_good_for_thirty_days(client, acorn, monkeypatch):
    path = address(acorn)
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 29 * 86400)
    assert client.get(path).status_code == 200
    monkeypatch.setattr(signing.time, "time", lambda: now + 31 * 86400)
    assert client.get(path).status_code == 404


def test_a_storefront_on_trial_shows_its_list_too(client, acorn):
    Storefront.objects.filter(pk=acorn.pk).update(is_pilot=True)
    assert client.get(address(acorn)).status_code == 200
