"""What can happen at the border to the networks: an account is connected, checked, switched off; a message arrives."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from cashback.lib import doorbell, http, statements
from cashback.lib.errors import DomainError
from offers.networks.base import Network, Unreadable
from offers.networks.models import InboundMessage, NetworkAccount
from offers.networks.registry import network_class

LARGEST_MESSAGE = 64 * 1024


class CredentialsMissing(DomainError):
    code = "credentials_missing"


def accounts() -> QuerySet[NetworkAccount]:
    """All of them by name, without what opens them."""
    return NetworkAccount.objects.defer("access_token").order_by("name")


class _StoredToken:
    """The adapter's access token, kept with its account so that every process shares one."""

    def __init__(self, account: NetworkAccount) -> None:
        self._account = account

    def load(self) -> str:
        return NetworkAccount.objects.values_list("access_token", flat=True).get(pk=self._account.pk)

    def save(self, token: str) -> None:
        self._account.access_token = token
        self._account.save(update_fields=["access_token"])


def connect(*, account: NetworkAccount) -> Network:
    """The account's network, ready to be asked. Raises CredentialsMissing when staff have not entered them all."""
    kind = network_class(account.network)
    credentials = account.credentials
    missing = [name for name in kind.credential_names if not credentials.get(name)]
    if missing:
        raise CredentialsMissing(f"{account.name}: enter {', '.join(missing)} first.")
    return kind(
        credentials=credentials,
        base_url=account.base_url or kind.default_base_url,
        http=http.client(read_timeout=settings.EGRESS_READ_SECONDS),
        tokens=_StoredToken(account),
        clock=timezone.now,
    )


def check_account(*, account: NetworkAccount) -> str:
    """The network accepts the credentials, and an account that it had refused works again; returns what it said."""
    said = connect(account=account).check_credentials()
    NetworkAccount.objects.filter(pk=account.pk).update(refusal="")
    return said


def switch_off(*, account: NetworkAccount, refusal: http.Refused) -> None:
    """The account is asked no more until staff have checked it; the reason is shown to them."""
    NetworkAccount.objects.filter(pk=account.pk).update(refusal=str(refusal)[:500])


# Hot path: one statement finds the account by its token, stores the message or counts its repeat, and makes it
# waiting again, for a repeat may report what a first reading was too early to see.
_RECEIVE = """
INSERT INTO networks_inboundmessage (account_id, digest, method, content_type, query, body, times, received_at,
    last_received_at, error, attempts, next_attempt_at)
SELECT a.id, %(digest)s, %(method)s, %(content_type)s, %(query)s, %(body)s, 1, %(at)s, %(at)s, '', 0, %(at)s
FROM networks_networkaccount a WHERE a.postback_token = %(token)s
ON CONFLICT (account_id, digest) DO UPDATE SET times = networks_inboundmessage.times + 1,
    last_received_at = excluded.last_received_at, next_attempt_at = excluded.next_attempt_at,
    processed_at = NULL, parked_at = NULL, error = '', attempts = 0
RETURNING id
"""


def receive(
    *, token: str, method: str, content_type: str, query: str, body: bytes, at: datetime
) -> uuid.UUID | None:
    """The message is stored, once, however often it comes; None when no account has this token."""
    if not (token.isascii() and token.isprintable()):
        return None
    row = statements.fetch_one(
        _RECEIVE,
        {
            "token": token,
            "digest": hashlib.sha256("\n".join([method, content_type, query, ""]).encode() + body).digest(),
            "method": method,
            "content_type": content_type,
            "query": query,
            "body": body,
            "at": at,
        },
    )
    if row is None:
        return None
    doorbell.ring_soon("transactions.tasks.sweep_inbox")
    message_id: uuid.UUID = row[0]
    return message_id


def park_row(*, account: NetworkAccount, error: Unreadable, at: datetime) -> None:
    """A row of the network's own report that we cannot read is kept like a message, parked for staff to see."""
    text = json.dumps(error.raw, ensure_ascii=False, default=str, sort_keys=True)
    body = text.encode("utf-8", "backslashreplace")
    InboundMessage.objects.update_or_create(
        account=account,
        digest=hashlib.sha256(b"report\n" + body).digest(),
        defaults={"error": str(error), "parked_at": at, "processed_at": None, "last_received_at": at},
        create_defaults={
            "method": InboundMessage.REPORT,
            "content_type": "application/json",
            "body": body,
            "received_at": at,
            "last_received_at": at,
            "next_attempt_at": at,
            "parked_at": at,
            "error": str(error),
        },
    )


def read_fields(message: InboundMessage) -> Mapping[str, str]:
    """The message's named values: of the query and a form or JSON body. Raises Unreadable for any other body."""
    fields = dict(parse_qsl(message.query, keep_blank_values=True))
    body = bytes(message.body)
    if not body.strip():
        return fields
    try:
        text = body.decode()
        if text.lstrip().startswith("{"):
            fields |= {
                str(key): "" if value is None else str(value) for key, value in json.loads(text).items()
            }
        else:
            fields |= dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    except (ValueError, RecursionError) as error:
        raise Unreadable("body", body[:200], "is neither a form nor a JSON object") from error
    return fields


@transaction.atomic
def replay(*, message: InboundMessage, at: datetime) -> None:
    """The message waits for processing again, from its first attempt."""
    InboundMessage.objects.filter(pk=message.pk).update(
        processed_at=None, parked_at=None, error="", attempts=0, next_attempt_at=at
    )
    doorbell.ring("transactions.tasks.process_inbox", id=str(message.pk))
