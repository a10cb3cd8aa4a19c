"""Django's PostgreSQL engine, which tells the database at the start of every transaction what may be seen.

The words go with the BEGIN, in one round trip: said inside the guarded statement itself they would come too late. They
last as long as the transaction, so nothing is left behind in a connection that a pooler hands on. A statement outside
a transaction gets one of its own. Who may see everybody's rows meets none of this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg.pq import ExecStatus, TransactionStatus

from cashback.lib import sight
from cashback.lib.sight import Sight


def tell(connection: Any, statement: str) -> None:
    """Sends SQL without parameters, several statements too, in one round trip."""
    result = connection.pgconn.exec_(statement.encode())
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        raise psycopg.errors.error_from_result(result)


@contextmanager
def seen_by(connection: Any) -> Iterator[None]:
    """What is sent over the psycopg connection inside sees what the context says."""
    wanted = sight.current()
    status = connection.info.transaction_status
    if status == TransactionStatus.IDLE and not wanted.is_of_all:
        tell(connection, f"BEGIN; {wanted.statement}")
        connection.told = wanted
        if connection.autocommit:
            with _alone(connection):
                yield
            return
    elif status == TransactionStatus.IDLE:
        connection.told = wanted
    elif status == TransactionStatus.INTRANS and connection.told != wanted:
        tell(connection, wanted.statement)
        connection.told = wanted
    try:
        yield
    except psycopg.Error as error:
        _explain(error)
        raise


@contextmanager
def _alone(connection: Any) -> Iterator[None]:
    """The transaction of one statement."""
    try:
        yield
    except BaseException as error:
        if connection.info.transaction_status != TransactionStatus.UNKNOWN:  # the server is gone
            tell(connection, "ROLLBACK")
        _explain(error)
        raise
    tell(connection, "COMMIT")


def _explain(error: BaseException) -> None:
    if isinstance(error, psycopg.errors.InvalidTextRepresentation) and sight.current() == sight.NOTHING:
        error.add_note(
            "Nobody has said whose rows may be seen here: sight.of_partner(…) or sight.all_partners(reason)."
        )


class _Seeing:
    """For psycopg's cursors."""

    connection: Any

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        with seen_by(self.connection):
            return super().execute(*args, **kwargs)  # type: ignore[misc]

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        with seen_by(self.connection):
            return super().executemany(*args, **kwargs)  # type: ignore[misc]

    @contextmanager
    def copy(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        with seen_by(self.connection), super().copy(*args, **kwargs) as copy:  # type: ignore[misc]
            yield copy


class Cursor(_Seeing, base.Cursor):
    pass


class ServerSideCursor(_Seeing, base.ServerSideCursor):
    """In autocommit it is held beyond its own transaction, with the rows that were seen in it."""


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection({**conn_params, "cursor_factory": Cursor})
        connection.told = None
        return connection

    def create_cursor(self, name: str | None = None) -> Any:
        if not name:
            return super().create_cursor()
        return ServerSideCursor(
            self.connection, name=name, scrollable=False, withhold=self.connection.autocommit
        )

    def _savepoint_rollback(self, sid: str) -> None:
        """What was said after the savepoint is unsaid with it."""
        super()._savepoint_rollback(sid)
        self.connection.told = None


__all__ = ["Cursor", "DatabaseWrapper", "ServerSideCursor", "Sight", "seen_by", "tell"]
