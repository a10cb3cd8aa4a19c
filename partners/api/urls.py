from django.urls import path

from partners.api import events, shoppers, views

urlpatterns = [
    path("embed-sessions", views.EmbedSessions.as_view(), name="api-embed-sessions"),
    path("shoppers", shoppers.ShopperList.as_view(), name="api-shoppers"),
    path("shoppers/<external_id>", shoppers.OneShopper.as_view(), name="api-shopper"),
    path("shoppers/<external_id>/rename", shoppers.RenameShopper.as_view(), name="api-shopper-rename"),
    path("shoppers/<external_id>/merge", shoppers.MergeShopper.as_view(), name="api-shopper-merge"),
    path("events", events.Events.as_view(), name="api-events"),
    path("events/<event>", events.Event.as_view(), name="api-event"),
]
