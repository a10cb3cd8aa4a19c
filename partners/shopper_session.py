"""Who is shopping: a signed word of ours, one per storefront, so that two storefronts never mix.

It travels in a cookie named after the storefront or, where a frame's cookies do not stick, as a bearer in the memory
of the frame's script. Both say the same; they are signed apart, and the bearer lives for minutes.
"""

import time
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from partners import pilot
from partners.embed.partitioned import partition
from partners.models import Shopper, Storefront

LOOKS = ("", "light", "dark")

_LIFE_SECONDS = 12 * 3600
_COOKIE_SALT = "partners.shopper_session"
_BEARER_SALT = "partners.shopper_session.bearer"
_BEARER = "Bearer "


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-on, as the browser brings it back. `since` is the second in which the shopper signed on."""

    storefront_id: uuid.UUID
    shopper_id: uuid.UUID
    since: int
    look: str = ""
    is_embedded: bool = False

    @property
    def _words(self) -> list[object]:
        return [self.storefront_id.hex, self.shopper_id.hex, self.since, self.look, self.is_embedded]

    def as_cookie(self) -> str:
        return signing.dumps(self._words, salt=_COOKIE_SALT)

    def as_bearer(self) -> str:
        return signing.dumps(self._words, salt=_BEARER_SALT)


def begin(shopper: Shopper, *, look: str = "", is_embedded: bool = False) -> Session:
    return Session(shopper.storefront_id, shopper.pk, int(time.time()), look, is_embedded)


def cookie_name(storefront: Storefront, *, is_secure: bool) -> str:
    """With https the browser itself keeps the name to this very host (`__Host-`)."""
    return f"__Host-cb-{storefront.slug}" if is_secure else f"cb-{storefront.slug}"


def brings_bearer(request: HttpRequest) -> bool:
    return request.headers.get("Authorization", "").startswith(_BEARER)


def of_request(request: HttpRequest, *, storefront: Storefront) -> Session | None:
    """The bearer's session where there is a bearer, else the cookie's; None for a guest, an old one or a forged one."""
    if brings_bearer(request):
        bearer = request.headers["Authorization"].removeprefix(_BEARER)
        return _read(bearer, storefront, salt=_BEARER_SALT, life=settings.BEARER_SECONDS)
    return of_cookie(request, storefront=storefront)


def of_cookie(request: HttpRequest, *, storefront: Storefront) -> Session | None:
    """Two cookies of one name may arrive, one of the frame's partition and one beside it: the latest sign-on counts."""
    return max(_of_cookies(request, storefront), key=lambda session: session.since, default=None)


def shopper_of(session: Session | None, *, storefront: Storefront) -> Shopper | None:
    """The session's shopper, unless they have been erased or the storefront is not open to them now."""
    if session is None:
        return None
    shopper = storefront.shoppers.filter(pk=session.shopper_id, erased_at=None).first()
    return shopper if shopper and pilot.may_shop(storefront, shopper) else None


def start(
    response: HttpResponse,
    *,
    request: HttpRequest,
    shopper: Shopper,
    storefront: Storefront,
    look: str = "",
    is_embedded: bool = False,
) -> Session:
    """The browser brings the shopper back with every request from now on."""
    session = begin(shopper, look=look, is_embedded=is_embedded)
    keep(response, session, request=request, storefront=storefront)
    return session


def keep(response: HttpResponse, session: Session, *, request: HttpRequest, storefront: Storefront) -> None:
    name = cookie_name(storefront, is_secure=request.is_secure())
    left = session.since + _LIFE_SECONDS - int(time.time())
    _set(response, name, session.as_cookie(), max_age=left, session=session, is_secure=request.is_secure())


def end(response: HttpResponse, *, request: HttpRequest, storefront: Storefront) -> None:
    """Forgets the shopper in this browser: each cookie is overwritten where it was written, in a partition and beside
    it. What stayed would sign them on again."""
    name = cookie_name(storefront, is_secure=request.is_secure())
    places = {session.is_embedded: session for session in _of_cookies(request, storefront)}
    for session in places.values():
        if written := response.cookies.pop(name, None):
            # The cookie keeps its name; under another key the next one does not take its place in the answer.
            response.cookies[f"{name} beside"] = written
        _set(response, name, "", max_age=0, session=session, is_secure=request.is_secure())


def _set(
    response: HttpResponse, name: str, value: str, *, max_age: int, session: Session, is_secure: bool
) -> None:
    # In a frame of another site's page only a partitioned cookie lives; plain http has none of these.
    is_partitioned = session.is_embedded and is_secure
    response.set_cookie(
        name,
        value,
        max_age=max_age,
        httponly=True,
        samesite="None" if is_partitioned else "Lax",
        secure=is_secure,
    )
    if is_partitioned:
        partition(response, name)


def _of_cookies(request: HttpRequest, storefront: Storefront) -> list[Session]:
    name = cookie_name(storefront, is_secure=request.is_secure())
    return [
        session
        for value in _cookies(request, name)
        if (session := _read(value, storefront, salt=_COOKIE_SALT, life=_LIFE_SECONDS))
    ]


def _cookies(request: HttpRequest, name: str) -> list[str]:
    """Every cookie of the name: Django's own reading keeps one of them."""
    pairs = (part.strip().partition("=") for part in request.META.get("HTTP_COOKIE", "").split(";"))
    return [value.strip('"') for found, _, value in pairs if found == name]


def _read(value: str, storefront: Storefront, *, salt: str, life: int) -> Session | None:
    try:
        storefront_hex, shopper_hex, since, look, is_embedded = signing.loads(value, salt=salt)
        session = Session(uuid.UUID(storefront_hex), uuid.UUID(shopper_hex), since, look, is_embedded)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if session.storefront_id != storefront.pk or time.time() - session.since >= life:
        return None
    return session
