from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import Panel, ReadOnlyAdmin, StaffAdmin, button, folded, link_to, list_of
from partners import services
from partners.forms import PartnerForm, StorefrontForm
from partners.models import OutboxEvent, Partner, Storefront


@admin.register(Partner)
class PartnerAdmin(StaffAdmin):
    form = PartnerForm
    fieldsets = [
        (None, {"fields": ["name", "slug", "is_active"]}),
        (_("Sign-on"), {"fields": ["sign_on_secret", "sso_public_key"]}),
    ]
    list_display = ["name", "slug", "is_active", "created_at"]
    list_filter = ["is_active"]
    search_fields = ["name", "slug"]
    ordering = ["name", "pk"]
    buttons = ["make_new_secret"]

    def get_readonly_fields(self, request: HttpRequest, obj: Partner | None = None) -> list[str]:
        # The slug is the issuer of every launch token: a partner's code holds it.
        return ["sign_on_secret", "slug"] if obj else ["sign_on_secret"]

    def get_panels(self, request: HttpRequest, row: Partner) -> list[Panel]:
        storefronts = row.storefronts.order_by("name", "pk")
        return [
            Panel(
                title=_("Storefronts"),
                headers=[_("name"), _("currency"), _("active")],
                rows=[
                    [link_to(shown), shown.currency, _("yes") if shown.is_active else _("no")]
                    for shown in storefronts
                ],
                more_url=list_of(Storefront, partner__id__exact=row.pk),
            )
        ]

    @display(description=_("sign-on secret"))
    def sign_on_secret(self, partner: Partner) -> str:
        return _("Set. It is shown once, when it is made; make a new one if the partner has lost it.")

    @button(
        _("Make a new sign-on secret"),
        permission="partners.change_partner",
        warning=_("Launch tokens signed with the present secret are refused from that moment on."),
    )
    def make_new_secret(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        secret = services.renew_sso_secret(partner=partner)
        # In this one answer and nowhere else: a message would carry it through a cookie.
        answer = TemplateResponse(
            request,
            "admin/new_secret.html",
            {
                **self.admin_site.each_context(request),
                "title": _("A new sign-on secret for %(partner)s") % {"partner": partner},
                "partner": partner,
                "secret": secret,
            },
        )
        add_never_cache_headers(answer)
        return answer


@admin.register(Storefront)
class StorefrontAdmin(StaffAdmin):
    form = StorefrontForm
    fieldsets = [
        (None, {"fields": ["partner", "name", "slug", "address", "is_active"]}),
        (_("Language and money"), {"fields": ["locale", "currency"]}),
        (_("Split"), {"fields": [("shopper_percent", "partner_percent"), "credit_on"]}),
        (_("Address and frame"), {"fields": ["host", "embed_origins"]}),
        (_("Look"), {"fields": ["theme"]}),
    ]
    list_display = ["name", "partner", "currency", "locale", "split", "credit_on", "is_active", "address"]
    list_filter = ["is_active", "partner"]
    list_select_related = ["partner"]
    search_fields = ["name", "slug", "host", "partner__name"]
    ordering = ["name", "pk"]

    def get_readonly_fields(self, request: HttpRequest, obj: Storefront | None = None) -> list[str]:
        # Balances are in the currency, links hold the slug, and shoppers belong to the partner.
        return ["address", "partner", "slug", "currency"] if obj else ["address"]

    @display(description=_("page"))
    def address(self, storefront: Storefront) -> str | SafeString:
        if not storefront.slug:
            return "–"
        address = f"{settings.SITE_URL}/s/{storefront.slug}/"
        if storefront.host:
            address = f"{settings.SITE_URL.partition(':')[0]}://{storefront.host}/"
        return format_html(
            '<a class="text-link" href="{}" target="_blank" rel="noopener">{}</a>',
            address,
            _("Open storefront"),
        )

    @display(description=_("shopper / partner / we, %"))
    def split(self, storefront: Storefront) -> str:
        shopper, partner = storefront.shopper_percent, storefront.partner_percent
        return " / ".join(f"{part.normalize():f}" for part in (shopper, partner, 100 - shopper - partner))


@admin.register(OutboxEvent)
class OutboxEventAdmin(ReadOnlyAdmin):
    fields = ["type", "partner", "subject_id", "occurred_at", "readable_payload"]
    list_display = ["type", "partner", "subject_id", "occurred_at"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    ordering = ["-pk"]
    paginator = InfinitePaginator
    search_fields = ["type__exact"]
    search_help_text = _("A type, such as transaction.approved.")

    @display(description=_("payload"))
    def readable_payload(self, event: OutboxEvent) -> SafeString:
        return folded(event.payload)
