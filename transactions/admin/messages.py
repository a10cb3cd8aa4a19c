"""A network's message with the purchases that it was about: the room that receives it knows none of them."""

from contextlib import suppress

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from cashback.lib import ids
from cashback.lib.admin import Panel
from offers.networks import services as networks
from offers.networks.admin import InboundMessageAdmin
from offers.networks.base import Unreadable
from offers.networks.models import InboundMessage
from offers.networks.registry import UnknownNetwork, network_class
from transactions.admin.shown import purchases_panel
from transactions.models import Transaction

MOST = 10

admin.site.unregister(InboundMessage)


@admin.register(InboundMessage)
class MessageAboutPurchasesAdmin(InboundMessageAdmin):
    def get_panels(self, request: HttpRequest, row: InboundMessage) -> list[Panel]:
        panels = super().get_panels(request, row)
        purchases = _purchases(row)
        return [purchases_panel(purchases), *panels] if purchases else panels


def _purchases(message: InboundMessage) -> list[Transaction]:
    """Those of the message's account whose sale or click it names."""
    try:
        hint = network_class(message.account.network).parse_postback(fields=networks.read_fields(message))
    except (Unreadable, UnknownNetwork):
        return []
    named = Q()
    # What is not printable, such as a NUL, no stored id has, and PostgreSQL refuses to look for it.
    if hint.sale_external_id.isprintable() and hint.sale_external_id:
        named |= Q(external_id=hint.sale_external_id)
    with suppress(ids.InvalidId):
        named |= Q(click_id=ids.from_suffix(hint.click_ref))
    if not named:
        return []
    found = Transaction.objects.filter(named, account=message.account_id)
    return list(found.select_related("merchant").order_by("pk")[:MOST])
