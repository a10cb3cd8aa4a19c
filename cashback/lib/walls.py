"""The wall between partners on the staff's pages: which rows a member of staff may see at all.

Who reaches every partner meets no wall. Who reaches some of them finds nothing of the others: no row, no choice in a
form or a filter, no number, and 404 where a row would be. The room of the partners knows the reach and registers it.
"""

import uuid
from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin
from django.contrib.admin.filters import RelatedFieldListFilter
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest

Reach = Callable[[Any], Collection[uuid.UUID] | None]

# What stands for a path where a model's rows belong to no partner: everybody may see them, such as the catalogue;
# or only those who reach every partner, such as the accounts at the networks.
SHARED = "shared"
HOUSE = "house"

_reach: list[Reach] = []


def register_reach(reach: Reach) -> None:
    """`reach` tells the ids of the partners that a user works for; None is all."""
    _reach[:] = [reach]


def reached(request: HttpRequest) -> Collection[uuid.UUID] | None:
    [reach] = _reach
    return reach(request.user)


class Walled(admin.ModelAdmin):
    """A model admin behind the wall. `wall` is the path from a row to its partner's id."""

    wall = "partner_id"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request)
        if self.wall == SHARED or (partners := reached(request)) is None:
            return rows
        return rows.none() if self.wall == HOUSE else rows.filter(**{f"{self.wall}__in": partners})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return not self._is_shut(request) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_shut(request) and super().has_view_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not self._is_shut(request) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Of the partners themselves and of what they share, nobody behind a wall makes another."""
        if not super().has_add_permission(request):
            return False
        return self.wall not in (SHARED, HOUSE, "pk") or reached(request) is None

    def formfield_for_foreignkey(self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any) -> Any:
        if reached(request) is not None and "queryset" not in kwargs:
            kwargs["queryset"] = within_reach(db_field.remote_field.model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = super().get_list_filter(request)
        return [self._walled_filter(each) for each in filters]

    def _walled_filter(self, given: Any) -> Any:
        if not isinstance(given, str) or "__" in given:
            return given
        field: Field = self.model._meta.get_field(given)  # type: ignore[assignment]
        return (given, WalledRelatedFilter) if field.is_relation else given

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Behind a wall nobody learns whether the row is another's or nobody's."""
        if reached(request) is not None:
            raise Http404
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    def _is_shut(self, request: HttpRequest) -> bool:
        return self.wall == HOUSE and reached(request) is not None


class WalledRelatedFilter(RelatedFieldListFilter):
    """A filter by a related row that names only those within reach."""

    def field_choices(self, field: Field, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        choices = super().field_choices(field, request, model_admin)
        if reached(request) is None:
            return choices
        shown = set(within_reach(field.related_model, request).values_list("pk", flat=True))
        return [choice for choice in choices if choice[0] in shown]


def within_reach(model: type[Model], request: HttpRequest) -> QuerySet[Any]:
    """The model's rows as its own page would list them; none where it has no page behind the wall."""
    page = admin.site._registry.get(model)
    return page.get_queryset(request) if isinstance(page, Walled) else model._default_manager.none()
