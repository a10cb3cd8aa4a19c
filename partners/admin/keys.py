"""API keys: made on the partner's page or, with fewer scopes, on their own, and shown there once; narrowed, succeeded
and revoked on pages of their own."""

from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import (
    NOTHING,
    Link,
    Panel,
    StaffAdmin,
    button,
    link,
    link_to,
    list_of,
    moment,
    page_of,
)
from partners import sandbox
from partners.forms import KeyForm
from partners.keys import api_keys
from partners.models import ApiKey, Partner

# How long both keys open the door while a partner moves from one to the other.
_BOTH_FOR = timedelta(days=7)
# What staff say of a key.
_TOLD = ["name", "scopes", "allowed_networks", "expires_at"]


def _show_once(admin_page: StaffAdmin, request: HttpRequest, key: ApiKey, text: str) -> HttpResponse:
    return admin_page.show_once(
        request,
        secret=text,
        title=_("A new API key for %(partner)s") % {"partner": key.partner},
        label=_("API key"),
        advice=_(
            "Hand it to the partner over a safe channel. Other keys go on working; revoke one on its own page."
        ),
        back=Link(_("Back to the partner"), page_of(Partner, key.partner_id)),
    )


class KeyButtons:
    """What the partner's page has of its keys: buttons that make one, or a sandbox, and the list of those there are."""

    @button(
        _("Make an API key"),
        permission="partners.add_apikey",
        warning=_(
            "A live key with every scope is made and shown once. One with fewer is made among the API keys."
        ),
    )
    def make_api_key(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        name = _("Made on %(day)s") % {"day": timezone.localdate().isoformat()}
        return _show_once(self, request, *api_keys.create(partner=partner, name=name))

    @button(
        _("Open its sandbox"),
        permission="partners.add_partner",
        warning=_(
            "A second partner is made for test keys, with copies of the storefronts. Or you are led to it."
        ),
    )
    def open_sandbox(self, request: HttpRequest, partner: Partner) -> HttpResponse:
        twin, _is_new = sandbox.open_for(partner)
        return redirect(page_of(Partner, twin.pk))

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
    form = KeyForm
    list_display = ["name", "partner", "label", "last_used_at", "expires_at", "revoked_at"]
    list_filter = ["partner"]
    list_select_related = ["partner"]
    search_fields = ["name", "partner__name"]
    ordering = ["-pk"]
    buttons = ["roll", "revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        if obj is None:
            return ["partner", *_TOLD]
        return ["name", "of_partner", "label", *_TOLD[1:], "created_at", "last_used_at", "revoked_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return ["of_partner", "label", "created_at", "last_used_at", "revoked_at"] if obj else []

    def save_model(self, request: HttpRequest, obj: ApiKey, form: KeyForm, change: bool) -> None:
        if change:
            obj.save(update_fields=_TOLD)
            return
        told = {name: form.cleaned_data[name] for name in _TOLD}
        made, request.new_key = api_keys.create(partner=obj.partner, **told)
        obj.pk, obj.is_test = made.pk, made.is_test

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        return _show_once(self, request, obj, request.new_key)

    @display(description=_("partner"))
    def of_partner(self, key: ApiKey) -> str:
        return link_to(key.partner) if key.partner_id else NOTHING

    @display(description=_("begins with"))
    def label(self, key: ApiKey) -> str:
        return key.label

    def offers_button(self, name: str, row: ApiKey) -> bool:
        return row.revoked_at is None

    @button(
        _("Make its successor"),
        permission="partners.add_apikey",
        warning=_("A second key that may do the same is made and shown once. This one ends in seven days."),
    )
    def roll(self, request: HttpRequest, key: ApiKey) -> HttpResponse:
        now = timezone.now()
        return _show_once(self, request, *api_keys.roll(key=key, ends_at=now + _BOTH_FOR, at=now))

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
