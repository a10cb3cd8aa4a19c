from django.urls import path

from transactions.api import views

urlpatterns = [
    path("clicks", views.Clicks.as_view(), name="api-clicks"),
    path("clicks/<click>", views.Click.as_view(), name="api-click"),
    path("transactions", views.Transactions.as_view(), name="api-transactions"),
    path("transactions/<transaction>", views.Transaction.as_view(), name="api-transaction"),
    path("shoppers/<external_id>/balance", views.Balance.as_view(), name="api-shopper-balance"),
    path(
        "shoppers/<external_id>/transactions",
        views.ShopperTransactions.as_view(),
        name="api-shopper-transactions",
    ),
    path("shoppers/<external_id>/clicks", views.ShopperClicks.as_view(), name="api-shopper-clicks"),
    path("statistics", views.Statistics.as_view(), name="api-statistics"),
]
