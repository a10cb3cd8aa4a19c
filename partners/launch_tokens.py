"""Launch tokens that we mint at a partner's request: opaque, for one sign-on within two minutes, kept as digests."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners.models import LaunchToken, Storefront

LIFE = timedelta(seconds=120)


class LaunchRefused(DomainError):
    """The launch token opens nothing. The message tells shopper and integrator what to do."""

    code = "launch_refused"


@dataclass(frozen=True, slots=True)
class Launch:
    """Who signs on by a token. `return_origin` is the host page that it was made for; "" is any."""

    external_id: str
    locale: str
    return_origin: str = ""


@dataclass(frozen=True, slots=True)
class Minted:
    token: str
    expires_at: datetime


def mint(
    *, storefront: Storefront, external_id: str, locale: str, return_origin: str, at: datetime
) -> Minted:
    """A token exists that signs the shopper on once. Its text is returned and kept nowhere."""
    token = secrets.token_urlsafe(32)
    row = LaunchToken.objects.create(
        digest=_digest(token),
        partner_id=storefront.partner_id,
        storefront=storefront,
        external_id=external_id,
        locale=locale,
        return_origin=return_origin,
        expires_at=at + LIFE,
    )
    return Minted(token, row.expires_at)


# One statement decides who of several that bring the token at once is first.
_SPEND = """
UPDATE partners_launchtoken SET used_at = %(at)s
WHERE digest = %(digest)s AND storefront_id = %(storefront)s AND used_at IS NULL AND expires_at > %(at)s
RETURNING digest, external_id, locale, return_origin
"""


def spend(*, storefront: Storefront, token: str, at: datetime) -> Launch:
    """The token is used up, by this call alone. Raises LaunchRefused."""
    words = {"digest": _digest(token), "storefront": storefront.pk, "at": at}
    for row in LaunchToken.objects.raw(_SPEND, words):
        return Launch(row.external_id, row.locale, row.return_origin)
    raise _refusal(storefront, token, at=at)


def forget(*, at: datetime) -> int:
    """Tokens that nobody can use any more are gone."""
    count, _by_model = LaunchToken.objects.filter(expires_at__lt=at - LIFE).delete()
    return count


def _refusal(storefront: Storefront, token: str, *, at: datetime) -> LaunchRefused:
    """Why, to the partner whose token it is; of another's it is not even said that there is one."""
    own = LaunchToken.objects.filter(digest=_digest(token), partner_id=storefront.partner_id)
    row = own.first()
    if row is None:
        return LaunchRefused(_("We never made this sign-on token, or forgot it."), code="token_invalid")
    if row.storefront_id != storefront.pk:
        return LaunchRefused(_("The sign-on token is for another storefront."), code="token_foreign")
    if row.used_at:
        return LaunchRefused(_("This link has been used already."), code="token_spent")
    return LaunchRefused(_("This link has expired."), code="token_expired")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
