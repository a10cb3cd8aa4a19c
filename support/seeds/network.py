"""What the network of the demo's month answers."""

from datetime import datetime

from offers.networks.base import InquiryState, InquiryWord
from support.claims import lodging
from support.claims.lodging import crediting
from support.claims.lodging import words as inquiries
from support.claims.models import UNDECIDED, NetworkInquiry, Status
from support.seeds import stage, words
from support.seeds.world import DAY, World
from transactions import seeds


def send_inquiries(world: World, at: datetime) -> None:
    for inquiry in NetworkInquiry.objects.filter(status="queued", account__name=stage.ARCHIVE):
        sent = inquiries.submitted(inquiry, external_id=f"{700_000 + next(world.ticks)}", at=at)
        world.after(at, 2 * DAY, 18 * DAY, lambda at, pk=sent.pk: _answer(world, pk, at))


def refuse_one(world: World, at: datetime) -> None:
    """The network says no to the inquiry that it has had for longest, of those that a shopper waits for."""
    waiting = NetworkInquiry.objects.filter(status__in=UNDECIDED, claim__status=Status.WAITING_NETWORK)
    longest = waiting.filter(account__name=stage.ARCHIVE).order_by("created_at").first()
    if longest is not None:
        _answer(world, longest.pk, at, chance=0)


def _answer(world: World, inquiry_id: object, at: datetime, *, chance: float | None = None) -> None:
    inquiry = NetworkInquiry.objects.select_related("claim").get(pk=inquiry_id)
    if inquiry.status not in UNDECIDED:
        return
    if chance is None:
        chance = 0.45 if inquiry.kind == "declined" else 0.72
    is_good = world.dice.random() < chance
    award = int(inquiry.claim.expected_minor or 0) * 100 // 70 if inquiry.claim.expected_minor else None
    word = InquiryWord(
        kind=lodging.asking.InquiryKind(inquiry.kind),
        external_id=inquiry.external_id,
        reference=inquiry.reference,
        offer_external_id=str(inquiry.asked.get("offer_external_id", "")),
        order_id=inquiry.order_no,
        state=InquiryState.ACCEPTED if is_good else InquiryState.REJECTED,
        currency=inquiry.claim.currency,
        is_resolved=True,
        award_minor=award if is_good else None,
        estimate_minor=award,
        created_at=inquiry.created_at,
        observed_at=at,
        reason="" if is_good else world.dice.choice(words.REFUSALS),
        raw={"id": inquiry.external_id, "status": "accepted" if is_good else "rejected"},
    )
    inquiries.hear(inquiry, word, at=at)
    if is_good and award:
        with seeds.recorded_at(at, dice=world.dice):
            crediting.book(NetworkInquiry.objects.get(pk=inquiry_id), [], at=at)
