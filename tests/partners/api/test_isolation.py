"""The wall between partners, from the API's side: whatever of Acorn's Birch's server names, it gets nothing of it.

Every address of the API is probed with every identifier of Acorn's; an address that comes anew is probed by itself.
"""

import re

import pytest
from django.urls import get_resolver

from cashback.lib import sight
from partners.models import Shopper
from support.claims.models import Kind
from tests import make, walled
from tests.api_client import Server, is_a_problem
from tests.without_filters import forgotten_filters, wall  # noqa: F401 - a fixture
from transactions.models import Click

pytestmark = pytest.mark.django_db

# In everything of Acorn's that can say anything, and in nothing that Birch's server sends.
MARK = "zweigmark"
WRITES = {"post": {}, "put": {}, "patch": {"is_enabled": False}, "delete": None}
LISTS = (
    "shopper",
    "click",
    "claim",
    "transaction",
    "endpoint",
    "storefront",
    "merchant",
    "cursor",
    "order_id",
)


@pytest.fixture
def acorns(db) -> Shopper:
    storefront = make.storefront(slug="gehoelz", name=f"{MARK} bank", currency="RUB", locale="ru")
    return make.shopper(storefront, "sh-77")


@pytest.fixture
def names(acorns, at) -> dict[str, str]:
    """By kind, how Acorn's own server would name what is Acorn's."""
    return walled.names(acorns, walled.fill(acorns, mark=MARK, at=at))


@pytest.fixture
def server(birch, bob, settings) -> Server:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    return Server(birch.partner)


def addresses() -> list[str]:
    """Of the whole API, below its root."""
    return [
        path.removeprefix("api/v1/")
        for path in walled.addresses(get_resolver())
        if path.startswith("api/v1/")
    ]


def test_every_identifier_of_acorns_at_every_address_is_unknown_to_birch(server, names):
    probes, leaks = 0, []
    for address in addresses():
        for path in sorted(set(walled.filled(address, names))) if walled.parameters(address) else []:
            answer = server.get(path)
            probes += 1
            if MARK.encode() in answer.content or answer.status_code not in (403, 404, 405):
                leaks.append((path, answer.status_code))
    assert leaks == []
    print(f"{probes} probes by GET")
    assert probes >= 150


def test_the_probe_sees_what_leaks_where_there_is_neither_filter_nor_wall(server, names, monkeypatch):
    """Else the silence above would prove nothing."""
    monkeypatch.setattr(sight.Sight, "words", sight.Sight(reason="no wall").words)
    with forgotten_filters():
        for path in (f"transactions/{names['transaction']}", f"webhook-endpoints/{names['endpoint']}"):
            assert MARK in server.get(path).content.decode(), path


def test_nothing_of_acorns_changes_by_birchs_word(server, names, acorns):
    before = walled.everything_of(acorns)
    probes, leaks = 0, []
    for address in addresses():
        for path in sorted(set(walled.filled(address, names))) if walled.parameters(address) else []:
            for method, body in WRITES.items():
                answer = server.send(method, path, body)
                probes += 1
                if MARK.encode() in answer.content or not (
                    is_a_problem(answer) or is_their_own(method, path)
                ):
                    leaks.append((method, path, answer.status_code))
    assert leaks == []
    assert walled.everything_of(acorns) == before
    print(f"{probes} probes by POST, PUT, PATCH and DELETE")
    assert probes >= 500


def is_their_own(method: str, path: str) -> bool:
    """A partner names its shoppers as it likes, by the names of another's too: that makes one of its own."""
    return re.fullmatch(r"shoppers/[^/]+", path) is not None and method in ("put", "delete")


def test_no_list_of_birchs_is_filtered_into_acorns_rows(server, names):
    probes, leaks = 0, []
    for address in addresses():
        if walled.parameters(address):
            continue
        for field in LISTS:
            for name in names.values():
                answer = server.get(address, {field: name})
                probes += 1
                if MARK.encode() in answer.content or answer.status_code >= 500:
                    leaks.append((address, field, name, answer.status_code))
    assert leaks == []
    print(f"{probes} probes by filters")
    assert probes >= 500


def test_a_body_that_names_what_is_acorns_is_refused(server, names, acorns, bob):
    before = walled.everything_of(acorns)
    merchant = Click.objects.first().merchant.slug
    mine, theirs = bob.external_id, names["shopper"]
    bodies = [
        ("clicks", {"shopper": theirs, "merchant": merchant}),
        ("clicks", {"shopper": mine, "merchant": merchant, "storefront": names["storefront"]}),
        ("embed-sessions", {"shopper": theirs, "storefront": names["storefront"]}),
        ("embed-sessions", {"shopper": mine, "storefront": names["storefront"]}),
        *(("claims", {"shopper": theirs, "kind": kind, "text": "Where is it?"}) for kind in Kind.values),
        *(
            ("claims", {"shopper": mine, "kind": kind, "click_id": names["click"], "order_no": "1"})
            for kind in Kind.values
        ),
        *(
            ("claims", {"shopper": mine, "kind": kind, "transaction_id": names["transaction"]})
            for kind in Kind.values
        ),
    ]
    for path, body in bodies:
        answer = server.post(path, body)
        assert is_a_problem(answer) and MARK not in answer.content.decode(), (path, body, answer.content)
    assert walled.everything_of(acorns) == before
