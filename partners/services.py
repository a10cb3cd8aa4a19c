"""What can happen to partners and their shoppers."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cashback.lib import doorbell, ids
from partners import launch_tokens, pilot
from partners.launch_tokens import Launch, LaunchRefused
from partners.models import OutboxEvent, Partner, Shopper, SpentLaunchToken, Storefront, new_secret

LOCALES = frozenset(dict(settings.LANGUAGES))
LAUNCH_TOKEN_LIFE = launch_tokens.LIFE
CLOCK_SKEW = timedelta(seconds=10)
_LONGEST_TOKEN = 4096
# JSON can say it and a text column cannot hold it: a NUL, or half a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@transaction.atomic
def sign_on(
    *, storefront: Storefront, token: str, at: datetime, origin: str = "", locale: str = ""
) -> Shopper:
    """The token's shopper exists and the token is spent, whether the partner signed it or we made it for them.

    `origin` is the page around the frame and `locale` the language that it speaks, "" where there is none. Raises
    LaunchRefused, and then nothing has changed.
    """
    if not token or len(token) > _LONGEST_TOKEN:
        raise LaunchRefused(_("The link carries no sign-on token."), code="token_missing")
    # A token of ours has no dot in it, and a JWT has two.
    spend = _spend_signed if "." in token else launch_tokens.spend
    launch = spend(storefront=storefront, token=token, at=at)
    if origin and launch.return_origin not in ("", origin):
        raise LaunchRefused(_("The sign-on token is for another page."), code="token_wrong_origin")
    if not pilot.may_enter(storefront, launch.external_id):
        raise LaunchRefused(_("This storefront is not open to everybody yet."), code="not_in_pilot")
    said = next(({"locale": each} for each in (locale, launch.locale) if each in LOCALES), {})
    shopper, _created = Shopper.objects.update_or_create(
        partner=storefront.partner,
        storefront=storefront,
        external_id=launch.external_id,
        defaults={"last_seen_at": at, **said},
    )
    if shopper.erased_at:
        raise LaunchRefused(_("This shopper's account has been deleted."), code="shopper_erased")
    return shopper


def choose_language(*, shopper: Shopper, language: str) -> None:
    """The shopper reads the storefront in this language, whatever the partner says of them."""
    Shopper.objects.filter(pk=shopper.pk).update(chosen_locale=language)


def _spend_signed(*, storefront: Storefront, token: str, at: datetime) -> Launch:
    """A token that the partner minted; its claims are in the integration contract."""
    claims = _read_launch_token(storefront=storefront, token=token, at=at)
    try:
        with transaction.atomic():
            SpentLaunchToken.objects.create(
                partner=storefront.partner,
                jti=claims["jti"],
                expires_at=datetime.fromtimestamp(claims["exp"], tz=at.tzinfo) + CLOCK_SKEW,
            )
    except IntegrityError as error:
        raise LaunchRefused(_("This link has been used already."), code="token_spent") from error
    locale = claims.get("locale", "")
    return Launch(claims["sub"], locale if isinstance(locale, str) else "")


def _read_launch_token(*, storefront: Storefront, token: str, at: datetime) -> dict[str, Any]:
    partner = storefront.partner
    try:
        algorithm = jwt.get_unverified_header(token).get("alg")
        is_asymmetric = algorithm == "EdDSA" and partner.sso_public_key
        claims: dict[str, Any] = jwt.decode(
            token,
            partner.sso_public_key if is_asymmetric else partner.sso_secret,
            algorithms=["EdDSA"] if is_asymmetric else ["HS256"],
            audience="cashback",
            issuer=partner.slug,
            # Times are checked below against the caller's clock.
            options={
                "require": ["iss", "aud", "sub", "jti", "iat", "exp"],
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise LaunchRefused(
            _("The sign-on token is not one that this partner signed."), code="token_invalid"
        ) from error
    _check_times(claims, at=at)
    _check_names(claims, storefront=storefront)
    return claims


def _check_times(claims: Mapping[str, Any], *, at: datetime) -> None:
    issued, expires, now = claims["iat"], claims["exp"], at.timestamp()
    begins = claims.get("nbf", issued)
    if not all(isinstance(value, (int, float)) and abs(value) < 2**40 for value in (issued, begins, expires)):
        raise LaunchRefused(_("The sign-on token's times are not numbers."), code="token_invalid")
    if expires - issued > LAUNCH_TOKEN_LIFE.total_seconds():
        raise LaunchRefused(_("The sign-on token lives longer than 120 seconds."), code="token_too_long")
    if max(issued, begins) > now + CLOCK_SKEW.total_seconds():
        raise LaunchRefused(_("The sign-on token is from the future; check the clock."), code="token_early")
    if expires <= now - CLOCK_SKEW.total_seconds():
        raise LaunchRefused(_("This link has expired."), code="token_expired")


def _check_names(claims: Mapping[str, Any], *, storefront: Storefront) -> None:
    for name, longest in (("sub", 128), ("jti", 128)):
        value = claims[name]
        if not isinstance(value, str) or not 0 < len(value) <= longest or _UNSTORABLE.search(value):
            raise LaunchRefused(
                _("The sign-on token's %(claim)s is not a short text.") % {"claim": name},
                code="token_invalid",
            )
    if ids.from_public_or_none("shp", claims["sub"]):
        raise LaunchRefused(
            _("The sign-on token's sub is of the form of our own ids, shp_…: send your own."),
            code="token_invalid",
        )
    if claims.get("storefront", storefront.slug) != storefront.slug:
        raise LaunchRefused(_("The sign-on token is for another storefront."), code="token_foreign")


def emit(
    *, partner_id: uuid.UUID, type: str, subject_id: uuid.UUID, payload: Mapping[str, Any], at: datetime
) -> OutboxEvent:
    """The event is in the outbox if, and only if, the caller's transaction commits."""
    doorbell.ring_soon("partners.webhooks.tasks.sweep")
    return OutboxEvent.objects.create(
        partner_id=partner_id, type=type, subject_id=subject_id, payload=dict(payload), occurred_at=at
    )


def forget_spent_tokens(*, at: datetime) -> int:
    """Expired launch tokens are forgotten: their own expiry refuses them now."""
    count, _by_model = SpentLaunchToken.objects.filter(expires_at__lt=at).delete()
    return count + launch_tokens.forget(at=at)


def renew_sso_secret(*, partner: Partner) -> str:
    """Launch tokens need the new secret from now on. It is returned to be shown once."""
    secret = new_secret()
    partner.sso_secret = secret
    partner.save(update_fields=["sso_secret"])
    return secret
