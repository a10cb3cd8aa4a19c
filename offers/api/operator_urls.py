from django.urls import path

from offers.api.network_accounts import NetworkAccounts

urlpatterns = [path("network-accounts", NetworkAccounts.as_view(), name="operator-network-accounts")]
