"""A reader of the outbox meets every event once, whatever order they commit in."""

import threading
import uuid

import pytest
from django.db import connection, transaction

from partners import outbox
from partners.models import OutboxCursor, OutboxEvent
from partners.services import emit

pytestmark = pytest.mark.django_db(transaction=True)


def say(acorn, at, number: int) -> OutboxEvent:
    return emit(
        partner_id=acorn.partner_id,
        type="test.ping",
        subject_id=acorn.pk,
        payload={"number": number},
        at=at,
    )


def read(*, limit: int = 100) -> list[int]:
    with outbox.batch("tester", limit=limit) as events:
        return [event.payload["number"] for event in events]


def test_every_event_is_read_once_in_order(acorn, at):
    for number in range(5):
        say(acorn, at, number)
    assert read(limit=2) == [0, 1]
    assert read(limit=2) == [2, 3]
    assert read(limit=2) == [4]
    assert read() == []


def test_events_of_one_transaction_are_told_apart_by_a_small_batch(acorn, at):
    with transaction.atomic():
        for number in range(3):
            say(acorn, at, number)
    assert [read(limit=1) for _number in range(4)] == [[0], [1], [2], []]


def test_readers_do_not_disturb_each_other(acorn, at):
    say(acorn, at, 0)
    assert read() == [0]
    with outbox.batch("another", limit=10) as events:
        assert len(events) == 1


def test_event_that_commits_late_is_not_stepped_over(acorn, at):
    """The slow transaction's event has the lower id and becomes visible second."""
    written, may_commit = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                say(acorn, at, 1)
                written.set()
                assert may_commit.wait(20)
        finally:
            connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    assert written.wait(20)
    later = say(acorn, at, 2)

    assert OutboxEvent.objects.filter(pk=later.pk).exists()
    assert read() == []  # the second waits for the first
    assert outbox.oldest_unread("tester") == later.occurred_at
    may_commit.set()
    slow.join()
    assert read() == [1, 2]
    assert outbox.oldest_unread("tester") is None


def test_event_of_a_transaction_that_fails_holds_nobody_up(acorn, at):
    with pytest.raises(RuntimeError), transaction.atomic():
        say(acorn, at, 1)
        raise RuntimeError
    say(acorn, at, 2)
    assert read() == [2]


def test_what_the_reader_could_not_use_is_read_again(acorn, at):
    say(acorn, at, 1)
    with pytest.raises(RuntimeError), outbox.batch("tester", limit=10) as events:
        assert len(events) == 1
        raise RuntimeError
    assert read() == [1]


def test_two_processes_of_one_reader_never_read_the_same(acorn, at):
    for number in range(40):
        say(acorn, at, number)
    found: list[int] = []
    at_once = threading.Barrier(4)

    def reads() -> None:
        try:
            at_once.wait()
            for _number in range(60):
                found.extend(read(limit=3))
        finally:
            connection.close()

    threads = [threading.Thread(target=reads) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(40))


def test_storm_of_writers_loses_no_event(acorn, at):
    writers, each = 6, 25

    def write(first: int) -> None:
        try:
            for number in range(first, first + each):
                with transaction.atomic():
                    say(acorn, at, number)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=[number * each]) for number in range(writers)]
    for thread in threads:
        thread.start()
    found: list[int] = []
    while any(thread.is_alive() for thread in threads):
        found += read(limit=7)
    for thread in threads:
        thread.join()
    while more := read(limit=7):
        found += more
    assert sorted(found) == list(range(writers * each))
    assert OutboxCursor.objects.get(reader="tester").xact > 0


def test_reader_goes_on_after_a_dump_was_restored_elsewhere(acorn, at):
    """Transactions are numbered anew there: what is new has lower numbers than the reader's place."""
    for number in range(2):
        say(acorn, at, number)
    assert read(limit=1) == [0]
    OutboxEvent.objects.update(xact=10**12)
    OutboxCursor.objects.update(xact=10**12)
    # As if the first were of yesterday: nothing as old as that is read again.
    first = OutboxEvent.objects.order_by("pk").first()
    OutboxEvent.objects.filter(pk=first.pk).update(id=uuid.UUID(int=first.pk.int - (86_400_000 << 80)))
    say(acorn, at, 2)
    assert read() == []
    assert read() == [1, 2]
    say(acorn, at, 3)
    assert read() == [3]
    assert outbox.oldest_unread("tester") is None
