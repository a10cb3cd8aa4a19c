"""Signing on with a partner's launch token: two ways that work, and every way to be wrong."""

import base64
import json
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from partners.models import Shopper, SpentLaunchToken
from tests import make


def claims(**changes) -> dict:
    now = int(time.time())
    complete = {
        "iss": "acorn",
        "aud": "cashback",
        "sub": "alice",
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**complete, **changes}.items() if value is not None}


def signed(place, **changes) -> str:
    return jwt.encode(claims(**changes), place.partner.sso_secret, algorithm="HS256")


@pytest.fixture
def key_of_acorn(acorn):
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    acorn.partner.sso_public_key = public.decode()
    acorn.partner.save()
    return key


def launch(client, token: str, storefront: str = "acorn"):
    return client.get(f"/s/{storefront}/launch", {"token": token})


def assert_refused(response, code: str) -> None:
    assert response.status_code == 403
    assert f"<code>{code}</code>" in response.content.decode()
    assert "cb-acorn" not in response.cookies
    assert not Shopper.objects.exists()
    assert not SpentLaunchToken.objects.exists()


def test_a_token_signs_the_shopper_on_and_leaves_the_address_clean(client, acorn):
    response = launch(client, signed(acorn, locale="en"))
    assert (response.status_code, response.headers["Location"]) == (303, "/s/acorn/")
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    [alice] = Shopper.objects.all()
    assert (alice.external_id, alice.storefront, alice.locale) == ("alice", acorn, "en")
    assert "My cashback" in client.get("/s/acorn/me/").content.decode()


def test_a_token_signed_with_the_registered_key_signs_on_too(client, acorn, key_of_acorn):
    assert launch(client, jwt.encode(claims(), key_of_acorn, algorithm="EdDSA")).status_code == 303
    assert Shopper.objects.get().external_id == "alice"


def test_signing_on_again_is_the_same_shopper(client, acorn):
    launch(client, signed(acorn))
    launch(client, signed(acorn))
    assert Shopper.objects.count() == 1


def test_the_cookie_is_closed_to_scripts_and_other_sites(client, acorn):
    cookie = launch(client, signed(acorn)).cookies["cb-acorn"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_shopper_of_one_storefront_is_a_guest_at_another(client, acorn, birch):
    launch(client, signed(acorn))
    client.cookies["cb-birch"] = client.cookies["cb-acorn"].value
    assert client.get("/s/birch/me/").status_code == 403


def test_a_token_opens_once(client, acorn):
    token = signed(acorn)
    launch(client, token)
    client.cookies.clear()
    response = launch(client, token)
    assert response.status_code == 403
    assert "<code>token_spent</code>" in response.content.decode()
    assert "cb-acorn" not in response.cookies
    assert Shopper.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iat": "now"}, "token_invalid"),
        ({"exp": float("inf")}, "token_invalid"),
        ({"exp": 10**40}, "token_invalid"),
        ({"iss": "birch"}, "token_invalid"),
        ({"iss": None}, "token_invalid"),
        ({"aud": "elsewhere"}, "token_invalid"),
        ({"aud": None}, "token_invalid"),
        ({"sub": None}, "token_invalid"),
        ({"sub": ""}, "token_invalid"),
        ({"sub": "a" * 129}, "token_invalid"),
        ({"sub": "shp_01h2xcejqtf2nbrexx3vqjhp41"}, "token_invalid"),
        ({"sub": "a\x00b"}, "token_invalid"),
        ({"sub": 17}, "token_invalid"),
        ({"jti": None}, "token_invalid"),
        ({"jti": ["x"]}, "token_invalid"),
        ({"jti": "\x00"}, "token_invalid"),
        ({"iat": None}, "token_invalid"),
        ({"exp": None}, "token_invalid"),
        ({"sub": "\ud800"}, "token_invalid"),
        ({"jti": "a\udfffb"}, "token_invalid"),
        ({"nbf": "now"}, "token_invalid"),
        ({"nbf": float("nan")}, "token_invalid"),
        ({"storefront": "birch"}, "token_foreign"),
    ],
)
def test_a_token_with_wrong_claims_opens_nothing(client, acorn, birch, changes, code):
    assert_refused(launch(client, signed(acorn, **changes)), code)


@pytest.mark.parametrize(
    ("seconds_from_now", "code"),
    [
        ({"iat": -300, "exp": -200}, "token_expired"),
        ({"exp": 3600}, "token_too_long"),
        ({"iat": 300, "exp": 360}, "token_early"),
        ({"nbf": 300}, "token_early"),
    ],
)
def test_a_token_of_another_time_opens_nothing(client, acorn, seconds_from_now, code):
    now = int(time.time())
    times = {name: now + seconds for name, seconds in seconds_from_now.items()}
    assert_refused(launch(client, signed(acorn, **times)), code)


@pytest.mark.parametrize("locale", [["ru"], {"ru": 1}, 17, "xx", "\ud800"])
def test_a_locale_that_is_none_is_ignored(client, acorn, locale):
    assert launch(client, signed(acorn, locale=locale)).status_code == 303
    assert Shopper.objects.get().locale == ""


def test_a_token_that_is_valid_already_signs_on(client, acorn):
    assert launch(client, signed(acorn, nbf=int(time.time()) - 5)).status_code == 303


def test_a_token_of_another_partner_opens_nothing(client, acorn, birch):
    assert_refused(launch(client, signed(birch)), "token_invalid")
    assert_refused(launch(client, signed(birch, iss="birch")), "token_invalid")


def test_an_unsigned_token_opens_nothing(client, acorn):
    assert_refused(launch(client, jwt.encode(claims(), None, algorithm="none")), "token_invalid")


def test_another_algorithm_with_the_same_secret_opens_nothing(client, acorn):
    token = jwt.encode(claims(), acorn.partner.sso_secret * 2, algorithm="HS512")
    assert_refused(launch(client, token), "token_invalid")


def test_a_token_signed_with_the_public_key_as_a_secret_opens_nothing(client, acorn, key_of_acorn):
    """PyJWT refuses to make such a token, so it is made by hand."""
    token = _hmac_token(claims(), secret=acorn.partner.sso_public_key.encode())
    assert_refused(launch(client, token), "token_invalid")


def test_a_token_signed_with_a_key_that_nobody_registered_opens_nothing(client, acorn):
    token = jwt.encode(claims(), Ed25519PrivateKey.generate(), algorithm="EdDSA")
    assert_refused(launch(client, token), "token_invalid")


def test_a_token_with_a_changed_letter_opens_nothing(client, acorn):
    head, body, signature = signed(acorn).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(claims(sub="carol")).encode()).rstrip(b"=").decode()
    assert_refused(launch(client, f"{head}.{forged}.{signature}"), "token_invalid")
    assert_refused(launch(client, f"{head}.{body}.{signature[::-1]}"), "token_invalid")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "token_missing"),
        ("x" * 10_240, "token_missing"),
        ("rubbish", "token_invalid"),
        ("a.b.c", "token_invalid"),
        ("\x00", "token_invalid"),
        ("ключ.ключ.ключ", "token_invalid"),
        ("e30.e30.", "token_invalid"),
        ("bnVsbA.bnVsbA.bnVsbA", "token_invalid"),
        ("W10.W10.W10", "token_invalid"),
        (base64.urlsafe_b64encode(b"[" * 2900).decode().rstrip("=") + ".e30.", "token_invalid"),
    ],
)
def test_rubbish_opens_nothing(client, acorn, token, code):
    assert_refused(launch(client, token), code)


def test_the_refusal_tells_the_shopper_what_to_do_and_is_not_kept(client, acorn):
    response = launch(client, "rubbish")
    assert "Вернитесь в «Acorn Bank» и откройте кэшбэк снова" in response.content.decode()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"


def test_only_get_signs_on(client, acorn):
    assert client.post("/s/acorn/launch", {"token": signed(acorn)}).status_code == 405
    assert client.head("/s/acorn/launch", {"token": signed(acorn)}).status_code == 405
    assert not Shopper.objects.exists()


@pytest.mark.parametrize("value", ["", "rubbish", "WyJhIiwiYiJd:1abc:xyz"])
def test_a_forged_cookie_is_a_guest(client, acorn, value):
    client.cookies["cb-acorn"] = value
    assert client.get("/s/acorn/").status_code == 200
    assert client.get("/s/acorn/me/").status_code == 403


def test_signing_out_makes_a_guest(client, alice):
    make.sign_on(client, alice)
    response = client.post("/s/acorn/sign-out/", headers={"sec-fetch-site": "same-origin"})
    assert (response.status_code, response.headers["Location"]) == (303, "/s/acorn/")
    assert client.get("/s/acorn/me/").status_code == 403


def test_another_site_cannot_sign_a_shopper_out(client, alice):
    make.sign_on(client, alice)
    assert client.post("/s/acorn/sign-out/", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.get("/s/acorn/sign-out/").status_code == 405
    assert client.get("/s/acorn/me/").status_code == 200


def _hmac_token(payload: dict, *, secret: bytes) -> str:
    import hashlib
    import hmac

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    body = f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part(payload)}"
    signature = hmac.new(secret, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
