"""Claims to be lodged, and a network on paper that takes them: it holds what it was sent, and fails when told to."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

from cashback.lib import ids
from offers.networks.base import (
    Capabilities,
    ClaimRules,
    InquiryState,
    InquiryWord,
    OrderCheck,
    OrderStanding,
    SaleStatus,
)
from support.claims import lodging
from support.claims.models import Claim, ClaimEvidence, Kind, Status
from support.desk.models import Channel, StoredFile, Team, Ticket
from tests import make
from tests.paper_network import PaperNetwork
from transactions import services
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind
from transactions.models import Transaction, TransactionEvent

_numbers = itertools.count(1)
JPEG = b"\xff\xd8\xff\xe0 a receipt"


class ClaimsOnPaper(PaperNetwork):
    """`held` is what it has been sent, `sent` counts the sending, `checks` says whose an order is, `breaks` are raised
    one after the other by whatever is asked next: before the work is done, or after it where `after` says so."""

    slug = "paper-claims"
    title = "Paper with claims"
    capabilities = Capabilities(
        has_sales_api=True,
        takes_claims=True,
        makes_deeplinks=True,
        sub_id_length=50,
        sales_window=timedelta(days=31),
        page_size=500,
        requests_per_minute=None,
        takes_appeals=True,
        checks_orders=20,
        claims=ClaimRules(
            needs_receipt=True,
            receipt_types=("image/jpeg", "application/pdf"),
            longest_receipt=1_000_000,
            oldest_order=timedelta(days=150),
            appeal_within=timedelta(days=180),
            usual_answer=timedelta(days=30),
        ),
    )

    held: list[InquiryWord] = []
    requests: list = []
    checks: dict[str, OrderCheck] = {}
    asked: list[str] = []
    breaks: list[Exception] = []
    after = False
    withdrawn: list[str] = []

    @classmethod
    def forget(cls):
        super().forget()
        cls.held, cls.requests, cls.checks, cls.asked, cls.breaks, cls.withdrawn = [], [], {}, [], [], []
        cls.after = False

    def _ask(self, what, work):
        type(self).asked.append(what)
        if self.breaks and not self.after:
            raise self.breaks.pop(0)
        done = work()
        if self.breaks:
            raise self.breaks.pop(0)
        return done

    def check_orders(self, *, offer_external_id, order_ids):
        unknown = [OrderCheck(order_id=order, standing=OrderStanding.UNKNOWN) for order in order_ids]
        type(self).asked.append("check")
        return [self.checks.get(check.order_id, check) for check in unknown]

    def lodge(self, *, request):
        return self._ask("send", lambda: self._store(request))

    appeal = lodge

    def _store(self, request):
        number = next(_numbers)
        word = InquiryWord(
            kind=request.kind,
            external_id=str(number),
            reference=request.reference,
            offer_external_id=request.offer_external_id,
            order_id=request.order_id,
            state=InquiryState.PROCESSING,
            currency=request.currency,
            is_resolved=False,
            award_minor=None,
            estimate_minor=request.reward_minor,
            created_at=datetime.now().astimezone(),
            observed_at=datetime.now().astimezone(),
            raw={"id": number},
        )
        self.held.append(word)
        self.requests.append(request)
        return word

    def find_inquiry(self, *, kind, reference):
        def work():
            return next((word for word in self.held if word.reference == reference), None)

        return self._ask("find", work)

    def list_inquiries(self, *, kind, since):
        type(self).asked.append("list")
        yield from self._answer([word for word in self.held if word.kind == kind])

    @classmethod
    def decide(cls, reference, state, **facts):
        cls.held = [
            replace(word, state=state, **facts) if word.reference == reference else word for word in cls.held
        ]


def claim(*, by, on, at, click=None, files=(JPEG,), **facts) -> Claim:
    """A claim for order AB-1001 of 1 990.00, three days old, with its receipt; being triaged."""
    number = next(_numbers)
    click = click or make.click(by=by, on=on)
    team, _ = Team.objects.get_or_create(is_default=True, defaults={"name": "Support"})
    ticket = Ticket.objects.create(
        partner=by.partner,
        storefront=by.storefront,
        shopper=by,
        subject=f"Claim {number}",
        channel=Channel.STOREFRONT,
        language="ru",
        team=team,
        needs_person=False,
        created_at=at,
        updated_at=at,
    )
    defaults = {
        "kind": Kind.UNTRACKED,
        "status": Status.TRIAGING,
        "order_no": "AB-1001",
        "order_at": at - timedelta(days=3),
        "order_minor": 199000,
        "expected_minor": 6965,
    }
    made = Claim.objects.create(
        partner=by.partner,
        storefront=by.storefront,
        shopper=by,
        ticket=ticket,
        click=click,
        merchant=on.merchant,
        offer=on,
        account=on.account,
        currency=by.storefront.currency,
        opened_via=Channel.STOREFRONT,
        created_at=at,
        updated_at=at,
        **{**defaults, **facts},
    )
    for content in files:
        receipt(made, content=content, at=at)
    return made


def receipt(of: Claim, *, at, content=JPEG, content_type="image/jpeg", **facts) -> StoredFile:
    file = StoredFile.objects.create(
        partner=of.partner,
        original_sha256="0" * 64,
        name="receipt",
        content_type=content_type,
        size=facts.pop("size", len(content)),
        content=content,
        created_at=at,
        **facts,
    )
    ClaimEvidence.objects.create(partner=of.partner, claim=of, file=file, at=at)
    return file


def sale_of(of: Claim, *, at, **facts) -> Transaction:
    """A purchase of the claim's order, declined unless told otherwise."""
    sale = make.sale(
        click_ref=ids.suffix(of.click_id),
        offer_external_id=of.offer.external_id,
        **{
            "order_id": of.order_no,
            "status": SaleStatus.DECLINED,
            "changed_at": at,
            "observed_at": at,
            **facts,
        },
    )
    recorded = services.record(sale=sale, account=of.account, via=TransactionEvent.Via.POLL, at=at)
    return recorded.transaction


def work(inquiry, at):
    """The question, sent if it was to be."""
    lodging.work_on(inquiry_id=inquiry.pk, at=at)
    inquiry.refresh_from_db()
    inquiry.claim.refresh_from_db()
    return inquiry


def submit(claim, at):
    """The question of a claim, lodged and sent."""
    return work(lodging.lodge(claim=claim, at=at), at)


def poll(inquiry, at):
    """How many words of the network were new."""
    heard = lodging.poll(account_id=inquiry.account_id, at=at)
    inquiry.refresh_from_db()
    inquiry.claim.refresh_from_db()
    return heard


def wallet(shopper) -> int:
    """What the shopper has, in minor units."""
    account = Account.objects.filter(kind=AccountKind.SHOPPER, owner_id=shopper.pk).first()
    return ledger.balance(account=account) if account else 0
