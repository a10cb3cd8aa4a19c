"""The front door, and what is shown when something is wrong."""

import json

import pytest
from django.test import Client

from cashback import views
from offers import catalogue
from partners import services


def test_the_front_door_names_nobody(client, acorn):
    response = client.get("/")
    assert response.status_code == 200
    assert "Acorn" not in response.content.decode()
    assert 'href="/admin/"' in response.content.decode()


def test_the_front_door_speaks_the_browsers_language(client, db):
    assert "Витрины кэшбэка" in client.get("/", headers={"accept-language": "ru"}).content.decode()


def test_a_missing_page_of_no_storefront_speaks_the_browsers_language(client, db):
    for path in ("/nosuch", "/unsubscribe/rubbish", "/rate/rubbish/", "/s/nosuch/"):
        answer = client.get(path, headers={"accept-language": "ru"})
        assert answer.status_code == 404
        assert "Такой страницы нет" in answer.content.decode(), path


def test_a_page_that_is_missing_is_missing_in_the_storefronts_look_and_language(client, acorn):
    response = client.get("/s/acorn/nothing/here/")
    page = response.content.decode()
    assert response.status_code == 404
    assert "Такой страницы нет" in page
    assert acorn.theme_digest in page
    assert 'href="/s/acorn/"' in page


def test_a_page_that_is_missing_outside_of_storefronts_is_neutral(client, db):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.mark.parametrize("path", ["admin/", "go/x", "postback/x/", "theme/x.css", "readyz", "static/x"])
def test_below_a_storefront_there_is_only_the_storefront(client, acorn, path):
    assert client.get(f"/s/acorn/{path}").status_code == 404


def test_a_body_that_is_too_large_is_refused_as_such(rf, db, settings):
    from django.core.exceptions import RequestDataTooBig

    request = rf.post("/")
    request.storefront = None
    assert views.bad_request(request, RequestDataTooBig()).status_code == 413
    assert views.bad_request(request, Exception()).status_code == 400


def _form_with_a_file(size: int) -> dict[str, str]:
    return {"CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": str(size)}


class Untouchable:
    def read(self, *_size: int) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


@pytest.mark.parametrize(
    ("path", "size"),
    [
        ("/s/acorn/sign-in/", 1024 * 1024 + 1),
        ("/api/v1/embed-sessions", 1024 * 1024 + 1),
        ("/unsubscribe/x", 10**12),
        ("/admin/login/", 16 * 1024 * 1024 + 1),
    ],
)
def test_a_file_that_is_too_large_is_refused_unread(client, acorn, path, size):
    acorn.has_email_sign_in = True
    acorn.save()
    answer = client.generic("POST", path, **_form_with_a_file(size), **{"wsgi.input": Untouchable()})
    assert answer.status_code == 413
    assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("length", ["", "-1", "x", "9" * 5000])
def test_a_length_that_is_none_breaks_nothing(client, acorn, length):
    assert client.generic("POST", "/s/acorn/", CONTENT_LENGTH=length).status_code == 405


def test_what_breaks_in_a_frames_session_has_its_page_too(acorn, monkeypatch):
    """There the storefront is known, and its addresses are not: its page of errors must not break in its turn."""

    def broken(**_words):
        raise RuntimeError("broken on purpose")

    acorn.embed_origins = ["https://www.acorn.test"]
    acorn.save()
    monkeypatch.setattr(services, "sign_on", broken)
    said = {"storefront": "acorn", "token": "x", "origin": "https://www.acorn.test"}
    browser = Client(raise_request_exception=False)
    answer = browser.post("/embed/session", json.dumps(said), content_type="application/json")
    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.content.decode()


def test_a_broken_page_says_so_and_asks_the_database_for_nothing(acorn, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(catalogue, "shops", broken)
    response = Client(raise_request_exception=False).get("/s/acorn/")
    page = response.content.decode()
    assert response.status_code == 500
    assert "У нас что-то сломалось" in page
    assert response.headers["X-Request-Id"] in page
    assert "broken on purpose" not in page


def test_a_storefronts_pages_are_framed_only_by_the_origins_it_names(client, acorn, birch):
    type(acorn).objects.filter(pk=acorn.pk).update(embed_origins=["https://bank.example"])
    policy = client.get("/s/acorn/").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert policy.endswith("frame-ancestors https://bank.example")
    assert client.get("/s/birch/").headers["X-Frame-Options"] == "DENY"


def test_no_cache_between_us_and_the_browser_keeps_a_page(client, acorn):
    assert client.get("/s/acorn/").headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/theme/x.css", "/logos/x", "/go/x"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_only_reads_says_so_to_other_methods(db, path, method):
    response = Client(enforce_csrf_checks=True).generic(method, path)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"


def test_a_form_without_our_token_is_refused_on_a_page_of_ours(db):
    response = Client(enforce_csrf_checks=True).post("/admin/login/", {"username": "sam"})
    assert response.status_code == 403
    assert "We couldn&#x27;t take that form" in response.content.decode()
    assert response.headers["Content-Security-Policy"]


def test_a_redirect_to_https_carries_the_headers_too(client, db, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get("/")
    assert (response.status_code, response.headers["Location"]) == (301, "https://testserver/")
    assert response.headers["X-Request-Id"]
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
