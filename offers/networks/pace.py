"""Keeps one process below a network's limit of requests."""

import threading
import time
from collections import deque


class Pace:
    """Lets at most `requests` pass in any `seconds`; who comes early waits. Safe between threads."""

    def __init__(self, requests: int, *, seconds: float = 60) -> None:
        self._seconds = seconds
        self._passed: deque[float] = deque(maxlen=requests)
        self._turn = threading.Lock()

    def wait(self) -> None:
        with self._turn:  # held while sleeping, so that the next one counts from here
            if len(self._passed) == self._passed.maxlen:
                time.sleep(max(0.0, self._passed[0] + self._seconds - time.monotonic()))
            self._passed.append(time.monotonic())
