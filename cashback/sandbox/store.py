"""The network's memory: one SQLite file, a connection per thread, one writer at a time."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cashback.sandbox import config

SCHEMA = """
CREATE TABLE IF NOT EXISTS token (
    access TEXT PRIMARY KEY,
    refresh TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS click (
    uid TEXT PRIMARY KEY,
    campaign_id INTEGER NOT NULL,
    subid TEXT, subid1 TEXT, subid2 TEXT, subid3 TEXT, subid4 TEXT,
    user_agent TEXT NOT NULL,
    referer TEXT NOT NULL,
    clicked_at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS action (
    -- AUTOINCREMENT: an id is never used again, not even after a reset has emptied the table.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id TEXT NOT NULL,
    campaign_id INTEGER NOT NULL,
    tariff_id INTEGER NOT NULL,
    type TEXT NOT NULL,
    subid TEXT, subid1 TEXT, subid2 TEXT, subid3 TEXT, subid4 TEXT,
    user_agent TEXT NOT NULL,
    referer TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'declined')),
    stalled INTEGER NOT NULL DEFAULT 0,
    confirmed_before INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL DEFAULT 0,
    payment INTEGER NOT NULL,
    cart INTEGER,
    comment TEXT,
    positions TEXT NOT NULL,
    clicked_at TEXT NOT NULL,
    bought_at TEXT NOT NULL,
    closing_date TEXT NOT NULL,
    status_updated TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS claim (
    -- A publisher's request about one order: a lost order, or an appeal against a decline.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('lost_order', 'appeal')),
    campaign_id INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    order_date TEXT NOT NULL,
    order_price INTEGER NOT NULL,
    estimated_reward INTEGER,
    asked TEXT NOT NULL,
    reference TEXT NOT NULL,
    receipt BLOB,
    receipt_type TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'processing' CHECK (status IN ('processing', 'accepted', 'rejected')),
    appeal_status TEXT NOT NULL DEFAULT 'processing' CHECK (appeal_status IN ('processing', 'resolved')),
    comment TEXT NOT NULL DEFAULT '',
    reward INTEGER,
    -- What went straight to the balance, without an action; or the action that it became.
    credited INTEGER NOT NULL DEFAULT 0,
    action_id INTEGER,
    created_at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS claim_by_order ON claim (campaign_id, order_id);
CREATE TABLE IF NOT EXISTS counted_elsewhere (
    campaign_id INTEGER NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (campaign_id, order_id)
);
CREATE TABLE IF NOT EXISTS heard (
    -- What a demo partner's server was told by webhook, once for each message.
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    partner TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    heard_at REAL NOT NULL,
    UNIQUE (partner, id)
);
CREATE INDEX IF NOT EXISTS action_by_order ON action (order_id);
CREATE INDEX IF NOT EXISTS action_by_change ON action (status_updated, id);
CREATE INDEX IF NOT EXISTS action_by_subid4 ON action (subid4);
CREATE INDEX IF NOT EXISTS click_by_subid4 ON click (subid4);
"""
LARGEST_ID = 2**63 - 1

_local = threading.local()


def connection() -> sqlite3.Connection:
    """This thread's connection; it closes with the thread."""
    if not hasattr(_local, "connection"):
        _local.connection = _open()
    return _local.connection


@contextmanager
def transaction() -> Iterator[sqlite3.Connection]:
    """Everything inside happens or nothing does; writers queue up instead of failing."""
    db = connection()
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def find(sql: str, *values: object) -> sqlite3.Row | None:
    return connection().execute(sql, values).fetchone()


def forget_trade() -> None:
    """No click, action, claim or message is left. Tokens stay valid, and numbering goes on where it was."""
    with transaction() as db:
        for table in ("action", "click", "claim", "counted_elsewhere", "heard"):
            db.execute(f"DELETE FROM {table}")  # noqa: S608


def _open() -> sqlite3.Connection:
    db = sqlite3.connect(config.current().state, timeout=10, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.executescript(SCHEMA)
    # Numbering starts at the second of the file's birth: a lost file does not bring old ids back.
    for table in ("action", "claim"):
        db.execute(
            "INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2"
            " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
            (table, int(time.time())),
        )
    return db
