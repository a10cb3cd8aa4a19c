"""The product's web process with hands on its clock: it lives as many seconds ahead as a file says.

Only time is moved. The tests of what ages (bearers, tickets, launch tokens) need no quarter of an hour for it.
"""

import os
import threading
import time
from pathlib import Path

import time_machine

from cashback.wsgi import application as product

_FILE = Path(os.environ["CLOCK_FILE"])
_lock = threading.Lock()
_travel: time_machine.travel | None = None
_ahead = 0.0


def application(environ, start_response):
    _follow(float(_FILE.read_text() or 0))
    return product(environ, start_response)


def _follow(ahead: float) -> None:
    global _travel, _ahead
    with _lock:
        if ahead == _ahead:
            return
        if _travel is not None:
            _travel.stop()
            _travel = None
        if ahead:
            _travel = time_machine.travel(time.time() + ahead, tick=True)
            _travel.start()
        _ahead = ahead
