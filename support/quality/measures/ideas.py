"""Suggestions that went live, by who had the idea."""

import uuid
from collections.abc import Mapping

from django.db.models import Count

from support.quality.measures.scope import Scope
from support.quality.models import Stage, Suggestion


def shipped(scope: Scope) -> Mapping[uuid.UUID, int]:
    """By author, shipped in the period. Suggestions belong to no partner: the scope's partners do not narrow them."""
    found = Suggestion.objects.filter(
        stage=Stage.SHIPPED, shipped_at__gte=scope.since, shipped_at__lt=scope.until, shipped_at__lte=scope.at
    )
    found = found.filter(author__team=scope.team_id) if scope.team_id else found
    found = found.filter(author=scope.agent_id) if scope.agent_id else found
    return dict(found.values_list("author").annotate(Count("pk")).order_by("author"))
