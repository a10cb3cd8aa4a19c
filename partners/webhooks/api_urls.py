from django.urls import path

from partners.webhooks import api

_ONE = "webhook-endpoints/<endpoint>"

urlpatterns = [
    path("webhook-event-types", api.EventTypes.as_view()),
    path("webhook-endpoints", api.Endpoints.as_view()),
    path(_ONE, api.Endpoint.as_view()),
    path(f"{_ONE}/deliveries", api.Deliveries.as_view()),
    path(f"{_ONE}/deliveries/<delivery>", api.OneDelivery.as_view()),
    path(f"{_ONE}/replay", api.Replay.as_view()),
    path(f"{_ONE}/rotate-secret", api.RotateSecret.as_view()),
    path(f"{_ONE}/ping", api.Ping.as_view()),
]
