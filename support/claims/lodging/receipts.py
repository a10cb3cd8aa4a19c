"""Of what the shopper gave, the file that goes to the network."""

from io import BytesIO

from PIL import Image

from offers.networks.base import ClaimRules, Receipt
from support.claims.models import Claim
from support.desk.models import StoredFile

_JPEG = "image/jpeg"


def find(claim: Claim, *, rules: ClaimRules) -> StoredFile | None:
    """The newest file that the network takes, of the kind that it likes best; a picture of another kind can be turned
    into one."""
    files = [each.file for each in claim.evidence.select_related("file").order_by("-pk")]
    fitting = [file for file in files if file.size <= rules.longest_receipt]
    for kind in rules.receipt_types:
        for file in fitting:
            if file.content_type == kind:
                return file
    pictures = (file for file in fitting if file.content_type.startswith("image/"))
    return next(pictures, None) if _JPEG in rules.receipt_types else None


def receipt_of(claim: Claim, *, rules: ClaimRules) -> Receipt | None:
    file = find(claim, rules=rules)
    if file is None:
        return None
    content = bytes(file.content)
    if file.content_type in rules.receipt_types:
        return Receipt(content_type=file.content_type, content=content)
    return Receipt(content_type=_JPEG, content=_as_jpeg(content))


def _as_jpeg(content: bytes) -> bytes:
    """It was read whole when it was stored, so what is not a picture does not get here."""
    out = BytesIO()
    with Image.open(BytesIO(content)) as picture:
        picture.convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()
