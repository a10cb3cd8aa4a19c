"""Networks without an API: a file goes out, a file comes back, and rubbish leaves nothing half done."""

import csv
import io
from datetime import timedelta

import pytest

from offers.networks import registry
from support.claims import lodging
from support.claims.lodging.batches import COLUMNS, AnswersRefused, NothingToSend
from support.claims.models import InquiryStatus, NetworkInquiry, Status, Transport
from tests import make
from tests.paper_network import PaperNetwork
from tests.support import lodging_make
from tests.support.lodging_make import wallet
from transactions.models import Transaction

DAY = timedelta(days=1)


@pytest.fixture
def account(paper, db):
    return make.account(network=paper.slug)


@pytest.fixture
def offer(account):
    return make.offer(at=account)


@pytest.fixture
def lodge(alice, offer, at):
    def make_one(order_no="AB-1001", **facts):
        claim = lodging_make.claim(by=alice, on=offer, at=at, files=(), order_no=order_no, **facts)
        return lodging.lodge(claim=claim, at=at)

    return make_one


@pytest.fixture
def answer(account, sam, at):
    def send(content, when=at + DAY):
        return lodging.import_answers(account=account, content=content, by=sam, at=when)

    return send


def rows(batch):
    text = batch.content
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_what_waits_is_in_one_file_and_in_no_other(lodge, account, at):
    inquiry = lodge()
    assert inquiry.transport == Transport.CSV

    batch = lodging.make_batch(account=account, at=at)

    (row,) = rows(batch)
    assert tuple(row) == COLUMNS
    assert row["reference"] == inquiry.reference
    assert (row["order"], row["amount"], row["currency"]) == ("AB-1001", "1990.00", "RUB")
    assert (row["expected_commission"], row["reminder"]) == ("99.50", "")
    assert row["programme_id"] == inquiry.claim.offer.external_id
    with pytest.raises(NothingToSend):
        lodging.make_batch(account=account, at=at)
    lodge("AB-1002")
    assert lodging.make_batch(account=account, at=at).number == 2


def test_the_network_has_it_once_the_file_was_sent(lodge, account, at):
    inquiry = lodge()
    batch = lodging.make_batch(account=account, at=at)
    inquiry.refresh_from_db()
    assert inquiry.status == InquiryStatus.QUEUED

    assert (lodging.mark_sent(batch=batch, at=at + DAY), lodging.mark_sent(batch=batch, at=at + 2 * DAY)) == (
        1,
        0,
    )

    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.submitted_at) == ("submitted", at + DAY)
    inquiry.claim.refresh_from_db()
    assert inquiry.claim.status == Status.WAITING_NETWORK
    batch.refresh_from_db()
    assert batch.sent_at == at + DAY


def test_a_silent_network_without_an_api_is_chased_in_the_next_file(lodge, account, at):
    inquiry = lodge()
    lodging.mark_sent(batch=lodging.make_batch(account=account, at=at), at=at)
    inquiry.refresh_from_db()

    lodging.poll(account_id=account.pk, at=inquiry.deadline_at)
    lodge("AB-1002")
    batch = lodging.make_batch(account=account, at=inquiry.deadline_at)

    assert [(row["order"], row["reminder"]) for row in rows(batch)] == [("AB-1002", ""), ("AB-1001", "1")]


@pytest.mark.parametrize("evil", ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "|x", "%x"])
def test_no_cell_is_a_formula(lodge, account, at, evil):
    lodge(f"{evil}A1", goods=evil)

    batch = lodging.make_batch(account=account, at=at)

    for cell in csv.reader(io.StringIO(batch.content.removeprefix("\ufeff")), delimiter=";"):
        assert not any(value.startswith(("=", "+", "-", "@", "\t", "\r", "|", "%")) for value in cell)


def test_answers_are_taken_in_and_granted_ones_are_booked_once(lodge, account, alice, answer, at):
    yes, no, open_one = lodge("A1"), lodge("A2"), lodge("A3")
    lodging.mark_sent(batch=lodging.make_batch(account=account, at=at), at=at)
    content = (
        "Reference;Status;Commission;Currency;Reason;Id;Anything\r\n"
        f"{yes.reference};ACCEPTED;1 00,50;rub;;77;x\r\n"
        f"'{no.reference};rejected;;;No such order;;\r\n"
        "\r\n"
        f"{open_one.reference};processing;;;;;\r\n"
    )

    first, second = answer(content), answer(content)

    assert [(row.line, row.outcome) for row in first.rows] == [(2, "taken"), (3, "taken"), (5, "known")]
    assert [row.outcome for row in second.rows] == ["known", "known", "known"]
    for inquiry in (yes, no, open_one):
        inquiry.refresh_from_db()
    assert (yes.status, yes.awarded_minor, yes.external_id) == ("credited", 10050, "77")
    assert (no.status, no.reason) == ("rejected", "No such order")
    assert (open_one.status, wallet(alice)) == ("submitted", 7035)
    assert yes.words.order_by("-pk").first().raw["imported_by"] == "sam"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_file_of_any_spreadsheet_is_read(lodge, answer, delimiter):
    inquiry = lodge()
    lines = [["reference", "status", "reason"], [inquiry.reference, "rejected", "“No”, says the shop"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(lines)

    assert answer("\ufeff" + out.getvalue()).count("taken") == 1
    inquiry.refresh_from_db()
    assert inquiry.reason == "“No”, says the shop"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("nobody;accepted;1", "has that reference"),
        (";accepted;1", "has that reference"),
        ("{ref};maybe;1", "status must be"),
        ("{ref};;1", "status must be"),
        ("{ref}", "status must be"),
        ("{ref};accepted;much", "not an amount"),
        ("{ref};accepted;NaN", "not an amount"),
        ("{ref};accepted;1e999", "not an amount"),
        ("{ref};accepted;1_000", "not an amount"),
        ("{ref};accepted;-5", "below zero"),
        ("{ref};accepted;99999999999999999999", "not an amount"),
        ("{ref};accepted;1;USD", "answer is in USD"),
    ],
)
def test_a_row_that_makes_no_sense_is_told_and_the_others_are_taken(lodge, answer, alice, row, why):
    bad, good = lodge("A1"), lodge("A2")
    line = row.replace("{ref}", bad.reference)

    result = answer(f"reference;status;commission;currency\n{line}\n{good.reference};accepted;10\n")

    assert [said.outcome for said in result.rows] == ["refused", "taken"]
    assert why in result.rows[0].why
    bad.refresh_from_db()
    assert (bad.status, bad.words.count(), bad.claim.status) == ("queued", 0, Status.LODGED)
    assert wallet(alice) == 700


def test_a_row_of_another_account_or_of_the_api_is_nobodys(lodge, account, sam, at):
    inquiry = lodge()
    NetworkInquiry.objects.filter(pk=inquiry.pk).update(transport=Transport.API)
    other = make.account(network=PaperNetwork.slug)
    content = f"reference;status\n{inquiry.reference};accepted\n"

    for place in (account, other):
        result = lodging.import_answers(account=place, content=content, by=sam, at=at)
        assert [row.outcome for row in result.rows] == ["refused"]
    assert not Transaction.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\ufeff",
        "\n\n",
        "hello",
        "reference",
        "reference;state\nx;accepted",
        "reference;status;status\nx;y;z",
        'reference;status\n"unclosed;accepted',
        "reference;status\nx\x00;accepted",
        "PK\x03\x04 a spreadsheet",
        "reference;status\n" + "x;accepted\n" * 5001,
        "reference;status\n" + "x" * 5_000_001,
        "reference;status\n" + "x" * 200_000 + ";accepted",
    ],
)
def test_what_is_no_answer_of_a_network_is_refused_whole(lodge, answer, content):
    inquiry = lodge()

    with pytest.raises(AnswersRefused):
        answer(content)

    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.words.count()) == ("queued", 0)


def test_a_letter_is_ready_to_be_sent_and_names_no_shopper(lodge, alice, at, monkeypatch):
    from dataclasses import replace

    capable = PaperNetwork.capabilities
    rules = replace(capable.claims, email="claims@network.example")
    monkeypatch.setattr(PaperNetwork, "capabilities", replace(capable, claims=rules))
    monkeypatch.setitem(registry.NETWORKS, PaperNetwork.slug, PaperNetwork)
    inquiry = lodge()
    assert inquiry.transport == Transport.EMAIL

    to, subject, text = lodging.letter_for(inquiry)

    assert to == "claims@network.example"
    assert inquiry.reference in subject and inquiry.reference in text
    assert "AB-1001" in text and inquiry.asked["click_ref"] in text
    assert alice.external_id not in text
    sent = lodging.note_sent(inquiry=inquiry, at=at)
    assert (sent.status, sent.claim.status) == ("submitted", Status.WAITING_NETWORK)
    assert lodging.note_sent(inquiry=sent, at=at + DAY).submitted_at == at
    sent.chased = 1
    assert lodging.letter_for(sent)[1] != subject
