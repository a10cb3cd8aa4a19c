"""Shops' logos, fetched once and served from our own host: a shopper's browser never asks a network's.

The bytes come from strangers, so what we keep is a picture that we have drawn anew, small, in one format.
"""

import hashlib
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from cashback.lib import http, pictures
from offers import rules
from offers.models import Merchant, MerchantLogo

logger = logging.getLogger(__name__)

BOX = (240, 120)
LARGEST_FILE = 1024 * 1024
MOST_PIXELS = 10_000_000
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "ICO")
TRY_AGAIN_AFTER = timedelta(days=7)
AT_ONCE = 8
# Between batches we look at the clock; the slowest batch takes four times a request's whole time-out.
BATCH = 4 * AT_ONCE
REQUEST_SECONDS = 20


class NotALogo(Exception):
    """The bytes are no picture that we can draw."""


@dataclass(slots=True)
class Fetched:
    """Merchants with a new logo, merchants whose address failed, and merchants left for the next time."""

    stored: int = 0
    failed: int = 0
    left: int = 0


def due(*, at: datetime) -> "QuerySet[Merchant]":
    """Merchants whose logo's address is new to us, or failed a week ago."""
    is_new = ~Q(logo_tried_url=F("logo_url"))
    failed_long_ago = Q(logo_failed_at__lt=at - TRY_AGAIN_AFTER)
    return Merchant.objects.exclude(logo_url="").filter(is_new | failed_long_ago)


def fetch(
    *, at: datetime, within_seconds: float = 600, progress: Callable[[int], None] = lambda merchants: None
) -> Fetched:
    """Every merchant due has been tried, as far as the time allows; an address that fails is left alone for a
    week. `progress` hears how many merchants each address served."""
    ends = time.monotonic() + within_seconds
    fetched = Fetched()
    client = http.client(max_bytes=LARGEST_FILE, total_timeout=REQUEST_SECONDS, pauses=())
    merchants = defaultdict(list)
    for pk, url in due(at=at).order_by("logo_url", "pk").values_list("pk", "logo_url"):
        merchants[url].append(pk)
    urls = list(merchants)
    with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
        for start in range(0, len(urls), BATCH):
            batch = urls[start : start + BATCH]
            if time.monotonic() > ends:
                fetched.left += sum(len(merchants[url]) for url in batch)
                continue
            for url, content in zip(
                batch, threads.map(lambda url: _content(client, url), batch), strict=True
            ):
                _store(url, content, merchants[url], fetched, at=at)
                progress(len(merchants[url]))
    if fetched.stored:
        rules.turn()
    return fetched


def redraw(content: bytes) -> bytes:
    """The picture as WebP within BOX, still, without whatever else the file carried. Raises NotALogo."""
    try:
        return pictures.webp(pictures.redrawn(content, formats=FORMATS, box=BOX, most_pixels=MOST_PIXELS))
    except pictures.NotAPicture as error:
        raise NotALogo(str(error)) from error


def _content(client: http.Client, url: str) -> bytes | None:
    """The redrawn logo; None, with a line in the log, when there is none to be had."""
    try:
        _content_type, content = client.get_bytes(url, max_bytes=LARGEST_FILE)
        return redraw(content)
    except (http.Unavailable, http.Refused, NotALogo) as error:
        logger.warning("No logo from %s: %s", url.partition("?")[0], error)
        return None


def _store(
    url: str, content: bytes | None, merchants: Iterable[object], fetched: Fetched, *, at: datetime
) -> None:
    tried = Merchant.objects.filter(pk__in=merchants)
    if content is None:
        # A picture that we had from an earlier address stays: an old logo is better than none.
        fetched.failed += tried.update(logo_tried_url=url, logo_failed_at=at)
        return
    digest = hashlib.sha256(content).hexdigest()[:16]
    MerchantLogo.objects.get_or_create(
        digest=digest, defaults={"content": content, "content_type": pictures.CONTENT_TYPE}
    )
    fetched.stored += tried.update(logo_digest=digest, logo_tried_url=url, logo_failed_at=None)
