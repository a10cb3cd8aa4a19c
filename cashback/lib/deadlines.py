"""Ends what lasts too long, by the wall clock: one thread watches all, for one each would cost a tenth of a call."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from math import inf

_CUT_AGAIN_SECONDS = 0.1


class Watchman:
    """Cuts the exchanges that have passed their deadline: again and again, for a connection still being made at that
    moment has no socket to cut until later."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._watched: dict[object, tuple[float, Callable[[], None]]] = {}
        self._thread: threading.Thread | None = None
        self._wakes_at = 0.0

    @contextlib.contextmanager
    def watching(self, ends: float, cut: Callable[[], None]) -> Iterator[None]:
        exchange = object()
        with self._news:
            self._watched[exchange] = (ends, cut)
            if self._thread is None or not self._thread.is_alive():  # none survives a fork
                self._thread = threading.Thread(target=self._watch, name="egress deadlines", daemon=True)
                self._thread.start()
            elif ends < self._wakes_at:
                self._news.notify()
        try:
            yield
        finally:
            with self._news:
                self._watched.pop(exchange, None)

    def _watch(self) -> None:
        with self._news:
            while True:
                now = time.monotonic()
                late = [cut for ends, cut in self._watched.values() if ends <= now]
                for cut in late:
                    cut()
                coming = [ends for ends, _cut in self._watched.values() if ends > now]
                self._wakes_at = min([*coming, now + _CUT_AGAIN_SECONDS] if late else coming, default=inf)
                self._news.wait(None if self._wakes_at == inf else self._wakes_at - now)


watchman = Watchman()
os.register_at_fork(after_in_child=watchman.__init__)
