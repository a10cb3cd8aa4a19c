"""How often somebody may ask: counters in the cache, by fixed windows of time. A cache that is out of reach lets them
in and is logged; what must hold in any case is counted in the database."""

import logging
from datetime import datetime
from ipaddress import IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from cashback.lib.errors import DomainError

logger = logging.getLogger(__name__)


class TooOften(DomainError):
    """Asked too often; worth another try after `wait` seconds."""

    code = "too_often"

    def __init__(self, wait: int) -> None:
        super().__init__(str(_("That was too often. Please wait a little.")))
        self.wait = wait


def count(what: str, *, by: str, most: int, seconds: int, at: datetime) -> int:
    """One more of `what` by this client or shopper: how many are left. Raises TooOften beyond `most` within a window of
    `seconds`."""
    key, passed = _counter(what, by=by, seconds=seconds, at=at)
    try:
        cache.add(key, 0, timeout=seconds)
        times = cache.incr(key)
    except (RedisError, OSError, ValueError):
        logger.warning("The cache is out of reach; %s goes uncounted.", what)
        return most
    if times > most:
        raise TooOften(wait=seconds - passed)
    return most - times


def check(what: str, *, by: str, most: int, seconds: int, at: datetime) -> None:
    """Raises TooOften where `most` have been counted; counts nothing itself."""
    key, passed = _counter(what, by=by, seconds=seconds, at=at)
    try:
        times = cache.get(key, 0)
    except (RedisError, OSError):
        return
    if times >= most:
        raise TooOften(wait=seconds - passed)


def _counter(what: str, *, by: str, seconds: int, at: datetime) -> tuple[str, int]:
    """The window's counter, and how much of the window has passed."""
    window, passed = divmod(int(at.timestamp()), seconds)
    # Keyed: whoever reads the cache learns no address from it.
    who = salted_hmac("partners.limits", by, algorithm="sha256").hexdigest()[:32]
    return f"limit:{what}:{who}:{window}", passed


def address_of(request: HttpRequest) -> str:
    """The address that asks: behind our proxy the one that the proxy saw."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        # Only the last hop was written by our proxy; the client may have written any before it.
        address = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or address
    return address


def client_of(request: HttpRequest) -> str:
    """The address that asks, as one counts. Of IPv6 the /64, which is one household."""
    address = address_of(request)
    try:
        seen = ip_address(address)
    except ValueError:
        return address
    if seen.version == 4:
        return str(seen)
    # `::ffff:192.0.2.1` is how a dual-stack socket writes an IPv4 address: all of these share one /64.
    return str(seen.ipv4_mapped or IPv6Network((int(seen), 64), strict=False))
