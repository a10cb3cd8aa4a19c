"""The cast: Alice shops at Acorn (roubles, Russian), Bob at Birch (dollars, English), Sam is staff."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache, caches
from django.db import connection
from django.test import override_settings

from cashback.lib import sight
from tests import make
from tests.paper_network import paper  # noqa: F401 - a fixture

# A test looks behind every wall; a request that it makes begins without sight, like any other.
sight.process_sees_all("tests")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Transactional tests end with TRUNCATE, which the ledger refuses: here it goes without that refusal."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER transfer_is_never_emptied")
        cursor.execute("ALTER TABLE ledger_balance DISABLE TRIGGER balance_is_never_emptied")


@pytest.fixture(scope="session", autouse=True)
def _files_as_they_are():
    """Pages name their style sheets plainly: nobody has to collect static files before a test."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}):
        yield


@pytest.fixture(scope="session", autouse=True)
def _static_root():
    """Where collectstatic would have put its files: the web server's part looks for it at its start."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _empty_cache(request):
    if {"db", "transactional_db", "_django_db_helper"} & set(request.fixturenames):
        cache.clear()
        caches["fragments"].clear()


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
