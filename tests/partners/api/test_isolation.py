"""The wall between partners, from the API's side: whatever of Acorn's Birch's server names, it gets nothing of it.

Every address of the API is probed with every identifier of Acorn's; an address that comes anew is probed by itself.
"""

import re
from collections.abc import Iterator

import pytest
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

from cashback.lib import ids
from partners import api_keys
from partners.models import OutboxEvent, Shopper
from partners.webhooks.models import Delivery, WebhookEndpoint
from support.claims.models import Claim, Kind
from support.desk.models import StoredFile
from tests import make, walled
from tests.api_client import Server, is_a_problem
from transactions.models import Click, Transaction

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
    api_keys.create(partner=acorns.partner, name=MARK)
    rows = walled.fill(acorns, mark=MARK, at=at)
    return {
        "shopper": acorns.external_id,
        "shopper's own id": ids.public("shp", acorns.pk),
        "storefront": acorns.storefront.slug,
        "claim": rows[Claim].public_number,
        "claim's id": _public("clm", rows[Claim]),
        "click": _public("clk", rows[Click]),
        "transaction": _public("txn", rows[Transaction]),
        "event": _public("evt", rows[OutboxEvent]),
        "endpoint": _public("whe", rows[WebhookEndpoint]),
        "delivery": _public("whd", rows[Delivery]),
        "file": _public("fil", StoredFile.objects.filter(partner=acorns.partner).first()),
        "bare": str(acorns.pk),
    }


def _public(prefix: str, row: Model) -> str:
    return ids.public(prefix, row.pk)


@pytest.fixture
def server(birch, bob, settings) -> Server:
    settings.API_CALLS_PER_MINUTE = 1_000_000
    return Server(birch.partner)


def addresses() -> list[str]:
    """Of the whole API, below its root, each with the names of its parameters in angle brackets."""

    def walk(resolver: URLResolver, above: str) -> Iterator[str]:
        for each in resolver.url_patterns:
            here = above + str(each.pattern)
            if isinstance(each, URLPattern):
                yield here
            else:
                yield from walk(each, here)

    return [path.removeprefix("api/v1/") for path in walk(get_resolver(), "") if path.startswith("api/v1/")]


def parameters(address: str) -> list[str]:
    return re.findall(r"<(?:\w+:)?(\w+)>", address)


def filled(address: str, names: dict[str, str]) -> Iterator[str]:
    """The address with each of Acorn's names in each of its places; where it has two, with the right pair as well."""
    own = {**names, "external_id": names["shopper"]}
    for name in {*names.values()}:
        yield re.sub(r"<(?:\w+:)?(\w+)>", name, address)
        yield re.sub(r"<(?:\w+:)?(\w+)>", lambda found, name=name: own.get(found[1], name), address)


def test_every_identifier_of_acorns_at_every_address_is_unknown_to_birch(server, names):
    probes, leaks = 0, []
    for address in addresses():
        for path in sorted(set(filled(address, names))) if parameters(address) else []:
            answer = server.get(path)
            probes += 1
            if MARK.encode() in answer.content or answer.status_code not in (403, 404, 405):
                leaks.append((path, answer.status_code))
    assert leaks == []
    print(f"{probes} probes by GET")
    assert probes >= 150


def test_nothing_of_acorns_changes_by_birchs_word(server, names, acorns):
    before = everything_of(acorns)
    probes, leaks = 0, []
    for address in addresses():
        for path in sorted(set(filled(address, names))) if parameters(address) else []:
            for method, body in WRITES.items():
                answer = server.send(method, path, body)
                probes += 1
                if MARK.encode() in answer.content or not (
                    is_a_problem(answer) or is_their_own(method, path)
                ):
                    leaks.append((method, path, answer.status_code))
    assert leaks == []
    assert everything_of(acorns) == before
    print(f"{probes} probes by POST, PUT, PATCH and DELETE")
    assert probes >= 500


def is_their_own(method: str, path: str) -> bool:
    """A partner names its shoppers as it likes, by the names of another's too: that makes one of its own."""
    return re.fullmatch(r"shoppers/[^/]+", path) is not None and method in ("put", "delete")


def test_no_list_of_birchs_is_filtered_into_acorns_rows(server, names):
    probes, leaks = 0, []
    for address in addresses():
        if parameters(address):
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
    before = everything_of(acorns)
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
    assert everything_of(acorns) == before


def everything_of(shopper: Shopper) -> list[list[dict]]:
    """The rows of the shopper's partner that the API can reach."""
    partner = shopper.partner
    of = (Shopper, Click, Transaction, Claim, WebhookEndpoint, Delivery, StoredFile, OutboxEvent)
    return [list(model.objects.filter(partner=partner).order_by("pk").values()) for model in of]
