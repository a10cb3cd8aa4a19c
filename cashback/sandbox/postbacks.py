"""Postbacks, fired as Admitad fires them: a hint to a URL, unsigned and in no promised order."""

import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field

import requests

from cashback.sandbox import config
from cashback.sandbox.faults import weather

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
# Seconds before another try when nobody answers the door.
RETRIES = (1, 3, 9, 27)
REORDER_SECONDS = 2.0


@dataclass(order=True)
class Letter:
    due: float
    number: int
    parameters: dict[str, str] = field(compare=False)
    tries: int = field(compare=False, default=0)


class Postman:
    """One thread that delivers letters when they are due; made with the first letter."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._numbers = itertools.count()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None

    def post(self, parameters: dict[str, str], *, delay: float = 0.0) -> None:
        self._enqueue(Letter(time.monotonic() + delay, next(self._numbers), parameters))

    def forget(self) -> None:
        """Nothing that waits will be delivered."""
        with self._bell:
            self._letters.clear()

    def _enqueue(self, letter: Letter) -> None:
        with self._bell:
            heapq.heappush(self._letters, letter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._walk, name="postman", daemon=True)
                self._thread.start()
            self._bell.notify()

    def _walk(self) -> None:
        while True:
            letter = self._next()
            try:
                _deliver(letter.parameters)
            except requests.RequestException as problem:
                self._try_again(letter, problem)

    def _next(self) -> Letter:
        with self._bell:
            while True:
                now = time.monotonic()
                if self._letters and self._letters[0].due <= now:
                    return heapq.heappop(self._letters)
                self._bell.wait(self._letters[0].due - now if self._letters else None)

    def _try_again(self, letter: Letter, problem: requests.RequestException) -> None:
        if letter.tries == len(RETRIES):
            log.warning("postback of %s given up: %s", letter.parameters["order_id"], problem)
            return
        pause = RETRIES[letter.tries]
        log.info("postback of %s: nobody answers, again in %s s", letter.parameters["order_id"], pause)
        letter.due = time.monotonic() + pause
        letter.tries += 1
        self._enqueue(letter)


postman = Postman()


def announce(parameters: dict[str, str]) -> None:
    """The network's own postback about a change, subject to the faults in force."""
    faults, draw = weather.faults, weather.draw_for_postback()
    if faults.drop_postbacks:
        return
    for _ in range(faults.postback_times * (2 if draw.duplicate else 1)):
        postman.post(parameters, delay=weather.postback_delay(REORDER_SECONDS) if draw.reorder else 0.0)


def repeat(parameters: dict[str, str], times: int) -> None:
    """The operator's own wish: sent whatever the faults are."""
    for _ in range(times):
        postman.post(parameters)


def _deliver(parameters: dict[str, str]) -> None:
    where = config.current()
    form = "data" if where.postback_method == "POST" else "params"
    answer = requests.request(
        where.postback_method,
        where.postback_url,
        timeout=TIMEOUT_SECONDS,
        allow_redirects=False,
        **{form: parameters},
    )
    order_id, status = parameters["order_id"], parameters["payment_status"]
    log.info("postback of %s (%s): %s", order_id, status, answer.status_code)
