"""The network's clock: Moscow time without a zone, to the second, as Admitad's reports print it."""

from datetime import datetime, timedelta, timezone

MOSCOW = timezone(timedelta(hours=3))
STAMP = "%Y-%m-%d %H:%M:%S"


def now() -> datetime:
    return datetime.now(MOSCOW).replace(tzinfo=None, microsecond=0)


def stamp(moment: datetime) -> str:
    """Sorts as text in the order of time."""
    return moment.strftime(STAMP)


def unix(stamped: str) -> int:
    return int(datetime.strptime(stamped, STAMP).replace(tzinfo=MOSCOW).timestamp())
