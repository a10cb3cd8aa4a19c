"""The page between a storefront and a shop: its signed address, what it promises, and what it learns of the browser.

The address carries all that the page needs to send the shopper on, so that it works without a cookie, and a reload
makes no second click.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer
from django.db.models import Q

from cashback.lib import sight
from cashback.lib.errors import DomainError
from offers import promises
from offers.catalogue import Face
from transactions.click_out.clicks import Departure
from transactions.models import Click

LIFE = timedelta(minutes=30)
_signer = Signer(salt="transactions.way_out")
# On to the shop without a page: the partner has shown its own.
_STRAIGHT = 1


class WayOutRefused(DomainError):
    """Forged, or worn out: then `departure` is what it was, and tells the way back."""

    code = "way_out_refused"

    def __init__(self, message: str, *, code: str | None = None, departure: Departure | None = None) -> None:
        super().__init__(message, code=code)
        self.departure = departure


@dataclass(frozen=True, slots=True)
class Promise:
    """What the shopper was promised when they clicked. `is_up_to` says that other orders earn less."""

    shop: Face
    reward: str
    is_up_to: bool
    tracks: str
    confirms: str


def issue(departure: Departure, *, at: datetime) -> str:
    """URL-safe text that `read` accepts for thirty minutes."""
    told = [departure.partner_id.hex, departure.click_id.hex, departure.address, int((at + LIFE).timestamp())]
    return _signer.sign_object(told if departure.has_interstitial else [*told, _STRAIGHT], compress=True)


def read(token: str, *, at: datetime) -> Departure:
    """The departure behind the text. Raises WayOutRefused, with code way_out_expired when it was good once."""
    try:
        partner_hex, click_hex, address, until, *straight = _signer.unsign_object(token)
    except BadSignature as error:
        raise WayOutRefused("This link is not one of ours.") from error
    departure = Departure(
        uuid.UUID(partner_hex), uuid.UUID(click_hex), address, has_interstitial=not straight
    )
    if datetime.fromtimestamp(until, tz=UTC) <= at:
        raise WayOutRefused("This link has expired.", code="way_out_expired", departure=departure)
    return departure


def find_click(departure: Departure) -> Click | None:
    clicks = Click.objects.select_related("merchant", "offer__measured", "shopper")
    with sight.of_partner(departure.partner_id):
        return clicks.filter(pk=departure.click_id).first()


def promise(click: Click, *, at: datetime) -> Promise:
    """The reward as the click froze it, whatever has changed since; the times as they are known now."""
    measured = getattr(click.offer, "measured", None)
    return Promise(
        shop=Face.of(click.merchant),
        reward=promises.reward(
            percent=click.best_percent,
            fixed_minor=click.best_fixed_minor,
            currency=click.currency,
            share=click.shopper_percent,
        ),
        is_up_to=click.offer.rates.in_force(at=at).count() > 1,
        tracks=promises.tracks(measured).text,
        confirms=promises.confirms(click.offer, measured).text,
    )


def note_evidence(*, departure: Departure, blocker_seen: bool, cookies_kept: bool, at: datetime) -> None:
    """The click says what stood between the shopper and their cashback. A clean word is final; a bad one stands until
    the shopper has mended it and looked again."""
    is_open = Q(evidence_at=None) | Q(blocker_seen=True) | Q(cookies_kept=False)
    with sight.of_partner(departure.partner_id):
        Click.objects.filter(is_open, pk=departure.click_id).update(
            blocker_seen=blocker_seen, cookies_kept=cookies_kept, evidence_at=at
        )
