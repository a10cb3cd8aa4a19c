"""What shoppers can do about what we know of them: say how to reach them, take it with them, have it erased."""

import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from cashback.lib import ids
from cashback.lib.errors import DomainError
from partners import merging, personal_data
from partners.models import MailCode, OutboxEvent, PilotShopper, Shopper
from partners.notices.services import post
from partners.services import emit
from partners.sign_in import addresses, codes

# How long the event that tells a partner of an erasure goes on naming the shopper.
PARTNER_HEARS_WITHIN = timedelta(days=30)


class AddressRefused(DomainError):
    """The address stays as it was; the message says why."""

    code = "address_refused"


class ErasureRefused(DomainError):
    """Nothing has been erased. `unanswered` names the questions that wait, `not_now` was the shopper's own answer."""

    code = "unanswered"

    def __init__(
        self, message: str, *, code: str = "unanswered", unanswered: list[str] | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.unanswered = unanswered or []


@transaction.atomic
def ask_to_confirm(*, shopper: Shopper, typed: str, language: str, at: datetime) -> str:
    """A code is on its way to the new address; until it is typed the old one stands. Returns the code's handle, and
    raises AddressRefused, NotAnAddress or TooOften."""
    email = addresses.normal(typed)
    if shopper.email == email and shopper.email_confirmed_at:
        raise AddressRefused(_("This is your address already."), code="address_known")
    issued = codes.issue(
        storefront=shopper.storefront, email=email, purpose=MailCode.Purpose.CONFIRM, shopper=shopper, at=at
    )
    post(
        storefront=shopper.storefront,
        to=email,
        language=language,
        letter="confirm_email",
        context={"code": issued.code, "minutes": codes.LIFE.seconds // 60},
        unsubscribe=shopper,
        at=at,
    )
    return ids.suffix(issued.row.pk)


def confirm(*, waiting: MailCode, shopper: Shopper, typed: str, language: str, at: datetime) -> None:
    """The address is the shopper's, confirmed, and the one before hears of it. Raises CodeRefused, and AddressRefused
    where somebody else signs in with it: only who reads its letters learns that."""
    with transaction.atomic():
        # The shopper before the code, as an erasure takes them.
        locked = Shopper.objects.select_for_update().get(pk=shopper.pk)
        refusal: DomainError | None = codes.spend(row_id=waiting.pk, typed=typed, at=at)
        if refusal is None:
            refusal = _move(locked, to=waiting.email, language=language, at=at)
    if refusal:
        raise refusal


def remove_email(*, shopper: Shopper) -> None:
    """Nobody writes to the shopper any more. Raises AddressRefused where the address is how they sign in."""
    if shopper.signs_in_by_email:
        raise AddressRefused(_("You sign in with this address, so it can only be changed."))
    MailCode.objects.filter(shopper=shopper).delete()
    shopper.email, shopper.email_confirmed_at = "", None
    shopper.save(update_fields=["email", "email_confirmed_at"])


def export(*, shopper: Shopper, at: datetime) -> dict[str, Any]:
    """Everything that we hold of the shopper, room by room, as JSON."""
    return {
        "storefront": shopper.storefront.name,
        "partner": shopper.partner.name,
        "made_at": at.isoformat(timespec="seconds"),
        **{keeper.name: keeper.export(shopper) for keeper in personal_data.keepers()},
    }


@transaction.atomic
def erase(*, shopper: Shopper, answers: Mapping[str, str], at: datetime) -> None:
    """Nothing here names the shopper any more, and their partner will hear of it. What the books say stays, under a
    pseudonym. A second time changes nothing. Raises ErasureRefused until every question has its answer."""
    locked = Shopper.objects.select_for_update().select_related("storefront").get(pk=shopper.pk)
    if locked.erased_at:
        return
    given = _answers(locked, answers)
    emit(
        partner_id=locked.partner_id,
        type=personal_data.DELETED,
        subject_id=locked.pk,
        payload={"shopper": locked.external_id, "storefront": locked.storefront.slug},
        at=at,
    )
    _forget(locked, given, at=at)


def unfinished_erasures(*, at: datetime) -> list[uuid.UUID]:
    """Erased shoppers of whom something has come in since."""
    return sorted({shopper.pk for keeper in personal_data.keepers() for shopper in keeper.unfinished(at)})


@transaction.atomic
def finish_erasure(*, shopper_id: uuid.UUID, at: datetime) -> None:
    """What has come in of the erased shopper since is put away too."""
    locked = Shopper.objects.select_for_update().filter(pk=shopper_id, erased_at__isnull=False).first()
    if locked and locked.merged_into:
        merging.bring_along(locked, locked.merged_into, at=at)
    elif locked:
        _forget(locked, {}, at=at)


def forget_who_left(*, at: datetime) -> int:
    """The partners' time to hear of old erasures is over: how many events have lost their name."""
    told = OutboxEvent.objects.filter(
        type=personal_data.DELETED, occurred_at__lt=at - PARTNER_HEARS_WITHIN, payload__has_key="shopper"
    )
    named = told.exclude(payload__shopper=None)
    return named.update(payload=personal_data.merged(F("payload"), {"shopper": None}))


def pseudonym() -> str:
    return f"erased-{secrets.token_hex(10)}"


def _forget(locked: Shopper, answers: dict[str, str], *, at: datetime) -> None:
    # From the highest room down: who the shopper is goes last, for the others may still look for it.
    for keeper in reversed(personal_data.keepers()):
        keeper.erase(locked, answers, at)
    personal_data.rename_in_outbox(locked)


def _answers(shopper: Shopper, answers: Mapping[str, str]) -> dict[str, str]:
    questions = personal_data.questions(shopper)
    given = {question.name: answers.get(question.name, "") for question in questions}
    if personal_data.NOT_NOW in given.values():
        raise ErasureRefused(_("Nothing has been deleted."), code="not_now")
    unanswered = [
        question.name
        for question in questions
        if given[question.name] not in [value for value, _words in question.choices]
    ]
    if unanswered:
        raise ErasureRefused(_("Please choose first what should happen."), unanswered=unanswered)
    return given


def _move(shopper: Shopper, *, to: str, language: str, at: datetime) -> AddressRefused | None:
    was = shopper.email if shopper.email_confirmed_at else ""
    shopper.email, shopper.email_confirmed_at = to, at
    try:
        with transaction.atomic():
            shopper.save(update_fields=["email", "email_confirmed_at"])
    except IntegrityError:
        return AddressRefused(_("Another account signs in with this address."), code="address_taken")
    if not was or was == to:
        return None
    if shopper.signs_in_by_email:
        _move_invitation(shopper, was=was, to=to)
    post(
        storefront=shopper.storefront,
        to=was,
        language=language,
        letter="email_changed",
        context={"address": addresses.veiled(to)},
        unsubscribe=shopper,
        at=at,
    )
    return None


def _move_invitation(shopper: Shopper, *, was: str, to: str) -> None:
    """Whoever was invited to a pilot by their address stays invited under the new one."""
    invited = PilotShopper.objects.filter(storefront=shopper.storefront)
    if not invited.filter(name=to).exists():
        invited.filter(name=was).update(name=to)
