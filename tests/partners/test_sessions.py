"""Who a request's shopper is: by cookie, by two cookies, by bearer; and who may change something."""

import time

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from partners import shopper_session
from partners.models import Shopper
from tests import make


def cookie_of(who: Shopper, *, since: int | None = None, **facts) -> str:
    session = shopper_session.Session(who.storefront_id, who.pk, since or int(time.time()), **facts)
    return session.as_cookie()


def bearer_of(who: Shopper, *, since: int | None = None) -> str:
    since = since or int(time.time())
    return shopper_session.Session(who.storefront_id, who.pk, since, "", True).as_bearer()


def me(client, **headers):
    return client.get("/s/acorn/me/", headers=headers)


# --- cookies ---


def test_a_session_ends_after_twelve_hours(client, alice):
    now = int(time.time())
    client.cookies["cb-acorn"] = cookie_of(alice, since=now - 12 * 3600 + 60)
    assert me(client).status_code == 200
    client.cookies["cb-acorn"] = cookie_of(alice, since=now - 12 * 3600)
    assert me(client).status_code == 403


@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_cookies_the_latest_sign_on_counts(client, acorn, alice, is_first):
    """One of the frame's partition and one beside it: a browser sends both, in an order of its own."""
    carol = make.shopper(acorn, "carol")
    now = int(time.time())
    both = [cookie_of(alice, since=now - 60), cookie_of(carol, since=now)]
    if is_first:
        both.reverse()
    header = "; ".join(f"cb-acorn={value}" for value in both)
    shown = client.get("/s/acorn/", headers={"cookie": header, "sec-fetch-dest": "document"})
    assert shown.wsgi_request.shopper == carol


def test_a_forged_cookie_beside_a_good_one_does_no_harm(client, acorn, alice):
    header = f"cb-acorn=rubbish; other=1; cb-acorn={cookie_of(alice)}; cb-acorn="
    assert me(client, cookie=header).status_code == 200


def test_with_https_only_the_name_that_the_browser_guards_counts(client, acorn, alice):
    client.cookies["cb-acorn"] = cookie_of(alice)
    assert client.get("/s/acorn/me/", secure=True).status_code == 403
    client.cookies["__Host-cb-acorn"] = cookie_of(alice)
    assert client.get("/s/acorn/me/", secure=True).status_code == 200


def test_a_launch_in_a_window_of_its_own_keeps_a_lax_cookie(rf, alice):
    answer = HttpResponse()
    request = rf.get("/", secure=True)
    shopper_session.start(answer, request=request, shopper=alice, storefront=alice.storefront)
    header = answer.cookies.output(header="").strip()
    assert header.startswith("__Host-cb-acorn=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {each.strip() for each in header.split(";")}
    assert "Partitioned" not in header


@pytest.mark.parametrize("is_embedded", [True, False])
def test_signing_out_overwrites_the_cookie_where_it_was_written(client, alice, is_embedded):
    client.cookies["__Host-cb-acorn"] = cookie_of(alice, is_embedded=is_embedded)
    answer = client.post("/s/acorn/sign-out/", secure=True)
    cookie = answer.cookies["__Host-cb-acorn"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert bool(cookie["partitioned"]) is is_embedded


def test_signing_out_overwrites_the_partitioned_cookie_and_the_one_beside_it(client, alice):
    """On the partner's own host name a browser brings both: the one that stayed would sign the shopper on again."""
    now = int(time.time())
    both = [cookie_of(alice, since=now - 60, is_embedded=True), cookie_of(alice, since=now)]
    header = "; ".join(f"__Host-cb-acorn={value}" for value in both)
    answer = client.post("/s/acorn/sign-out/", headers={"cookie": header}, secure=True)
    written = [cookie.OutputString() for cookie in answer.cookies.values()]
    assert len(written) == 2
    assert all(each.startswith('__Host-cb-acorn=""') and "Max-Age=0" in each for each in written)
    assert sorted("Partitioned" in each for each in written) == [False, True]


def test_an_erased_shopper_has_no_session(client, alice, at):
    make.sign_on(client, alice)
    Shopper.objects.filter(pk=alice.pk).update(erased_at=at)
    assert me(client).status_code == 403


def test_a_page_in_a_frame_talks_to_its_host_and_a_page_of_its_own_does_not(client, acorn, alice):
    client.cookies["cb-acorn"] = cookie_of(alice, is_embedded=True)
    assert "embed/frame.js" in me(client, **{"sec-fetch-dest": "iframe"}).content.decode()
    assert "embed/frame.js" not in me(client, **{"sec-fetch-dest": "document"}).content.decode()
    assert "embed/frame.js" in me(client).content.decode()
    client.cookies.clear()
    guest = client.get("/s/acorn/", headers={"sec-fetch-dest": "iframe"}).content.decode()
    assert 'data-signed-in="no"' in guest


# --- bearers ---


def test_a_bearer_is_its_shopper_without_any_cookie(client, alice):
    answer = me(client, authorization=f"Bearer {bearer_of(alice)}")
    assert answer.status_code == 200
    assert answer.wsgi_request.shopper == alice
    assert answer.wsgi_request.is_embedded


def test_a_bearer_counts_before_a_cookie(client, acorn, alice):
    carol = make.shopper(acorn, "carol")
    make.sign_on(client, carol)
    assert me(client, authorization=f"Bearer {bearer_of(alice)}").wsgi_request.shopper == alice


def test_a_bearer_lives_as_long_as_the_settings_say(client, alice, settings):
    assert settings.BEARER_SECONDS == 900
    now = int(time.time())
    assert me(client, authorization=f"Bearer {bearer_of(alice, since=now - 870)}").status_code == 200
    old = me(client, authorization=f"Bearer {bearer_of(alice, since=now - 900)}")
    assert (old.status_code, old.json()) == (401, {"code": "session_expired"})
    assert old.headers["WWW-Authenticate"] == "Bearer"
    assert old.headers["Cache-Control"] == "no-store"


def test_a_bad_bearer_never_gets_a_guests_page(client, acorn, birch, alice, bob):
    good = bearer_of(alice)
    wrong = ["", "rubbish", good[:-1], good + "x", cookie_of(alice), bearer_of(bob), "\x00", "x" * 9000]
    for text in wrong:
        assert client.get("/s/acorn/", headers={"authorization": f"Bearer {text}"}).status_code == 401, text


def test_who_has_deleted_their_account_still_reads_the_farewell(client, alice, at):
    headers = {"authorization": f"Bearer {bearer_of(alice)}"}
    Shopper.objects.filter(pk=alice.pk).update(erased_at=at)
    assert client.get("/s/acorn/goodbye/", headers=headers).status_code == 200
    assert client.get("/s/acorn/", headers=headers).status_code == 401


def test_a_bearer_in_a_cookie_is_nobody(client, alice):
    client.cookies["cb-acorn"] = bearer_of(alice)
    assert me(client).status_code == 403


def test_a_bearer_that_is_refused_changes_nothing(client, alice):
    answer = client.post("/s/acorn/sign-out/", headers={"authorization": "Bearer rubbish"})
    assert answer.status_code == 401


def test_a_choice_of_language_stays_where_no_cookie_does(client, alice):
    headers = {"authorization": f"Bearer {bearer_of(alice)}", "sec-fetch-site": "same-origin"}
    client.get("/s/acorn/language/en/", headers=headers)
    client.cookies.clear()
    assert me(client, **headers).headers["Content-Language"] == "en"


def test_another_sites_page_cannot_choose_a_shoppers_language(client, alice):
    make.sign_on(client, alice)
    client.get("/s/acorn/language/en/", headers={"sec-fetch-site": "cross-site"})
    alice.refresh_from_db()
    assert alice.chosen_locale == ""


# --- who may change something ---


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 303),
        ({"origin": "http://testserver"}, 303),
        ({"origin": "HTTP://TESTSERVER"}, 303),
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        ({"sec-fetch-site": "rubbish"}, 403),
        ({"origin": "https://testserver"}, 403),
        ({"origin": "http://testserver:81"}, 403),
        ({"origin": "http://evil.test"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": ""}, 403),
        ({"origin": "http://[::1"}, 403),
    ],
)
def test_only_a_page_of_this_very_origin_changes_something(client, alice, headers, status):
    make.sign_on(client, alice)
    answer = client.post("/s/acorn/sign-out/", headers=headers)
    assert answer.status_code == status
    assert me(client).status_code == (403 if status == 303 else 200)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_method_that_changes_something_passes_from_elsewhere(client, acorn, method):
    answer = getattr(client, method)("/s/acorn/", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_what_only_reads_is_for_everybody(client, acorn):
    assert client.get("/s/acorn/", headers={"sec-fetch-site": "cross-site"}).status_code == 200


# --- days ---


@pytest.mark.parametrize(("zone", "shown"), [("Asia/Vladivostok", 10), ("UTC", 0), ("No/Where", 0), ("", 0)])
def test_days_are_those_of_the_storefront(client, acorn, zone, shown):
    from django.utils import timezone

    from partners.visit import inside

    acorn.time_zone = zone
    request = RequestFactory().get("/")
    with inside(request, acorn):
        offset = timezone.localtime().utcoffset().total_seconds()
    assert offset == shown * 3600
    assert timezone.localtime().utcoffset().total_seconds() == 0
