"""What the docs' examples are about: the demo's own names. The page puts the caller's in their place, by field name
(cashback/static/api_docs.js), but for whom the examples make up and do away with again."""

import uuid

from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from cashback.lib import ids

SHOPPER, STOREFRONT, MERCHANT = "alice", "acorn", "okolitsa"
_PREFIXES = {
    "claim": "clm",
    "click": "clk",
    "coupon": "cpn",
    "delivery": "whd",
    "endpoint": "whe",
    "event": "evt",
    "file": "fil",
    "transaction": "txn",
}
_SOME = uuid.UUID("019ac2b4-7c00-7a31-9d25-3f1c08e6b5a4")

# By the parameter's name.
IN_PATHS = {
    "category": "food-drinks",
    "external_id": SHOPPER,
    "merchant": MERCHANT,
    **{name: ids.public(prefix, _SOME) for name, prefix in _PREFIXES.items()},
}
MADE_UP = "docs-dora"
RENAMED = f"{MADE_UP}-2"


def made_up(external_id: str = MADE_UP) -> OpenApiParameter:
    """The shopper whom `put_shopper` makes: nobody real is renamed, merged or erased by trying it out."""
    return OpenApiParameter(
        "external_id",
        str,
        OpenApiParameter.PATH,
        examples=[OpenApiExample("Made up", external_id)],
    )


def body(name: str, **fields: object) -> OpenApiExample:
    return OpenApiExample(name, fields, request_only=True)
