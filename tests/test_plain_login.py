"""A production's login: it owns its database, and no policy spares it for being a superuser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.utils.crypto import get_random_string

ROOT = Path(__file__).resolve().parents[1]
LOOK = """
from cashback.lib import sight
from django.db import DataError
from partners.models import Shopper
from tests import make
alice, bob = (
    make.shopper(make.storefront(slug=name, name=name, currency="RUB", locale="ru"), name) for name in ("alice", "bob")
)
with sight.of_partner(alice.partner_id):
    print([shopper.external_id for shopper in Shopper.objects.all()])
try:
    with sight.nothing():
        Shopper.objects.count()
except DataError as error:
    print(type(error).__name__)
with sight.all_partners("a test"):
    print(Shopper.objects.count())
"""


@pytest.fixture
def plain_login() -> Iterator[str]:
    """The address of a database of its own, as its owner signs in."""
    name, word = "plain_login", get_random_string(20)
    server = urlsplit(os.environ["DATABASE_URL"])
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as root:
        root.execute(f"CREATE ROLE {name} LOGIN NOSUPERUSER PASSWORD '{word}'")
        # As ADR 0014 has it for a login that may make no role.
        if not root.execute("SELECT 1 FROM pg_roles WHERE rolname = 'vitrina_partner'").fetchone():
            root.execute("CREATE ROLE vitrina_partner NOLOGIN")
        root.execute(f"GRANT vitrina_partner TO {name}")
        root.execute(f"CREATE DATABASE {name} OWNER {name}")
        yield server._replace(
            netloc=f"{name}:{word}@{server.hostname}:{server.port}", path=f"/{name}"
        ).geturl()
        root.execute(f"DROP DATABASE {name} WITH (FORCE)")
        root.execute(f"REVOKE vitrina_partner FROM {name} CASCADE")
        root.execute(f"DROP ROLE {name}")


def test_the_owner_of_the_database_can_take_the_role_and_is_held_by_it(plain_login):
    def manage(*words: str) -> str:
        command = [sys.executable, "manage.py", *words]
        environment = os.environ | {"DATABASE_URL": plain_login}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    manage("migrate", "--verbosity", "0")
    assert manage("shell", "--no-imports", "-c", LOOK).split("\n")[:3] == ["['alice']", "DataError", "2"]
