"""OAuth 2 as Admitad does it: client credentials, a week's token, and a refresh token that works once."""

import base64
import binascii
import hmac
import secrets
import sqlite3
import time

from django.http import HttpRequest

from cashback.sandbox import config, store
from cashback.sandbox.api.errors import ApiError, bad_request

LIFETIME_SECONDS = 604_800
MAX_LIVE_TOKENS = 500
SCOPES = frozenset(
    [
        "public_data",
        "websites",
        "manage_websites",
        "advcampaigns",
        "advcampaigns_for_website",
        "manage_advcampaigns",
        "banners",
        "landings",
        "banners_for_website",
        "announcements",
        "referrals",
        "coupons",
        "coupons_for_website",
        "private_data",
        "private_data_email",
        "private_data_phone",
        "private_data_balance",
        "validate_links",
        "deeplink_generator",
        "statistics",
        "opt_codes",
        "manage_opt_codes",
        "webmaster_retag",
        "manage_webmaster_retag",
        "broken_links",
        "manage_broken_links",
        "lost_orders",
        "manage_lost_orders",
        "broker_application",
        "manage_broker_application",
        "payments",
        "manage_payments",
        "tickets",
        "manage_tickets",
        "offers",
        "short_link",
        "web_property",
        "arecords",
    ]
)


def issue(request: HttpRequest) -> dict[str, object]:
    """A new token for a form posted to /token/."""
    grants = {"client_credentials": _by_credentials, "refresh_token": _by_refresh_token}
    grant = grants.get(request.POST.get("grant_type", ""))
    if grant is None:
        raise ApiError(
            400, "unsupported_grant_type", "grant_type must be client_credentials or refresh_token", 3
        )
    return grant(request)


def check(request: HttpRequest, scope: str) -> None:
    """The request carries a living token that covers the scope."""
    kind, _, access = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not access:
        raise ApiError(401, "invalid_token", "Missing access token", 1)
    token = store.find("SELECT * FROM token WHERE access = ?", access)
    if token is None:
        raise ApiError(401, "invalid_token", "Token doesn't exist", 1)
    if token["expires_at"] <= time.time():
        raise ApiError(401, "invalid_token", "Token expired", 0)
    if scope not in token["scope"].split():
        raise ApiError(401, "insufficient_scope", f"Insufficient scope, {scope} is needed", 2)


def _by_credentials(request: HttpRequest) -> dict[str, object]:
    _check_client(*_basic(request))
    asked = request.POST.get("scope", "").split()
    unknown = sorted(set(asked) - SCOPES)
    if not asked or unknown:
        raise ApiError(400, "invalid_scope", f"Unknown scope: {', '.join(unknown) or '(none)'}", 3)
    with store.transaction() as db:
        _refuse_a_hoard(db)
        return _new(db, " ".join(dict.fromkeys(asked)))


def _by_refresh_token(request: HttpRequest) -> dict[str, object]:
    _check_client(request.POST.get("client_id", ""), request.POST.get("client_secret", ""))
    with store.transaction() as db:
        old = db.execute(
            "DELETE FROM token WHERE refresh = ? RETURNING scope", (request.POST.get("refresh_token", ""),)
        ).fetchone()
        if old is None:
            raise ApiError(400, "invalid_grant", "Refresh token doesn't exist", 5)
        return _new(db, old["scope"])


def _basic(request: HttpRequest) -> tuple[str, str]:
    kind, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        raise ApiError(401, "invalid_client", "HTTP Basic client credentials are needed", 3)
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise bad_request("The Authorization header is not HTTP Basic") from problem
    return client_id, secret


def _check_client(client_id: str, secret: str) -> None:
    known = config.current()
    right = hmac.compare_digest(client_id.encode(), known.client_id.encode())
    if not (hmac.compare_digest(secret.encode(), known.client_secret.encode()) and right):
        raise ApiError(401, "invalid_client", "Unknown client or wrong secret", 3)


def _refuse_a_hoard(db: sqlite3.Connection) -> None:
    now = int(time.time())
    db.execute("DELETE FROM token WHERE expires_at <= ?", (now - LIFETIME_SECONDS,))
    living = db.execute("SELECT count(*) FROM token WHERE expires_at > ?", (now,)).fetchone()[0]
    if living >= MAX_LIVE_TOKENS:
        raise ApiError(400, "too_many_tokens", "Too many live tokens: keep and reuse them", 6)


def _new(db: sqlite3.Connection, scope: str) -> dict[str, object]:
    access, refresh = secrets.token_hex(15), secrets.token_hex(15)
    db.execute(
        "INSERT INTO token VALUES (?, ?, ?, ?)", (access, refresh, scope, int(time.time()) + LIFETIME_SECONDS)
    )
    return {
        "access_token": access,
        "expires_in": LIFETIME_SECONDS,
        "token_type": "bearer",
        "scope": scope,
        "refresh_token": refresh,
        **account(),
        "group": "webmaster",
        "code": "v1tr1na000",
    }


def account() -> dict[str, object]:
    """The publisher behind the application."""
    return {
        "id": 1_100_001,
        "username": "vitrina",
        "first_name": "Vitrina",
        "last_name": "Demo",
        "language": "ru",
    }
