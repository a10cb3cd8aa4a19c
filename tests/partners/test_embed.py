"""The embed's doors: the loader, the frame's first page, and the session that a token begins."""

import json
import re
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from partners import launch_tokens, shopper_session
from partners.models import LaunchToken, Shopper, Sighting
from tests import make
from tests.partners.test_launch import signed

HOST = "https://www.acorn.test"
SESSION = "/embed/session"


@pytest.fixture
def acorn(acorn):
    acorn.embed_origins = [HOST, "https://m.acorn.test:8443"]
    acorn.save()
    return acorn


def token(place, *, shopper: str = "alice", at, **facts) -> str:
    said = {"external_id": shopper, "locale": "", "return_origin": "", **facts}
    return launch_tokens.mint(storefront=place, at=at, **said).token


def sign_on(client, text: str, **changes):
    said = {"storefront": "acorn", "token": text, "look": "", "locale": "", "origin": HOST, **changes}
    secure = said.pop("secure", True)
    return client.post(SESSION, json.dumps(said), content_type="application/json", secure=secure)


def assert_refused(answer, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not answer.cookies
    assert not Shopper.objects.exists()


# --- the loader ---


def test_the_loader_is_small_and_says_its_version():
    source = (Path(settings.BASE_DIR) / "cashback/static/embed/v1.js").read_bytes()
    assert len(source) < 6000
    assert b"cashback-store" in source


def test_any_site_may_load_the_loader_and_keep_it_for_an_hour(client):
    answer = client.get("/embed/v1.js")
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    again = client.get("/embed/v1.js", headers={"if-none-match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_loader_names_no_host_of_anybody():
    source = (Path(settings.BASE_DIR) / "cashback/static/embed/v1.js").read_text()
    assert not re.findall(r"https?://", source)


# --- the first page ---


def boot(client, **query):
    return client.get("/embed/boot", {"storefront": "acorn", **query}, headers={"referer": f"{HOST}/"})


def test_the_first_page_is_framed_by_the_listed_origins_and_by_nobody_else(client, acorn):
    answer = boot(client)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://www.acorn.test https://m.acorn.test:8443")
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_storefront_without_origins_is_framed_by_nobody(client, birch):
    answer = client.get("/embed/boot", {"storefront": "birch"})
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_the_first_page_is_nobodys(client, alice, acorn):
    make.sign_on(client, alice)
    page = boot(client).content.decode()
    assert 'data-signed-in="no"' in page
    assert 'data-boot="yes"' in page
    assert 'data-origins="https://www.acorn.test https://m.acorn.test:8443"' in page
    assert 'data-home="/s/acorn/"' in page


def test_the_first_page_has_the_hosts_look_and_language(client, acorn):
    page = boot(client, theme="dark", locale="en").content.decode()
    assert '<html lang="en" data-theme="dark"' in page
    rubbish = boot(client, theme='x"><script>', locale="../").content.decode()
    assert '<html lang="ru"' in rubbish
    assert "data-theme" not in rubbish.partition("<html")[2].partition(">")[0]


@pytest.mark.parametrize("slug", ["nobody", "", "\x00", "a" * 9000, "<script>"])
def test_a_storefront_that_is_none_says_so(client, acorn, slug):
    answer = client.get("/embed/boot", {"storefront": slug})
    assert answer.status_code == 404
    assert "<code>storefront_closed</code>" in answer.content.decode()
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_a_closed_storefront_says_so_in_its_partners_page(client, acorn):
    acorn.is_active = False
    acorn.save()
    answer = boot(client)
    assert answer.status_code == 404
    assert HOST in answer.headers["Content-Security-Policy"]


def test_on_a_partners_host_name_only_its_own_storefronts_begin(client, acorn, birch):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    on_host = {"host": "cashback.acorn.test"}
    page = client.get("/embed/boot", {"storefront": "acorn"}, headers=on_host).content.decode()
    assert 'data-home="/"' in page
    assert client.get("/embed/boot", {"storefront": "birch"}, headers=on_host).status_code == 404
    assert (
        client.get("/embed/boot", {"storefront": "acorn"}, headers={"host": "stranger.test"}).status_code
        == 404
    )


def test_on_a_partners_host_name_another_partner_is_not_even_named(client, acorn, birch):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    answer = client.get("/embed/boot", {"storefront": "birch"}, headers={"host": "cashback.acorn.test"})
    assert answer.status_code == 404
    assert birch.name not in answer.content.decode()
    assert answer.headers["X-Frame-Options"] == "DENY"


# --- signing on ---


def test_a_token_signs_on_by_a_cookie_that_lives_in_a_frame(client, acorn, at):
    answer = sign_on(client, token(acorn, at=at), look="dark", locale="en")
    assert answer.status_code == 200
    assert set(answer.json()) == {"bearer", "expires_in", "home", "shopper"}
    assert (answer.json()["expires_in"], answer.json()["home"]) == (900, "/s/acorn/")
    alice = Shopper.objects.get()
    assert (alice.external_id, alice.locale, alice.public_id) == ("alice", "en", answer.json()["shopper"])
    header = answer.cookies.output(header="").strip()
    assert header.startswith("__Host-cb-acorn=")
    attributes = {part.strip() for part in header.split(";")[1:]}
    assert {"HttpOnly", "Secure", "Path=/", "SameSite=None", "Partitioned"} <= attributes
    assert not [each for each in attributes if each.startswith("Domain")]
    page = client.get("/s/acorn/me/", secure=True).content.decode()
    assert '<html lang="en" data-theme="dark"' in page
    assert "embed/frame.js" in page


def test_plain_http_gets_a_cookie_that_it_can_keep(client, acorn, at):
    answer = sign_on(client, token(acorn, at=at), secure=False)
    header = answer.cookies.output(header="").strip()
    assert header.startswith("cb-acorn=")
    assert "SameSite=Lax" in header
    assert "Partitioned" not in header
    assert "Secure" not in header
    assert client.get("/s/acorn/me/").status_code == 200


def test_a_token_of_the_partners_own_making_signs_on_too(client, acorn):
    assert sign_on(client, signed(acorn)).status_code == 200


def test_a_token_for_one_page_signs_on_there_only(client, acorn, at):
    elsewhere = "https://m.acorn.test:8443"
    text = token(acorn, at=at, return_origin=HOST)
    assert_refused(sign_on(client, text, origin=elsewhere), 403, "token_wrong_origin")
    assert sign_on(client, text).status_code == 200


def test_a_token_opens_once(client, acorn, at):
    text = token(acorn, at=at)
    assert sign_on(client, text).status_code == 200
    again = sign_on(Client(), text)
    assert (again.status_code, again.json()["code"]) == (403, "token_spent")
    assert not again.cookies
    assert "A token signs on once." in again.json()["fix"] or "Токен" in again.json()["fix"]


def test_of_eight_who_bring_one_token_at_once_one_is_let_in(transactional_db, acorn, at):
    text = token(acorn, at=at)
    answers: list[int] = []
    start = threading.Barrier(8)

    def bring() -> None:
        start.wait()
        answers.append(sign_on(Client(), text).status_code)
        connection.close()

    threads = [threading.Thread(target=bring) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [403] * 7
    assert Shopper.objects.count() == 1


def test_an_old_token_opens_nothing(client, acorn, at):
    assert_refused(sign_on(client, token(acorn, at=at - timedelta(seconds=121))), 403, "token_expired")


def test_a_token_of_the_partners_other_storefront_opens_nothing(client, acorn, at):
    second = make.storefront(slug="acorn-2")
    type(second).objects.filter(pk=second.pk).update(partner=acorn.partner)
    second.refresh_from_db()
    assert_refused(sign_on(client, token(second, at=at)), 403, "token_foreign")
    assert LaunchToken.objects.get().used_at is None


def test_of_another_partners_token_it_is_not_even_said_that_there_is_one(client, acorn, birch, at):
    text = token(birch, at=at)
    stranger = sign_on(client, text).json()
    assert stranger == sign_on(client, "a" * 43).json()
    assert stranger["code"] == "token_invalid"
    assert LaunchToken.objects.get().used_at is None


@pytest.mark.parametrize("origin", ["", "https://evil.test", "null", f"{HOST}/", "https://m.acorn.test"])
def test_a_page_that_is_not_listed_signs_nobody_on(client, acorn, at, origin):
    text = token(acorn, at=at)
    assert_refused(sign_on(client, text, origin=origin), 403, "origin_not_listed")
    assert LaunchToken.objects.get().used_at is None


def test_signing_on_at_one_storefront_is_nothing_at_another(client, acorn, birch, at):
    cookie = sign_on(client, token(acorn, at=at)).cookies["__Host-cb-acorn"].value
    client.cookies["__Host-cb-birch"] = cookie
    assert client.get("/s/birch/me/", secure=True).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "null",
        "[]",
        "17",
        '"x"',
        "[" * 9000,
        "NaN",
        b"\xff\xfe",
        '{"storefront": 5}',
        '{"storefront": "acorn", "token": []}',
        '{"storefront": "acorn", "look": "purple"}',
        '{"storefront": "acorn", "look": null}',
        json.dumps({"storefront": "a" * 51}),
        json.dumps({"storefront": "\ud800"}),
        json.dumps({"storefront": "acorn", "token": "x", "origin": "\udfff"}),
        json.dumps({"storefront": "acorn", "token": "\ud800.x.x"}),
    ],
)
@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_rubbish_is_refused(client, acorn, method, body):
    answer = getattr(client, method)(SESSION, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] == "bad_request"


def test_what_is_no_json_or_too_long_is_refused(client, acorn):
    assert client.post(SESSION, {"storefront": "acorn"}).status_code == 415
    assert client.post(SESSION, "x" * 20_000, content_type="application/json").status_code == 413
    assert client.put(SESSION).status_code == 405


def test_a_storefront_that_is_none_has_no_session(client, acorn):
    assert_refused(sign_on(client, "x", storefront="nobody"), 404, "storefront_closed")
    assert_refused(sign_on(client, "x", storefront="\x00"), 404, "storefront_closed")
    assert client.get(SESSION).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://www.acorn.test"},
        {"origin": "null"},
        {"origin": "https://[::1"},
        {"origin": "http://testserver:81"},
    ],
)
def test_another_sites_page_begins_no_session(client, acorn, at, headers):
    body = {"storefront": "acorn", "token": token(acorn, at=at), "origin": HOST}
    answer = client.post(SESSION, json.dumps(body), content_type="application/json", headers=headers)
    assert_refused(answer, 403, "foreign_page")
    assert LaunchToken.objects.get().used_at is None


# --- whether the cookie sticks ---


def test_the_probe_says_whose_cookie_came_back(client, acorn, at):
    shopper = sign_on(client, token(acorn, at=at)).json()["shopper"]
    kept = client.get(SESSION, {"storefront": "acorn"}, secure=True)
    assert kept.json() == {"signed_in": True, "shopper": shopper}
    client.cookies.clear()
    assert client.get(SESSION, {"storefront": "acorn"}, secure=True).json() == {
        "signed_in": False,
        "shopper": "",
    }


def test_a_bearer_is_no_cookie_to_the_probe(client, acorn, at):
    bearer = sign_on(client, token(acorn, at=at)).json()["bearer"]
    client.cookies.clear()
    answer = client.get(SESSION, {"storefront": "acorn"}, headers={"authorization": f"Bearer {bearer}"})
    assert answer.json()["signed_in"] is False


def test_another_look_changes_the_session_and_not_its_end(client, acorn, at, monkeypatch):
    sign_on(client, token(acorn, at=at))
    before = _session(client, acorn)
    monkeypatch.setattr(shopper_session.time, "time", lambda: before.since + 3600)
    body = json.dumps({"storefront": "acorn", "look": "dark"})
    answer = client.patch(SESSION, body, content_type="application/json", secure=True)
    assert answer.json() == {"look": "dark"}
    assert answer.cookies["__Host-cb-acorn"]["max-age"] == 11 * 3600
    after = _session(client, acorn)
    assert (after.since, after.look, after.is_embedded) == (before.since, "dark", True)
    assert 'data-theme="dark"' in client.get("/s/acorn/", secure=True).content.decode()


def test_where_the_host_has_nobody_signed_in_the_session_of_before_ends(client, acorn, at):
    """Somebody signs out at the host's site: the next one at that browser must not read their cashback."""
    sign_on(client, token(acorn, at=at))
    body = json.dumps({"storefront": "acorn"})
    elsewhere = {"sec-fetch-site": "cross-site"}
    kept = client.delete(SESSION, body, content_type="application/json", secure=True, headers=elsewhere)
    assert (kept.status_code, kept.cookies) == (403, {})
    assert client.get("/s/acorn/me/", secure=True).status_code == 200
    answer = client.delete(SESSION, body, content_type="application/json", secure=True)
    assert answer.status_code == 204
    header = answer.cookies.output(header="").strip()
    assert header.startswith('__Host-cb-acorn=""')
    assert {"Max-Age=0", "Partitioned", "Secure"} <= {part.strip() for part in header.split(";")}
    assert client.get("/s/acorn/me/", secure=True).status_code == 403


def test_nobodys_look_cannot_be_changed(client, acorn):
    body = json.dumps({"storefront": "acorn", "look": "dark"})
    answer = client.patch(SESSION, body, content_type="application/json")
    assert_refused(answer, 401, "signed_out")


def _session(client, place) -> shopper_session.Session:
    value = client.cookies["__Host-cb-acorn"].value
    return shopper_session._read(value, place, salt=shopper_session._COOKIE_SALT, life=10**9)


# --- what the checklist learns ---


def sightings() -> set[tuple[str, str, str]]:
    return set(Sighting.objects.values_list("step", "origin", "code"))


def test_each_step_is_noted_for_the_checklist(client, acorn, at):
    boot(client)
    sign_on(client, "rubbish")
    sign_on(client, token(acorn, at=at))
    client.get(SESSION, {"storefront": "acorn"}, secure=True)
    assert sightings() == {
        ("frame_loaded", HOST, ""),
        ("token", HOST, "token_invalid"),
        ("token", HOST, ""),
        ("signed_on", HOST, ""),
        ("cookie", "", ""),
    }


def test_a_page_that_is_not_listed_is_noted(client, acorn):
    client.get("/embed/boot", {"storefront": "acorn"}, headers={"referer": "https://evil.test:444/x?y"})
    assert sightings() == {("frame_loaded", "https://evil.test:444", "origin_not_listed")}


@pytest.mark.parametrize(
    "referer", ["rubbish", "https://[::1", "", "http://testserver/s/acorn/", "ftp://x.test/"]
)
def test_what_is_no_hosts_page_is_not_noted(client, acorn, referer):
    client.get("/embed/boot", {"storefront": "acorn"}, headers={"referer": referer})
    assert sightings() == set()


def test_a_step_is_noted_once_a_minute_at_most(client, acorn):
    for _ in range(3):
        boot(client)
    assert Sighting.objects.get().times == 1


def test_without_a_cache_nothing_is_noted_and_everything_works(client, acorn, at, monkeypatch):
    def gone(*_args, **_kwargs):
        raise ConnectionError

    monkeypatch.setattr("partners.embed.seen.cache.add", gone)
    assert boot(client).status_code == 200
    assert sign_on(client, token(acorn, at=at)).status_code == 200
    assert sightings() == set()
