from django.urls import path

from offers.api import views

urlpatterns = [
    path("merchants", views.Merchants.as_view(), name="api-merchants"),
    path("merchants/<merchant>", views.Merchant.as_view(), name="api-merchant"),
    path("coupons", views.Coupons.as_view(), name="api-coupons"),
    path("coupons/<coupon>", views.Coupon.as_view(), name="api-coupon"),
    path("categories", views.Categories.as_view(), name="api-categories"),
    path("categories/<category>", views.Category.as_view(), name="api-category"),
]
