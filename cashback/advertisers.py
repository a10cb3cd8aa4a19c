"""The operator's hand at the demo's sandbox: who bought what there, what the shops make of it, and on which day."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import requests

_MOSCOW = timezone(timedelta(hours=3))


class Advertisers:
    """The sandbox at this address."""

    def __init__(self, sandbox: str) -> None:
        self._control = f"{sandbox}/control"

    def turn_clock(self, to: datetime | None) -> None:
        """It is that second there; None lets real time run."""
        self.say("clock", **({"to": f"{to.astimezone(_MOSCOW):%Y-%m-%d %H:%M:%S}"} if to else {}))

    def actions(self) -> list[dict[str, Any]]:
        answer = requests.get(f"{self._control}/actions", timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    def arrive(self, link: str, *, user_agent: str) -> None:
        """Somebody follows the network's link; the shop's page is not looked at."""
        answer = requests.get(link, headers={"User-Agent": user_agent}, allow_redirects=False, timeout=30)
        answer.raise_for_status()

    def buy(self, *, campaign: str, click_ref: str, cart: Decimal) -> dict[str, Any]:
        return self.say("actions", campaign=int(campaign), subid4=click_ref, cart=str(cart))

    def decide(self, action: dict[str, Any], fate: dict[str, Any], *, locale: str) -> None:
        """The fate is what the control takes; a comment is by language, and of a partial return `share` is left."""
        change = {name: value for name, value in fate.items() if name != "share"}
        if "comment" in change:
            change["comment"] = change["comment"][locale]
        for name in ("cart", "payment") if "share" in fate else ():
            if action[name] is not None:
                left = Decimal(str(action[name])) * Decimal(fate["share"])
                change[name] = str(left.quantize(Decimal("0.01")))
        self.say(f"actions/{action['id']}", **change)

    def say(self, path: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self._control}/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()
