"""600 requests a minute per application, counted over the last sixty seconds."""

import threading
import time
from collections import deque

WINDOW_SECONDS = 60.0

_lock = threading.Lock()
_moments: deque[float] = deque()


def is_exceeded(limit: int) -> bool:
    """Counts this request, unless it is one too many."""
    with _lock:
        now = time.monotonic()
        while _moments and now - _moments[0] >= WINDOW_SECONDS:
            _moments.popleft()
        if len(_moments) >= limit:
            return True
        _moments.append(now)
        return False


def forget() -> None:
    with _lock:
        _moments.clear()
