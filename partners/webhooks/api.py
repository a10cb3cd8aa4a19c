"""A partner's server makes its webhook endpoints, and sees how its events came there."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners.api import examples
from partners.api.doors import Door
from partners.api.fields import NoBody
from partners.api.idempotency import once
from partners.api.pages import page
from partners.api.parameters import IDEMPOTENCY_KEY, PAGE, documented, listed
from partners.webhooks import catalogue, services, shapes
from partners.webhooks.addresses import AddressRefused
from partners.webhooks.models import Delivery, WebhookEndpoint

_NOT_STORED = {"Cache-Control": "no-store"}


class WebhookDoor(Door):
    scopes = {
        "GET": "webhooks:read",
        "POST": "webhooks:write",
        "PATCH": "webhooks:write",
        "DELETE": "webhooks:write",
    }

    def endpoint(self, request: Request, text: str) -> WebhookEndpoint:
        found = (
            request.partner.webhook_endpoints.kept()
            .filter(pk=ids.from_public_or_none(shapes.ENDPOINT, text))
            .first()
        )
        if found is None:
            raise Http404
        return found

    def delivery(self, endpoint: WebhookEndpoint, text: str) -> Delivery | None:
        deliveries = endpoint.deliveries.select_related("event", "endpoint")
        return deliveries.filter(pk=ids.from_public_or_none(shapes.DELIVERY, text)).first()


class Endpoints(WebhookDoor):
    @documented(
        operation_id="list_webhook_endpoints",
        tags=["webhooks"],
        parameters=PAGE,
        responses=listed(shapes.EndpointShape),
    )
    def get(self, request: Request) -> Response:
        return page(request, request.partner.webhook_endpoints.kept(), as_json=_endpoints)

    @documented(
        operation_id="create_webhook_endpoint",
        tags=["webhooks"],
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.EndpointBody,
        examples=[
            examples.body("Test pings alone", url="https://example.com/hooks", event_types=[catalogue.PING])
        ],
        responses={201: shapes.NewEndpointShape},
    )
    @once
    def post(self, request: Request) -> Response:
        """It hears of what happens from now on. The secret is shown in this answer only."""
        facts = _read(shapes.EndpointBody(data=request.data))
        try:
            made = services.create(partner=request.partner, at=timezone.now(), **facts)
        except AddressRefused as refusal:
            raise _of_the_url(refusal) from refusal
        answer = {**shapes.endpoint_as_json(made), "secret": made.secret}
        return Response(answer, status=status.HTTP_201_CREATED, headers=_NOT_STORED)


class Endpoint(WebhookDoor):
    @documented(operation_id="get_webhook_endpoint", tags=["webhooks"], responses=shapes.EndpointShape)
    def get(self, request: Request, endpoint: str) -> Response:
        return Response(shapes.endpoint_as_json(self.endpoint(request, endpoint)))

    @documented(
        operation_id="change_webhook_endpoint",
        tags=["webhooks"],
        request=shapes.EndpointChange,
        examples=[examples.body("A word on it", description="The loyalty team's")],
        responses=shapes.EndpointShape,
    )
    def patch(self, request: Request, endpoint: str) -> Response:
        """What is not said stays. `is_enabled` switches the endpoint off, and on again."""
        found = self.endpoint(request, endpoint)
        facts = _read(shapes.EndpointChange(data=request.data, partial=True))
        try:
            services.change(endpoint=found, at=timezone.now(), **facts)
        except AddressRefused as refusal:
            raise _of_the_url(refusal) from refusal
        return Response(shapes.endpoint_as_json(found))

    @documented(operation_id="delete_webhook_endpoint", tags=["webhooks"], responses={204: None})
    def delete(self, request: Request, endpoint: str) -> Response:
        services.delete(endpoint=self.endpoint(request, endpoint), at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class Deliveries(WebhookDoor):
    @documented(
        operation_id="list_webhook_deliveries",
        tags=["webhooks"],
        parameters=[*PAGE, OpenApiParameter("status", enum=Delivery.Status.values)],
        responses=listed(shapes.DeliveryShape),
    )
    def get(self, request: Request, endpoint: str) -> Response:
        rows = self.endpoint(request, endpoint).deliveries.select_related("event")
        wanted = request.query_params.get("status")
        if wanted is not None and wanted not in Delivery.Status.values:
            detail = f"This is one of {', '.join(Delivery.Status.values)}."
            raise serializers.ValidationError({"status": detail}, code="status_unknown")
        return page(request, rows.filter(status=wanted) if wanted else rows, as_json=_deliveries)


class OneDelivery(WebhookDoor):
    @documented(operation_id="get_webhook_delivery", tags=["webhooks"], responses=shapes.WholeDeliveryShape)
    def get(self, request: Request, endpoint: str, delivery: str) -> Response:
        """With every try, and the first 2 KB of what was answered."""
        found = self.delivery(self.endpoint(request, endpoint), delivery)
        if found is None:
            raise Http404
        return Response(shapes.whole_delivery_as_json(found))


class Replay(WebhookDoor):
    @documented(
        operation_id="replay_webhook_events",
        tags=["webhooks"],
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.ReplayBody,
        examples=[examples.body("One delivery", delivery=examples.IN_PATHS["delivery"])],
        responses={202: shapes.ReplayedShape},
    )
    @once
    def post(self, request: Request, endpoint: str) -> Response:
        """Events of the last thirty days are sent once more, under the ids that they had."""
        found = self.endpoint(request, endpoint)
        said = _read(shapes.ReplayBody(data=request.data))
        return Response({"replayed": self._replay(found, said)}, status=status.HTTP_202_ACCEPTED)

    def _replay(self, endpoint: WebhookEndpoint, said: dict[str, Any]) -> int:
        now = timezone.now()
        if "delivery" in said:
            one = self.delivery(endpoint, said["delivery"])
            if one is None:
                raise serializers.ValidationError(
                    {"delivery": "This endpoint has no such delivery."}, code="delivery_unknown"
                )
            services.replay(delivery=one, at=now)
            return 1
        span = {"endpoint": endpoint, "since": said["since"], "until": said["until"], "at": now}
        return (services.replay_failed if said.get("only_failed") else services.replay_range)(**span)


class RotateSecret(WebhookDoor):
    @documented(
        operation_id="rotate_webhook_secret",
        tags=["webhooks"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses=shapes.SecretShape,
    )
    @once
    def post(self, request: Request, endpoint: str) -> Response:
        """A new secret signs from now on, beside the former one for a day."""
        found = self.endpoint(request, endpoint)
        _read(NoBody(data=request.data))
        secret = services.rotate_secret(endpoint=found, at=timezone.now())
        found.refresh_from_db()
        until = shapes.endpoint_as_json(found)["old_secret_until"]
        return Response({"secret": secret, "old_secret_until": until}, headers=_NOT_STORED)


class Ping(WebhookDoor):
    @documented(
        operation_id="ping_webhook_endpoint",
        tags=["webhooks"],
        parameters=[IDEMPOTENCY_KEY],
        request=None,
        responses={202: shapes.DeliveryShape},
    )
    @once
    def post(self, request: Request, endpoint: str) -> Response:
        """A `test.ping` is on its way; ask for the delivery to see how it went."""
        found = self.endpoint(request, endpoint)
        _read(NoBody(data=request.data))
        sent = services.ping(endpoint=found, at=timezone.now())
        return Response(shapes.delivery_as_json(sent), status=status.HTTP_202_ACCEPTED)


class EventTypes(WebhookDoor):
    @documented(
        operation_id="list_webhook_event_types",
        tags=["webhooks"],
        responses=listed(shapes.EventTypeShape),
    )
    def get(self, request: Request) -> Response:
        """Everything that webhooks can tell, with an example of each."""
        data = [
            {"type": each.name, "summary": each.summary, "example": each.example()}
            for each in catalogue.all_types()
        ]
        return Response({"data": data, "next_cursor": None})


def _endpoints(rows: Iterable[WebhookEndpoint]) -> list[dict[str, Any]]:
    return [shapes.endpoint_as_json(each) for each in rows]


def _deliveries(rows: Iterable[Delivery]) -> list[dict[str, Any]]:
    return [shapes.delivery_as_json(each) for each in rows]


def _read(body: serializers.Serializer) -> dict[str, Any]:
    body.is_valid(raise_exception=True)
    return body.validated_data


def _of_the_url(refusal: AddressRefused) -> serializers.ValidationError:
    return serializers.ValidationError({"url": str(refusal)}, code=refusal.code)
