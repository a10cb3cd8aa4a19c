import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from partners.models import OutboxEvent, Storefront
from partners.services import emit
from partners.webhooks import messages, reading, sending, services
from partners.webhooks.models import Delivery, WebhookEndpoint
from tests.lib.wire import Answer, Server
from tests.partners.webhooks.receiver import Receiver


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock(at) -> Clock:
    return Clock(at)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def other_receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], Server]]:
    """A server that says exactly these bytes."""
    servers = []

    def start(answer: Answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def acorn(transactional_db, acorn):
    """Committed rows: the outbox is read no further than the oldest transaction that is open."""
    return acorn


@pytest.fixture
def birch(transactional_db, birch):
    return birch


@pytest.fixture
def endpoint(acorn, receiver, at) -> WebhookEndpoint:
    return listen(acorn, receiver.url, at)


def listen(storefront: Storefront, url: str, at: datetime, **facts) -> WebhookEndpoint:
    return services.create(partner=storefront.partner, url=url, at=at, **facts)


def happen(storefront: Storefront, at: datetime, *, count: int = 1, type: str = "transaction.created"):
    """Events of the partner's, oldest first."""
    return [
        emit(
            partner_id=storefront.partner_id,
            type=type,
            subject_id=storefront.pk,
            payload={"order_id": f"№ {number}"},
            at=at,
        )
        for number in range(count)
    ]


def send(clock: Clock, *, seconds: float = 60) -> int:
    """What beat and worker do: the outbox is read, and all that is due is sent."""
    reading.read_outbox(at=clock())
    return sending.deliver(clock=clock, seconds=seconds)


def live(
    clock: Clock,
    *,
    until: datetime,
    step: timedelta = timedelta(days=1),
    each_time: Callable[[], object] = lambda: None,
) -> None:
    """Time passes from one due delivery to the next, by `step` at most; `each_time` comes at every stop."""
    while clock.now < until:
        each_time()
        send(clock)
        waiting = Delivery.objects.waiting().filter(endpoint__is_enabled=True)
        stops = [
            max(due, rests or due)
            for due, rests in waiting.values_list("next_attempt_at", "endpoint__rests_until")
        ]
        soonest = max(min(stops, default=until), clock.now + timedelta(milliseconds=1))
        clock.now = min(soonest, clock.now + step, until)
    send(clock)


def names(events: list[OutboxEvent]) -> list[str]:
    return [messages.event_id(event) for event in events]


@pytest.fixture
def tls_server(tmp_path) -> Iterator[Receiver]:
    """Speaks https with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "elsewhere.example")])
    now = datetime.now(tz=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    file = tmp_path / "server.pem"
    file.write_bytes(certificate + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    made = Receiver(tls=context)
    yield made
    made.close()
