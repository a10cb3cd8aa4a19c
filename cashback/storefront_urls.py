"""The pages of one storefront, below its prefix or at the root of its own host name."""

from django.urls import path

from offers.pages import coupon_views, shop_views
from offers.pages import views as shops
from partners import views as partners
from partners.brand import views as brand
from partners.embed.checklist_views import checklist
from partners.notices.views import notice_preferences
from partners.profile import views as profile
from partners.sign_in import views as sign_in
from support import views as support
from transactions import views as transactions

urlpatterns = [
    path("", shops.shops, name="shops"),
    path("shops/<slug:slug>/", shop_views.shop, name="shop"),
    path("shops/<slug:slug>/terms/<slug:digest>/", shop_views.shop_terms, name="shop-terms"),
    path("search/", shops.guesses, name="guesses"),
    path("favourites/", shops.favourites, name="favourites"),
    path("favourites/<slug:slug>/", shops.favour, name="favour"),
    path("coupons/", coupon_views.coupons, name="coupons"),
    path("me/", transactions.show_purchases, name="my-cashback"),
    path("me/purchases/<slug:public_id>/", transactions.show_purchase, name="purchase"),
    path("me/trips/", transactions.show_trips, name="my-trips"),
    path("me/claims/", support.show_claims, name="claims"),
    path("me/claims/new/", support.choose_trip, name="claim-choose"),
    path("me/claims/new/<slug:public_id>/", support.claim_trip, name="claim-trip"),
    path("me/claims/ask/", support.ask, name="ask"),
    path("me/claims/<str:number>/", support.show_case, name="claim"),
    path("me/claims/<str:number>/say/", support.say, name="claim-say"),
    path("me/claims/<str:number>/contest/", support.contest, name="claim-contest"),
    path("me/claims/<str:number>/withdraw/", support.withdraw, name="claim-withdraw"),
    path("me/claims/<str:number>/files/<slug:public_id>/", support.show_file, name="claim-file"),
    path("me/purchases/<slug:public_id>/claim/", support.claim_purchase, name="claim-purchase"),
    path("how-it-works/", brand.how_it_works, name="how-it-works"),
    path("terms/", brand.terms_in_force, name="terms"),
    path("terms/<int:number>/", brand.terms_version, name="terms-version"),
    path("me/profile/", profile.profile, name="profile"),
    path("me/profile/email/", profile.change_email, name="profile-email"),
    path("me/profile/email/remove/", profile.remove_email, name="profile-email-remove"),
    path("me/profile/email/<slug:handle>/", profile.confirm_email, name="profile-email-code"),
    path("me/profile/email/<slug:handle>/again/", profile.send_again, name="profile-email-again"),
    path("me/export/", profile.export, name="export"),
    path("me/delete/", profile.delete, name="delete"),
    path("goodbye/", profile.goodbye, name="goodbye"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-in/<slug:handle>/", sign_in.enter_code, name="sign-in-code"),
    path("sign-in/<slug:handle>/again/", sign_in.send_again, name="sign-in-again"),
    path("me/notices/", notice_preferences, name="notice-preferences"),
    path("launch", partners.launch, name="launch"),
    path("checklist/<token>/", checklist, name="checklist"),
    path("language/<slug:code>/", partners.switch_language, name="language"),
    path("sign-out/", partners.sign_out, name="sign-out"),
]

handler400 = "cashback.views.bad_request"
handler403 = "cashback.views.forbidden"
handler404 = "cashback.views.not_found"
handler500 = "cashback.views.server_error"
