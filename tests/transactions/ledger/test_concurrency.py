"""Real threads on real connections: what a single connection can never show."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction

from transactions.ledger.models import Account, AccountKind, Transfer
from transactions.ledger.services import Overdrawn, Posting, balance, post, totals, verify

THREADS = 16

pytestmark = pytest.mark.django_db(transaction=True)


def in_threads(jobs: Sequence[Callable[[], object]]) -> list[object]:
    """What each job returned, or the refusal it met. Threads begin at once, each on its own connection."""
    threads = min(THREADS, len(jobs))
    outcomes: list[object] = [None] * len(jobs)
    start = threading.Barrier(threads)

    def work(number: int) -> None:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            outcomes[number::threads] = [attempt(job) for job in jobs[number::threads]]
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))
    return outcomes


def attempt(job: Callable[[], object]) -> object:
    try:
        return job()
    except (Overdrawn, OperationalError) as refusal:
        return refusal


def test_forty_calls_with_one_key_make_one_transfer(acorn):
    posting = acorn.posting(acorn.network, acorn.shopper, 700)

    outcomes = in_threads([lambda: post(postings=[posting])[0].pk] * 40)

    assert outcomes == [Transfer.objects.get().pk] * 40
    assert balance(account=acorn.shopper) == 700


def test_account_opened_by_many_at_once_is_one_account(acorn):
    outcomes = in_threads([lambda: acorn.open(AccountKind.SHOPPER, owner_id=acorn.subject_id).pk] * THREADS)

    assert outcomes == [Account.objects.get(owner_id=acorn.subject_id).pk] * THREADS


def test_four_hundred_opposite_transfers_in_batches_meet_no_deadlock(acorn):
    first, second = acorn.shopper, acorn.open_guarded()
    acorn.move(acorn.network, second, 1_000)
    there = [[acorn.posting(first, second, 3) for _ in range(10)] for _ in range(20)]
    back = [[acorn.posting(second, first, 2) for _ in range(10)] for _ in range(20)]
    batches = [batch for pair in zip(there, back, strict=True) for batch in pair]

    outcomes = in_threads([lambda batch=batch: len(post(postings=batch)) for batch in batches])

    assert outcomes == [10] * 40
    assert (balance(account=first), balance(account=second)) == (-200, 1_200)
    assert verify() == []


def test_batches_that_share_keys_and_accounts_in_any_order_meet_no_deadlock(acorn):
    shoppers = [acorn.open_guarded() for _ in range(12)]
    postings = [acorn.posting(acorn.network, shopper, 7) for shopper in shoppers for _ in range(5)]
    dice = random.Random(1)
    batches = [dice.sample(postings, 40) for _ in range(40)] + [postings]

    outcomes = in_threads([lambda batch=batch: len(post(postings=batch)) for batch in batches])

    assert outcomes == [40] * 40 + [60]
    assert [balance(account=shopper) for shopper in shoppers] == [35] * 12
    assert verify() == []


def test_draining_never_overdraws(acorn):
    guarded = acorn.open_guarded()
    acorn.move(acorn.network, guarded, 100)
    drains = [acorn.posting(guarded, acorn.network, 7) for _ in range(48)]

    outcomes = in_threads([lambda drain=drain: len(post(postings=[drain])) for drain in drains])

    assert outcomes.count(1) == 14
    assert sum(isinstance(outcome, Overdrawn) for outcome in outcomes) == 34
    assert balance(account=guarded) == 2
    assert totals() == {"RUB": 0}
    assert verify() == []


def wait_until_blocked(count: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0"
            )
            if cursor.fetchone()[0] == count:
                return
        time.sleep(0.005)
    raise AssertionError(f"Never {count} connections were waiting.")


def against_a_transaction_that_locks_the_other_way(acorn, rival: Callable[[list[Posting]], object]):
    """`rival` posts to two shoppers while a transaction holds the one it locks last, and wants the other."""
    first, last = sorted([acorn.shopper, acorn.open_guarded()], key=lambda account: account.pk)
    both = [acorn.posting(acorn.network, last, 5), acorn.posting(acorn.network, first, 5)]

    def hold_last_then_want_first() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            # Longer than the rival's, which therefore finds the deadlock first and is its victim.
            cursor.execute("SET LOCAL deadlock_timeout = '20s'")
            acorn.move(acorn.network, last, 1)
            holding.set()
            wait_until_blocked(1)
            acorn.move(acorn.network, first, 1)

    def post_both() -> object:
        assert holding.wait(timeout=10)
        return rival(both)

    holding = threading.Event()
    _, outcome = in_threads([hold_last_then_want_first, post_both])
    return outcome, balance(account=first), balance(account=last)


def test_victim_of_a_deadlock_posts_again(acorn):
    outcome, first, last = against_a_transaction_that_locks_the_other_way(
        acorn, lambda both: len(post(postings=both))
    )

    assert (outcome, first, last) == (2, 6, 6)


def test_deadlock_inside_a_callers_transaction_is_the_callers_to_repeat(acorn):
    def in_a_transaction(both):
        with transaction.atomic():
            return len(post(postings=both))

    outcome, first, last = against_a_transaction_that_locks_the_other_way(acorn, in_a_transaction)

    assert isinstance(outcome, OperationalError)
    assert "deadlock detected" in str(outcome)
    assert (first, last) == (1, 1)
