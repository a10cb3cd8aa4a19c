"""Who changed what: triggers of the database write it down, so no way of writing goes round them.

The database knows what changed, and learns who from a setting of the transaction, `vitrina.actor`. A door opens
`acting(user=…)` around its work; the setting is then told once in each transaction that writes, and ends with it, so
that a connection given to somebody else (PgBouncer) never says a wrong name. What is written in no transaction has
no name: services are all in one.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from ipaddress import ip_interface
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from partners import reach
from support.desk.models import AuditEvent

_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "COPY")


@dataclass(frozen=True, slots=True, eq=False)
class _Actor:
    """Somebody acting. On a transaction's list of what to do at its end it marks that the database knows them there;
    it goes from the list where the setting goes too: at the end, or with a savepoint that is rolled back."""

    user: Any
    acting_as: str
    reason: str
    ip: str | None

    def __call__(self) -> None:
        """At commit there is nothing to do."""

    def as_setting(self) -> str:
        user_id = self.user.pk if self.user is not None and self.user.is_authenticated else None
        told = {"user": user_id, "as": self.acting_as[:80], "reason": self.reason[:200], "ip": self.ip}
        return json.dumps({name: value for name, value in told.items() if value})


_now: ContextVar[_Actor | None] = ContextVar("who_acts", default=None)


@contextmanager
def acting(*, user: Any, reason: str = "", ip: str | None = None, acting_as: str = "") -> Iterator[None]:
    """What is changed meanwhile was changed by the user (None: by the service), as the audit tells it. An inner one
    holds until its end."""
    actor = _Actor(user, acting_as, reason, _address(ip))
    outer = _now.set(actor)

    def tell_first(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        is_write = str(sql).lstrip()[:6].upper().startswith(_WRITES)
        if is_write and connection.in_atomic_block and _now.get() is actor and _known() is not actor:
            _tell(actor)
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(tell_first):
            yield
    finally:
        _now.reset(outer)
        if connection.in_atomic_block and not connection.needs_rollback and _known() is actor:
            _tell(_NOBODY)


def _address(text: str | None) -> str | None:
    """None for what is no address: the audit never keeps anybody from working."""
    try:
        return str(ip_interface(text or "").ip)
    except ValueError:
        return None


_NOBODY = _Actor(None, "", "", None)


def _known() -> _Actor | None:
    """Of whom the database was told last in this transaction."""
    told = (entry[1] for entry in reversed(connection.run_on_commit))
    return next((each for each in told if isinstance(each, _Actor)), None)


def _tell(actor: _Actor) -> None:
    connection.on_commit(actor, robust=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('vitrina.actor', %s, true)", [actor.as_setting()])


def events_for(user: Any) -> QuerySet[AuditEvent]:
    """What the member of staff may read of it: their partners' part, and the house's with all partners."""
    return reach.within(AuditEvent.objects.all(), user, path="about_partner_id")


def attach_sql(
    table: str, columns: Sequence[str], *, hidden: Sequence[str] = (), key: str = "id", rows_too: bool = True
) -> tuple[str, str]:
    """SQL, and its reverse, that has changes of these columns of a table audited, and with `rows_too` its rows added
    and deleted. The values of `hidden` columns are not told. For a migration, which imports nothing of ours: print it
    and copy it in."""
    told = ", ".join(f"'{','.join(words)}'" for words in ((key,), columns, hidden))
    was, now = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    forward = f"""CREATE TRIGGER {table}_change_is_audited AFTER UPDATE ON {table}
    FOR EACH ROW WHEN (({was}) IS DISTINCT FROM ({now}))
    EXECUTE FUNCTION desk_audit({told});
"""
    backward = f"DROP TRIGGER {table}_change_is_audited ON {table};\n"
    if rows_too:
        forward += f"""CREATE TRIGGER {table}_is_audited AFTER INSERT OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION desk_audit({told});
"""
        backward += f"DROP TRIGGER {table}_is_audited ON {table};\n"
    return forward, backward
