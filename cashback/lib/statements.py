"""One prepared SQL statement for the roads that are driven thousands of times a minute: click-outs and postbacks.

Past the ORM and past Django's cursor. That one binds parameters on the client, so that the server parses and plans each
call anew, and it pings the server before every request's first query; here a dead connection shows itself by failing,
and the statement is sent again over a new one.
"""

import re
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from select import POLLIN, POLLOUT, poll
from typing import Any

import psycopg
from django.db import OperationalError, connection
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus

from cashback.lib import sight
from cashback.lib.sight.base import as_seen, refusal

# Seconds before each further try. The first is for a connection that had died in the pool; together they outlast the
# restart of a database, so that it answers late and loses nobody's click or postback.
PAUSES = (0.0, 0.1, 0.3, 0.8, 1.5)
_PLACE = re.compile(r"%\((\w+)\)s")

Row = tuple[Any, ...]


def fetch_one(statement: str, parameters: Mapping[str, Any]) -> Row | None:
    """The statement's first row. Outside a transaction it commits by itself, and must bear being sent again: when
    the connection is lost nobody knows whether the server had finished."""
    for pause in PAUSES:
        try:
            return _send(statement, parameters)
        except OperationalError:
            if connection.in_atomic_block or connection.is_usable():
                raise
        connection.close()
        time.sleep(pause)
    return _send(statement, parameters)


def _send(statement: str, parameters: Mapping[str, Any]) -> Row | None:
    connection.ensure_connection()
    seen = sight.current()
    with connection.wrap_database_errors:
        is_idle = connection.connection.pgconn.transaction_status == TransactionStatus.IDLE
        if is_idle and connection.connection.autocommit and not seen.is_of_all:
            try:
                return _send_behind_the_wall(connection.connection, seen, statement, parameters)
            except psycopg.errors.InvalidSqlStatementName:
                # After a ROLLBACK psycopg deallocates all of a connection's statements, and ours among them.
                connection.connection.hot_statements.clear()
                return _send_behind_the_wall(connection.connection, seen, statement, parameters)
        with psycopg.Cursor(connection.connection) as cursor:
            as_seen(connection.connection, lambda: cursor.execute(statement, parameters, prepare=True))
            return cursor.fetchone()


def _send_behind_the_wall(
    server: Any, seen: sight.Sight, statement: str, parameters: Mapping[str, Any]
) -> Row | None:
    """The transaction's beginning, what it may see, the statement and the commit, in one round trip: in libpq's
    pipeline they follow each other without waiting, and after an error none of the rest is done."""
    libpq, adapting = server.pgconn, Transformer(server)
    numbered, names = _numbered(statement)
    values = adapting.dump_sequence([parameters[name] for name in names], [PyFormat.AUTO] * len(names))
    prepared = _prepare(server, numbered, adapting.types)
    words = (b"BEGIN", *seen.words.split(b"; "))
    libpq.enter_pipeline_mode()
    for word in words:
        libpq.send_query_params(word, None)
    libpq.send_query_prepared(prepared, values, adapting.formats)
    libpq.send_query_params(b"COMMIT", None)
    libpq.pipeline_sync()
    while libpq.flush():
        _wait(libpq, also_to_write=True)
    results = [_result(libpq) for _each in (*words, prepared, b"COMMIT", b"sync")]
    libpq.exit_pipeline_mode()
    refused = [each for each in results if each.status == ExecStatus.FATAL_ERROR]
    if refused:
        if libpq.transaction_status == TransactionStatus.INERROR:
            libpq.exec_(b"ROLLBACK")
        raise refusal(libpq, refused[0])
    answer = results[len(words)]
    adapting.set_pgresult(answer)
    return adapting.load_row(0, tuple) if answer.ntuples else None


def _result(libpq: Any) -> Any:
    """The next statement's. After each but the sync comes an empty one, which says that it was the last."""
    while libpq.is_busy():
        _wait(libpq)
    result = libpq.get_result()
    if result is None:
        raise psycopg.OperationalError("The server closed the connection.")
    if result.status != ExecStatus.PIPELINE_SYNC:
        libpq.get_result()
    return result


def _wait(libpq: Any, *, also_to_write: bool = False) -> None:
    """For the socket, and not in libpq: that would keep the interpreter's lock, and all other threads waiting."""
    socket = poll()  # select would refuse a process's thousandth file
    socket.register(libpq.socket, POLLIN | POLLOUT if also_to_write else POLLIN)
    socket.poll()
    libpq.consume_input()


def _prepare(server: Any, numbered: bytes, types: Any) -> bytes:
    """The statement's name on this connection, where it is parsed and planned once."""
    name = b"hot_" + sha256(numbered).hexdigest()[:16].encode()
    known = server.__dict__.setdefault("hot_statements", set())
    if name not in known:
        result = server.pgconn.prepare(name, numbered, types)
        if result.status != ExecStatus.COMMAND_OK:
            raise refusal(server.pgconn, result)
        known.add(name)
    return name


@cache
def _numbered(statement: str) -> tuple[bytes, list[str]]:
    """The statement with its parameters by number, as the server wants them, and which name has which."""
    names = [*dict.fromkeys(_PLACE.findall(statement))]
    numbered = _PLACE.sub(lambda place: f"${names.index(place[1]) + 1}", statement)
    return numbered.encode(), names
