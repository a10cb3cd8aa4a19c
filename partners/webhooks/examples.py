"""The partners' room's own events, and this one's."""

from django.utils.translation import gettext_lazy as _

from partners import personal_data
from partners.webhooks.catalogue import PING, EventType

EVENTS = (
    EventType(
        personal_data.DELETED,
        _("shopper erased"),
        "A shopper's account is erased: forget them too. Their other events name a pseudonym from now on.",
        lambda: {"shopper": "alice", "storefront": "acorn"},
    ),
    EventType(
        "terms.announced",
        _("new terms announced"),
        "New terms of a storefront are announced.",
        lambda: {
            "storefront": "acorn",
            "number": 2,
            "takes_effect_at": "2026-12-01T00:00:00+00:00",
            "summary": {"en": "Cashback is confirmed sooner."},
        },
    ),
    EventType(
        PING,
        _("test event"),
        "You asked for it, to see that events arrive.",
        lambda: {"message": "It works."},
    ),
)
