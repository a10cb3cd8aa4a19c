"""An event as it goes out: its body, and the headers of Standard Webhooks (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from cashback.lib import ids
from partners.models import OutboxEvent
from partners.webhooks.models import VERSION


def event_id(event: OutboxEvent) -> str:
    """The same at every try and at every replay: who has seen it has had the event."""
    return ids.public("evt", event.pk)


def _first_version(event: OutboxEvent) -> dict[str, Any]:
    return {
        "id": event_id(event),
        "type": event.type,
        "timestamp": event.occurred_at.isoformat(),
        "version": VERSION,
        "data": event.payload,
    }


_VERSIONS: dict[str, Callable[[OutboxEvent], dict[str, Any]]] = {VERSION: _first_version}


def envelope(event: OutboxEvent, *, version: str = VERSION) -> dict[str, Any]:
    return _VERSIONS[version](event)


def body(event: OutboxEvent, *, version: str) -> bytes:
    said = envelope(event, version=version)
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def headers(event: OutboxEvent, body: bytes, *, secrets: Iterable[str], at: datetime) -> dict[str, str]:
    """One signature for each secret, so that a receiver may know either."""
    name, moment = event_id(event), str(int(at.timestamp()))
    signed = f"{name}.{moment}.".encode() + body
    return {
        "Content-Type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": moment,
        "webhook-signature": " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets),
    }


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
