"""Django's PostgreSQL engine, which tells the database at the start of every transaction what may be seen.

The words go with the BEGIN, in one round trip: said inside the guarded statement itself they would come too late. They
last as long as the transaction, so nothing is left behind in a connection that a pooler hands on. A statement outside
a transaction gets one of its own. Who may see everybody's rows meets none of this.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakSet

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus

from cashback.lib import sight

T = TypeVar("T")

_FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


def as_seen(connection: Any, send: Callable[[], T]) -> T:
    """What `send` sends over the psycopg connection sees what the context says. Hot path: each click-out and postback
    goes through here."""
    is_alone = _begin(connection)
    try:
        result = send()
    except BaseException as error:
        if is_alone:
            _undo(connection)
        _explain(error)
        raise
    if is_alone:
        _tell(connection, b"COMMIT")
    return result


def _begin(connection: Any) -> bool:
    """The transaction that is open, or begins now, knows what is seen. True where it is the lone statement's."""
    wanted = sight.current()
    status = connection.pgconn.transaction_status
    if status == TransactionStatus.INTRANS:
        if connection.told != wanted.words:
            _tell(connection, wanted.words)
            connection.told = wanted.words
        return False
    if status != TransactionStatus.IDLE:
        return False
    connection.told = wanted.words
    if wanted.is_of_all:
        return False
    _tell(connection, b"BEGIN; " + wanted.words)
    return bool(connection.autocommit)


def _undo(connection: Any) -> None:
    if connection.pgconn.transaction_status != TransactionStatus.UNKNOWN:  # the server is gone
        _tell(connection, b"ROLLBACK")


def _tell(connection: Any, statements: bytes) -> None:
    """In one round trip, several statements too."""
    result = connection.pgconn.exec_(statements)
    if result.status not in _FINE:
        raise refusal(connection.pgconn, result)


def refusal(libpq: Any, result: Any) -> psycopg.Error:
    """What to raise for a result that is none: of a server that has gone it has no code to tell by."""
    if libpq.status == ConnStatus.BAD:
        return psycopg.OperationalError(result.error_message.decode(errors="replace"))
    return psycopg.errors.error_from_result(result)


def _explain(error: BaseException) -> None:
    if isinstance(error, psycopg.errors.InvalidTextRepresentation) and sight.current() == sight.NOTHING:
        error.add_note(
            "Nobody has said whose rows may be seen here: sight.of_partner(…) or sight.all_partners(reason)."
        )


class _Seeing:
    """For psycopg's cursors."""

    connection: Any

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        send = super().execute  # type: ignore[misc]
        return as_seen(self.connection, lambda: send(*args, **kwargs))

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        send = super().executemany  # type: ignore[misc]
        return as_seen(self.connection, lambda: send(*args, **kwargs))

    @contextmanager
    def copy(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        is_alone = _begin(self.connection)
        try:
            with super().copy(*args, **kwargs) as copy:  # type: ignore[misc]
                yield copy
        except BaseException:
            if is_alone:
                _undo(self.connection)
            raise
        if is_alone:
            _tell(self.connection, b"COMMIT")


class Cursor(_Seeing, base.Cursor):
    pass


class ServerSideCursor(_Seeing, base.ServerSideCursor):
    """In autocommit it is held beyond its own transaction, with the rows that were seen in it."""


class _OfThread(threading.local):
    """A thread's connections end with it. Web servers let idle threads go, and Django's wrappers, which refer to
    themselves, would keep theirs open until a garbage collection that may be hours away: one by one, until the
    database takes no more."""

    def __init__(self) -> None:
        self.connections: WeakSet[Any] = WeakSet()
        self.last = _Last(self.connections)


class _Last:
    """Goes when nothing of its thread is left."""

    def __init__(self, connections: WeakSet[Any]) -> None:
        self._connections, self._pid = connections, os.getpid()

    def __del__(self) -> None:
        if self._pid == os.getpid():  # a forked child only has the parent's by memory
            for connection in self._connections:
                connection.close()


_of_thread = _OfThread()


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection({**conn_params, "cursor_factory": Cursor})
        connection.told = None
        _of_thread.connections.add(connection)
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if not name:
            return super().create_cursor()
        return ServerSideCursor(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )

    def is_usable(self) -> bool:
        """Asked before the first query of every request: a question about no table needs no words before it."""
        if self.connection is None:
            return False
        try:
            psycopg.Cursor(self.connection).execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _savepoint_rollback(self, sid: str) -> None:
        """What was said after the savepoint is unsaid with it."""
        super()._savepoint_rollback(sid)
        self.connection.told = None
