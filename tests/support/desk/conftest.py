"""Anna and Boris answer shoppers; the house's promises about time hold."""

from datetime import UTC, datetime

import pytest

from cashback.lib import doorbell
from support.clocks.services import make_default_policies
from tests.support import desk_make


@pytest.fixture(autouse=True)
def _quiet():
    """Nobody has to run what would be rung for."""
    with doorbell.muted():
        yield


@pytest.fixture
def noon() -> datetime:
    """A Wednesday."""
    return datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def promises(db) -> None:
    make_default_policies()


@pytest.fixture
def anna(db):
    return desk_make.agent("Anna")


@pytest.fixture
def boris(db):
    return desk_make.agent("Boris")


@pytest.fixture
def ticket(alice, noon):
    return desk_make.ticket(alice, at=noon)
