"""The network's clock: Moscow time without a zone, to the second, as Admitad's reports print it.

The operator may turn it back: what is bought and decided then is of that day. Tokens and letters go by real time."""

from datetime import datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))
STAMP = "%Y-%m-%d %H:%M:%S"


_turned_to: list[datetime] = []


def now() -> datetime:
    return _turned_to[0] if _turned_to else real()


def real() -> datetime:
    return datetime.now(MOSCOW).replace(tzinfo=None, microsecond=0)


def turn(to: datetime | None) -> None:
    """It stands at the moment until it is turned again; None lets it run with real time."""
    _turned_to[:] = [to] if to else []


def stamp(moment: datetime) -> str:
    """Sorts as text in the order of time."""
    return moment.strftime(STAMP)


def unix(stamped: str) -> int:
    return int(datetime.strptime(stamped, STAMP).replace(tzinfo=MOSCOW).timestamp())
