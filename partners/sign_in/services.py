"""Signing in without a partner's site: an address, a code sent to it, a session."""

import secrets
from datetime import datetime

from django.db import transaction

from cashback.lib import ids
from partners import pilot
from partners.models import MailCode, Shopper, Storefront
from partners.notices.services import post
from partners.sign_in import addresses, codes


@transaction.atomic
def ask_for_code(*, storefront: Storefront, typed: str, language: str, at: datetime) -> str:
    """A letter is on its way to the address, whoever has it, and the handle of its code is returned. Nothing here says
    whether the address is known or invited: only the letter does. Raises NotAnAddress or TooOften."""
    email = addresses.normal(typed)
    issued = codes.issue(storefront=storefront, email=email, purpose=MailCode.Purpose.SIGN_IN, at=at)
    if pilot.may_enter(storefront, email):
        letter, context = "sign_in_code", {"code": issued.code, "minutes": codes.LIFE.seconds // 60}
    else:
        # The same work, and a friendly word instead of a code: nobody learns from here who is invited.
        letter, context = "sign_in_not_yet", {}
    post(storefront=storefront, to=email, language=language, letter=letter, context=context, at=at)
    return ids.suffix(issued.row.pk)


def sign_in(*, waiting: MailCode, typed: str, language: str, at: datetime) -> Shopper:
    """Whoever reads the address's letters is signed in; a first-time shopper exists from now on. Raises CodeRefused."""
    with transaction.atomic():
        refusal = codes.spend(row_id=waiting.pk, typed=typed, at=at)
        shopper = None if refusal else _shopper_of(waiting, language=language, at=at)
    if refusal:
        raise refusal
    return shopper


def _shopper_of(waiting: MailCode, *, language: str, at: datetime) -> Shopper:
    shopper, _is_new = Shopper.objects.update_or_create(
        partner_id=waiting.partner_id,
        storefront_id=waiting.storefront_id,
        email=waiting.email,
        signs_in_by_email=True,
        defaults={"last_seen_at": at},
        create_defaults={
            "external_id": f"mail-{secrets.token_hex(10)}",
            "email_confirmed_at": at,
            "locale": language,
            "last_seen_at": at,
        },
    )
    return shopper
