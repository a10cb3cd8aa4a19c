"""The outbox as a feed: what webhooks tell, for who would rather ask."""

import uuid
from typing import Any

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners import outbox
from partners.api.doors import Door
from partners.api.pages import place_in, read_limit, write_place
from partners.api.parameters import PAGE, documented, listed
from partners.models import OutboxEvent
from partners.webhooks import messages

_BEFORE_ALL = (0, uuid.UUID(int=0))


class EventShape(serializers.Serializer):
    id = serializers.CharField(help_text="evt_…: the webhook-id of the same event.")
    type = serializers.CharField()
    timestamp = serializers.DateTimeField()
    version = serializers.CharField()
    data = serializers.JSONField()


class Events(Door):
    """Everything that happened, the oldest first. `next_cursor` is null only where nothing has happened behind the
    cursor that you sent: what happens later is found behind that one."""

    scopes = {"GET": "events:read"}

    @documented(operation_id="list_events", parameters=PAGE, responses=listed(EventShape))
    def get(self, request: Request) -> Response:
        found = outbox.of_partner(request.partner, after=_place(request), limit=read_limit(request))
        return Response(
            {"data": [messages.envelope(event) for event in found], "next_cursor": _cursor(found)}
        )


class Event(Door):
    scopes = {"GET": "events:read"}

    @documented(operation_id="get_event", responses=EventShape)
    def get(self, request: Request, event: str) -> Response:
        found = outbox.event_of(request.partner, ids.from_public_or_none("evt", event))
        if found is None:
            raise Http404
        return Response(messages.envelope(found))


def _cursor(found: list[OutboxEvent]) -> str | None:
    return write_place(found[-1].xact, found[-1].pk) if found else None


def _place(request: Request) -> tuple[int, Any]:
    text = request.query_params.get("cursor")
    if text is None:
        return _BEFORE_ALL
    return place_in(text)
