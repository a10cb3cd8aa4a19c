"""What the integrator's checklist is read from: notes of how each step last went, one a minute at most of each kind.

A door notes what it saw after it has done its work. A cache that is out of reach costs a note, never an answer.
"""

import hashlib
import logging
from datetime import datetime

from django.core.cache import cache
from redis.exceptions import RedisError

from cashback.lib.errors import DomainError
from partners import sightings
from partners.models import Storefront

logger = logging.getLogger(__name__)

_SECONDS = 60
# The code of what comes from a page that may not show the storefront.
STRANGER = "origin_not_listed"


def frame(storefront: Storefront, *, origin: str, at: datetime) -> None:
    """The frame was asked for by a page of this origin."""
    code = "" if origin in storefront.embed_origins else STRANGER
    _note(storefront, "frame_loaded", origin=origin, code=code, at=at)


def token(
    storefront: Storefront, *, at: datetime, origin: str = "", refusal: DomainError | None = None
) -> None:
    """A launch token was brought, and signed somebody on or was refused."""
    if refusal is None:
        _note(storefront, "token", origin=origin, code="", at=at)
        _note(storefront, "signed_on", origin=origin, code="", at=at)
    else:
        _note(storefront, "token", origin=origin, code=refusal.code, at=at)


def cookie(storefront: Storefront, *, is_kept: bool, at: datetime) -> None:
    """Whether the browser brought the frame's cookie back. Where it does not, the frame works without."""
    _note(storefront, "cookie", origin="", code="" if is_kept else "cookie_refused", at=at)


def _note(storefront: Storefront, step: str, *, origin: str, code: str, at: datetime) -> None:
    # Strangers count as one, or each origin that somebody makes up would be a row more.
    who = "" if code == STRANGER else origin
    name = hashlib.sha256(f"{step}|{who}|{code}".encode("utf-8", "replace")).hexdigest()[:24]
    try:
        is_first = cache.add(f"seen:{storefront.pk.hex}:{name}", 1, timeout=_SECONDS)
    except (RedisError, OSError):
        logger.warning("The cache is out of reach; the checklist misses a %s.", step)
        return
    if is_first:
        sightings.note(storefront=storefront, step=step, origin=origin, code=code, at=at)
