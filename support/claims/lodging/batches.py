"""Networks without an API are asked in a file for each account, and their answers come back in one.

The file that goes out is CSV in UTF-8 with a byte-order mark and semicolons, as spreadsheets open it, with COLUMNS in
that order. What comes back names `reference` and `status` (accepted, rejected, processing) in its first line, and may
name `commission` (in major units: 99.50), `currency`, `reason` and `id`; columns beyond these are not read.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from cashback.lib.money import InvalidMoney, Money, to_minor
from offers.networks.base import InquiryKind, InquiryState, InquiryWord
from offers.networks.models import NetworkAccount
from support.claims.lodging import crediting, words
from support.claims.models import InquiryBatch, InquiryStatus, NetworkInquiry, Transport

COLUMNS = (
    "reference",
    "kind",
    "reminder",
    "programme_id",
    "programme",
    "order",
    "ordered_on",
    "amount",
    "currency",
    "expected_commission",
    "click",
    "comment",
)
MOST_ROWS = 5000
LARGEST_ANSWER = 5_000_000  # characters
_NEEDED = ("reference", "status")
# A spreadsheet takes a cell that begins so for a formula (owasp.org, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_PLAIN = "'"


class NothingToSend(DomainError):
    code = "nothing_to_send"


class AnswersRefused(DomainError):
    """The file is no answer of a network; nothing in it was taken in."""

    code = "answers_refused"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a line of the file: `taken`, `known` (it said nothing new) or `refused`, with why."""

    line: int
    reference: str
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ImportResult:
    rows: list[RowResult]

    def count(self, outcome: str) -> int:
        return sum(row.outcome == outcome for row in self.rows)


@transaction.atomic
def make_batch(*, account: NetworkAccount, at: datetime) -> InquiryBatch:
    """All that waits to be asked of the account's network is in one file, and so is what it should be reminded of; each
    question is in no other batch. Raises NothingToSend."""
    # One batch of an account at a time: its numbers have no gaps.
    NetworkAccount.objects.select_for_update().get(pk=account.pk)
    by_file = NetworkInquiry.objects.filter(account=account, transport=Transport.CSV)
    fresh = by_file.filter(status=InquiryStatus.QUEUED, batch=None)
    chased = by_file.filter(status=InquiryStatus.SUBMITTED, chased__gt=0)
    named = ("merchant", "claim__storefront")
    waiting = [
        *fresh.select_related(*named)
        .select_for_update(skip_locked=True, of=("self",))
        .order_by("pk")[:MOST_ROWS]
    ]
    if not waiting:
        raise NothingToSend(_("Nothing waits to be asked of this network."))
    last = InquiryBatch.objects.filter(account=account).aggregate(last=Max("number"))["last"] or 0
    batch = InquiryBatch.objects.create(
        account=account,
        number=last + 1,
        content=_written([*waiting, *chased.select_related(*named).order_by("pk")]),
        made_at=at,
    )
    NetworkInquiry.objects.filter(pk__in=[inquiry.pk for inquiry in waiting]).update(batch=batch)
    return batch


@transaction.atomic
def mark_sent(*, batch: InquiryBatch, at: datetime) -> int:
    """A person has sent the file: the network has its questions from now on; how many. Told twice, nothing changes."""
    locked = InquiryBatch.objects.select_for_update().get(pk=batch.pk)
    locked.sent_at = locked.sent_at or at
    locked.save(update_fields=["sent_at"])
    queued = list(
        NetworkInquiry.objects.filter(batch=locked, status=InquiryStatus.QUEUED).order_by("claim_id")
    )
    for inquiry in queued:
        words.submitted(inquiry, raw={"batch": locked.number}, at=at)
    return len(queued)


def import_answers(*, account: NetworkAccount, content: str, by: User, at: datetime) -> ImportResult:
    """Every line that can be understood is taken in as the network's answer, and every other is told with its reason;
    a line is taken whole or not at all. Raises AnswersRefused for what is no such file."""
    results = []
    for line, row in _lines(content):
        reference = _cell(row, "reference")
        try:
            with transaction.atomic():
                outcome = _take_row(account, row, reference=reference, by=by, at=at)
        except DomainError as refusal:
            results.append(RowResult(line, reference[:60], "refused", str(refusal)))
        else:
            results.append(RowResult(line, reference[:60], outcome))
    return ImportResult(results)


def _written(inquiries: list[NetworkInquiry]) -> str:
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for inquiry in inquiries:
        writer.writerow([_safe(value) for value in _told(inquiry)])
    return out.getvalue()


def _told(inquiry: NetworkInquiry) -> list[str]:
    asked = inquiry.asked
    amounts = [
        Money(asked[name], asked["currency"]).as_json()["amount"] for name in ("sale_minor", "reward_minor")
    ]
    return [
        inquiry.reference,
        inquiry.kind,
        str(inquiry.chased or ""),
        asked["offer_external_id"],
        inquiry.merchant.name,
        inquiry.order_no,
        date.fromisoformat(asked["ordered_on"]).isoformat(),
        amounts[0],
        asked["currency"],
        amounts[1],
        asked["click_ref"],
        " ".join(asked["comment"].split()),
    ]


def _safe(text: str) -> str:
    """Text stays text in a spreadsheet, whoever wrote it."""
    return _PLAIN + text if text.startswith(_FORMULA) else text


def _lines(content: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Each row by its column, with the number of its line; the whole file is looked at before the first is given."""
    if len(content) > LARGEST_ANSWER:
        raise AnswersRefused(_("The file is too large."))
    text = content.removeprefix("\ufeff")
    if "\x00" in text:
        raise AnswersRefused(_("This is not a text file."))
    first = text.partition("\n")[0]
    delimiter = max(";\t,", key=first.count)
    try:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise AnswersRefused(_("The file cannot be read: %(error)s.") % {"error": error}) from error
    if not rows:
        raise AnswersRefused(_("The file is empty."))
    names = [name.strip().lower() for name in rows[0][1]]
    missing = [name for name in _NEEDED if name not in names]
    if missing or len(set(names)) != len(names):
        raise AnswersRefused(
            _("The first line must name each column once, among them: %(names)s.")
            % {"names": ", ".join(_NEEDED)}
        )
    if len(rows) - 1 > MOST_ROWS:
        raise AnswersRefused(_("The file has more than %(count)s rows.") % {"count": MOST_ROWS})
    return iter([(line, dict(zip(names, row, strict=False))) for line, row in rows[1:]])


def _cell(row: Mapping[str, str], name: str) -> str:
    return row.get(name, "").strip().removeprefix(_PLAIN).strip()


def _take_row(
    account: NetworkAccount, row: Mapping[str, str], *, reference: str, by: User, at: datetime
) -> str:
    inquiry = NetworkInquiry.objects.filter(account=account, reference=reference).first()
    if inquiry is None or inquiry.transport == Transport.API:
        raise AnswersRefused(_("No question of ours to this network has that reference."))
    if inquiry.status == InquiryStatus.WITHDRAWN:
        raise AnswersRefused(_("This question has been withdrawn."))
    state = _cell(row, "status").lower()
    if state not in tuple(InquiryState):
        raise AnswersRefused(_("The status must be one of: %(names)s.") % {"names": ", ".join(InquiryState)})
    word = _word(inquiry, row, state=InquiryState(state), by=by, at=at)
    if inquiry.status == InquiryStatus.QUEUED:  # its answer proves that it was sent
        inquiry = words.submitted(inquiry, raw={"answered": True}, at=at)
    if not words.hear(inquiry, word, at=at):
        return "known"
    inquiry.refresh_from_db()
    if inquiry.status == InquiryStatus.ACCEPTED:
        crediting.book(inquiry, [], at=at)
    return "taken"


def _word(
    inquiry: NetworkInquiry, row: Mapping[str, str], *, state: InquiryState, by: User, at: datetime
) -> InquiryWord:
    asked, currency = inquiry.asked, _cell(row, "currency").upper()
    if currency and currency != asked["currency"]:
        raise AnswersRefused(
            _("The question was in %(asked)s, the answer is in %(told)s.")
            % {"asked": asked["currency"], "told": currency[:10]}
        )
    award = _award(_cell(row, "commission"), asked["currency"])
    return InquiryWord(
        kind=InquiryKind(inquiry.kind),
        external_id=_cell(row, "id")[:64],
        reference=inquiry.reference,
        offer_external_id=asked["offer_external_id"],
        order_id=inquiry.order_no,
        state=state,
        currency=asked["currency"],
        is_resolved=state is not InquiryState.PROCESSING,
        award_minor=award,
        estimate_minor=asked["reward_minor"],
        created_at=inquiry.created_at,
        observed_at=at,
        reason=_cell(row, "reason")[:300],
        raw={**{str(name): value for name, value in row.items()}, "imported_by": by.get_username()},
    )


def _award(text: str, currency: str) -> int | None:
    """“1 990,50” as well as "1990.50"; None where the cell is empty."""
    if not text:
        return None
    number = text.replace("\N{NO-BREAK SPACE}", "").replace(" ", "").replace(",", ".")
    try:
        minor = to_minor(number, currency)
    except InvalidMoney as error:
        raise AnswersRefused(_("The commission is not an amount: %(text)s.") % {"text": text[:40]}) from error
    if minor < 0:
        raise AnswersRefused(_("The commission is below zero."))
    return minor
