"""This room's part of what is held of a shopper: their claims. What was paid stays in the books; see docs/adr/0007."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Shopper
from partners.personal_data import NOT_NOW, Keeper, Question, merged
from support.claims import lodging, moves
from support.claims.models import Claim, NetworkInquiry, Status
from support.claims.states import is_legal, stage_of
from support.desk.models import StoredFile
from support.goodwill.models import GoodwillGrant

GIVEN_UP = "erased"


def export(shopper: Shopper) -> dict[str, Any]:
    rows = Claim.objects.filter(shopper=shopper).latest_first().select_related("merchant")
    return {"claims": [_claim(row) for row in rows.prefetch_related("steps", "evidence__file")]}


def questions(shopper: Shopper) -> list[Question]:
    """A claim that is open may still bring money: it is given up knowingly."""
    number = _hopeful(shopper).count()
    if not number:
        return []
    said = ngettext(
        "You have %(number)s open claim about cashback that did not come. What should happen to it?",
        "You have %(number)s open claims about cashback that did not come. What should happen to them?",
        number,
    )
    give_up = ngettext("I withdraw %(number)s claim", "I withdraw %(number)s claims", number)
    return [
        Question(
            name="claims",
            text=said % {"number": number},
            choices=[
                (NOT_NOW, _("Keep my account for now, I want to hear the answer first")),
                (f"withdraw-{number}", give_up % {"number": number}),
            ],
        )
    ]


def consequences(shopper: Shopper) -> list[str | Promise]:
    if not Claim.objects.filter(shopper=shopper).exists():
        return []
    return [
        _(
            "Your claims stay in the books with their orders and amounts. Your words and receipts are deleted for good."
        )
    ]


@transaction.atomic
def erase(shopper: Shopper, answers: dict[str, str], at: datetime) -> None:
    for claim in Claim.objects.open().filter(shopper=shopper).order_by("pk"):
        locked = moves.lock(claim.pk)
        if is_legal(locked.status, Status.WITHDRAWN):
            moves.move(claim=locked, to=Status.WITHDRAWN, reason=GIVEN_UP, at=at)
        lodging.withdraw(claim=locked, at=at)
    theirs = Claim.objects.filter(shopper=shopper)
    theirs.exclude(goods="", coupon_used="").update(goods="", coupon_used="")
    NetworkInquiry.objects.filter(claim__in=theirs, asked__comment__gt="").update(
        asked=merged(F("asked"), {"comment": ""})
    )
    receipts = StoredFile.objects.filter(evidence__claim__in=theirs).exclude(size=0)
    StoredFile.objects.filter(pk__in=list(receipts.values_list("pk", flat=True))).update(
        content=b"", size=0, name="", width=None, height=None
    )


def merge(gone: Shopper, into: Shopper, at: datetime) -> None:
    """Claims of both about one order stay two, of which the first holds its number."""
    theirs, held = Claim.objects.filter(shopper=gone), Claim.objects.open().filter(shopper=into)
    for claim in theirs.exclude(order_no_norm="").select_for_update():
        if held.filter(merchant_id=claim.merchant_id, order_no_norm=claim.order_no_norm).exists():
            theirs.filter(pk=claim.pk).update(order_no_norm="")
    theirs.update(shopper=into, updated_at=at)
    GoodwillGrant.objects.filter(shopper=gone).update(shopper=into)


def _hopeful(shopper: Shopper) -> Any:
    return Claim.objects.open().filter(shopper=shopper).exclude(status=Status.ANSWERED_AUTO)


def _claim(row: Claim) -> dict[str, Any]:
    return {
        "number": row.public_number,
        "about": str(row.kind),
        "shop": row.merchant.name if row.merchant else None,
        "order": row.order_no or None,
        "ordered_at": _moment(row.order_at),
        "order_amount": row.order_amount.as_json() if row.order_amount else None,
        "coupon": row.coupon_used or None,
        "paid_with": str(row.paid_with),
        "bought_in": str(row.bought_in),
        "goods": row.goods or None,
        "expected": row.expected.as_json() if row.expected else None,
        "stage": str(stage_of(row)),
        "opened_at": _moment(row.created_at),
        "closed_at": _moment(row.closed_at),
        "receipts": [each.file.name for each in sorted(row.evidence.all(), key=lambda each: each.pk)],
        "history": [
            {"at": _moment(step.at), "stage": step.to_status}
            for step in sorted(row.steps.all(), key=lambda step: step.pk)
        ],
    }


def _moment(value: datetime | None) -> str | None:
    return value.isoformat(timespec="seconds") if value else None


KEEPER = Keeper(
    "claims",
    export=export,
    erase=erase,
    merge=merge,
    questions=questions,
    question_names=frozenset({"claims"}),
    consequences=consequences,
    subjects=lambda shopper: Claim.objects.filter(shopper=shopper).order_by().values_list("pk", flat=True),
)
