"""The network's API, its links, the shops, the partners' sites and the operator's control."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from cashback.sandbox.api import account, claims, coupons, programmes, reference, statistics
from cashback.sandbox.api.token import token
from cashback.sandbox.pages import control, decisions, hooks, host, index, mail, shop


def health(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"status": "ok"})


API = [
    path("token/", token),
    path("me/", account.me),
    path("me/balance/", account.balance),
    path("me/balance/extended/", account.extended_balance),
    path("websites/", account.websites),
    path("websites/regions/", reference.regions),
    path("websites/v2/", account.websites),
    path("websites/v2/<int:website_id>/", account.website),
    path("websites/<int:website_id>/", account.website),
    path("categories/", reference.categories),
    path("categories/<int:category_id>/", reference.category),
    path("advcampaigns/", programmes.listing),
    path("advcampaigns/<int:campaign_id>/", programmes.one),
    path("advcampaigns/website/<int:website_id>/", programmes.website_listing),
    path("advcampaigns/<int:campaign_id>/website/<int:website_id>/", programmes.website_one),
    path("coupons/", coupons.listing),
    path("coupons/<int:coupon_id>/", coupons.one),
    path("coupons/categories/", coupons.categories),
    path("coupons/categories/<int:category_id>/", coupons.category),
    path("coupons/website/<int:website_id>/", coupons.website_listing),
    path("coupons/<int:coupon_id>/website/<int:website_id>/", coupons.website_one),
    path("deeplink/<int:website_id>/advcampaign/<int:campaign_id>/", programmes.deeplink),
    path("statistics/actions/", statistics.actions),
    path("lost_orders/", claims.lost_orders),
    path("lost_orders/create/", claims.create_lost_order),
    path("lost_orders/payments_info/", claims.payments_info),
    path("lost_orders/<int:claim_id>/", claims.one_lost_order),
    path("lost_orders/<int:claim_id>/update/", claims.update_lost_order),
    path("lost_orders/<int:claim_id>/decline/", claims.decline_lost_order),
    path("appeals/", claims.appeals),
    path("appeals/create/", claims.create_appeal),
    path("appeals/<int:claim_id>/", claims.one_appeal),
    path("appeals/<int:claim_id>/decline/", claims.decline_appeal),
    path("currencies/", reference.currencies),
    path("currencies/rate/", reference.currency_rate),
    path("traffic/", reference.traffic),
    path("payments/", account.payments),
    path("payments/<int:payment_id>/", account.payment),
    path("opt_codes/", account.opt_codes),
]
PAGES = [
    path("", index.index),
    path("g/<str:code>/", shop.go),
    path("mail/", mail.listing),
    path("mail/write/", mail.write),
    path("mail/<str:name>/", mail.one),
    path("mail/<str:name>/html", mail.html),
    path("mail/<str:name>/reply", mail.reply),
    path("shop/<slug:slug>/", shop.shop),
    path("shop/<slug:slug>/buy", shop.buy),
    path("host/<slug:partner_slug>/", host.page),
    path("host/<slug:partner_slug>/hooks", hooks.at_partner),
    path("host/<slug:partner_slug>/open", host.open_alone),
    path("host/<slug:partner_slug>/token", host.token),
]
CONTROL = [
    path("control/actions", control.actions),
    path("control/actions/<int:action_id>", control.one_action),
    path("control/actions/<int:action_id>/postback", control.action_postback),
    path("control/lost_orders", decisions.lost_orders),
    path("control/lost_orders/<int:claim_id>", decisions.one_lost_order),
    path("control/lost_orders/<int:claim_id>/receipt", decisions.receipt),
    path("control/appeals", decisions.appeals),
    path("control/appeals/<int:claim_id>", decisions.one_appeal),
    path("control/counted_elsewhere", decisions.counted_elsewhere),
    path("control/clock", control.time_of_day),
    path("control/faults", control.faults),
    path("control/reset", control.start_over),
    path("control/plain", control.plain),
    path("control/mail", mail.control),
]
urlpatterns = [*API, *PAGES, *CONTROL, path("healthz", health)]
