"""The partners' room's own events, and this one's."""

from partners import personal_data
from partners.webhooks.catalogue import PING, EventType

EVENTS = (
    EventType(
        personal_data.DELETED,
        "A shopper's account is erased: forget them too. Their other events name a pseudonym from now on.",
        lambda: {"shopper": "alice", "storefront": "acorn"},
    ),
    EventType(
        "terms.announced",
        "New terms of a storefront are announced.",
        lambda: {
            "storefront": "acorn",
            "number": 2,
            "takes_effect_at": "2026-12-01T00:00:00+00:00",
            "summary": {"en": "Cashback is confirmed sooner."},
        },
    ),
    EventType(PING, "You asked for it, to see that events arrive.", lambda: {"message": "It works."}),
)
