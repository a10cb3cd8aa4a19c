"""The catalogue names every event that the code emits, and its examples look like the events themselves."""

import ast
import fnmatch
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest

from offers.networks.base import SaleStatus
from partners import personal_data
from partners.models import OutboxEvent
from partners.profile import services as profile
from partners.webhooks import catalogue
from support.claims.models import Status
from support.claims.moves import move
from tests import make
from tests.support import claims_make
from transactions import services
from transactions.models import TransactionEvent

ROOT = Path(__file__).resolve().parents[3]


def emitted() -> set[str]:
    """What the code's calls say literally; a part that is known only when it runs is a *."""
    found = {personal_data.DELETED, catalogue.PING}
    for room in ("partners", "offers", "transactions", "support"):
        for path in (ROOT / room).rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text())):
                name = (
                    getattr(call.func, "attr", getattr(call.func, "id", ""))
                    if isinstance(call, ast.Call)
                    else ""
                )
                if name in ("emit", "_tell"):
                    found |= {
                        _pattern(word) for word in [*call.args, *(each.value for each in call.keywords)]
                    }
    return {each for each in found if re.fullmatch(r"[a-z]+\.[a-z*]+", each)}


def _pattern(word: ast.expr) -> str:
    if isinstance(word, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in word.values)
    return str(word.value) if isinstance(word, ast.Constant) else ""


def test_every_event_of_the_code_is_in_the_catalogue_and_no_other():
    patterns, known = emitted(), [each.name for each in catalogue.all_types()]

    assert {
        "transaction.created",
        "transaction.*",
        "claim.*",
        "balance.changed",
        "terms.announced",
    } < patterns
    assert [pattern for pattern in patterns if not fnmatch.filter(known, pattern)] == []
    assert [name for name in known if not any(fnmatch.fnmatch(name, each) for each in patterns)] == []


@pytest.mark.parametrize("type", catalogue.all_types(), ids=lambda each: each.name)
def test_an_example_is_json_and_has_its_words(type):
    assert json.loads(json.dumps(type.example())) == type.example()
    assert type.summary.endswith(".")


def test_purchases_and_claims_look_like_their_examples(alice, account, at):
    offer = make.offer(at=account)
    trip = make.click(by=alice, on=offer)
    ref = trip.public_id.removeprefix("clk_")
    for status in (SaleStatus.APPROVED, SaleStatus.DECLINED):
        sale = make.sale(click_ref=ref, status=status, order_id=str(status))
        services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    claim = claims_make.claim(trip, at=at + timedelta(hours=1), order_no="77")
    move(claim=claim, to=Status.WITHDRAWN, reason="withdrawn", at=at + timedelta(hours=1))
    questions = personal_data.questions(alice)
    answers = {question.name: question.choices[-1][0] for question in questions}
    profile.erase(shopper=alice, answers=answers, at=at)

    examples = {each.name: each.example() for each in catalogue.all_types()}
    told = {event.type: event.payload for event in OutboxEvent.objects.order_by("pk")}
    assert {"transaction.created", "transaction.approved", "transaction.declined", "balance.changed"} < set(
        told
    )
    assert {"claim.opened", "claim.closed", "shopper.deleted"} < set(told)
    assert {name: list(_shape(data)) for name, data in told.items()} == {
        name: list(_shape(examples[name])) for name in told
    }


def _shape(data):
    """Its names; of money its parts too."""
    for name in sorted(data):
        yield name, sorted(data[name]) if name in ("cashback", "available") else ""
