"""How merchants are written down."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from rest_framework.renderers import JSONRenderer

# No text from the database can hold a NUL.
_GAP, _WRITTEN_GAP = "\x00", b'"\\u0000"'


class MerchantRenderer(JSONRenderer):
    """Puts each merchant's rates, which are JSON already (offers.feed), in their place."""

    def render(self, data: Mapping[str, Any], *args: Any, **named: Any) -> bytes:
        shops = data.get("data", [data])
        rates = [shop["rates"].encode() for shop in shops]
        gapped = [{**shop, "rates": _GAP} for shop in shops]
        text = super().render({**data, "data": gapped} if "data" in data else gapped[0], *args, **named)
        parts = text.split(_WRITTEN_GAP)
        return b"".join(part for pair in zip_longest(parts, rates, fillvalue=b"") for part in pair)
