import pytest

from offers.networks import registry
from tests import make
from tests.support import lodging_make
from tests.support.lodging_make import ClaimsOnPaper


@pytest.fixture
def paper(monkeypatch):
    ClaimsOnPaper.forget()
    monkeypatch.setitem(registry.NETWORKS, ClaimsOnPaper.slug, ClaimsOnPaper)
    return ClaimsOnPaper


@pytest.fixture
def account(paper, db):
    return make.account(network=paper.slug)


@pytest.fixture
def offer(account):
    return make.offer(at=account, takes_claims=True)


@pytest.fixture
def claim(alice, offer, at):
    return lodging_make.claim(by=alice, on=offer, at=at)
