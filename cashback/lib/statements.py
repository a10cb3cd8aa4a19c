"""One prepared SQL statement for the roads that are driven thousands of times a minute: click-outs and postbacks.

Past the ORM and past Django's cursor. That one binds parameters on the client, so that the server parses and plans each
call anew, and it pings the server before every request's first query; here a dead connection shows itself by failing,
and the statement is sent again over a new one.
"""

import time
from collections.abc import Mapping
from typing import Any

import psycopg
from django.db import OperationalError, connection

from cashback.lib.sight.base import seen_by

# Seconds before each further try. The first is for a connection that had died in the pool; together they outlast the
# restart of a database, so that it answers late and loses nobody's click or postback.
PAUSES = (0.0, 0.1, 0.3, 0.8, 1.5)


def fetch_one(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
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


def _send(statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    connection.ensure_connection()
    with (
        connection.wrap_database_errors,
        seen_by(connection.connection),
        psycopg.Cursor(connection.connection) as cursor,
    ):
        return cursor.execute(statement, parameters, prepare=True).fetchone()
