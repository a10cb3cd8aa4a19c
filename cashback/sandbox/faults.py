"""Bad days of a network, on demand and from a seed, so that a bad day can be had twice.

They strike the API and the postbacks; never the operator's control, the shops or the partners' sites.
"""

import random
import threading
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Faults:
    """Chances are between 0 and 1, drawn once per request.

    `lose_answers` strikes what changes something (POST, PUT, DELETE): it is done, and the answer comes
    `timeout_seconds` later and says 504. `accept_doubles` lets a second request about one order in, so that a repeat
    does harm.
    """

    error_500: float = 0.0
    timeout: float = 0.0
    truncate: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    drop_postbacks: bool = False
    lose_answers: float = 0.0
    accept_doubles: bool = False
    timeout_seconds: float = 20.0
    postback_times: int = 1
    seed: int = 1


@dataclass(frozen=True)
class Draw:
    """What goes wrong with one request, or with one postback."""

    error_500: bool
    timeout: bool
    truncate: bool
    duplicate: bool
    reorder: bool


CHANCES = (*(name.name for name in fields(Draw)), "lose_answers")


@dataclass
class Weather:
    """The faults in force and the dice that are thrown for them.

    Requests, postbacks and lost answers have dice of their own: how often somebody polls does not change which
    postbacks suffer.
    """

    faults: Faults = field(default_factory=Faults)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _request_dice: random.Random = field(default_factory=lambda: random.Random(1))
    _postback_dice: random.Random = field(default_factory=lambda: random.Random(2))
    _answer_dice: random.Random = field(default_factory=lambda: random.Random(3))

    def change(self, faults: Faults) -> None:
        with self._lock:
            self.faults = faults
            self._request_dice = random.Random(faults.seed)
            self._postback_dice = random.Random(faults.seed + 1)
            self._answer_dice = random.Random(faults.seed + 2)

    def draw_for_request(self) -> Draw:
        with self._lock:
            return self._draw(self._request_dice)

    def draw_for_postback(self) -> Draw:
        with self._lock:
            return self._draw(self._postback_dice)

    def loses_answer(self) -> bool:
        with self._lock:
            return self._answer_dice.random() < self.faults.lose_answers

    def postback_delay(self, longest: float) -> float:
        with self._lock:
            return self._postback_dice.uniform(0, longest)

    def spoil_rows(self, rows: list[Any], draw: Draw) -> list[Any]:
        """The rows of one page, some of them twice, some of them elsewhere."""
        with self._lock:
            spoilt = list(rows)
            if draw.duplicate and spoilt:
                spoilt += self._request_dice.sample(spoilt, k=max(1, len(spoilt) // 3))
            if draw.reorder:
                self._request_dice.shuffle(spoilt)
            return spoilt

    def _draw(self, dice: random.Random) -> Draw:
        # Every chance takes a number, also at zero: changing one fault leaves the fate of the others alone.
        names = [name.name for name in fields(Draw)]
        return Draw(**{name: dice.random() < getattr(self.faults, name) for name in names})


weather = Weather()
