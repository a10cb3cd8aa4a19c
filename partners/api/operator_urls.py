from django.urls import path

from partners.api import operator

urlpatterns = [
    path("partners", operator.Partners.as_view(), name="operator-partners"),
    path("partners/<slug:partner>", operator.OnePartner.as_view(), name="operator-partner"),
    path("partners/<slug:partner>/sandbox", operator.Sandbox.as_view(), name="operator-sandbox"),
    path("partners/<slug:partner>/storefronts", operator.Storefronts.as_view(), name="operator-storefronts"),
    path("partners/<slug:partner>/keys", operator.Keys.as_view(), name="operator-keys"),
    path("partners/<slug:partner>/keys/<key>", operator.OneKey.as_view(), name="operator-key"),
]
