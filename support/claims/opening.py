"""A shopper asks about money that did not come: checked, kept, judged and answered in one step."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction as database
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import override

from cashback.lib.errors import DomainError
from partners.models import Shopper
from support.claims import deciding, moves, news, numbers
from support.claims.models import (
    BoughtIn,
    Claim,
    ClaimEvidence,
    Kind,
    PaidWith,
    Status,
    normal_order,
    policy_of,
)
from support.clocks import services as clocks
from support.clocks.models import Metric
from support.desk import files as desk_files
from support.desk import rows, search
from support.desk import services as desk
from support.desk.models import Agent, Category, Channel, StoredFile
from transactions.models import Click, Transaction

# A column of text holds neither of these: a NUL, or half a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LONGEST = {"order_no": 100, "coupon_used": 120, "goods": 300, "text": 4000}
_LARGEST_AMOUNT = 10**15
_FIRST_YEAR = 2000
_CLOCKS_DIFFER = timedelta(minutes=5)


class ClaimRefused(DomainError):
    """Nothing has changed; the message says why, for the shopper to read. `claim` is the one that is there already."""

    code = "claim_refused"

    def __init__(self, message: str, *, code: str, claim: Claim | None = None) -> None:
        super().__init__(message, code=code)
        self.claim = claim


@database.atomic
def open_claim(
    *,
    shopper: Shopper,
    kind: str,
    click: Click | None = None,
    transaction: Transaction | None = None,
    order_no: str = "",
    order_at: datetime | None = None,
    order_minor: int | None = None,
    coupon_used: str = "",
    paid_with: str = PaidWith.CARD,
    bought_in: str = BoughtIn.WEB,
    goods: str = "",
    text: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    via: Channel,
    agent: Agent | None = None,
    language: str = "",
    at: datetime,
) -> Claim:
    """The claim is there with its conversation, has been judged by all that we know, and its shopper has the answer.

    `order_minor` is in minor units of the storefront's currency. `order_at` without a zone is in the storefront's; its
    midnight means the whole day. Raises ClaimRefused, and FileRefused for a file; then nothing has changed."""
    texts = {"order_no": order_no, "coupon_used": coupon_used, "goods": goods, "text": text}
    texts = {name: _checked(name, value) for name, value in texts.items()}
    _check_choices((kind, Kind), (paid_with, PaidWith), (bought_in, BoughtIn))
    _check_amount(order_minor)
    shopper = _lock(shopper)
    claim = _draft(shopper, via=via, agent=agent, at=at)
    claim.kind, claim.paid_with, claim.bought_in = kind, paid_with, bought_in
    claim.order_no, claim.coupon_used, claim.goods = texts["order_no"], texts["coupon_used"], texts["goods"]
    claim.order_minor = order_minor
    claim.order_at = _check_time(order_at, zone=shopper.storefront.time_zone, at=at)
    _bind(claim, click=click, sale=transaction)
    _check_whole(claim)
    _check_limits(claim, by_agent=agent is not None, at=at)
    _check_new(claim)
    stored = desk_files.store_all(partner_id=shopper.partner_id, files=files, at=at)
    language = language or shopper.chosen_locale or shopper.locale or shopper.storefront.locale
    _write_down(claim, text=texts["text"], files=stored, via=via, agent=agent, language=language, at=at)
    deciding.retriage(claim=claim, because="opened", at=at)
    return claim


def attach(claim: Claim, files: Sequence[StoredFile], *, at: datetime) -> None:
    """The files are the claim's evidence. The same receipt on another claim is for a person to look at."""
    ClaimEvidence.objects.bulk_create(
        ClaimEvidence(partner_id=claim.partner_id, claim=claim, file=file, at=at) for file in files
    )
    digests = {file.original_sha256 for file in files}
    if not digests:
        return
    seen = ClaimEvidence.objects.filter(file__original_sha256__in=digests).exclude(claim=claim)
    owners = set(seen.values_list("claim__shopper_id", flat=True))
    flags = set(claim.flags)
    if owners - {claim.shopper_id}:
        flags.add("receipt_seen_before")
    if claim.shopper_id in owners:
        flags.add("receipt_used_twice")
    if flags != set(claim.flags):
        claim.flags = sorted(flags)
        claim.save(update_fields=["flags"])


def told_about(claim: Claim, *, at: datetime, **fields: object) -> list[str]:
    """What the shopper corrects later, checked as at the start and set on the claim: the names of what has changed."""
    changed = []
    for name, value in fields.items():
        if value is None or name not in _CORRECTABLE:
            continue
        if name in _LONGEST:
            value = _checked(name, str(value))
        elif name == "order_minor":
            _check_amount(value if isinstance(value, int) else 0)
        elif name == "order_at":
            assert isinstance(value, datetime)  # noqa: S101 - by the caller's signature
            value = _check_time(value, zone=claim.storefront.time_zone, at=at)
        if value and value != getattr(claim, name):
            setattr(claim, name, value)
            changed.append(name)
    return changed


_CORRECTABLE = ("order_no", "order_at", "order_minor", "coupon_used", "goods")


def _lock(shopper: Shopper) -> Shopper:
    """One claim of a shopper's after the other: limits hold, and an erasure either sees the claim or forbids it."""
    rows = Shopper.objects.select_for_update(of=("self",), no_key=True).select_related("storefront")
    return rows.get(pk=shopper.pk)


def _draft(shopper: Shopper, *, via: Channel, agent: Agent | None, at: datetime) -> Claim:
    return Claim(
        partner_id=shopper.partner_id,
        storefront=shopper.storefront,
        shopper=shopper,
        currency=shopper.storefront.currency,
        status=Status.TRIAGING,
        opened_via=via,
        opened_by=agent,
        created_at=at,
        updated_at=at,
    )


def _check_choices(*choices: tuple[str, type[TextChoices]]) -> None:
    for value, known in choices:
        if value not in known.values:
            raise ClaimRefused(_("Choose one of what is offered."), code="unknown_choice")


def _checked(name: str, value: str) -> str:
    value = value.strip()
    if _UNSTORABLE.search(value):
        raise ClaimRefused(_("There is a character in it that cannot be kept."), code="unstorable_text")
    if len(value) > _LONGEST[name]:
        raise ClaimRefused(_("This is too long. Please shorten it."), code="text_too_long")
    return value


def _check_amount(minor: int | None) -> None:
    if minor is not None and not 0 < minor <= _LARGEST_AMOUNT:
        raise ClaimRefused(_("The order's amount must be above zero."), code="amount_invalid")


def _check_time(order_at: datetime | None, *, zone: str, at: datetime) -> datetime | None:
    if order_at is None:
        return None
    if order_at.tzinfo is None:
        order_at = order_at.replace(tzinfo=ZoneInfo(zone))
    if order_at > at + _CLOCKS_DIFFER:
        raise ClaimRefused(_("The order's day is still to come."), code="in_the_future")
    if order_at.year < _FIRST_YEAR:
        raise ClaimRefused(_("The order's day cannot be right."), code="day_invalid")
    return order_at


def _bind(claim: Claim, *, click: Click | None, sale: Transaction | None) -> None:
    """To the shopper's own trip and purchase alone; whose another is, is not told."""
    owners = {each.shopper_id for each in (click, sale) if each is not None}
    if owners - {claim.shopper_id}:
        raise ClaimRefused(_("We do not find this among your trips and purchases."), code="not_your_trip")
    if claim.shopper.erased_at is not None:
        raise ClaimRefused(_("This account has been deleted."), code="shopper_erased")
    if sale is not None:
        claim.transaction = sale
        claim.merchant_id, claim.offer_id, claim.account_id = sale.merchant_id, sale.offer_id, sale.account_id
        claim.click_id = sale.click_id
        claim.terms_digest = (sale.click.terms_digest if sale.click else "")[:16]
        claim.order_no = claim.order_no or sale.order_id[:100]
        claim.order_at = claim.order_at or sale.occurred_at
        claim.order_minor = claim.order_minor or (sale.sale_minor if (sale.sale_minor or 0) > 0 else None)
    elif click is not None:
        deciding.bind(claim, click)


def _check_whole(claim: Claim) -> None:
    if claim.kind == Kind.UNTRACKED:
        if claim.click_id is None:
            raise ClaimRefused(_("Choose the trip on which you bought it."), code="trip_missing")
        if not normal_order(claim.order_no):
            raise ClaimRefused(
                _("The order's number is in the shop's letter or in your account there."),
                code="order_no_missing",
            )
        if claim.order_minor is None:
            raise ClaimRefused(_("Write what you paid for the goods."), code="amount_missing")
        # Nobody knows the hour of an order better than by its trip.
        claim.order_at = claim.order_at or (claim.click.created_at if claim.click else None)
    elif claim.kind != Kind.PAYOUT_PROBLEM and claim.transaction_id is None:
        raise ClaimRefused(_("Choose the purchase that it is about."), code="purchase_missing")


def _check_limits(claim: Claim, *, by_agent: bool, at: datetime) -> None:
    """Staff may open what a shopper may not: somebody has looked."""
    if by_agent:
        return
    policy = policy_of(claim.partner_id)
    theirs = Claim.objects.filter(shopper=claim.shopper_id)
    if theirs.filter(created_at__gt=at - timedelta(days=1)).count() >= policy.most_a_day:
        raise ClaimRefused(
            _("You have opened many claims today. Please come back tomorrow, or add to one that is open."),
            code="too_many_claims",
        )
    if theirs.open().exclude(status=Status.ANSWERED_AUTO).count() >= policy.most_open:
        raise ClaimRefused(
            _("You have many open claims. We work on them; please wait until one is answered."),
            code="too_many_claims",
        )


def _check_new(claim: Claim) -> None:
    claim.order_no_norm = normal_order(claim.order_no)
    known = moves.open_claim_of_order(claim)
    if known is None and claim.transaction_id:
        about = Claim.objects.open().filter(shopper=claim.shopper_id, transaction=claim.transaction_id)
        known = about.order_by("pk").first()
    if known is not None:
        raise ClaimRefused(
            _("You have a claim for this order already: %(number)s.") % {"number": known.public_number},
            code="claimed_already",
            claim=known,
        )


def _write_down(
    claim: Claim,
    *,
    text: str,
    files: Sequence[StoredFile],
    via: Channel,
    agent: Agent | None,
    language: str,
    at: datetime,
) -> None:
    with override(language):
        subject = _("Claim about %(shop)s") % {"shop": claim.merchant.name} if claim.merchant else ""
        subject = subject or str(claim.get_kind_display()).capitalize()
        if claim.order_no:
            subject = f"{subject}, № {numbers.shown(claim.order_no)}"
        summary = news.first_word(claim)
    ticket = desk.open_ticket(
        storefront=claim.storefront,
        shopper=claim.shopper,
        subject=subject[:200],
        text=text or summary,
        channel=via,
        category=Category(claim.kind),
        language=language,
        files=files,
        needs_person=False,
        opened_by=agent,
        at=at,
    )
    claim.ticket = ticket
    # The shopper's lock let no other claim in since it was looked for.
    claim.save()
    claim.refresh_from_db(fields=["number"])
    search.reindex(ticket)
    attach(claim, files, at=at)
    moves.record(claim, was="", agent=agent, at=at)
    clocks.start(ticket_facts=rows.facts_of(ticket), metric=Metric.TRIAGE, at=at)
