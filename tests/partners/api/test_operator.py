"""The operator's API: a new partner is a script, and a staff token may do what its user may."""

import json
import os
import re
import subprocess
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.test import Client

from offers.networks.models import NetworkAccount
from partners.keys import staff_tokens
from partners.models import ApiKey, Partner, StaffReach, StaffToken, Storefront
from tests.api_client import RUBBISH, assert_problem, is_a_problem

pytestmark = pytest.mark.django_db

DOC = Path(__file__).resolve().parents[3] / "docs" / "operator-api.md"
STOREFRONT = {
    "slug": "cedar",
    "name": "Cedar Cashback",
    "currency": "EUR",
    "locale": "en",
    "shopper_percent": "60",
    "partner_percent": "15",
    "embed_origins": ["https://www.cedar.example"],
}
ACCOUNT = {"network": "admitad", "name": "Admitad of the house"}
CREDENTIALS = {"client_id": "an-id", "client_secret": "a-secret-of-theirs", "website": "77"}


class Script:
    """Calls with a staff token."""

    def __init__(self, user: User, *, at) -> None:
        self.client = Client()
        self.token, self.text = staff_tokens.create(
            user=user, name="A script", lasts=timedelta(days=1), at=at
        )

    def send(self, method: str, path: str, body: Any = None, *, text: str | None = None) -> Any:
        content = body if isinstance(body, (str, bytes)) else "" if body is None else json.dumps(body)
        headers = {"authorization": f"Bearer {self.text if text is None else text}"}
        return self.client.generic(
            method, f"/api/operator/v1/{path}", content, content_type="application/json", headers=headers
        )

    def post(self, path: str, body: Any) -> Any:
        return self.send("POST", path, body)

    def get(self, path: str) -> Any:
        return self.send("GET", path)


@pytest.fixture
def root(db) -> User:
    return User.objects.create_superuser("root", password="a-long-password")


@pytest.fixture
def script(root, at) -> Script:
    return Script(root, at=at)


def test_a_new_partner_is_a_script(script, root):
    partner = script.post("partners", {"slug": "cedar", "name": "Cedar Telecom"})
    assert partner.status_code == 201, partner.content
    assert partner.headers["Cache-Control"] == "no-store"
    assert partner.json()["sso_secret"] == Partner.objects.get(slug="cedar").sso_secret
    storefront = script.post("partners/cedar/storefronts", STOREFRONT)
    assert storefront.status_code == 201, storefront.content
    assert storefront.json()["embed_origins"] == ["https://www.cedar.example"]
    assert (storefront.json()["shopper_percent"], storefront.json()["is_active"]) == ("60.00", True)
    key = script.post("partners/cedar/keys", {"name": "The first"})
    assert key.status_code == 201, key.content
    opened = Client().get(
        "/api/v1/merchants?storefront=cedar", headers={"authorization": f"Bearer {key.json()['key']}"}
    )
    assert opened.status_code == 200
    made = {(str(entry.user), entry.object_repr) for entry in LogEntry.objects.all()}
    assert len(made) == 3 and {user for user, _row in made} == {"root"}


def test_what_is_made_is_listed_without_its_secrets(script):
    secret = script.post("partners", {"slug": "cedar", "name": "Cedar Telecom"}).json()["sso_secret"]
    script.post("partners/cedar/storefronts", STOREFRONT)
    text = script.post("partners/cedar/keys", {"name": "The first"}).json()["key"]
    for path in ("partners", "partners/cedar", "partners/cedar/storefronts", "partners/cedar/keys"):
        answer = script.get(path)
        assert answer.status_code == 200
        assert secret not in answer.content.decode() and text not in answer.content.decode()
    assert [row["slug"] for row in script.get("partners/cedar/storefronts").json()["data"]] == ["cedar"]


def test_a_key_has_the_scopes_and_networks_that_were_asked_for(script, acorn):
    asked = {
        "name": "Catalogue",
        "scopes": ["catalogue:read"],
        "allowed_networks": ["203.0.113.0/24", "2001:db8::/32"],
        "expires_at": "2031-01-01T00:00:00Z",
    }
    made = script.post("partners/acorn/keys", asked).json()
    assert (made["scopes"], made["allowed_networks"]) == (asked["scopes"], asked["allowed_networks"])
    assert made["expires_at"] == "2031-01-01T00:00:00+00:00"


def test_a_key_revoked_by_the_api_opens_nothing(script, acorn):
    made = script.post("partners/acorn/keys", {"name": "Lost"}).json()
    assert script.send("DELETE", f"partners/acorn/keys/{made['id']}").status_code == 204
    headers = {"authorization": f"Bearer {made['key']}"}
    assert_problem(Client().get("/api/v1/merchants", headers=headers), 401, "key_revoked")


def test_a_sandbox_is_opened_once(script, acorn):
    opened, again = (script.post("partners/acorn/sandbox", None) for _ in range(2))
    assert (opened.status_code, again.status_code) == (201, 200)
    first = opened.json()
    assert first.pop("sso_secret") == Partner.objects.get(sandbox_of=acorn.partner).sso_secret
    assert first == again.json() and first["sandbox_of"]
    assert (
        script.post(f"partners/{first['slug']}/keys", {"name": "Test"}).json()["key"].startswith("cb_test_")
    )
    assert_problem(script.post(f"partners/{first['slug']}/sandbox", None), 409, "sandbox_refused")


def test_an_account_of_a_network_keeps_its_credentials_to_itself(script):
    answer = script.post("network-accounts", {**ACCOUNT, "credentials": CREDENTIALS})
    assert answer.status_code == 201, answer.content
    assert NetworkAccount.objects.get().credentials == CREDENTIALS
    told = answer.json()
    assert told["credentials"] == dict.fromkeys(CREDENTIALS, True)
    assert "/postback/" in told["postback_url"]
    for body in (answer.content.decode(), script.get("network-accounts").content.decode()):
        assert "a-secret-of-theirs" not in body


@pytest.mark.parametrize(
    ("credentials", "field", "code"),
    [
        ({"client_id": "x"}, "credentials.website", "required"),
        ({**CREDENTIALS, "pin": "1"}, "credentials.pin", "field_unknown"),
        ("client_id=x", "credentials", "invalid"),
        ({**CREDENTIALS, "website": 77}, "credentials", "invalid"),
        ({**CREDENTIALS, "website": ""}, "credentials", "invalid"),
    ],
)
def test_half_an_account_is_none(script, credentials, field, code):
    answer = script.post("network-accounts", {**ACCOUNT, "credentials": credentials})
    assert_problem(answer, 400, code, field=field)
    assert not NetworkAccount.objects.exists()


# --- Who may ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clerk(db, acorn, birch) -> User:
    """May do everything, for Acorn alone."""
    user = User.objects.create_user("clerk", password="a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.all())
    StaffReach.objects.create(user=user).partners.add(acorn.partner)
    return user


def test_who_works_for_one_partner_reaches_no_other(clerk, at):
    script = Script(clerk, at=at)
    assert [row["slug"] for row in script.get("partners").json()["data"]] == ["acorn"]
    assert script.get("partners/acorn/keys").status_code == 200
    for path in ("partners/birch", "partners/birch/storefronts", "partners/birch/keys"):
        assert_problem(script.get(path), 404, "not_found")
    for path in ("storefronts", "keys", "sandbox"):
        assert_problem(script.post(f"partners/birch/{path}", {"name": "Mine"}), 404, "not_found")
    assert_problem(script.post("partners", {"slug": "cedar", "name": "Cedar"}), 403, "forbidden")
    assert_problem(script.post("partners/acorn/sandbox", None), 403, "forbidden")
    assert_problem(script.get("network-accounts"), 403, "forbidden")
    assert_problem(script.post("network-accounts", ACCOUNT), 403, "forbidden")
    assert not ApiKey.objects.exists() and Partner.objects.count() == 2


def test_a_key_of_another_partner_is_not_revoked(clerk, root, at, birch):
    made = Script(root, at=at).post("partners/birch/keys", {"name": "Birch's"}).json()
    assert_problem(Script(clerk, at=at).send("DELETE", f"partners/acorn/keys/{made['id']}"), 404, "not_found")
    assert ApiKey.objects.get().revoked_at is None


def test_a_token_may_do_what_its_user_may(sam, at, acorn):
    script = Script(sam, at=at)
    assert_problem(script.post("partners", {"slug": "cedar", "name": "Cedar"}), 403, "forbidden")
    sam.user_permissions.add(Permission.objects.get(codename="view_partner"))
    assert script.get("partners").status_code == 200
    assert_problem(script.post("partners/acorn/keys", {"name": "More"}), 403, "forbidden")
    assert not ApiKey.objects.exists()


def test_revoked_expired_or_without_its_user_a_token_opens_nothing(script, root, at):
    assert script.get("partners").status_code == 200
    root.is_active = False
    root.save()
    assert_problem(script.get("partners"), 401, "key_revoked")
    root.is_active = True
    root.save()
    StaffToken.objects.update(expires_at=at - timedelta(seconds=1))
    assert_problem(script.get("partners"), 401, "key_expired")
    staff_tokens.revoke(token=script.token, at=at)
    assert_problem(script.get("partners"), 401, "key_revoked")


def test_no_other_key_opens_it_and_it_opens_nothing_else(script, acorn):
    text = script.post("partners/acorn/keys", {"name": "Acorn's"}).json()["key"]
    for wrong in (
        "",
        "x",
        text,
        script.text[:-1],
        script.text[:-1] + "~",
        "cb_staff_" + "0" * 26 + "_" + "a" * 43,
    ):
        answer = script.send("GET", "partners", text=wrong)
        assert answer.status_code == 401 and is_a_problem(answer)
    headers = {"authorization": f"Bearer {script.text}"}
    assert_problem(Client().get("/api/v1/merchants", headers=headers), 401, "key_invalid")


# --- Rubbish ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [*RUBBISH, None, 1.5, True, [], ["a"], [1], {}, {"a": "b"}, "x" * 70_000])
@pytest.mark.parametrize("field", ["slug", "name", "currency", "shopper_percent", "embed_origins", "host"])
def test_rubbish_in_a_field_makes_no_storefront_that_is_not_fit(script, acorn, field, value):
    answer = script.post("partners/acorn/storefronts", {**STOREFRONT, field: value})
    if answer.status_code == 201:
        made = Storefront.objects.get(slug=answer.json()["slug"])
        made.full_clean()
    else:
        assert is_a_problem(answer), answer.content
        assert Storefront.objects.count() == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b"null", b"1", b"\xff", b'{"slug": NaN}', b"[" * 5000]
)
@pytest.mark.parametrize(
    "path", ["partners", "partners/acorn/storefronts", "partners/acorn/keys", "network-accounts"]
)
def test_a_body_that_is_no_object_is_refused(script, acorn, path, body):
    assert is_a_problem(script.send("POST", path, body))
    assert (Partner.objects.count(), Storefront.objects.count(), ApiKey.objects.count()) == (1, 1, 0)


def test_what_is_unknown_or_not_its_to_say_is_refused(script, acorn, birch):
    answer = script.post("partners", {"slug": "cedar", "name": "Cedar", "sso_secret": "mine"})
    assert_problem(answer, 400, "field_unknown", field="sso_secret")
    answer = script.post("partners/acorn/keys", {"name": "x", "partner": str(birch.partner_id)})
    assert_problem(answer, 400, "field_unknown", field="partner")
    answer = script.post("partners/acorn/storefronts", {**STOREFRONT, "partner_percent": "41"})
    assert answer.json()["errors"][0]["field"] == "partner_percent"
    answer = script.post("partners", {"slug": "acorn", "name": "A second Acorn"})
    assert_problem(answer, 400, "unique", field="slug")
    assert not ApiKey.objects.exists()


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("partners", "name", True),
        ("partners", "name", "\ud800"),
        ("partners", "name", ["a"]),
        ("partners", "slug", 5),
        ("partners", "is_active", "no"),
        ("partners/acorn/storefronts", "is_active", None),
        ("partners/acorn/storefronts", "host", 5),
        ("partners/acorn/storefronts", "embed_origins", "https://a.example"),
        ("partners/acorn/storefronts", "pilot_list", ["\ud800"]),
        ("partners/acorn/storefronts", "shopper_percent", True),
        ("partners/acorn/keys", "expires_at", 5),
        ("partners/acorn/keys", "expires_at", ["x"]),
        ("partners/acorn/keys", "expires_at", "2020-01-01T00:00:00Z"),
        ("partners/acorn/keys", "scopes", "events:read"),
    ],
)
def test_a_value_of_another_kind_is_refused_and_makes_nothing(script, acorn, path, field, value):
    body = {"partners": {"slug": "cedar", "name": "Cedar"}, "partners/acorn/storefronts": STOREFRONT}
    answer = script.post(path, {**body.get(path, {"name": "x"}), field: value})
    assert_problem(answer, 400, "invalid", field=field)
    assert (Partner.objects.count(), ApiKey.objects.count(), Storefront.objects.count()) == (1, 0, 1)


# --- From a shell -----------------------------------------------------------------------------------------------


def run(*arguments: str, **options: object) -> str:
    said = StringIO()
    call_command("staff_token", *arguments, stdout=said, **options)
    return said.getvalue().strip()


def test_tokens_are_made_listed_and_revoked_from_a_shell(root, script):
    text = run("root", name="Onboarding", days=7)
    assert script.send("GET", "partners", text=text).status_code == 200
    assert "Onboarding" in run("root", list=True) and text not in run("root", list=True)
    assert "is revoked" in run("root", revoke=text)
    assert_problem(script.send("GET", "partners", text=text), 401, "key_revoked")
    assert "revoked" in run("root", list=True)


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["nobody"], {}),
        (["root"], {"days": 0}),
        (["root"], {"days": 367}),
        (["root"], {"days": 10**12}),
        (["root"], {"revoke": "rubbish"}),
        (["alice"], {}),
    ],
)
def test_a_token_that_cannot_be_is_refused(root, arguments, options):
    User.objects.create_user("alice", password="a-long-password")
    with pytest.raises(CommandError):
        run(*arguments, **options)
    assert not StaffToken.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_script_of_the_page_runs_as_it_stands(live_server, root, at):
    [script] = [
        code for code in re.findall(r"```sh\n(.*?)```", DOC.read_text(), re.S) if "ask partners" in code
    ]
    script = script.replace("http://localhost:8000", live_server.url)
    token = Script(root, at=at).text
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "STAFF_TOKEN": token},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert Partner.objects.get(slug="cedar").api_keys.count() == 1
