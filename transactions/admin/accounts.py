from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db.models import URLField
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import Panel, StaffAdmin, button, label, link, list_of
from cashback.lib.walls import HOUSE
from offers import services as offers
from offers.models import Offer
from offers.networks import services as networks
from offers.networks.base import Unreadable
from offers.networks.forms import CLAIM_WINDOW, NewAccountForm, account_form, credential_fields
from offers.networks.models import InboundMessage, NetworkAccount
from offers.networks.registry import UnknownNetwork
from transactions.intake import polling
from transactions.models import Transaction, UnattributedSale

_CLAIMS = _(
    "When this account's claims for missing purchases are taken, if not as the network documents it. "
    "A shop's own days stand in its facts."
)
STATE = ["state", "refusal", ("sales_polled_until", "sales_polled_at"), "offers_refreshed_at"]


@admin.register(NetworkAccount)
class NetworkAccountAdmin(StaffAdmin):
    wall = HOUSE
    list_display = [
        "name",
        "network",
        "state",
        "sales_polled_until",
        "sales_polled_at",
        "offers_refreshed_at",
    ]
    list_filter = ["network", "is_active"]
    search_fields = ["name"]
    ordering = ["name", "pk"]
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    buttons = ["check_credentials", "refresh_offers", "poll"]
    refusals = (*StaffAdmin.refusals, Unreadable, UnknownNetwork)

    def get_form(
        self, request: HttpRequest, obj: NetworkAccount | None = None, change: bool = False, **kwargs: Any
    ) -> type:
        kwargs["form"] = account_form(obj.network) if obj else NewAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: NetworkAccount | None = None) -> list[Any]:
        if obj is None:
            note = _("Save first: the network's credentials are asked for next.")
            asked = ["network", "name", "base_url", CLAIM_WINDOW, "is_active"]
            return [(None, {"fields": asked, "description": note})]
        basics = (None, {"fields": ["name", "network", "base_url", "is_active"]})
        claims = (_("Claims"), {"fields": [CLAIM_WINDOW], "description": _CLAIMS})
        state = (_("State"), {"fields": STATE})
        if not self.has_change_permission(request, obj):
            return [basics, claims, state]
        return [
            basics,
            claims,
            (_("Credentials"), {"fields": credential_fields(obj.network)}),
            (_("For the network's settings"), {"fields": ["postback_address"]}),
            state,
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: NetworkAccount | None = None) -> list[str]:
        return ["network", "postback_address", *flatten(STATE)] if obj else []

    def get_panels(self, request: HttpRequest, row: NetworkAccount) -> list[Panel]:
        one = {"account__id__exact": row.pk}
        without_click = row.unattributed_sales.filter(transaction=None)
        counted = [
            (_("Open offers"), row.offers.filter(is_open=True), list_of(Offer, **one, is_open__exact=1)),
            (_("Purchases"), row.transactions, list_of(Transaction, **one)),
            (
                _("Sales without a click"),
                without_click,
                list_of(UnattributedSale, **one),
            ),
            (
                _("Messages that wait"),
                row.messages.waiting(),
                list_of(InboundMessage, **one, state="waiting"),
            ),
            (_("Messages parked"), row.messages.parked(), list_of(InboundMessage, **one, state="parked")),
        ]
        return [
            Panel(
                title=_("What came from it"),
                headers=[_("what"), _("how many")],
                rows=[[link(address, title), rows.count()] for title, rows, address in counted],
            )
        ]

    @display(description=_("state"))
    def state(self, account: NetworkAccount) -> SafeString:
        if not account.is_active:
            return label(_("stopped by staff"), "warning")
        return label(_("switched off"), "danger") if account.refusal else label(_("working"), "success")

    @display(description=_("postback address"))
    def postback_address(self, account: NetworkAccount) -> SafeString:
        address = settings.SITE_URL + reverse("postback", args=[account.postback_token])
        return format_html(
            '<input class="w-full" value="{}" aria-label="{}" readonly>', address, _("postback address")
        )

    @button(_("Check credentials"), permission="networks.change_networkaccount")
    def check_credentials(self, request: HttpRequest, account: NetworkAccount) -> str:
        return networks.check_account(account=account)

    @button(_("Refresh offers now"), permission="networks.change_networkaccount")
    def refresh_offers(self, request: HttpRequest, account: NetworkAccount) -> str:
        done = offers.refresh(account=account, at=timezone.now())
        return _(
            "%(seen)d offers read: %(opened)d opened, %(changed)d changed, %(closed)d closed, "
            "%(unreadable)d unreadable. %(coupons)d coupons."
        ) % {
            "seen": done.offers_seen,
            "opened": done.opened,
            "changed": done.changed,
            "closed": done.closed,
            "unreadable": done.unreadable,
            "coupons": done.coupons_seen,
        }

    @button(_("Poll now"), permission="networks.change_networkaccount")
    def poll(self, request: HttpRequest, account: NetworkAccount) -> str:
        polled = polling.poll(account=account, at=timezone.now())
        return _("%(read)d sales read: %(news)d brought news, %(parked)d parked.") % {
            "read": polled.read,
            "news": polled.news,
            "parked": polled.parked,
        }
