"""Which room answers which path. A storefront's own pages are in storefront_urls."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.i18n import set_language

from cashback import api_docs, health, views
from offers.networks.views import receive_postback
from offers.pages.views import logo
from partners.brand.views import brand_image, theme_css
from partners.embed import views as embed
from partners.notices.views import unsubscribe
from partners.views import host_is_ours
from support.mail.views import receive_mail
from support.rating_views import rate
from transactions.views import click_out, show_way_out, take_evidence

admin.site.site_header = "Vitrina"

# Without a form there is nothing to forge: what only reads answers other methods with 405, not with a token's 403.
urlpatterns = [
    path("healthz", csrf_exempt(require_safe(health.healthz))),
    path("readyz", csrf_exempt(require_safe(health.readyz))),
    path("go/<ticket>", csrf_exempt(click_out), name="click-out"),
    path("out/<token>", csrf_exempt(show_way_out), name="way-out"),
    path("out/<token>/evidence", take_evidence, name="way-out-evidence"),
    path("postback/<token>/", receive_postback, name="postback"),
    path("unsubscribe/<token>", unsubscribe, name="unsubscribe"),
    path("theme/<name>.css", theme_css, name="theme"),
    path("brand/<digest>", brand_image, name="brand-image"),
    path("logos/<digest>", csrf_exempt(logo), name="logo"),
    path("embed/v1.js", embed.loader),
    path("embed/boot", embed.boot),
    path("embed/session", embed.session),
    path("hosts/allowed", host_is_ours),
    path("rate/<token>/", rate, name="rate"),
    path("support/mail/<token>/", receive_mail, name="support-mail"),
    path("api/openapi.yaml", api_docs.schema, name="api-schema"),
    path("api/docs/", api_docs.docs, name="api-docs"),
    path("api/v1/", include("partners.api.urls")),
    path("api/v1/", include("partners.webhooks.api_urls")),
    path("api/v1/", include("offers.api.urls")),
    path("api/v1/", include("transactions.api.urls")),
    path("api/v1/", include("support.api.urls")),
    path("api/operator/v1/", include("partners.api.operator_urls")),
    path("api/operator/v1/", include("offers.api.operator_urls")),
    path("admin/language/", set_language),
    path("admin/", admin.site.urls),
    path("", views.front_door),
]

handler400 = "cashback.views.bad_request"
handler403 = "cashback.views.forbidden"
handler404 = "cashback.views.not_found"
handler500 = "cashback.views.server_error"
