"""A partner's server by the API: its endpoints, what came there, and rubbish in every field."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from partners.keys import api_keys
from partners.models import OutboxEvent
from partners.webhooks import catalogue, services
from partners.webhooks.models import Delivery, WebhookEndpoint
from tests.partners.webhooks.conftest import happen, listen, names, send

ROOT = "/api/v1/webhook-endpoints"


class Server:
    """A partner's own, with a key of its."""

    def __init__(self, storefront, scopes=None) -> None:
        facts = {} if scopes is None else {"scopes": scopes}
        self._key = api_keys.create(partner=storefront.partner, name="server", **facts)[1]
        self._client = Client()

    def ask(self, method: str, path: str, body=None, **headers):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        sent = {} if body is None else {"data": data, "content_type": "application/json"}
        given = {"authorization": f"Bearer {self._key}", **headers}
        return self._client.generic(method, path, headers=given, **sent)


@pytest.fixture
def acorns(acorn) -> Server:
    return Server(acorn)


@pytest.fixture
def birchs(birch) -> Server:
    return Server(birch)


def path_of(endpoint: WebhookEndpoint, rest: str = "") -> str:
    return f"{ROOT}/{endpoint.public_id}{rest}"


def codes(answer) -> set[str]:
    said = answer.json()
    return {said["code"], *(error["code"] for error in said["errors"])}


def test_an_endpoint_is_made_and_its_secret_shown_once(acorns, receiver):
    asked = {
        "url": receiver.url,
        "description": "Ours",
        "event_types": ["claim.opened"],
        "contact_email": "a@b.test",
    }

    made = acorns.ask("POST", ROOT, asked)

    assert made.status_code == 201, made.content
    said = made.json()
    assert {name: said[name] for name in asked} == asked
    assert said["secret"] == WebhookEndpoint.objects.get().secret
    assert made.headers["Cache-Control"] == "no-store"
    del said["secret"]
    assert acorns.ask("GET", f"{ROOT}/{said['id']}").json() == said
    assert acorns.ask("GET", ROOT).json() == {"data": [said], "next_cursor": None}
    assert (said["is_enabled"], said["disabled_reason"], said["api_version"]) == (True, None, "v1")


def test_an_endpoint_is_changed_switched_and_deleted(acorns, endpoint):
    changed = acorns.ask("PATCH", path_of(endpoint), {"description": "New", "is_enabled": False}).json()
    assert (changed["description"], changed["is_enabled"], changed["disabled_reason"]) == (
        "New",
        False,
        "switched_off",
    )
    assert changed["url"] == endpoint.url
    assert acorns.ask("PATCH", path_of(endpoint), {"is_enabled": True}).json()["disabled_reason"] is None

    assert acorns.ask("DELETE", path_of(endpoint)).status_code == 204

    assert acorns.ask("GET", path_of(endpoint)).status_code == 404
    assert acorns.ask("GET", ROOT).json()["data"] == []


def test_a_ping_goes_out_and_its_delivery_is_told(acorns, endpoint, receiver, clock):
    sent = acorns.ask("POST", path_of(endpoint, "/ping"))
    assert sent.status_code == 202
    delivery = sent.json()
    assert (delivery["status"], delivery["event"]["type"], delivery["tries"]) == ("waiting", "test.ping", 0)
    clock.now = timezone.now()
    send(clock)

    told = acorns.ask("GET", path_of(endpoint, f"/deliveries/{delivery['id']}")).json()

    assert (told["status"], told["next_attempt_at"]) == ("delivered", None)
    assert told["message"] == receiver.accepted[0].verified(endpoint.secret)
    (attempt,) = told["attempts"]
    assert (attempt["status"], attempt["answer"], attempt["error"]) == (200, "answer 200", "")
    listed = acorns.ask("GET", path_of(endpoint, "/deliveries")).json()["data"]
    assert listed == [{name: told[name] for name in listed[0]}]


def test_deliveries_come_by_page_and_by_status(acorns, acorn, endpoint, receiver, clock):
    receiver.answer = lambda number: 500 if number == 2 else 200
    events = names(happen(acorn, clock.now, count=5))
    send(clock)

    first = acorns.ask("GET", path_of(endpoint, "/deliveries?limit=3")).json()
    rest = acorns.ask("GET", path_of(endpoint, f"/deliveries?limit=3&cursor={first['next_cursor']}")).json()

    assert [each["event"]["id"] for each in first["data"] + rest["data"]] == events[::-1]
    waiting = acorns.ask("GET", path_of(endpoint, "/deliveries?status=waiting")).json()["data"]
    assert {each["status"] for each in waiting} == {"waiting"}
    assert codes(acorns.ask("GET", path_of(endpoint, "/deliveries?status=lost"))) == {
        "invalid",
        "status_unknown",
    }


def test_events_are_sent_again_by_time_and_one_by_one(acorns, acorn, endpoint, receiver, clock):
    events = names(happen(acorn, clock.now, count=3))
    send(clock)
    since = (clock.now - timedelta(hours=1)).isoformat()

    by_time = acorns.ask("POST", path_of(endpoint, "/replay"), {"since": since})
    clock.now = timezone.now()
    send(clock)
    one = Delivery.objects.order_by("pk").first().public_id
    by_id = acorns.ask("POST", path_of(endpoint, "/replay"), {"delivery": one})
    clock.now = timezone.now()
    send(clock)
    failed = acorns.ask("POST", path_of(endpoint, "/replay"), {"since": since, "only_failed": True})

    assert [each.status_code for each in (by_time, by_id, failed)] == [202, 202, 202]
    assert [each.json() for each in (by_time, by_id, failed)] == [
        {"replayed": 3},
        {"replayed": 1},
        {"replayed": 0},
    ]
    assert sorted(receiver.ids()) == sorted(events * 2 + events[:1])


def test_a_secret_is_rotated(acorns, endpoint):
    answer = acorns.ask("POST", path_of(endpoint, "/rotate-secret"))

    endpoint.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["secret"] == endpoint.secret
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["old_secret_until"] == endpoint.old_secret_until.isoformat()


def test_the_catalogue_is_told_with_examples(acorns):
    said = acorns.ask("GET", "/api/v1/webhook-event-types").json()["data"]

    assert [each["type"] for each in said] == [each.name for each in catalogue.all_types()]
    assert all(each["example"] for each in said)


def test_nothing_of_anothers_is_found_or_touched(birchs, acorn, endpoint, clock):
    happen(acorn, clock.now)
    send(clock)
    delivery = Delivery.objects.get()
    before = WebhookEndpoint.objects.values().get(), Delivery.objects.values().get()

    answers = [
        birchs.ask(method, path_of(endpoint, rest), body)
        for method, rest, body in [
            ("GET", "", None),
            ("PATCH", "", {"is_enabled": False}),
            ("DELETE", "", None),
            ("GET", "/deliveries", None),
            ("GET", f"/deliveries/{delivery.public_id}", None),
            ("POST", "/replay", {"delivery": delivery.public_id}),
            ("POST", "/rotate-secret", None),
            ("POST", "/ping", None),
        ]
    ]

    assert {each.status_code for each in answers} == {404}
    assert birchs.ask("GET", ROOT).json()["data"] == []
    after = WebhookEndpoint.objects.values().get(), Delivery.objects.values().get()
    assert {**after[0], "secret": ""} == {**before[0], "secret": ""}
    assert after[1] == before[1]


def test_a_delivery_of_another_endpoint_is_not_this_ones(acorns, acorn, endpoint, receiver, at):
    other = listen(acorn, receiver.url, at)
    delivery = services.ping(endpoint=other, at=at).public_id

    assert acorns.ask("GET", path_of(endpoint, f"/deliveries/{delivery}")).status_code == 404
    refused = acorns.ask("POST", path_of(endpoint, "/replay"), {"delivery": delivery})
    assert (refused.status_code, codes(refused)) == (400, {"invalid", "delivery_unknown"})


def test_a_key_does_what_its_scopes_say(acorn, endpoint):
    reader = Server(acorn, scopes=["webhooks:read"])
    stranger = Server(acorn, scopes=["catalogue:read"])

    assert reader.ask("GET", ROOT).status_code == 200
    for refused in (
        reader.ask("POST", ROOT, {}),
        reader.ask("DELETE", path_of(endpoint)),
        stranger.ask("GET", ROOT),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


RUBBISH = [
    None,
    0,
    1.5,
    True,
    "",
    " ",
    [],
    {},
    [[]],
    "\x00",
    "\ud800",
    "x" * 3000,
    "é漢",
    -(10**30),
    "null",
    ["x"],
]
FIELDS = {
    "": {
        "url": [],
        "description": ["", " ", "null", "é漢"],
        "event_types": [[]],
        "contact_email": ["", " "],
        "is_enabled": [True],
    },
    "/replay": {"since": [], "until": [], "only_failed": [True], "delivery": []},
}


@pytest.mark.parametrize(("rest", "field"), [(rest, field) for rest in FIELDS for field in FIELDS[rest]])
def test_rubbish_in_a_field_is_refused_and_changes_nothing(acorns, endpoint, rest, field):
    kept = WebhookEndpoint.objects.values(
        "url", "description", "event_types", "contact_email", "is_enabled"
    ).get()
    method, fine = ("PATCH", FIELDS[rest][field]) if not rest else ("POST", FIELDS[rest][field])
    whole = {"since": timezone.now().isoformat()} if rest and field not in ("since", "delivery") else {}

    for rubbish in RUBBISH:
        if any(rubbish == each and type(rubbish) is type(each) for each in fine):
            continue
        answer = acorns.ask(method, path_of(endpoint, rest), {**whole, field: rubbish})
        assert answer.status_code == 400, (rubbish, answer.content)
        assert answer.headers["Content-Type"] == "application/problem+json"

    assert WebhookEndpoint.objects.values(*kept).get() == kept
    assert OutboxEvent.objects.count() == 0


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "7", '"x"', '{"url": NaN}', "[" * 5000, b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(acorns, endpoint, body):
    for method, path in (
        ("POST", ROOT),
        ("PATCH", path_of(endpoint)),
        ("POST", path_of(endpoint, "/replay")),
    ):
        answer = acorns.ask(method, path, body)
        if (method, body) == ("PATCH", ""):
            # Nothing is said, so nothing is changed.
            assert answer.status_code == 200
        else:
            assert answer.status_code == 400, (method, path, answer.content)
    assert WebhookEndpoint.objects.count() == 1


@pytest.mark.parametrize("id", ["x", "whe_", "whe_" + "z" * 26, "whd_" + "0" * 26, "whe_%00", "0" * 500])
def test_an_id_that_is_none_is_404(acorns, endpoint, id):
    for rest in ("", "/deliveries", "/deliveries/x"):
        assert acorns.ask("GET", f"{ROOT}/{id}{rest}").status_code == 404
    assert acorns.ask("GET", path_of(endpoint, f"/deliveries/{id}")).status_code == 404


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://10.0.0.1/", "url_refused"),
        ("http://example.com/", "url_refused"),
        ("https://a:b@example.com/", "url_refused"),
        ("https://example.com:22/", "url_refused"),
        ("https://no-such-host.invalid/", "url_unknown"),
    ],
)
def test_an_address_that_is_not_called_is_refused_at_its_field(acorns, url, code):
    refused = acorns.ask("POST", ROOT, {"url": url})

    assert (refused.status_code, codes(refused)) == (400, {"invalid", code})
    assert refused.json()["errors"][0]["field"] == "url"
    assert WebhookEndpoint.objects.count() == 0


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "replay_unsaid"),
        ({"since": "2026-11-26T10:00:00Z", "delivery": "whd_1"}, "replay_unsaid"),
        ({"since": "2026-11-26T10:00:00"}, "offset_missing"),
        ({"since": "2026-11-26T10:00:00Z", "until": "2026-11-25T10:00:00Z"}, "replay_backwards"),
    ],
)
def test_a_replay_says_what_it_wants(acorns, endpoint, body, code):
    assert codes(acorns.ask("POST", path_of(endpoint, "/replay"), body)) == {"invalid", code}


def test_a_type_of_event_that_there_is_not_is_refused(acorns, receiver):
    refused = acorns.ask("POST", ROOT, {"url": receiver.url, "event_types": ["claim.opened", "claim.lost"]})

    assert codes(refused) == {"invalid", "event_type_unknown"}


def test_what_the_service_refuses_is_a_409(acorns, endpoint, at):
    old = acorns.ask("POST", path_of(endpoint, "/replay"), {"since": (at - timedelta(days=31)).isoformat()})
    services.switch_off(endpoint=endpoint, at=at)
    off = acorns.ask("POST", path_of(endpoint, "/ping"))

    assert [(each.status_code, each.json()["code"]) for each in (old, off)] == [
        (409, "replay_too_old"),
        (409, "endpoint_is_off"),
    ]


def test_an_endpoint_is_made_once_under_one_idempotency_key(acorns, receiver):
    first, second = (
        acorns.ask("POST", ROOT, {"url": receiver.url}, **{"idempotency-key": "a-key"}) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert WebhookEndpoint.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_webhookendpoint")
        assert first.json()["secret"] not in cursor.fetchone()[0]


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_any_length(acorns, acorn, endpoint, at, rows, django_assert_num_queries):
    for _ in range(rows):
        services.ping(endpoint=endpoint, at=at)
    acorns.ask("GET", ROOT)

    with django_assert_num_queries(3):
        acorns.ask("GET", path_of(endpoint, "/deliveries"))
