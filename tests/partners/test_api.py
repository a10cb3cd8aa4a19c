"""The partners' API door: whose key it is, what an embed session is, and the one shape of every refusal."""

import json
from datetime import datetime, timedelta

import pytest

from partners.keys import api_keys
from partners.models import ApiKey, LaunchToken, Shopper
from tests import make

PATH = "/api/v1/embed-sessions"


@pytest.fixture
def key(acorn) -> str:
    _row, text = api_keys.create(partner=acorn.partner, name="Acorn's server")
    return text


def ask(client, key: str = "", body: object = None, **options):
    headers = {"authorization": f"Bearer {key}"} if key else {}
    content = (
        body if isinstance(body, (str, bytes)) else json.dumps({"shopper": "alice"} if body is None else body)
    )
    return client.post(
        PATH,
        content,
        content_type=options.pop("content_type", "application/json"),
        headers=headers,
        **options,
    )


def assert_problem(answer, status: int, code: str) -> dict:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.content)
    assert set(problem) == {"type", "title", "status", "detail", "code", "request_id", "errors"}
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert problem["detail"]
    assert not LaunchToken.objects.exists()
    return problem


# --- what works ---


def test_a_partners_server_gets_a_token_that_signs_its_shopper_on_once(client, acorn, key, at):
    answer = ask(client, key, {"shopper": "alice", "locale": "en-GB"})
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    made = answer.json()
    assert set(made) == {"launch_token", "expires_at", "launch_url", "storefront"}
    assert made["storefront"] == "acorn"
    left = datetime.fromisoformat(made["expires_at"]) - at
    assert timedelta(seconds=110) < left < timedelta(seconds=130)
    page = client.get("/s/acorn/launch", {"token": made["launch_token"]})
    assert (page.status_code, page.headers["Location"]) == (303, "/s/acorn/")
    alice = Shopper.objects.get()
    assert (alice.external_id, alice.storefront, alice.locale) == ("alice", acorn, "en")
    assert (
        "<code>token_spent</code>"
        in client.get("/s/acorn/launch", {"token": made["launch_token"]}).content.decode()
    )


def test_the_launch_url_opens_the_storefront_by_itself(client, acorn, key, settings):
    url = ask(client, key, {"external_user_id": "alice"}).json()["launch_url"]
    assert url.startswith(f"{settings.SITE_URL}/s/acorn/launch?token=")
    assert client.get(url.removeprefix(settings.SITE_URL)).status_code == 303


def test_the_launch_url_is_on_the_storefronts_own_host_name(client, acorn, key, settings):
    settings.SITE_URL = "https://vitrina.test:8443"
    acorn.host = "cashback.acorn.test"
    acorn.save()
    assert ask(client, key).json()["launch_url"].startswith("https://cashback.acorn.test:8443/launch?token=")


def test_the_token_itself_is_not_kept(client, acorn, key):
    token = ask(client, key).json()["launch_token"]
    assert len(token) == 43
    assert token not in str(LaunchToken.objects.values().get())


def test_a_language_that_we_do_not_speak_is_the_storefronts_own(client, acorn, key):
    assert ask(client, key, {"shopper": "alice", "locale": "fr-CA"}).status_code == 201
    assert LaunchToken.objects.get().locale == ""


def test_a_partner_with_two_storefronts_says_which(client, acorn, key):
    second = make.storefront(slug="acorn-2")
    type(second).objects.filter(pk=second.pk).update(partner=acorn.partner)
    problem = ask(client, key).json()
    assert problem["errors"] == [
        {
            "field": "storefront",
            "code": "storefront_unsaid",
            "detail": "You have several storefronts: say which one.",
        }
    ]
    assert ask(client, key, {"shopper": "alice", "storefront": "acorn-2"}).json()["storefront"] == "acorn-2"


def test_a_key_that_was_used_says_when_to_the_minute(client, acorn, key, at):
    first = at - timedelta(hours=1)
    api_keys.find(key, at=first)
    assert ApiKey.objects.get().last_used_at == first
    api_keys.find(key, at=first + timedelta(seconds=59))
    assert ApiKey.objects.get().last_used_at == first
    api_keys.find(key, at=first + timedelta(seconds=61))
    assert ApiKey.objects.get().last_used_at == first + timedelta(seconds=61)


def test_a_call_asks_the_database_three_times_and_once_a_minute_four(
    client, acorn, key, django_assert_num_queries
):
    with django_assert_num_queries(4):  # the key, its use, the storefront, the token
        ask(client, key)
    with django_assert_num_queries(3):
        ask(client, key)


# --- keys that open nothing ---


def test_without_a_key_the_door_says_how_to_bring_one(client, acorn):
    answer = ask(client)
    assert_problem(answer, 401, "key_missing")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'


@pytest.mark.parametrize(
    "header", ["Basic YTpi", "Bearer", "Bearer ", "cb_test_x", "\x7f", "Bearer \xff\xfe"]
)
def test_another_kind_of_authorization_is_no_key(client, acorn, header):
    answer = client.post(PATH, "{}", content_type="application/json", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def changed(key: str) -> list[str]:
    head, _, secret = key.rpartition("_")
    other = "A" if secret[-1] != "A" else "B"
    return [
        f"{head}_{secret[:-1]}{other}",
        f"{head}_{secret[:-1]}",
        f"{head}_{secret}A",
        f"{head}_",
        key.replace("cb_test_", "cb_live_"),
        key.replace("cb_test_0", "cb_test_8"),
        key.replace("cb_test_", "cb_test_u"),
        key.upper(),
        f"{key}\x00",
        "cb_test_" + "0" * 26 + "_" + "a" * 43,
        "x" * 10_000,
    ]


def test_a_key_with_a_changed_letter_opens_nothing(client, acorn, key):
    for wrong in changed(key):
        assert_problem(ask(client, wrong), 401, "key_invalid")


def test_a_revoked_key_opens_nothing(client, acorn, key, at):
    api_keys.revoke(key=ApiKey.objects.get(), at=at)
    assert_problem(ask(client, key), 401, "key_revoked")


def test_a_closed_partners_key_opens_nothing(client, acorn, key):
    acorn.partner.is_active = False
    acorn.partner.save()
    assert_problem(ask(client, key), 401, "partner_closed")


def test_a_closed_storefront_gets_no_tokens(client, acorn, key):
    acorn.is_active = False
    acorn.save()
    assert_problem(ask(client, key), 400, "invalid")


def test_a_key_opens_no_other_partners_storefront(client, acorn, birch, key):
    problem = assert_problem(ask(client, key, {"shopper": "bob", "storefront": "birch"}), 400, "invalid")
    assert problem["errors"][0]["code"] == "storefront_unknown"


def test_the_secret_is_kept_as_a_digest_only(acorn, key):
    secret = key.rpartition("_")[2]
    assert len(secret) == 43
    assert secret not in str(ApiKey.objects.values().get())


# --- bodies that are none ---


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "", "shopper_unsaid"),
        ({"shopper": "alice", "external_user_id": "alice"}, "", "shopper_unsaid"),
        ({"shopper": ""}, "shopper", "blank"),
        ({"shopper": "a" * 129}, "shopper", "max_length"),
        ({"shopper": 17}, "shopper", "invalid"),
        ({"shopper": None}, "shopper", "null"),
        ({"shopper": ["alice"]}, "shopper", "invalid"),
        ({"shopper": "a\x00b"}, "shopper", "null_characters_not_allowed"),
        ({"shopper": "a\ud800"}, "shopper", "surrogate_characters_not_allowed"),
        ({"shopper": "alice", "storefront": "\x00"}, "storefront", "null_characters_not_allowed"),
        ({"shopper": "alice", "storefront": "nobody"}, "storefront", "storefront_unknown"),
        ({"shopper": "alice", "locale": 5}, "locale", "invalid"),
        ({"shopper": "alice", "return_origin": "https://evil.example"}, "return_origin", "origin_not_listed"),
        ({"shopper": "alice", "return_origin": {}}, "return_origin", "invalid"),
        ([], "", "invalid"),
        ("[1", None, None),
    ],
)
def test_a_body_that_is_none_is_refused_by_field(client, acorn, key, body, field, code):
    answer = ask(client, key, body)
    if field is None:
        assert_problem(answer, 400, "not_json")
        return
    problem = assert_problem(answer, 400, "invalid")
    assert (problem["errors"][0]["field"], problem["errors"][0]["code"]) == (field, code)


@pytest.mark.parametrize(
    "body", ["", "{", "null", "NaN", '{"shopper": Infinity}', "[" * 5000, "\xff", b"\xff\xfe", "1" * 5000]
)
def test_rubbish_is_refused_as_rubbish(client, acorn, key, body):
    answer = ask(client, key, body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not LaunchToken.objects.exists()


def test_a_body_that_is_too_large_is_not_read(client, acorn, key):
    assert_problem(ask(client, key, json.dumps({"shopper": "a" * 70_000})), 413, "too_large")


def test_only_json_is_taken(client, acorn, key):
    assert_problem(
        ask(client, key, "shopper=alice", content_type="text/plain"), 415, "unsupported_media_type"
    )


@pytest.mark.parametrize("method", ["get", "put", "delete", "options", "patch"])
def test_other_methods_are_refused_with_the_one_that_works(client, acorn, key, method):
    answer = getattr(client, method)(PATH, headers={"authorization": f"Bearer {key}"})
    assert_problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/embed-sessions", "/api/%00"]
)
def test_an_address_of_nothing_is_a_problem_too(client, db, path):
    assert_problem(client.get(path), 404, "not_found")


def test_what_breaks_is_a_problem_too(client, acorn, key, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("partners.launch_tokens.mint", lambda **_: 1 / 0)
    assert_problem(ask(client, key), 500, "our_fault")


def test_a_partners_host_name_has_no_api(client, acorn, key):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    answer = client.post(PATH, "{}", content_type="application/json", headers={"host": "cashback.acorn.test"})
    assert_problem(answer, 404, "not_found")


@pytest.mark.parametrize("host", ["cashback.acorn.test", "stranger.test", "a b"])
@pytest.mark.parametrize("path", [PATH, "/api/", "/api/nothing"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_on_any_host_name_an_address_of_the_api_fails_as_a_problem(client, acorn, host, path, method):
    acorn.host = "cashback.acorn.test"
    acorn.save()
    status, code = (400, "bad_request") if host == "a b" else (404, "not_found")
    assert_problem(getattr(client, method)(path, headers={"host": host}), status, code)


def test_below_a_storefront_there_is_no_api_but_a_page_that_says_so(client, acorn):
    assert "text/html" in client.get("/s/acorn/api/v1/").headers["Content-Type"]
