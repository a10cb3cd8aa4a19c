"""Several at once, each on a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from support.clocks import services as clocks
from support.clocks.models import Clock, Metric
from tests.support import clocks_make as make
from tests.support.clocks_make import moscow

NINE = moscow(2026, 3, 3, 9)

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(job: Callable[[], object], *, times: int = 4) -> list[object]:
    start = threading.Barrier(times)

    def work(_number: int) -> object:
        try:
            connection.ensure_connection()
            start.wait(timeout=20)
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(work, range(times)))


def test_clock_started_by_many_at_once_is_one_clock(acorn):
    clocks.make_default_policies()
    case = make.facts(acorn.partner_id)
    started = at_once(lambda: clocks.start(ticket_facts=case, metric=Metric.NEXT_REPLY, at=NINE).pk)
    assert started == [Clock.objects.get().pk] * 4


def test_sweeps_share_the_work_and_notice_each_breach_once(acorn):
    clocks.make_default_policies()
    case = make.facts(acorn.partner_id)
    for _ in range(20):
        other = replace(case, subject_id=make.facts(acorn.partner_id).subject_id)
        clocks.start(ticket_facts=other, metric=Metric.FIRST_REPLY, at=NINE)
    noticed = at_once(lambda: clocks.sweep(at=NINE + timedelta(days=1)))
    assert sum(noticed) == Clock.objects.exclude(breached_at=None).count() == 20
