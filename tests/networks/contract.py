"""What every network's adapter must prove. A network brings its payloads and what they mean; the tests are
here.

A suite inherits NetworkContract, sets the attributes at its top and says how its network pages a list. Each
payload is served by a real HTTP server and read through the egress client, the way it will be in production.
"""

import dataclasses
import json
import time
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from cashback.lib.http import Client, Refused, Unavailable
from cashback.lib.money import check_currency
from offers.networks.base import (
    InquiryKind,
    InquiryRequest,
    InquiryState,
    InquiryWord,
    Network,
    OrderCheck,
    Postback,
    Receipt,
    Sale,
    Unreadable,
)
from offers.networks.registry import NETWORKS
from tests.networks.server import Asked, NetworkServer, Reply

CLICK = "01jd2m6v3pf8k0c3x9ynh5qwez"
REFERENCE = "01jd2m6v3pf8k0c3x9ynh5qwez-1"
# Every byte there is: what is uploaded must arrive as it was.
RECEIPT = b"\xff\xd8\xff" + bytes(range(256)) + b"\r\n--boundary\r\n"


@dataclass(frozen=True)
class NotRead:
    """What a case expects in the place of a row that is refused: the field that the refusal names."""

    field: str


@dataclass(frozen=True)
class Case:
    """A payload, where it is served, what is asked of the adapter, and what exactly comes of it."""

    file: str
    at: str
    ask: Callable[[Any, Any], Any]
    expected: Any
    status: int = 200


class KeptTokens:
    """A token store in memory."""

    def __init__(self) -> None:
        self.token = ""

    def load(self) -> str:
        return self.token

    def save(self, token: str) -> None:
        self.token = token


def sales(network: Network, payload: Any) -> list[Sale | Unreadable]:
    return list(network.list_sales_changed(since=network_time() - timedelta(days=90), until=network_time()))


def offers(network: Network, payload: Any) -> list[Any]:
    return list(network.list_offers())


def coupons(network: Network, payload: Any) -> list[Any]:
    return list(network.list_coupons())


def postback(network: Network, payload: Mapping[str, str]) -> Postback:
    return network.parse_postback(fields=payload)


def a_request(**changes: Any) -> InquiryRequest:
    """A missing purchase of 1 990.00 that should bring 99.50."""
    defaults: dict[str, Any] = {
        "kind": InquiryKind.UNTRACKED,
        "reference": REFERENCE,
        "offer_external_id": "1",
        "order_id": "YH123D",
        "ordered_on": date(2026, 11, 1),
        "sale_minor": 199000,
        "reward_minor": 9950,
        "currency": "RUB",
        "comment": "Заказ не появился.",
        "receipt": Receipt(content_type="image/jpeg", content=RECEIPT),
    }
    return InquiryRequest(**(defaults | changes))


def lodged(network: Network, payload: Any) -> InquiryWord:
    return network.lodge(request=a_request())


def checked(*order_ids: str) -> Callable[[Any, Any], Sequence[OrderCheck]]:
    return lambda network, payload: network.check_orders(offer_external_id="1", order_ids=order_ids)


def inquiries(kind: InquiryKind) -> Callable[[Any, Any], list[InquiryWord | Unreadable]]:
    return lambda network, payload: list(
        network.list_inquiries(kind=kind, since=network_time() - timedelta(days=150))
    )


def network_time() -> datetime:
    return datetime(2026, 11, 20, 9, 30, 15, tzinfo=UTC)


FAILURES = {
    "html": (Reply("<html>Maintenance</html>", content_type="text/html"), Unavailable),
    "truncated": (Reply('{"results": [{"id": 1', cut=0), Unavailable),
    "cut off": (Reply('{"results": []}', cut=5), Unavailable),
    "500": (Reply("oops", status=500), Unavailable),
    "503": (Reply("", status=503), Unavailable),
    "503 with a time": (Reply("", status=503, headers={"Retry-After": "17"}), Unavailable),
    "429": (Reply("", status=429), Unavailable),
    "silence": (Reply("{}", delay=0.5), Unavailable),
    "404": (Reply("{}", status=404), Refused),
    "403": (Reply("{}", status=403), Refused),
    "redirect": (Reply("", status=302, headers={"Location": "http://127.0.0.1:1/"}), Refused),
}


class NetworkContract:
    adapter: ClassVar[type[Network]]
    payloads: ClassVar[Path]
    credentials: ClassVar[Mapping[str, str]]
    # What the network answers in every conversation (a token, directories), by path.
    standing: ClassVar[Mapping[str, Any]]
    cases: ClassVar[Sequence[Case]]
    # The questions that stand for all others when the network fails, with the path that each of them asks.
    questions: ClassVar[Mapping[str, Callable[[Any, Any], Any]]]
    # A recorded sale's file and path, and how it is spoilt: changes (None takes the field away) and the field to blame.
    sale_file: ClassVar[str]
    sales_path: ClassVar[str]
    spoilt_sales: ClassVar[Mapping[str, tuple[Mapping[str, Any], str]]]
    # A tracking link as the network gives it, and the names of its parameters for our click and the target page.
    tracking_url: ClassVar[str]
    click_parameter: ClassVar[str]
    target_parameter: ClassVar[str]
    # Of a network that takes claims: where one is posted, the payload that answers it, where they are listed, how a row
    # of the list is spoilt, and the fields of a row that hold our reference and the state.
    lodge_path: ClassVar[str] = ""
    lodged_file: ClassVar[str] = ""
    inquiries_path: ClassVar[str] = ""
    spoilt_inquiries: ClassVar[Mapping[str, tuple[Mapping[str, Any], str]]] = {}
    reference_field: ClassVar[str] = ""

    def pages(self, payload: Any) -> Callable[[Asked], Any]:
        """The payload as the network would page it for what is asked."""
        raise NotImplementedError

    def rows_of(self, payload: Any) -> list[dict[str, Any]]:
        raise NotImplementedError

    def listing(self, rows: Iterable[Any]) -> Any:
        """The network's envelope around these rows."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc):
        several = {
            "case": "cases",
            "question": "questions",
            "spoilt": "spoilt_sales",
            "spoilt_inquiry": "spoilt_inquiries",
        }
        for name, source in several.items():
            if name in metafunc.fixturenames:
                values = getattr(metafunc.cls, source)
                ids = [case.file for case in values] if name == "case" else list(values)
                metafunc.parametrize(name, values, ids=ids)

    @pytest.fixture
    def server(self):
        server = NetworkServer()
        for path, answer in self.standing.items():
            server.answers[path] = self.pages(answer)
        yield server
        server.close()

    @pytest.fixture
    def tokens(self):
        return KeptTokens()

    @pytest.fixture
    def network(self, server, tokens):
        return self.connect(server, tokens)

    def connect(self, server: NetworkServer, tokens: KeptTokens, **changes: Any) -> Any:
        options = {
            "credentials": self.credentials,
            "base_url": server.url,
            "http": Client(allow_loopback=True, read_timeout=0.3, total_timeout=5, pauses=()),
            "tokens": tokens,
            "clock": network_time,
        }
        return self.adapter(**(options | changes))

    def payload(self, file: str) -> Any:
        return json.loads((self.payloads / file).read_text())

    def recorded_sale(self, **changes: Any) -> dict[str, Any]:
        row = self.rows_of(self.payload(self.sale_file))[0] | changes
        return {name: value for name, value in row.items() if value is not MISSING}

    # ---- The tests ------------------------------------------------------------------------------------------

    def test_the_adapter_is_registered_under_its_slug(self):
        assert NETWORKS[self.adapter.slug] is self.adapter
        assert self.adapter.default_base_url.startswith("https://")
        assert self.adapter.credential_names and self.adapter.title
        assert self.adapter.capabilities.sub_id_length >= len(CLICK)

    def test_every_payload_is_a_case(self):
        assert {path.name for path in self.payloads.iterdir()} == {case.file for case in self.cases}

    def test_a_payload_means_exactly_this(self, case, server, network):
        payload = self.payload(case.file)
        if case.status == 200:
            server.answers[case.at] = self.pages(payload)
        else:
            server.answers[case.at] = Reply(json.dumps(payload), status=case.status)

        answer = self._answer(case.ask, network, payload)

        assert _comparable(answer) == case.expected
        _assert_sound(answer)

    def test_a_sale_keeps_the_row_it_was_read_from(self, server, network):
        row = self.recorded_sale()
        server.answers[self.sales_path] = self.pages(self.listing([row]))

        (sale,) = sales(network, None)

        assert json.loads(json.dumps(dict(sale.raw), default=float)) == row
        assert sale.observed_at == network_time()

    def test_a_spoilt_sale_is_refused_by_the_name_of_its_field(self, spoilt, server, network):
        changes, field = self.spoilt_sales[spoilt]
        good, bad = self.recorded_sale(), self.recorded_sale(**changes)
        server.answers[self.sales_path] = self.pages(self.listing([bad, self._another(good)]))

        refused, read = sales(network, None)

        assert isinstance(refused, Unreadable)
        assert refused.field == field
        assert str(refused).startswith(f"{field}: ")
        assert json.loads(json.dumps(refused.raw, default=float)) == bad
        assert isinstance(read, Sale)

    def test_an_empty_report_has_no_sales(self, server, network):
        server.answers[self.sales_path] = self.pages(self.listing([]))

        assert sales(network, None) == []

    def test_a_deeplink_carries_the_click_and_keeps_the_rest(self):
        link = self.adapter.deeplink(
            tracking_url=self.tracking_url, click_ref=CLICK, target_url="https://shop.example/чай?a=1&b=2#c"
        )

        given, made = urlsplit(self.tracking_url), urlsplit(link)
        query = parse_qs(made.query, strict_parsing=True)
        assert (made.scheme, made.netloc, made.path) == (given.scheme, given.netloc, given.path)
        assert query.pop(self.click_parameter) == [CLICK]
        assert query.pop(self.target_parameter) == ["https://shop.example/чай?a=1&b=2#c"]
        assert query == parse_qs(given.query)
        assert link.isascii()

    def test_a_deeplink_without_a_target_leads_where_the_link_leads(self):
        link = self.adapter.deeplink(tracking_url=self.tracking_url, click_ref=CLICK)

        given = parse_qs(urlsplit(self.tracking_url).query)
        assert parse_qs(urlsplit(link).query) == given | {self.click_parameter: [CLICK]}

    def test_a_deeplink_of_a_deeplink_carries_the_later_click_and_target(self):
        first = self.adapter.deeplink(
            tracking_url=self.tracking_url, click_ref="0" * 26, target_url="https://shop.example/old"
        )

        second = self.adapter.deeplink(
            tracking_url=first, click_ref=CLICK, target_url="https://shop.example/"
        )

        query = parse_qs(urlsplit(second).query)
        assert query[self.click_parameter] == [CLICK]
        assert query[self.target_parameter] == ["https://shop.example/"]

    @pytest.mark.parametrize("link", ["", "javascript:alert(1)", "/g/abc/", "https://"])
    def test_a_deeplink_of_what_is_no_link_is_refused(self, link):
        with pytest.raises(Unreadable):
            self.adapter.deeplink(tracking_url=link, click_ref=CLICK)

    def test_a_postback_without_any_of_our_references_is_refused(self):
        with pytest.raises(Unreadable):
            self.adapter.parse_postback(fields={})

    @pytest.mark.parametrize("failure", FAILURES)
    def test_a_failing_network_is_unavailable_or_refuses(self, question, failure, server, network):
        reply, error = FAILURES[failure]
        path, ask = self.questions[question]
        server.answers[path] = reply

        with pytest.raises(error) as failed:
            ask(network, None)

        self._assert_no_secret(failed)
        if failure == "503 with a time":
            assert failed.value.retry_after == 17

    def test_a_network_that_is_away_is_unavailable(self, question, server, network):
        server.close()

        with pytest.raises(Unavailable):
            self.questions[question][1](network, None)

    def test_a_token_that_died_is_replaced_once_and_the_question_asked_again(self, question, server, network):
        path, ask = self.questions[question]
        answer, refusals = server.answers.get(path, self.pages(self.listing([]))), [Reply("{}", status=401)]
        server.answers[path] = lambda asked: refusals.pop() if refusals else answer(asked)

        ask(network, None)

        assert refusals == []

    def test_a_network_that_refuses_every_token_is_not_asked_for_ever(self, question, server, network):
        path, ask = self.questions[question]
        server.answers[path] = Reply("{}", status=401)
        began = time.monotonic()

        with pytest.raises(Refused) as refused:
            ask(network, None)

        self._assert_no_secret(refused)
        assert len(server.asked_at(path)) == 2
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize("wanting", ["missing", "blank"])
    def test_each_credential_is_needed(self, wanting, server, tokens):
        for name in self.adapter.credential_names:
            credentials = dict(self.credentials) | {name: " "}
            if wanting == "missing":
                del credentials[name]
            with pytest.raises(Refused, match=name):
                self.connect(server, tokens, credentials=credentials).check_credentials()

    # ---- The claims -----------------------------------------------------------------------------------------

    @pytest.fixture
    def claims(self):
        """What the network asks of an inquiry; a network that takes none has nothing to prove here."""
        if not self.adapter.capabilities.takes_claims:
            pytest.skip("This network takes no claims by its API.")
        return self.adapter.capabilities.claims

    def inquiry_row(self, **changes: Any) -> dict[str, Any]:
        row = self.payload(self.lodged_file) | {self.reference_field: REFERENCE} | changes
        return {name: value for name, value in row.items() if value is not MISSING}

    def test_our_reference_fits_the_network_and_its_rules_are_whole(self, claims):
        assert claims.longest_reference >= 60
        assert claims.longest_order_id > 0 and claims.longest_comment > 0
        assert not claims.needs_receipt or (claims.receipt_types and claims.longest_receipt > 0)
        assert claims.usual_answer <= timedelta(days=75)

    def test_a_lodged_inquiry_tells_our_reference_and_brings_the_whole_receipt(self, claims, server, network):
        server.answers[self.lodge_path] = self.inquiry_row()

        word = network.lodge(request=a_request())

        (asked,) = server.asked_at(self.lodge_path)
        assert REFERENCE in [*asked.form.values(), *asked.query.values()]
        assert [content for _, _, content in asked.files.values()] == [RECEIPT] * bool(claims.receipt_types)
        assert (word.reference, word.state) == (REFERENCE, InquiryState.PROCESSING)
        assert word.observed_at == network_time()
        _assert_sound(word)

    @pytest.mark.parametrize("failure", ["500", "503", "429", "silence", "html", "truncated", "cut off"])
    def test_an_inquiry_is_sent_once_whatever_becomes_of_it(self, failure, claims, server, tokens):
        network = self.connect(
            server,
            tokens,
            http=Client(allow_loopback=True, read_timeout=0.3, total_timeout=5, pauses=(0.01, 0.01)),
        )
        server.answers[self.lodge_path] = FAILURES[failure][0]

        with pytest.raises(Unavailable):
            network.lodge(request=a_request())

        assert len(server.asked_at(self.lodge_path)) == 1

    def test_the_network_is_asked_by_our_reference_and_others_rows_are_not_ours(
        self, claims, server, network
    ):
        others = self.inquiry_row(**{self.reference_field: "another"})
        server.answers[self.inquiries_path] = self.pages(self.listing([others, self.inquiry_row()]))

        found = network.find_inquiry(kind=InquiryKind.UNTRACKED, reference=REFERENCE)

        assert found is not None and found.reference == REFERENCE

    def test_a_reference_that_the_network_does_not_hold_is_not_found(self, claims, server, network):
        others = self.inquiry_row(**{self.reference_field: f"{REFERENCE}0"})
        server.answers[self.inquiries_path] = self.pages(self.listing([others]))

        assert network.find_inquiry(kind=InquiryKind.UNTRACKED, reference=REFERENCE) is None

    def test_a_spoilt_inquiry_is_refused_by_the_name_of_its_field(
        self, spoilt_inquiry, claims, server, network
    ):
        changes, field = self.spoilt_inquiries[spoilt_inquiry]
        good, bad = self.inquiry_row(), self.inquiry_row(**changes)
        server.answers[self.inquiries_path] = self.pages(self.listing([bad, good | {"id": 987654}]))

        refused, read = inquiries(InquiryKind.UNTRACKED)(network, None)

        assert isinstance(refused, Unreadable)
        assert refused.field == field
        assert json.loads(json.dumps(refused.raw, default=float)) == bad
        assert isinstance(read, InquiryWord)

    # ---- What they are made of ------------------------------------------------------------------------------

    def _answer(self, ask: Callable[[Any, Any], Any], network: Network, payload: Any) -> Any:
        try:
            return ask(network, payload)
        except Refused as refusal:
            return str(refusal)

    def _another(self, row: dict[str, Any]) -> dict[str, Any]:
        """The same row as another sale: every numeric id is another one."""
        return row | {name: row[name] + 1 for name in ("id", "action_id") if isinstance(row.get(name), int)}

    def _assert_no_secret(self, failed: Any) -> None:
        told = "".join(traceback.format_exception(failed.value))
        for name in self.adapter.credential_names:
            if "secret" in name or "token" in name or "key" in name:
                assert self.credentials[name] not in told


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


MISSING = _Missing()


def _comparable(answer: Any) -> Any:
    """The answer with refused rows as NotRead, and without the raw rows, which have a test of their own."""
    if isinstance(answer, list | tuple):
        return [_comparable(part) for part in answer]
    if isinstance(answer, Unreadable):
        return NotRead(answer.field)
    if isinstance(answer, Sale | OrderCheck | InquiryWord):
        return dataclasses.replace(answer, raw={})
    return answer


def _assert_sound(value: Any, name: str = "answer") -> None:
    """No float anywhere, money in whole minor units of a real currency, every time aware."""
    assert not isinstance(value, float), name
    if name.endswith("_minor"):
        assert value is None or type(value) is int
    if name == "currency":
        check_currency(value)
    if isinstance(value, datetime):
        assert value.tzinfo is not None, name
    if isinstance(value, Decimal):
        assert value.is_finite(), name
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for part in dataclasses.fields(value):
            if part.name != "raw":
                _assert_sound(getattr(value, part.name), part.name)
    elif isinstance(value, list | tuple):
        for part in value:
            _assert_sound(part, name)
