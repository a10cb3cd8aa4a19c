from django.urls import path

from partners.api import views

urlpatterns = [
    path("embed-sessions", views.EmbedSessions.as_view(), name="api-embed-sessions"),
]
