"""Local services for people and tests.

python -m cashback.stack demo                                 the whole business in the foreground
python -m cashback.stack manage …                             manage.py of the demo that is running
python -m cashback.stack run [--dir D] [--durable] -- CMD …   CMD with a PostgreSQL and a Redis of its own

`PORT`, `SANDBOX_PORT` and `STACK_DIR` move the demo; by `STACK_DIR` `manage` finds it. `DATABASE_URL` and `REDIS_URL`,
when set, are used in place of the embedded services; with DATABASE_URL the caller's SECRET_KEY and
FIELD_ENCRYPTION_KEYS count too, because that data outlives the stack's directory.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cashback.embedded import OLDEST_POSTGRES, PREFERENCES, Stack
from cashback.supervisor import (
    GRACE_SECONDS,
    Interrupted,
    Service,
    StackError,
    is_locked,
    kill_group,
    says,
    write_privately,
)

PYTHON = sys.executable
RESTART_DELAYS = (1, 2, 4, 8, 16)  # seconds; after the last one the stack gives up
STABLE_SECONDS = 60  # a service that lived this long starts again at the first delay
TITLE_WIDTH = 34
# While the demo runs: how to reach its services, and its secrets.
ENVIRONMENT_FILE = "environment.json"


def outside_services() -> dict[str, str]:
    """What the caller's environment says about services that are not ours to start."""
    names = ["REDIS_URL"]
    if os.environ.get("DATABASE_URL"):
        names += ["DATABASE_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS"]
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def obey_signals(stack: Stack) -> None:
    """Explicitly, because a shell without job control starts `cmd &` with SIGINT ignored."""
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda received, _frame: stack.interrupt(received))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup it stays ignored
        signal.signal(signal.SIGHUP, lambda received, _frame: stack.interrupt(received))


# --- run ----------------------------------------------------------------------------------------------------


def run(command: Sequence[str], directory: Path | None, *, durable: bool) -> int:
    """The exit code of `command`, which had services of its own."""
    throwaway = directory is None and not durable
    with Stack(directory, environment=outside_services(), throwaway=throwaway) as stack:
        obey_signals(stack)
        stack.start_postgres()
        stack.start_redis()
        return run_in_front(stack, command)


def run_in_front(stack: Stack, command: Sequence[str]) -> int:
    """At a terminal the command shares our process group: it can read keys, and hears Ctrl-C itself."""
    has_terminal = sys.stdin.isatty()
    try:
        process = subprocess.Popen(  # noqa: S603 - running the caller's command is the purpose
            command, env=stack.environment, start_new_session=not has_terminal
        )
    except OSError as error:
        raise StackError(f"Cannot start {command[0]}: {error.strerror}") from error
    stack.watch(process.pid, signal.SIGTERM)
    try:
        while process.poll() is None:
            stack.pause()
    except Interrupted as interruption:
        if not has_terminal:
            os.killpg(process.pid, interruption.signum)
        elif interruption.signum != signal.SIGINT:
            process.send_signal(interruption.signum)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    finally:
        kill_group(process.pid)
    code = process.wait()
    return code if code >= 0 else 128 - code


# --- demo ---------------------------------------------------------------------------------------------------


class Progress:
    """One line per step: `[ 3/12] Migrations ……… 5.2 s`."""

    def __init__(self, total: int) -> None:
        self._done, self._total = 0, total

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        self._done += 1
        began = time.monotonic()
        print(
            f"[{self._done:2}/{self._total}] {title} {'…' * (TITLE_WIDTH - len(title))} ", end="", flush=True
        )
        try:
            yield
        except (StackError, Interrupted) as end:
            print("interrupted" if isinstance(end, Interrupted) else "failed", flush=True)
            raise
        print(f"{time.monotonic() - began:.1f} s", flush=True)


def demo() -> int:
    """Everything runs until Ctrl-C."""
    port, sandbox_port = port_setting("PORT", 8000), port_setting("SANDBOX_PORT", 8001)
    if port == sandbox_port:
        raise StackError(f"PORT and SANDBOX_PORT are both {port}; they must differ.")
    environment = {
        "ENVIRONMENT": "demo",
        "NOTICE_MERGE_SECONDS": "5",
        "STAFF_TIME_ZONE": "Europe/Moscow",
    } | outside_services()
    is_up = False
    with Stack(demo_directory(), environment=environment, port=port, sandbox_port=sandbox_port) as stack:
        obey_signals(stack)
        # One of a run that was killed.
        (stack.directory / ENVIRONMENT_FILE).unlink(missing_ok=True)
        try:
            refuse_taken_port("PORT", port)
            refuse_taken_port("SANDBOX_PORT", sandbox_port)
            bring_up(stack)
            remember(stack)
            print_table(stack)
            print("READY", flush=True)
            is_up = True
            supervise(stack)
        except Interrupted as interruption:
            return 0 if is_up else 128 + interruption.signum
        finally:
            (stack.directory / ENVIRONMENT_FILE).unlink(missing_ok=True)
            if stack.services:
                print("Stopping.", flush=True)
            if killed := stack.stop():
                print(f"Would not stop and were killed: {', '.join(killed)}.", flush=True)
    return 1


def demo_directory() -> Path:
    return Path(os.environ.get("STACK_DIR") or ".stack/demo")


def remember(stack: Stack) -> None:
    """Another shell may work on this stack, as long as it runs."""
    write_privately(stack.directory / ENVIRONMENT_FILE, json.dumps(stack.own_environment))


def manage_demo(arguments: Sequence[str]) -> int:
    """This process becomes manage.py, on the running demo's services and with its secrets."""
    path = demo_directory() / ENVIRONMENT_FILE
    if not path.exists() or not is_locked(path.parent):
        raise StackError(f"No demo is running in {path.parent}: `make demo` starts one.")
    environment = PREFERENCES | os.environ | json.loads(path.read_text())
    os.execve(PYTHON, manage(*arguments), environment)  # noqa: S606 - our own interpreter and program


def bring_up(stack: Stack) -> None:
    """Each step needs those before it."""
    progress = Progress(total=13)
    with progress.step(f"PostgreSQL {OLDEST_POSTGRES}"):
        stack.start_postgres()
    with progress.step("Redis"):
        stack.start_redis()
    with progress.step("Migrations"):
        stack.run("migrate", manage("migrate", "--noinput"))
    with progress.step("Static files"):
        stack.run("collectstatic", manage("collectstatic", "--noinput"))
    with progress.step("Partners and accounts"):
        stack.run("prepare", manage("seed_demo", "prepare"))
    with progress.step("Network sandbox"):
        sandbox = f"{stack.environment['SANDBOX_URL']}/healthz"
        stack.start("sandbox", [PYTHON, "-m", "cashback.sandbox"], ready=sandbox)
    with progress.step("Catalogue"):
        seed_visibly(stack, "catalogue", "seed_demo", "catalogue")
    with progress.step("Web"):
        stack.start("web", web_command(stack.port), ready=f"http://127.0.0.1:{stack.port}/healthz")
    with progress.step("Worker"):
        stack.start("worker", celery("worker", "--concurrency", "2"), ready=says(" ready."))
    with progress.step("Beat"):
        stack.start("beat", celery("beat", "-s", str(stack.directory / "celerybeat-schedule")))
    with progress.step("Purchases"):
        seed_visibly(stack, "purchases", "seed_demo", "purchases")
    with progress.step("A month of support"):
        # A fifth of what the command makes by itself: a demo is waited for. With the thirtieth day, the figures of the
        # last thirty would be compared with a day's.
        month = ("--claims", "100", "--trips", "8000", "--days", "29")
        seed_visibly(stack, "support", "seed_support", *month)
    with progress.step("Report"):
        stack.run("report", manage("seed_demo", "report"))


def seed_visibly(stack: Stack, step: str, *command: str) -> None:
    """Below the step's own line, the command draws a progress bar on stderr."""
    if not sys.stderr.isatty():
        stack.run(step, manage(*command))
        return
    print(flush=True)
    stack.run(step, manage(*command), show_errors=True)
    print(" " * len("[ 1/12] "), end="")


def manage(*command: str) -> list[str]:
    return [PYTHON, "manage.py", *command]


def celery(*command: str) -> list[str]:
    return [PYTHON, "-m", "celery", "-A", "cashback", *command, "--loglevel", "INFO"]


def web_command(port: int) -> list[str]:
    """WSGI, because Django's ASGI handler is ten times slower; docker-compose.yml serves the same way."""
    command = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    return [*command, "--workers", "2", "--blocking-threads", "4", "--no-ws", "cashback.wsgi:application"]


def supervise(stack: Stack) -> None:
    """Until interrupted: what ends by itself is started again; what keeps ending takes the stack down."""
    while True:
        for service in stack.fallen():
            revive(stack, service)
        stack.pause(0.5)


def revive(stack: Stack, service: Service) -> None:
    if time.monotonic() - service.started_at > STABLE_SECONDS:
        service.restarts = 0
    what = f"ended with {service.process.returncode}"
    if service.restarts == len(RESTART_DELAYS):
        raise service.failure(f"{what}, {service.restarts + 1} times in a row: giving up")
    delay = RESTART_DELAYS[service.restarts]
    shout(str(service.failure(f"{what}; starting it again in {delay} s")))
    try:
        stack.restart(service, delay=delay)
    except StackError as error:
        shout(str(error))  # its process is gone, so the next look finds it fallen again
    else:
        print(f"{service.name} is back.", flush=True)


def shout(message: str) -> None:
    print(f"\n!!! {message}\n", file=sys.stderr, flush=True)


def print_table(stack: Stack) -> None:
    """Where to go and how to sign in, as demo.json says it."""
    report: dict[str, Any] = json.loads((stack.directory / "demo.json").read_text())
    rows = [
        ("Admin", report["admin"]["url"], f"{report['admin']['username']} / {report['admin']['password']}")
    ]
    rows += [
        ("  staff", report["admin"]["url"], f"{name} / {s['password']}")
        for name, s in report["staff"].items()
    ]
    for partner in report["partners"].values():
        rows.append(
            (partner["name"], partner["host_page"], "the partner's own site, with the storefront in it")
        )
        rows.append(("  storefront", partner["storefront"], "by itself, as a guest"))
    rows.append(("Network sandbox", report["sandbox"], "shops, purchases, faults"))
    rows.append(("  webhooks", f"{report['sandbox']}/host/acorn/hooks", "what Acorn's own server has heard"))
    rows.append(("  mail", f"{report['sandbox']}/mail/", "every letter that was sent, with its sign-in code"))
    rows.append(("Files", str(stack.directory), "demo.json, log/"))
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    print()
    for name, address, note in rows:
        print(f"  {name:<{widths[0]}}  {address:<{widths[1]}}  {note}")
    print("\n  Ctrl-C ends everything; the next `make demo` goes on from here.\n")


# --- ports --------------------------------------------------------------------------------------------------


def port_setting(variable: str, default: int) -> int:
    text = os.environ.get(variable) or str(default)
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise StackError(f"{variable} is {text!r}; it must be a port number.")
    return int(text)


def refuse_taken_port(variable: str, port: int) -> None:
    """Raises StackError, naming the holder, when something listens on the port that `variable` chose."""
    if inodes := set(listening_inodes(port)):
        holder = holder_of(inodes) or "a process that is hidden from us"
        raise StackError(
            f"Port {port} is taken by {holder}. Stop it, or choose another: {variable}={port + 10}"
        )


def holder_of(inodes: Set[str]) -> str | None:
    """`python3 (pid 4711): python3 -m http.server 8000`, where /proc lets us see it."""
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(descriptor) in sockets:
                process = descriptor.parent.parent
                words = (
                    (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                )
                return f"{(process / 'comm').read_text().strip()} (pid {process.name}): {words}"
        except OSError:  # it has ended meanwhile, or belongs to somebody else
            continue
    return None


def listening_inodes(port: int) -> Iterator[str]:
    """IPv6 too: whoever listens on [::1] alone gets the browsers that look up `localhost`."""
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        for line in table.read_text().splitlines()[1:] if table.exists() else ():
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m cashback.stack", description="Local services.")
    commands = parser.add_subparsers(dest="verb", required=True)
    commands.add_parser("demo", help="the whole business in the foreground")
    manager = commands.add_parser("manage", help="manage.py of the demo that is running")
    manager.add_argument("command", nargs=argparse.REMAINDER, metavar="…")
    runner = commands.add_parser("run", help="a command with a PostgreSQL and a Redis of its own")
    runner.add_argument("--dir", type=Path, help="keep the data here (default: a temporary directory)")
    runner.add_argument("--durable", action="store_true", help="write to disk like production, for benches")
    runner.add_argument("command", nargs="+", metavar="CMD")
    return parser.parse_args()


def main() -> int:
    chosen = arguments()
    try:
        if chosen.verb == "demo":
            return demo()
        if chosen.verb == "manage":
            return manage_demo(chosen.command)
        return run(chosen.command, chosen.dir, durable=chosen.durable)
    except Interrupted as interruption:
        return 128 + interruption.signum
    except StackError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
