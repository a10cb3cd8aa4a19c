"""The keys with which partners' servers call us: made, shown once, found again, revoked."""

import re
from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import transaction

from cashback.lib import ids, sight
from cashback.lib.errors import DomainError
from partners.keys import bearer_secrets
from partners.models import ApiKey, Partner, Scope

_SHAPE = re.compile(rf"cb_(live|test)_([0-9a-z]{{26}})_({bearer_secrets.SHAPE})")


class KeyRefused(DomainError):
    """The key opens nothing."""

    code = "key_invalid"


class RollRefused(DomainError):
    """The key has no successor."""

    code = "key_not_in_use"


def create(
    *,
    partner: Partner,
    name: str,
    scopes: Iterable[str] = Scope.values,
    allowed_networks: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """The partner has one more key. Its text is returned to be shown once: we keep its digest alone."""
    secret = bearer_secrets.new()
    key = ApiKey.objects.create(
        partner=partner,
        name=name[:80],
        secret_digest=bearer_secrets.digest(secret),
        scopes=sorted(Scope(scope) for scope in scopes),
        allowed_networks=list(allowed_networks),
        expires_at=expires_at,
        # Outside production there is nothing but sandboxes.
        is_test=settings.ENVIRONMENT != "production" or partner.sandbox_of_id is not None,
    )
    return key, f"{key.label}_{secret}"


@transaction.atomic
def roll(*, key: ApiKey, ends_at: datetime, at: datetime) -> tuple[ApiKey, str]:
    """There is a second key that may do the same, and the old one opens nothing from `ends_at` on: until then both do.
    Raises RollRefused."""
    locked = ApiKey.objects.select_for_update().select_related("partner").get(pk=key.pk)
    if not locked.is_in_use(at=at):
        raise RollRefused("This key opens nothing any more: make a new one.")
    successor = create(
        partner=locked.partner,
        name=locked.name,
        scopes=locked.scopes,
        allowed_networks=locked.allowed_networks,
        expires_at=locked.expires_at,
    )
    locked.expires_at = min(ends_at, locked.expires_at or ends_at)
    locked.save(update_fields=["expires_at"])
    return successor


def revoke(*, key: ApiKey, at: datetime) -> None:
    """The key opens nothing from now on."""
    ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)


def find(text: str, *, at: datetime, address: str = "") -> ApiKey:
    """The key of this text, with its partner, for who asks from this address; that it was used is noted to the minute.
    Nothing of it is remembered: revoked, it opens nothing at the very next call. Raises KeyRefused."""
    shape = _SHAPE.fullmatch(text)
    key = _by_suffix(shape[2]) if shape else None
    if shape is None or key is None or not bearer_secrets.is_of(key.secret_digest, shape[3]):
        raise KeyRefused("This is not a key of ours.")
    if key.is_test != (shape[1] == "test"):
        raise KeyRefused("This is not a key of ours.")
    if key.revoked_at:
        raise KeyRefused("This key has been revoked.", code="key_revoked")
    if not key.is_in_use(at=at):
        raise KeyRefused("This key has expired.", code="key_expired")
    if not key.partner.is_active:
        raise KeyRefused("This partner is closed.", code="partner_closed")
    if key.allowed_networks and not _is_within(address, key.allowed_networks):
        raise KeyRefused("This key is not for the address that you ask from.", code="key_address")
    with sight.of_partner(key.partner_id):
        bearer_secrets.note_use(key, at=at)
    return key


def _by_suffix(suffix: str) -> ApiKey | None:
    # The partner's secrets stay in the database.
    keys = ApiKey.objects.select_related("partner").defer("partner__sso_secret", "partner__sso_public_key")
    with sight.all_partners("whose key it is", is_hot=True):
        return keys.filter(pk=ids.from_suffix_or_none(suffix)).first()


def _is_within(address: str, networks: Iterable[str]) -> bool:
    try:
        seen = ip_address(address)
    except ValueError:
        return False
    # `::ffff:192.0.2.1` is how a dual-stack socket writes an IPv4 address.
    seen = getattr(seen, "ipv4_mapped", None) or seen
    return any(seen in ip_network(network) for network in networks)
