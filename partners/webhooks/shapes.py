"""What the API takes and gives of webhooks."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from partners.api.fields import Body, Text, moment
from partners.webhooks import addresses, catalogue, messages
from partners.webhooks.models import Delivery, WebhookEndpoint

ENDPOINT, DELIVERY = "whe", "whd"
# Ids are made by the database's clock, which may be ahead of ours.
_CLOCKS_DIFFER = timedelta(minutes=1)


class Flag(serializers.BooleanField):
    """true or false, and nothing that could be read as one of them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class EmailAddress(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """With an offset: a time without one is nobody's."""

    default_error_messages = {"offset_missing": "Say the offset too, such as +03:00 or Z."}

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is None:
            self.fail("offset_missing")
        return super().enforce_timezone(value)


class EventTypes(serializers.ListField):
    child = Text(max_length=60)
    default_error_messages = {"event_type_unknown": "There is no type of event called {name}."}

    def to_internal_value(self, data: Any) -> list[str]:
        names = super().to_internal_value(data)
        for name in names:
            if not catalogue.is_known(name):
                self.fail("event_type_unknown", name=name)
        return names


class EndpointBody(Body):
    url = Text(max_length=addresses.LONGEST, help_text="https, on port 443 or 8443, at a public address.")
    description = Text(max_length=200, required=False, allow_blank=True)
    event_types = EventTypes(
        required=False, max_length=100, help_text="Empty: all types, those of later too."
    )
    contact_email = EmailAddress(
        max_length=254,
        required=False,
        allow_blank=True,
        help_text="Hears of it when the endpoint is switched off for failing.",
    )


class EndpointChange(EndpointBody):
    is_enabled = Flag(required=False)


class ReplayBody(Body):
    """Which events go out once more: those of a time span, or one delivery."""

    delivery = Text(max_length=40, required=False, help_text="whd_…, alone.")
    since = Moment(required=False, help_text="Thirty days ago at the earliest.")
    until = Moment(required=False, help_text="Now, unless said.")
    only_failed = Flag(required=False, help_text="Only what was given up; by itself everything.")

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("delivery" in said) == ("since" in said):
            raise serializers.ValidationError("Say either since or delivery.", code="replay_unsaid")
        if "delivery" in said:
            return said
        said.setdefault("until", timezone.now() + _CLOCKS_DIFFER)
        if said["until"] <= said["since"]:
            raise serializers.ValidationError(
                {"until": "This must be later than since."}, code="replay_backwards"
            )
        return said


class EndpointShape(serializers.Serializer):
    id = serializers.CharField(help_text="whe_…")
    url = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    event_types = serializers.ListField(child=serializers.CharField())
    contact_email = serializers.CharField(allow_blank=True)
    api_version = serializers.CharField()
    is_enabled = serializers.BooleanField()
    disabled_reason = serializers.ChoiceField(
        ["switched_off", "gone", "failing"],
        allow_null=True,
        help_text="gone: it answered 410. failing: it had accepted nothing for five days.",
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True)
    last_success_at = serializers.DateTimeField(allow_null=True)
    old_secret_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class NewEndpointShape(EndpointShape):
    secret = serializers.CharField(help_text="whsec_…, shown this once.")


class SecretShape(serializers.Serializer):
    secret = serializers.CharField(help_text="whsec_…, shown this once.")
    old_secret_until = serializers.DateTimeField(help_text="Until then the former one signs too.")


class EventName(serializers.Serializer):
    id = serializers.CharField(help_text="evt_…, the webhook-id.")
    type = serializers.CharField()
    timestamp = serializers.DateTimeField()


class AttemptShape(serializers.Serializer):
    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True, help_text="null where nothing answered.")
    latency_ms = serializers.IntegerField()
    answer = serializers.CharField(allow_blank=True, help_text="The first 2 KB.")
    error = serializers.CharField(allow_blank=True)


class DeliveryShape(serializers.Serializer):
    id = serializers.CharField(help_text="whd_…")
    event = EventName()
    status = serializers.ChoiceField(Delivery.Status.values)
    tries = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class WholeDeliveryShape(DeliveryShape):
    attempts = AttemptShape(many=True)
    message = serializers.JSONField(help_text="The body as it is sent.")


class ReplayedShape(serializers.Serializer):
    replayed = serializers.IntegerField(help_text="How many events are on their way.")


class EventTypeShape(serializers.Serializer):
    type = serializers.CharField()
    summary = serializers.CharField()
    example = serializers.JSONField(help_text="The data of such an event.")


def endpoint_as_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.public_id,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": endpoint.event_types,
        "contact_email": endpoint.contact_email,
        "api_version": endpoint.api_version,
        "is_enabled": endpoint.is_enabled,
        "disabled_reason": endpoint.off_because or None,
        "disabled_at": moment(endpoint.off_since),
        "failing_since": moment(endpoint.failing_since),
        "last_success_at": moment(endpoint.last_success_at),
        "old_secret_until": moment(endpoint.old_secret_until),
        "created_at": moment(endpoint.created_at),
        "updated_at": moment(endpoint.updated_at),
    }


def delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    """Ask for deliveries with their events."""
    is_waiting = delivery.status == Delivery.Status.WAITING
    return {
        "id": delivery.public_id,
        "event": {
            "id": messages.event_id(delivery.event),
            "type": delivery.event.type,
            "timestamp": moment(delivery.event.occurred_at),
        },
        "status": str(delivery.status),
        "tries": delivery.tries,
        "next_attempt_at": moment(delivery.next_attempt_at) if is_waiting else None,
        "created_at": moment(delivery.created_at),
        "updated_at": moment(delivery.changed_at),
    }


def whole_delivery_as_json(delivery: Delivery) -> dict[str, Any]:
    attempts = [
        {
            "at": moment(each.at),
            "status": each.status_code,
            "latency_ms": each.latency_ms,
            "answer": each.answer,
            "error": each.error,
        }
        for each in delivery.attempts.all()
    ]
    message = messages.envelope(delivery.event, version=delivery.endpoint.api_version)
    return {**delivery_as_json(delivery), "attempts": attempts, "message": message}
