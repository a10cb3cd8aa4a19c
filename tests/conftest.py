"""The cast: Alice shops at Acorn (roubles, Russian), Bob at Birch (dollars, English), Sam is staff."""

from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection

from tests import make
from tests.paper_network import paper  # noqa: F401 - a fixture


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Transactional tests end with TRUNCATE, which the ledger refuses: here it goes without that refusal."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER transfer_is_never_emptied")
        cursor.execute("ALTER TABLE ledger_balance DISABLE TRIGGER balance_is_never_emptied")


@pytest.fixture(autouse=True)
def _empty_cache(request):
    if "db" in request.fixturenames or "transactional_db" in request.fixturenames:
        cache.clear()


@pytest.fixture
def at() -> datetime:
    """Now, for services that take the clock from their caller."""
    return datetime.now(tz=UTC)


@pytest.fixture
def account(db):
    return make.account()


@pytest.fixture
def acorn(db):
    """Acorn Bank's storefront: 70 % of the commission to the shopper, 10 % to the bank, credited on approval."""
    return make.storefront(slug="acorn", name="Acorn Bank", currency="RUB", locale="ru")


@pytest.fixture
def birch(db):
    """Birch Club's storefront: dollars, English, credited once the network has paid."""
    return make.storefront(slug="birch", name="Birch Club", currency="USD", locale="en", credit_on="paid")


@pytest.fixture
def alice(acorn):
    return make.shopper(acorn, "alice")


@pytest.fixture
def bob(birch):
    return make.shopper(birch, "bob")


@pytest.fixture
def sam(django_user_model, db):
    return django_user_model.objects.create_user("sam", password="a-long-password", is_staff=True)
