"""Whose rows the database shows: one partner's, some partners', everybody's, or none at all.

Code says what it may see by a context; the database holds it to that by row-level security (docs/adr/0014). Where
nothing has been said, a table that holds partners' rows answers with an error, not with an empty page:

    with of_partner(ticket.partner_id): ...        a shopper, a partner's server
    with of_partners(ids): ...                     staff who work for some partners
    with all_partners("task offers.refresh"): ...  everybody's; logged, with the reason

How the database is told is `cashback.lib.sight.base`, the engine; how a table is walled, the database's own function
`wall` (cashback/migrations/0001_walls.py).
"""

import logging
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

logger = logging.getLogger(__name__)

# The database's role behind the walls: it owns nothing and no policy spares it.
ROLE = "vitrina_partner"
# The database's setting that the policies read: an array of partners' ids, as PostgreSQL writes it.
SETTING = "vitrina.partners"


@dataclass(frozen=True, slots=True)
class Sight:
    """What is seen. `setting` is the text of SETTING; "" makes each policy fail loudly. `reason` is why everybody's
    rows are seen, and then no role is taken."""

    setting: str = ""
    reason: str = ""

    @property
    def is_of_all(self) -> bool:
        return bool(self.reason)

    @property
    def words(self) -> bytes:
        """SQL that makes the running transaction see this, and nothing that outlives it."""
        role = "NONE" if self.is_of_all else ROLE
        return f"SET LOCAL ROLE {role}; SET LOCAL {SETTING} = '{self.setting}'".encode()


NOTHING = Sight()

_sight: ContextVar[Sight | None] = ContextVar("sight", default=None)
# Where nothing has been said, in this thread or that.
_of_process = NOTHING


def current() -> Sight:
    return _sight.get() or _of_process


def process_sees_all(reason: str) -> None:
    """A process that does one thing for everybody, such as a command that an operator has typed."""
    global _of_process
    logger.info("Sees all partners: %s", reason)
    _of_process = Sight(reason=reason)


@contextmanager
def nothing() -> Iterator[None]:
    """A new beginning, such as a request: whatever was seen before, or is said inside, ends here."""
    with _as(NOTHING):
        yield


@contextmanager
def of_partner(partner_id: uuid.UUID) -> Iterator[None]:
    """The partner's rows are seen and written, and no others."""
    with _as(_of([partner_id])):
        yield


@contextmanager
def of_partners(partner_ids: Collection[uuid.UUID]) -> Iterator[None]:
    with _as(_of(partner_ids)):
        yield


@contextmanager
def all_partners(reason: str, *, is_hot: bool = False) -> Iterator[None]:
    """Everybody's rows are seen. `is_hot` is for what every request does, such as finding whose key it brings: then
    the log has it at level DEBUG."""
    logger.log(logging.DEBUG if is_hot else logging.INFO, "Sees all partners: %s", reason)
    with _as(Sight(reason=reason)):
        yield


def settle_on(partner_ids: Collection[uuid.UUID]) -> None:
    """From here to the end of the request (see `nothing`) these partners' rows are seen: for code that learns on its
    way whose request it is."""
    _sight.set(_of(partner_ids))


def settle_on_all(reason: str) -> None:
    """The same, for who works for everybody."""
    logger.info("Sees all partners: %s", reason)
    _sight.set(Sight(reason=reason))


def _of(partner_ids: Collection[uuid.UUID]) -> Sight:
    # Each is written anew by UUID itself, so that the text needs no escaping.
    listed = ",".join(str(uuid.UUID(str(each))) for each in partner_ids)
    return Sight(setting=f"{{{listed}}}")


@contextmanager
def _as(sight: Sight) -> Iterator[None]:
    token = _sight.set(sight)
    try:
        yield
    finally:
        _sight.reset(token)
