"""The pages of one storefront, below its prefix or at the root of its own host name."""

from django.urls import path

from offers import views as offers
from partners import views as partners
from transactions import views as transactions

urlpatterns = [
    path("", offers.shops, name="shops"),
    path("shops/<slug:slug>/", offers.shop, name="shop"),
    path("coupons/", offers.coupons, name="coupons"),
    path("me/", transactions.purchases, name="my-cashback"),
    path("me/trips/", transactions.trips, name="my-trips"),
    path("launch", partners.launch, name="launch"),
    path("language/<slug:code>/", partners.switch_language, name="language"),
    path("sign-out/", partners.sign_out, name="sign-out"),
]

handler400 = "cashback.views.bad_request"
handler403 = "cashback.views.forbidden"
handler404 = "cashback.views.not_found"
handler500 = "cashback.views.server_error"
