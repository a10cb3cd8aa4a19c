"""API keys: made on the partner's page and shown there once; named and revoked on pages of their own."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import NOTHING, Panel, StaffAdmin, button, link, link_to, list_of, moment, page_of
from partners import api_keys
from partners.models import ApiKey, Partner


class KeyButtons:
    """What the partner's page has of its keys: a button that makes one, and the list of those there are."""

    @button(_("Make an API key"), permission="partners.add_apikey")
    def make_api_key(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        name = _("Made on %(day)s") % {"day": timezone.localdate().isoformat()}
        key, text = api_keys.create(partner=partner, name=name)
        # In this one answer and nowhere else: a message would carry it through a cookie.
        answer = TemplateResponse(
            request,
            "admin/new_key.html",
            {
                **self.admin_site.each_context(request),
                "title": _("A new API key for %(partner)s") % {"partner": partner},
                "partner": partner,
                "key": key,
                "text": text,
            },
        )
        add_never_cache_headers(answer)
        return answer

    def keys_panel(self, partner: Partner) -> Panel:
        return Panel(
            title=_("API keys"),
            headers=[_("name"), _("begins with"), _("last used"), _("revoked")],
            rows=[
                [
                    link(page_of(ApiKey, key.pk), key.name),
                    key.label,
                    moment(key.last_used_at),
                    moment(key.revoked_at),
                ]
                for key in partner.api_keys.order_by("-pk")[:10]
            ],
            more_url=list_of(ApiKey, partner__id__exact=partner.pk),
        )


@admin.register(ApiKey)
class ApiKeyAdmin(StaffAdmin):
    fields = ["name", "of_partner", "label", "created_at", "last_used_at", "revoked_at"]
    readonly_fields = ["of_partner", "label", "created_at", "last_used_at", "revoked_at"]
    list_display = ["name", "partner", "label", "last_used_at", "revoked_at"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["name", "partner__name"]
    ordering = ["-pk"]
    buttons = ["revoke"]

    def has_add_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    @display(description=_("partner"))
    def of_partner(self, key: ApiKey) -> str:
        return link_to(key.partner) if key.partner_id else NOTHING

    @display(description=_("begins with"))
    def label(self, key: ApiKey) -> str:
        return key.label

    def offers_button(self, name: str, row: ApiKey) -> bool:
        return row.revoked_at is None

    @button(
        _("Revoke"),
        permission="partners.change_apikey",
        warning=_(
            "The server that has this key is refused from that moment on. A revoked key stays revoked."
        ),
    )
    def revoke(self, request: HttpRequest, key: ApiKey) -> str:
        api_keys.revoke(key=key, at=timezone.now())
        return _("The key is revoked.")
