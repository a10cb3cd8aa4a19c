"""What a key may do, for whom, from where, how long and how often."""

from datetime import timedelta

import pytest
from django.core.cache import caches

from partners import sandbox
from partners.keys import api_keys
from partners.models import ApiKey, Scope
from tests import make
from tests.api_client import Server, assert_problem


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def with_key(server: Server, **facts) -> Server:
    partner = ApiKey.objects.order_by("pk").first().partner
    _row, server.key = api_keys.create(partner=partner, name="Narrow", **facts)
    return server


def test_a_key_does_what_its_scopes_say_and_nothing_else(server, alice):
    with_key(server, scopes=[Scope.SHOPPERS_READ])
    assert server.get("shoppers/alice").status_code == 200
    problem = assert_problem(server.get("transactions"), 403, "scope_missing")
    assert problem["detail"] == "This key lacks the scope transactions:read."
    assert_problem(server.post("embed-sessions", {"shopper": "alice"}), 403, "scope_missing")


def test_every_address_asks_for_a_scope_that_there_is():
    from cashback.urls import urlpatterns
    from partners.api.doors import Door

    doors = [
        door.callback.cls
        for each in urlpatterns
        if str(each.pattern) == "api/v1/"
        for door in each.url_patterns
    ]
    assert len(doors) >= 20 and all(issubclass(door, Door) for door in doors)
    for door in doors:
        methods = {name.upper() for name in door.http_method_names if hasattr(door, name)} - {"HEAD"}
        assert methods <= set(door.scopes) and methods, door
        assert {str(door.scopes[method]) for method in methods} <= set(Scope.values), door


def test_a_scope_that_there_is_not_is_given_to_no_key(server):
    with pytest.raises(ValueError):
        with_key(server, scopes=["money:print"])


def test_an_expired_key_opens_nothing(server, at):
    with_key(server, expires_at=at + timedelta(hours=1))
    assert server.get("shoppers").status_code == 200
    ApiKey.objects.update(expires_at=at - timedelta(seconds=1))
    assert_problem(server.get("shoppers"), 401, "key_expired")


def test_a_revoked_key_opens_nothing_at_the_very_next_call(server, at):
    assert server.get("shoppers").status_code == 200
    api_keys.revoke(key=ApiKey.objects.get(), at=at)
    assert_problem(server.get("shoppers"), 401, "key_revoked")


def test_while_a_key_is_rolled_both_open_the_door(server, at):
    key, old = ApiKey.objects.get(), server.key
    _row, new = api_keys.roll(key=key, ends_at=at + timedelta(days=7), at=at)
    for text in (old, new):
        assert api_keys.find(text, at=at + timedelta(days=6)).partner == key.partner
    with pytest.raises(api_keys.KeyRefused):
        api_keys.find(old, at=at + timedelta(days=7))
    assert api_keys.find(new, at=at + timedelta(days=7)).scopes == key.scopes


def test_a_key_that_opens_nothing_has_no_successor(server, at):
    key = ApiKey.objects.get()
    api_keys.revoke(key=key, at=at)
    with pytest.raises(api_keys.RollRefused):
        api_keys.roll(key=key, ends_at=at + timedelta(days=7), at=at)
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize(
    ("networks", "address", "is_let_in"),
    [
        (["127.0.0.0/8"], "127.0.0.1", True),
        (["203.0.113.0/24"], "203.0.113.9", True),
        (["203.0.113.0/24"], "203.0.114.9", False),
        (["203.0.113.7", "2001:db8::/32"], "2001:db8::1", True),
        (["203.0.113.0/24"], "::ffff:203.0.113.9", True),
        (["203.0.113.0/24"], "not-an-address", False),
    ],
)
def test_a_key_may_be_for_some_addresses_only(server, networks, address, is_let_in):
    with_key(server, allowed_networks=networks)
    answer = server.client.get(
        "/api/v1/shoppers", headers={"authorization": f"Bearer {server.key}"}, REMOTE_ADDR=address
    )
    if is_let_in:
        assert answer.status_code == 200
    else:
        assert_problem(answer, 401, "key_address")


def test_behind_our_proxy_the_address_is_the_one_that_it_saw(server, settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    with_key(server, allowed_networks=["203.0.113.0/24"])
    assert server.get("shoppers", x_forwarded_for="198.51.100.1, 203.0.113.9").status_code == 200
    assert_problem(server.get("shoppers", x_forwarded_for="203.0.113.9, 198.51.100.1"), 401, "key_address")


# --- the sandbox ---


def test_a_test_key_sees_the_sandbox_and_a_live_key_what_is_real(acorn, settings):
    settings.ENVIRONMENT = "production"
    make.shopper(acorn, "alice")
    twin, is_new = sandbox.open_for(acorn.partner)
    assert is_new
    assert sandbox.open_for(acorn.partner) == (twin, False)
    live, test = Server(acorn.partner), Server(twin)
    assert (live.key[:8], test.key[:8]) == ("cb_live_", "cb_test_")
    assert (
        test.client.put("/api/v1/shoppers/zoe", headers={"authorization": f"Bearer {test.key}"}).status_code
        == 201
    )
    assert [each["external_id"] for each in test.all("shoppers")] == ["zoe"]
    assert [each["external_id"] for each in live.all("shoppers")] == ["alice"]
    assert (test.get("shoppers/alice").status_code, live.get("shoppers/zoe").status_code) == (404, 404)
    assert twin.storefronts.get().slug == "acorn-sandbox"


def test_there_is_no_sandbox_of_a_sandbox(acorn):
    with pytest.raises(sandbox.SandboxRefused):
        sandbox.open_for(sandbox.open_for(acorn.partner)[0])


# --- how often ---


def test_calls_are_counted_and_beyond_the_limit_told_to_wait(server, settings):
    settings.API_CALLS_PER_MINUTE = 2
    answers = [server.get("shoppers") for _ in range(3)]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert all(answer.headers["RateLimit-Limit"] == "2" for answer in answers)
    assert_problem(answers[2], 429, "too_often")
    assert 1 <= int(answers[2].headers["Retry-After"]) <= 60
    assert 1 <= int(answers[2].headers["RateLimit-Reset"]) <= 60


def test_each_key_is_counted_by_itself(server, acorn, settings):
    settings.API_CALLS_PER_MINUTE = 1
    assert server.get("shoppers").status_code == 200
    assert Server(acorn.partner).get("shoppers").status_code == 200
    assert server.get("shoppers").status_code == 429


def test_without_redis_everybody_is_let_in(server, settings):
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": nowhere}
    settings.API_CALLS_PER_MINUTE = 1
    assert [server.get("shoppers").status_code for _ in range(2)] == [200, 200]
    assert caches["default"]._cache._servers == ["redis://127.0.0.1:1/0"]
