"""Processes that live and die together.

Every child leads a session of its own, so Ctrl-C in the terminal reaches the supervisor alone, and it stops
them in reverse order. A guard process outlives a supervisor that was killed outright and does the same in its
place; until it is done it also holds the directory's lock, so that the next run starts on data that nobody
writes to. (Linux's "parent death signal" would not do: it reaches no grandchild and waits for nobody.)
"""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent

GRACE_SECONDS = 10  # between asking a process to stop and killing it
TAIL_LINES = 30
POLL_SECONDS = 0.05


class StackError(Exception):
    """The stack cannot go on; the message says why and what to do."""


class AlreadyRunning(StackError):
    """Another supervisor works in this directory."""


class Interrupted(Exception):
    """A signal asked the supervisor to stop."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum


@dataclass(eq=False)
class Service:
    """One child process, its log, and how to tell that it is up."""

    name: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: "Callable[[Service], bool] | None" = None
    patience: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    process: subprocess.Popen[bytes] = field(init=False, repr=False)
    log_offset: int = 0
    restarts: int = 0
    started_at: float = 0

    @property
    def output(self) -> str:
        """What it has written since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self.log_offset)
            return log.read().decode(errors="replace")

    def failure(self, what: str) -> StackError:
        tail = "\n".join(self.output.splitlines()[-TAIL_LINES:])
        return StackError(f"{self.name} {what}.\n--- end of {self.log} ---\n{tail}")


def answers(url: str) -> Callable[[Service], bool]:
    """Ready once `url` answers 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def probe(_service: Service) -> bool:
        try:
            with opener.open(url, timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    return probe


def says(words: str) -> Callable[[Service], bool]:
    """Ready once its output holds `words`."""
    return lambda service: words in service.output


class Supervisor:
    """Owns a directory and the processes it starts there; everything ends with its `with` block."""

    def __init__(self, directory: Path, *, is_temporary: bool = False) -> None:
        self.directory = directory.resolve()
        self.is_temporary = is_temporary
        self.services: list[Service] = []
        self._interrupted_by: int | None = None
        self._lock: int | None = None
        self._guard: Guard | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What children are given."""
        return dict(os.environ)

    def __enter__(self) -> Self:
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = lock(self.directory)
        self._guard = Guard(self._lock, self.directory if self.is_temporary else None)
        self._keep_previous_logs()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _keep_previous_logs(self) -> None:
        logs = self.directory / "log"
        if logs.exists():
            shutil.rmtree(self.directory / "log.previous", ignore_errors=True)
            logs.rename(self.directory / "log.previous")
        logs.mkdir()

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        ready: str | Callable[[Service], bool] | None = None,
        patience: float = 60,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> Service:
        """The service runs and, where `ready` (a URL or a test) says how to tell, is up."""
        service = Service(
            name,
            argv,
            self.environment | dict(env or {}),
            self._log(name),
            answers(ready) if isinstance(ready, str) else ready,
            patience,
            stop_signal,
        )
        self._launch(service)
        return service

    def run(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        show_errors: bool = False,
    ) -> None:
        """The command has ended well. Its stderr goes to the terminal with `show_errors`, else to the log."""
        step = Service(name, argv, self.environment | dict(env or {}), self._log(name))
        self.spawn(step, stderr=None if show_errors else subprocess.STDOUT)
        while (code := step.process.poll()) is None:
            self.pause()
        self._end(step)
        self.services.remove(step)
        if code:
            raise step.failure(f"ended with {code}")

    def spawn(self, service: Service, *, stderr: int | None = subprocess.STDOUT) -> None:
        """The process exists, and both we and the guard know it."""
        with service.log.open("ab") as log:
            service.log_offset = log.tell()
            service.process = subprocess.Popen(  # noqa: S603 - running what we are given is the purpose
                service.argv,
                cwd=ROOT,
                env=service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=stderr,
                start_new_session=True,
            )
        service.started_at = time.monotonic()
        if service not in self.services:
            self.services.append(service)
        self.watch(service.process.pid, service.stop_signal)

    def _launch(self, service: Service) -> None:
        self.spawn(service)
        while service.ready and not service.ready(service):
            if (code := service.process.poll()) is not None:
                raise service.failure(f"ended with {code} while starting")
            if time.monotonic() - service.started_at > service.patience:
                self._end(service)
                raise service.failure(f"was not ready within {service.patience:.0f} s")
            self.pause()

    def restart(self, service: Service, *, delay: float = 0) -> None:
        """A new process in place of the old one, of which nothing is left."""
        self._end(service)
        self.pause(delay)
        service.restarts += 1
        self._launch(service)

    def fallen(self) -> list[Service]:
        """The services that have ended by themselves."""
        return [service for service in self.services if service.process.poll() is not None]

    def logs(self, name: str) -> str:
        return self._log(name).read_text(errors="replace")

    def _log(self, name: str) -> Path:
        return self.directory / "log" / f"{name}.log"

    def interrupt(self, signum: int) -> None:
        """For signal handlers: whatever we wait for next raises Interrupted, never half-way into a start."""
        self._interrupted_by = signum

    def pause(self, seconds: float = POLL_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while True:
            if self._interrupted_by is not None:
                raise Interrupted(self._interrupted_by)
            if (left := deadline - time.monotonic()) <= 0:
                return
            time.sleep(min(left, POLL_SECONDS))

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        """The guard will stop this process if we cannot."""
        if self._guard is None:
            raise StackError("Processes are started only inside the `with` block.")
        self._guard.watch(pid, stop_signal)

    def stop(self) -> list[str]:
        """Nothing that we started is left. Returns the names of those that had to be killed."""
        killed = []
        while self.services:
            service = self.services.pop()
            if not self._end(service):
                killed.append(service.name)
        if self._guard:
            self._guard.dismiss()
            self._guard = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        return killed

    def _end(self, service: Service) -> bool:
        """The process and its whole group are gone. False when it would not go by itself."""
        process = service.process
        process.send_signal(service.stop_signal)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return False
        else:
            return True
        finally:
            kill_group(process.pid)
            process.wait()
            if self._guard:
                self._guard.forget(process.pid)


class Guard:
    """A process that outlives ours, knows what we started, and ends it all if we are killed outright."""

    def __init__(self, lock: int, temporary: Path | None) -> None:
        theirs, self._orders = os.pipe()
        self._process = subprocess.Popen(  # noqa: S603 - all words are ours
            [sys.executable, "-m", "cashback.supervisor", *([str(temporary)] if temporary else [])],
            cwd=ROOT,
            stdin=theirs,
            pass_fds=[lock],
            start_new_session=True,
        )
        os.close(theirs)

    def watch(self, pid: int, stop_signal: signal.Signals) -> None:
        self._tell(f"watch {pid} {stop_signal.value}")

    def forget(self, pid: int) -> None:
        self._tell(f"forget {pid} 0")

    def dismiss(self) -> None:
        """Its work is done; it removes the temporary directory on its way out."""
        os.close(self._orders)
        self._process.wait()

    def _tell(self, line: str) -> None:
        os.write(self._orders, f"{line}\n".encode())  # one write: never half a line


def stand_guard(orders: Iterable[str], temporary: str | None) -> None:
    """Follow orders until the supervisor's end of the pipe closes, then end who is left, youngest first."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    left: dict[int, int] = {}
    for order in orders:
        verb, pid, signum = order.split()
        if verb == "watch":
            left[int(pid)] = int(signum)
        else:
            left.pop(int(pid), None)
    for process, stop_signal in reversed(left.items()):
        with suppress(ProcessLookupError):
            os.kill(process, stop_signal)
        deadline = time.monotonic() + GRACE_SECONDS
        while is_alive(process) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        kill_group(process)
    if temporary:
        shutil.rmtree(temporary)


def is_alive(pid: int) -> bool:
    """A zombie counts as gone: in a container there may be nobody to bury it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def kill_group(leader: int) -> None:
    """Nobody of the group is left. A killed process lives on until the kernel gets round to it, so this waits."""
    with suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.monotonic() + GRACE_SECONDS
    while any(map(is_alive, members(leader))) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def members(leader: int) -> list[int]:
    """The processes of the group, as the kernel lists them."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            _state, _parent, group = (process / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(group) == leader:
                found.append(int(process.name))
    return found


def is_locked(directory: Path) -> bool:
    """Whether somebody runs there now."""
    try:
        descriptor = os.open(directory / "lock", os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def lock(directory: Path) -> int:
    """The descriptor of the directory's lock, once ours; a killed run's guard is given time to finish."""
    descriptor = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    patience = time.monotonic() + 6 * GRACE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode().strip()
            if time.monotonic() > patience or (holder.isdecimal() and is_alive(int(holder))):
                os.close(descriptor)
                raise AlreadyRunning(f"already running, pid {holder or 'unknown'} ({directory})") from None
            time.sleep(POLL_SECONDS)
        else:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
            return descriptor


def write_privately(path: Path, text: str) -> None:
    """The file holds all of `text` or does not exist, and only its owner may read it."""
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.replace(path)


if __name__ == "__main__":
    stand_guard(sys.stdin, sys.argv[1] if len(sys.argv) > 1 else None)
