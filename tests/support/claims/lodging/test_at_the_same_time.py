"""Workers that have the same questions at once send each of them once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from support.claims import lodging
from support.claims.models import NetworkInquiry
from tests.support import lodging_make

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(work, arguments, workers=6):
    def run(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, arguments))


def test_two_workers_never_send_the_same_question(alice, offer, paper, at, monkeypatch):
    inquiries = [
        lodging.lodge(claim=lodging_make.claim(by=alice, on=offer, at=at, order_no=f"A{number}"), at=at)
        for number in range(6)
    ]
    send = paper.lodge

    def slowly(self, *, request):
        time.sleep(0.02)
        return send(self, request=request)

    monkeypatch.setattr(paper, "lodge", slowly)

    def sweep(_number):
        for inquiry_id in lodging.hand_out(at=at, limit=10):
            lodging.work_on(inquiry_id=inquiry_id, at=at)

    at_once(sweep, range(12))

    assert sorted(request.reference for request in paper.requests) == sorted(
        inquiry.reference for inquiry in inquiries
    )
    assert set(NetworkInquiry.objects.values_list("status", flat=True)) == {"submitted"}


def test_a_claim_lodged_by_many_at_once_is_one_question(alice, offer, at):
    claim = lodging_make.claim(by=alice, on=offer, at=at)

    def lodge(_number):
        mine = type(claim).objects.get(pk=claim.pk)
        try:
            return lodging.lodge(claim=mine, at=at).pk
        except Exception as refusal:  # whoever saw the claim before it moved
            return type(refusal).__name__

    said = at_once(lodge, range(12))

    assert NetworkInquiry.objects.count() == 1
    assert {answer for answer in said if isinstance(answer, str)} <= {"ClaimMoved"}
    claim.refresh_from_db()
    assert claim.status == "lodged"
