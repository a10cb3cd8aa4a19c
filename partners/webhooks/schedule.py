"""When a delivery that failed is tried again, and for how long an endpoint rests that fails each time."""

import random
from datetime import datetime, timedelta

TRIED_FOR = timedelta(days=5)
JITTER = 0.1
# After the first failure, the second, …
_WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
_LATER = timedelta(days=1)

# So many failures in a row may be bad luck.
_FORGIVEN = 5
_FIRST_REST = timedelta(seconds=30)
_LONGEST_REST = timedelta(minutes=10)


def next_attempt(*, tries: int, since: datetime, began: datetime, ended: datetime) -> datetime | None:
    """When to try again what has failed `tries` times, the first time at `since` and now between `began` and `ended`.
    The last try is five days after the first; None after that one."""
    if began >= since + TRIED_FOR:
        return None
    wait = _WAITS[tries - 1] if tries <= len(_WAITS) else _LATER
    jittered = wait * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 - it spreads calls and guards nothing
    return min(ended + jittered, since + TRIED_FOR)


def rest(failures: int) -> timedelta:
    """How long nothing is sent to an endpoint that has failed so often in a row; after that one try is made."""
    if failures < _FORGIVEN:
        return timedelta(0)
    return min(_FIRST_REST * 2 ** min(failures - _FORGIVEN, 10), _LONGEST_REST)
