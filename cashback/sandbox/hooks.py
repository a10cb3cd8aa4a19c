"""What the partners' servers hear of the product: its webhooks, verified as docs/webhooks.md shows, and kept."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cashback.sandbox import store
from cashback.sandbox.config import Partner

MOST_KEPT = 500
_SECONDS_OLD = 300


class NotFromThem(ValueError):
    """A message that the product did not sign, or too long ago."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message; `times` is how often it came."""

    id: str
    message: dict[str, Any]
    times: int
    heard_at: datetime

    @property
    def type(self) -> str:
        return str(self.message["type"])

    @property
    def summary(self) -> str:
        """What it is about, of whatever it says of that."""
        data = self.message["data"]
        amount = data.get("cashback") or data.get("expected") or {}
        money = f"{amount['amount']} {amount['currency']}" if amount else ""
        told = (data.get("shopper"), data.get("merchant_name"), data.get("number"), data.get("status"), money)
        return " · ".join(str(each) for each in told if each)

    @property
    def text(self) -> str:
        return json.dumps(self.message, ensure_ascii=False, indent=2)


def take(partner: Partner, headers: Mapping[str, str], body: bytes) -> None:
    """The message is kept; one that came before is counted. Raises NotFromThem."""
    message = verify(partner.webhook_secret, {name.lower(): value for name, value in headers.items()}, body)
    with store.transaction() as db:
        db.execute(
            "INSERT INTO heard (partner, id, body, heard_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (partner, id) DO UPDATE SET times = times + 1",
            (partner.slug, message["id"], json.dumps(message, ensure_ascii=False), time.time()),
        )
        db.execute(
            "DELETE FROM heard WHERE partner = ?1 AND number <="
            " (SELECT number FROM heard WHERE partner = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            (partner.slug, MOST_KEPT),
        )


def heard(partner: Partner, *, most: int, type_of: str = "") -> list[Heard]:
    """The newest first; with `type_of`, of this type or of those that begin with it."""
    rows = store.connection().execute(
        "SELECT id, body, times, heard_at FROM heard"
        " WHERE partner = ? AND json_extract(body, '$.type') LIKE ? || '%' ORDER BY number DESC LIMIT ?",
        (partner.slug, type_of, most),
    )
    return [
        Heard(row["id"], json.loads(row["body"]), row["times"], datetime.fromtimestamp(row["heard_at"], UTC))
        for row in rows
    ]


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The message. Names of headers in lower case."""
    try:
        name, moment = headers["webhook-id"], headers["webhook-timestamp"]
        given = headers["webhook-signature"].split(" ")
        age = time.time() - int(moment)
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (KeyError, ValueError, binascii.Error) as error:
        raise NotFromThem("not a message") from error
    wanted = b"v1," + base64.b64encode(
        hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    )
    is_signed = bool(key) and any(hmac.compare_digest(wanted, each.encode()) for each in given)
    if abs(age) > _SECONDS_OLD or not is_signed:
        raise NotFromThem("not from them, or too old")
    return dict(json.loads(body))
