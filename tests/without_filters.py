"""The application as if each of its filters by partner, storefront or shopper had been forgotten.

Only what code does behind the wall is spoilt so: who sees all partners has said why, and looks for one row by a secret.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from unittest import mock

import pytest
from django.db.models import Q, QuerySet
from django.db.models.fields.related_descriptors import ReverseManyToOneDescriptor

from cashback.lib import sight
from partners.models import Partner, Shopper, Storefront

_OWNERS = {
    "owner",
    "owner_id",
    "partner",
    "partner_id",
    "partners",
    "shopper",
    "shopper_id",
    "storefront",
    "storefront_id",
}


@pytest.fixture(autouse=True, params=["filters", "row-level security alone"])
def wall(request: pytest.FixtureRequest) -> Iterator[None]:
    """As the application is, and as it would be if it had forgotten every filter of its own."""
    with nullcontext() if request.param == "filters" else forgotten_filters():
        yield


@contextmanager
def forgotten_filters() -> Iterator[None]:
    with (
        mock.patch.object(QuerySet, "_filter_or_exclude_inplace", _filter_less),
        mock.patch.object(ReverseManyToOneDescriptor, "__get__", _related_rows_of_everybody),
    ):
        yield


_filter = QuerySet._filter_or_exclude_inplace
_related_rows = ReverseManyToOneDescriptor.__get__


def _filter_less(self: QuerySet, negate: bool, args: Any, kwargs: Any) -> None:
    if not negate and not sight.current().is_of_all:
        args = tuple(_less(each) for each in args)
        kwargs = {name: value for name, value in kwargs.items() if not _names_an_owner(name, value)}
    _filter(self, negate, args, kwargs)


def _less(condition: Any) -> Any:
    if not isinstance(condition, Q) or condition.connector != Q.AND or condition.negated:
        return condition
    rest = [
        _less(child)
        for child in condition.children
        if not (isinstance(child, tuple) and _names_an_owner(*child))
    ]
    return Q(*rest)


def _names_an_owner(name: str, value: Any) -> bool:
    """By its name; or the partners whom a member of staff reaches, which are a frozen set."""
    return not _OWNERS.isdisjoint(name.split("__")) or isinstance(value, frozenset)


def _related_rows_of_everybody(self: Any, instance: Any, cls: Any = None) -> Any:
    """`partner.clicks` without the partner."""
    found = _related_rows(self, instance, cls)
    if isinstance(instance, Partner | Storefront | Shopper) and not sight.current().is_of_all:
        found.core_filters = {}
    return found
