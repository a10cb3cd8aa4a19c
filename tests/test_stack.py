"""The supervisor, with real PostgreSQL and Redis; no Django needed."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from cashback import stack as commands
from cashback.embedded import Stack, as_postgres_user, free_port, locale_environment, postgres_binary
from cashback.supervisor import ROOT, AlreadyRunning, Interrupted, Service, StackError, answers, says

# Two processes in one group, of which only the first hears of a polite signal.
FAMILY = ["sh", "-c", "sleep 600 & echo up; wait"]

STACK = [sys.executable, "-m", "cashback.stack"]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A stack's directory; whatever a failed test left running in it is ended."""
    yield tmp_path / "stack"
    for pid in processes_of(tmp_path / "stack"):
        os.kill(pid, signal.SIGKILL)


@pytest.fixture
def environment() -> dict[str, str]:
    """Ours, without the services that this very test run was given."""
    return {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}


def processes_of(directory: Path) -> list[int]:
    """Living processes that name the directory in their words or environment, or work inside it."""
    found, name = [], str(directory)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            if name.encode() in words or os.readlink(process / "cwd").startswith(name):
                found.append(int(process.name))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def is_soon_empty(directory: Path) -> bool:
    deadline = time.monotonic() + 10
    while processes_of(directory) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not processes_of(directory)


def start_run(directory: Path, environment: dict[str, str], *command: str) -> subprocess.Popen[str]:
    """`stack run` on this directory, once its command has said "up"."""
    process = subprocess.Popen(
        [*STACK, "run", "--dir", str(directory), "--", *command],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def run_stack(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STACK, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


def with_connection(script: str) -> list[str]:
    """A command that runs `script` with a `connection` to the stack's database."""
    connect = "connection = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True)"
    return [sys.executable, "-c", f"import os, subprocess, psycopg; {connect}; {script}"]


def test_stack_gives_postgres_18_and_redis_and_leaves_no_process(directory: Path) -> None:
    with Stack(directory, throwaway=True) as stack:
        stack.start_postgres()
        stack.start_redis()
        stack.start("family", FAMILY, ready=says("up"))
        with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
            assert connection.info.server_version // 10_000 == 18
            assert connection.info.dbname == "vitrina"
            assert connection.execute("SELECT lower('Ж'), 'ёж' ILIKE 'ЁЖ'").fetchone() == ("ж", True)
        assert redis.from_url(stack.environment["REDIS_URL"]).ping()
        password = stack.secrets["postgres_password"]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(stack.environment["DATABASE_URL"].replace(password, "wrong"))
        assert len(processes_of(directory)) > 4

    assert processes_of(directory) == []


def test_temporary_directory_is_removed_at_the_end() -> None:
    with Stack() as stack:
        directory = stack.directory
        stack.start_redis()
        assert (directory / "redis").exists()

    assert not directory.exists()


def test_killed_supervisor_leaves_its_data_to_the_next_run_and_no_process(
    directory: Path, environment: dict[str, str]
) -> None:
    statements = "CREATE TABLE purchase AS SELECT 7 AS id"
    script = f"connection.execute('{statements}'); print('up', flush=True); subprocess.run(['sleep', '600'])"
    supervisor = start_run(directory, environment, *with_connection(script))

    supervisor.kill()
    supervisor.wait()
    read = with_connection("print(connection.execute('TABLE purchase').fetchall())")
    resumed = run_stack(environment, "run", "--dir", str(directory), "--", *read)

    assert (resumed.stdout, resumed.returncode) == ("[(7,)]\n", 0), resumed.stderr
    assert is_soon_empty(directory)


def test_interrupt_stops_everything_even_where_the_shell_had_it_ignored(
    directory: Path, environment: dict[str, str]
) -> None:
    ours = signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # children inherit it, as they do from `sh -c 'cmd &'`
    try:
        supervisor = start_run(directory, environment, *FAMILY)
    finally:
        signal.signal(signal.SIGINT, ours)

    supervisor.send_signal(signal.SIGINT)

    assert supervisor.wait(20) == 128 + signal.SIGINT
    assert processes_of(directory) == []


def test_run_passes_the_exit_code_on(directory: Path, environment: dict[str, str]) -> None:
    directory.parent.chmod(0o700)

    finished = run_stack(environment, "run", "--dir", str(directory), "--", "sh", "-c", "echo done; exit 7")

    assert (finished.stdout, finished.stderr, finished.returncode) == ("done\n", "", 7)


def test_run_of_an_unknown_command_says_so(environment: dict[str, str]) -> None:
    outside = environment | {"REDIS_URL": "redis://localhost:1/0"}

    finished = run_stack(outside, "run", "--", "no-such-command")

    assert finished.stderr == "Cannot start no-such-command: No such file or directory\n"
    assert finished.returncode == 1


def test_two_directories_work_side_by_side(tmp_path: Path) -> None:
    with Stack(tmp_path / "one", throwaway=True) as one, Stack(tmp_path / "two", throwaway=True) as two:
        one.start_redis()
        two.start_redis()
        redis.from_url(one.environment["REDIS_URL"]).set("whose", "one")

        assert redis.from_url(two.environment["REDIS_URL"]).get("whose") is None


def test_second_stack_in_a_directory_names_the_first(directory: Path) -> None:
    with (
        Stack(directory),
        pytest.raises(AlreadyRunning, match=f"already running, pid {os.getpid()} "),
        Stack(directory),
    ):
        pass


def test_taken_port_names_its_holder(directory: Path, environment: dict[str, str]) -> None:
    port = free_port()
    with Stack(directory) as stack:
        web = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
        holder = stack.start("web", web, ready=f"http://127.0.0.1:{port}/")
        demo = environment | {"STACK_DIR": str(directory.with_name("demo")), "SANDBOX_PORT": str(port)}

        refused = run_stack(demo | {"PORT": str(free_port())}, "demo")

    assert f"Port {port} is taken by python" in refused.stderr
    assert f"(pid {holder.process.pid}): {' '.join(web)}" in refused.stderr
    assert refused.returncode == 1


def test_port_that_is_no_number_is_refused(environment: dict[str, str]) -> None:
    refused = run_stack(environment | {"PORT": "eighty"}, "demo")

    assert refused.stderr == "PORT is 'eighty'; it must be a port number.\n"
    assert refused.returncode == 1


def test_secrets_are_private_and_stay_the_same(directory: Path) -> None:
    with Stack(directory) as first:
        before = first.secrets
    with Stack(directory) as second:
        assert second.secrets == before
        assert second.environment["SECRET_KEY"] == before["secret_key"]

    assert stat.S_IMODE((directory / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_callers_preferences_win_and_callers_services_do_not(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLL_SECONDS", "1")
    monkeypatch.setenv("SITE_URL", "https://cashback.example")
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/production")

    with Stack(directory, environment={"ENVIRONMENT": "demo"}, port=9000) as stack:
        given = stack.environment

    assert given["POLL_SECONDS"] == "1"
    assert given["SITE_URL"] == "http://localhost:9000"
    assert given["ENVIRONMENT"] == "demo"
    assert "DATABASE_URL" not in given


def test_root_without_user_namespaces_runs_postgres_as_nobody(
    directory: Path, environment: dict[str, str]
) -> None:
    if os.geteuid() != 0:
        pytest.skip("not root: PostgreSQL runs as ourselves")
    programs = directory.with_name("programs")
    programs.mkdir()
    for name in ("setpriv", "true", "stat"):
        (programs / name).symlink_to(shutil.which(name) or name)
    directory.parent.chmod(0o700)  # nobody could not enter by itself

    data = str(directory / "postgres")
    finished = run_stack(
        environment | {"PATH": str(programs)}, "run", "--dir", str(directory), "--", "stat", "-c%U", data
    )

    assert (finished.stdout, finished.returncode) == ("nobody\n", 0), finished.stderr


def test_old_postgres_is_refused(directory: Path, environment: dict[str, str]) -> None:
    old = postgres_binary("postgres").parent.parent.parent / "pginstall" / "bin"  # the wheel's other one: 16
    port, data = free_port(), directory / "old"
    with Stack(directory) as stack:
        initdb = [*as_postgres_user(), str(old / "initdb"), "--no-sync", "-A", "trust", "-U", "postgres"]
        stack.run("initdb", [*initdb, "-D", str(data)], env=locale_environment())
        server = [str(old / "postgres"), "-D", str(data), "-p", str(port), "-k", ""]
        stack.start(
            "old", [*as_postgres_user(), *server], ready=says("ready to accept"), stop_signal=signal.SIGINT
        )

        outside = environment | {"DATABASE_URL": f"postgres://postgres@127.0.0.1:{port}/postgres"}
        refused = run_stack(outside, "run", "--", "true")

    assert refused.stderr == (
        f"DATABASE_URL names PostgreSQL 16 at 127.0.0.1:{port}; this project needs 18 or newer.\n"
    )
    assert refused.returncode == 1


def test_service_that_fails_to_start_shows_the_end_of_its_log(directory: Path) -> None:
    complaint = "for i in $(seq 40); do echo line $i; done; exit 3"
    with Stack(directory) as stack, pytest.raises(StackError) as failure:
        stack.start("web", ["sh", "-c", complaint], ready="http://127.0.0.1:1/")

    message = str(failure.value)
    assert message.startswith(
        f"web ended with 3 while starting.\n--- end of {directory}/log/web.log ---\nline 11"
    )
    assert message.endswith("line 40")


def test_service_that_is_never_ready_is_given_up(directory: Path) -> None:
    with Stack(directory) as stack:
        with pytest.raises(StackError, match="web was not ready within 0 s"):
            stack.start("web", FAMILY, ready="http://127.0.0.1:1/", patience=0.2)

        assert processes_of(directory) == []


def test_service_that_ends_is_started_again(
    directory: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "RESTART_DELAYS", (0.1,))
    port, pids = free_port(), set()
    is_up = answers(f"http://127.0.0.1:{port}/")

    def is_up_and_enough(service: Service) -> bool:
        """Ends the watch once a second process answers."""
        if is_up(service):
            pids.add(service.process.pid)
            if len(pids) == 2:
                stack.interrupt(signal.SIGTERM)
        return is_up(service)

    with Stack(directory) as stack:
        web = stack.start("web", [sys.executable, "-m", "http.server", str(port)], ready=is_up_and_enough)
        web.process.kill()

        with pytest.raises(Interrupted):
            commands.supervise(stack)

    assert len(pids) == 2
    printed = capfd.readouterr()
    assert "!!! web ended with -9; starting it again in 0.1 s" in printed.err
    assert "web is back." in printed.out


def test_service_that_keeps_ending_takes_the_stack_down(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "RESTART_DELAYS", (0, 0))
    with Stack(directory) as stack:
        stack.start("worker", ["sh", "-c", "echo no broker; exit 1"])

        with pytest.raises(StackError, match=r"worker ended with 1, 3 times in a row: giving up") as failure:
            commands.supervise(stack)

    assert str(failure.value).endswith("no broker")
