from django.urls import path

from support.api import views

urlpatterns = [
    path("claims", views.Claims.as_view(), name="api-claims"),
    path("claims/<claim>", views.Claim.as_view(), name="api-claim"),
    path("claims/<claim>/messages", views.Messages.as_view(), name="api-claim-messages"),
    path("claims/<claim>/files/<file>", views.File.as_view(), name="api-claim-file"),
    path("support-statistics", views.Figures.as_view(), name="api-support-statistics"),
]
