"""A claim in its outward form: what partners read of it, in the API and in events."""

from datetime import datetime
from typing import Any

from cashback.lib import ids
from support.claims.models import Claim, Stage
from support.claims.states import stage_of

# While somebody looks into it the reason is ours: it may be about another shopper.
_STAGES_WITHOUT_REASON = (Stage.RECEIVED, Stage.CHECKING, Stage.SENT_TO_SHOP)


def payload(claim: Claim) -> dict[str, Any]:
    """Names nobody but its shopper. Ask for claims with their storefront, shopper and merchant."""

    def moment(value: datetime | None) -> str | None:
        return value.isoformat() if value else None

    stage = stage_of(claim)
    return {
        "id": claim.public_id,
        "number": claim.public_number,
        "storefront": claim.storefront.slug,
        "shopper": claim.shopper.external_id,
        "merchant": ids.public("mrc", claim.merchant_id) if claim.merchant_id else None,
        "merchant_name": claim.merchant.name if claim.merchant else None,
        "click_id": ids.public("clk", claim.click_id) if claim.click_id else None,
        "transaction_id": ids.public("txn", claim.transaction_id) if claim.transaction_id else None,
        "kind": str(claim.kind),
        "order_no": claim.order_no,
        "ordered_at": moment(claim.order_at),
        "order_amount": claim.order_amount.as_json() if claim.order_amount else None,
        "status": str(stage),
        "reason": "" if stage in _STAGES_WITHOUT_REASON else claim.reason_code,
        "expected": claim.expected.as_json() if claim.expected else None,
        "is_open": claim.is_open,
        "next_update_due": moment(claim.next_update_due) if claim.is_open else None,
        "created_at": moment(claim.created_at),
        "updated_at": moment(claim.updated_at),
        "closed_at": moment(claim.closed_at),
    }
