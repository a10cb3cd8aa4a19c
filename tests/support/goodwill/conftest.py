"""A claim that waits for the network, a partner that gives goodwill, and those who may give it."""

import pytest

from support.claims.deciding import case_of
from support.desk.models import Role
from support.goodwill.limits import Case
from tests.support import claims_make
from tests.support.claims.conftest import click, moscow, noon, paper_account, shop

__all__ = ["click", "moscow", "noon", "paper_account", "shop"]


@pytest.fixture
def claim(click, noon):
    """Lodged: no policy has paid for it at once."""
    return claims_make.claim(click, at=noon)


@pytest.fixture
def policy(claim):
    """300.00 at once, 1 500.00 by an agent, 10 000.00 by a lead."""
    return claims_make.generous(claim.partner)


@pytest.fixture
def case(claim, policy) -> Case:
    return case_of(claim)


@pytest.fixture
def kim(django_user_model, db):
    return claims_make.agent(django_user_model, "kim").user


@pytest.fixture
def lena(django_user_model, db):
    return claims_make.agent(django_user_model, "lena", role=Role.LEAD).user


@pytest.fixture
def max_(django_user_model, db):
    """Another lead."""
    return claims_make.agent(django_user_model, "max", role=Role.LEAD).user
