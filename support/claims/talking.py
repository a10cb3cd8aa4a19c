"""The shopper's part in an open claim: adding to it, contesting an answer, answering a question, taking it back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from support.claims import deciding, following, lodging, moves, news, opening, telling
from support.claims.models import CLOSED, Claim, ClaimEvidence, NetworkInquiry, Status, policy_of
from support.claims.opening import ClaimRefused
from support.claims.states import ACCEPTED, WITH_A_PERSON
from support.claims.triage import run as triage
from support.desk import files as desk_files
from support.desk import services as desk
from support.desk import thanks
from support.desk.models import Author, Channel, Message, StoredFile, Ticket

# Whatever of these is corrected changes what is expected.
_PRICED = {"order_minor", "order_at", "coupon_used", "goods"}
_HAS_A_PERSON = (*WITH_A_PERSON, Status.GOODWILL_PENDING)
_ANSWERED = (Status.ANSWERED_AUTO, *CLOSED)


@transaction.atomic
def add_information(
    *,
    claim: Claim,
    text: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    at: datetime,
    channel: Channel = Channel.STOREFRONT,
    **fields: Any,
) -> Message:
    """The shopper's word, files and corrections (order_no, order_at, order_minor, coupon_used, goods) are there, and
    what follows from them is done. Raises ClaimRefused, FileRefused; then nothing has changed."""
    locked = moves.lock(claim.pk)
    changed = opening.told_about(locked, at=at, **fields)
    if changed:
        if _PRICED & set(changed):
            locked.expected_minor = None
        _store(locked)
    stored = desk_files.store_all(partner_id=locked.partner_id, files=files, at=at)
    if not (text.strip() or stored or changed):
        raise ClaimRefused(_("Write something, or add a file."), code="nothing_said")
    said = desk.hear(
        ticket=locked.ticket,
        text=text or news.what_was_added(locked, changed),
        channel=channel,
        files=stored,
        at=at,
    )
    claim.refresh_from_db()
    return said


def heard(ticket: Ticket, message: Message, at: datetime) -> None:
    """A word of the shopper's came to the claim's conversation, by whatever road: it answers our question, contests our
    answer, or is for a person. Bare thanks ask for nothing."""
    claim_id = Claim.objects.filter(ticket=ticket.pk).values_list("pk", flat=True).first()
    if claim_id is None:
        return
    claim = moves.lock(claim_id)
    files = _new_files(claim, message)
    opening.attach(claim, files, at=at)
    if thanks.is_bare(message.text) and not message.attachments.exists():
        following.follow(claim, was=claim.status, why="thanks", agent=None, at=at)
        return
    if claim.status == Status.NEED_INFO or (_lapsed_unanswered(claim) and may_contest(claim, at=at)):
        _take_answer(claim, at=at)
    elif claim.status == Status.ON_ICE and files and "?" not in message.text:
        # Something to show for later: it asks nobody anything.
        deciding.retriage(claim=claim, because="information", at=at)
    elif claim.status in _ANSWERED and may_contest(claim, at=at):
        _contest(claim, at=at)
    elif claim.status != Status.TRIAGING:
        desk.ask_person(ticket=claim.ticket, why="wrote", at=at)


def may_contest(claim: Claim, *, at: datetime) -> bool:
    """Whether the shopper may send it to a person: any time while no person has it, and a while after its end."""
    if claim.status in (*_HAS_A_PERSON, Status.TRIAGING):
        return False
    if claim.closed_at is None:
        return True
    return at <= claim.closed_at + timedelta(days=policy_of(claim.partner_id).contest_days)


@transaction.atomic
def contest(*, claim: Claim, text: str = "", files: Sequence[tuple[str, bytes]] = (), at: datetime) -> Claim:
    """A person looks at it again, with what is shown for it; a closed claim begins a new cycle. While the network has
    it, it keeps it: the person answers beside that. Raises ClaimRefused, OrderIsOpen, FileRefused."""
    locked = moves.lock(claim.pk)
    stored = desk_files.store_all(partner_id=locked.partner_id, files=files, at=at)
    if locked.status not in _HAS_A_PERSON and not may_contest(locked, at=at):
        raise ClaimRefused(
            _("This claim was closed long ago. Ask us a new question, and we look at it."),
            code="too_late_to_contest",
        )
    if locked.status in _HAS_A_PERSON:
        pass
    elif locked.status in (*_ANSWERED, Status.ON_ICE, Status.NEED_INFO):
        _contest(locked, at=at, text=text, files=stored)
        text, stored = "", []
    else:
        desk.ask_person(ticket=locked.ticket, why="contested", at=at)
    if text.strip() or stored:
        desk.hear(ticket=locked.ticket, text=text, channel=Channel.STOREFRONT, files=stored, at=at)
    claim.refresh_from_db()
    return claim


@transaction.atomic
def withdraw(*, claim: Claim, at: datetime) -> Claim:
    """The shopper asks for nothing any more; what was not sent to the network is not sent."""
    locked = moves.lock(claim.pk)
    moves.move(claim=locked, to=Status.WITHDRAWN, reason="withdrawn", at=at)
    lodging.withdraw(claim=locked, at=at)
    telling.tell(locked, news.withdrawn(locked), at=at)
    claim.refresh_from_db()
    return claim


def answered_by_person(message: Message) -> None:
    """A person of ours wrote to the shopper: they have heard what the network said, and hear next when that is due."""
    if message.author != Author.AGENT or message.is_internal:
        return
    claim = Claim.objects.filter(ticket=message.ticket_id).first()
    if claim is None:
        return
    at = message.created_at
    NetworkInquiry.objects.filter(claim=claim, answered_at__isnull=False, passed_on_at=None).update(
        passed_on_at=at
    )
    telling.note_update(claim, at=at)


def _contest(claim: Claim, *, at: datetime, text: str = "", files: Sequence[StoredFile] = ()) -> None:
    moves.move(claim=claim, to=Status.IN_REVIEW, reason="contested", at=at)
    if text.strip() or files:
        desk.hear(ticket=claim.ticket, text=text, channel=Channel.STOREFRONT, files=files, at=at)
    assert claim.next_update_due is not None  # noqa: S101 - whoever waits is told until when
    telling.tell(claim, news.contested(claim, by=claim.next_update_due), at=at)


def _take_answer(claim: Claim, *, at: datetime) -> None:
    """What we had asked for. A person who asked gets it, with the rules' view; else the rules go on by themselves."""
    asked = claim.steps.filter(to_status=Status.NEED_INFO).order_by("-pk").first()
    if asked is None or asked.agent_id is None:
        deciding.retriage(claim=claim, because="information", at=at)
        return
    moves.move(claim=claim, to=Status.IN_REVIEW, reason="information", at=at)
    triage.run(claim, because="information", at=at)


def _lapsed_unanswered(claim: Claim) -> bool:
    return claim.status == Status.LAPSED and claim.reason_code != ACCEPTED


def _new_files(claim: Claim, message: Message) -> list[StoredFile]:
    held = ClaimEvidence.objects.filter(claim=claim).values("file")
    attached = StoredFile.objects.filter(attachments__message=message).exclude(pk__in=held)
    return list(attached.order_by("pk"))


def _store(claim: Claim) -> None:
    try:
        with transaction.atomic():
            claim.save()
    except IntegrityError as error:
        other = moves.open_claim_of_order(claim)
        if other is None:
            raise
        raise ClaimRefused(
            _("You have a claim for this order already: %(number)s.") % {"number": other.public_number},
            code="claimed_already",
            claim=other,
        ) from error
