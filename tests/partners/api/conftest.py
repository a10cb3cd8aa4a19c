import pytest

from cashback.lib import ids
from partners.models import OutboxEvent
from partners.webhooks import messages, services
from support.claims import services as claims
from support.desk.models import StoredFile
from tests import make
from tests.support import claims_make


@pytest.fixture
def known(acorn, alice, account, at) -> dict[str, str]:
    """There is something behind every list; what an address may name, by the parameter that names it."""
    shop = make.merchant("Lamoda")
    shop.categories.add(make.category("shoes"))
    offer = claims_make.offer(of=shop, at=account)
    click = claims_make.trip(by=alice, on=offer, at=at)
    sale = claims_make.sold(click, at=at)
    claims_make.clocks()
    earlier = claims_make.trip(by=alice, on=offer, at=at - claims_make.DAY)
    claim = claims_make.claim(earlier, at=at, order_no="AB-2002")
    claims.add_information(
        claim=claim, text="The receipt.", files=[("receipt.png", claims_make.picture())], at=at
    )
    endpoint = services.create(partner=acorn.partner, url="http://127.0.0.1:9/hooks", at=at)
    delivery = services.ping(endpoint=endpoint, at=at)
    return {
        "category": "shoes",
        "claim": claim.public_id,
        "click": click.public_id,
        "coupon": ids.public("cpn", make.coupon(of=offer, code="AUTUMN").pk),
        "delivery": delivery.public_id,
        "endpoint": endpoint.public_id,
        "event": messages.event_id(OutboxEvent.objects.filter(partner=acorn.partner).first()),
        "external_id": "alice",
        "file": StoredFile.objects.get().public_id,
        "merchant": shop.slug,
        "transaction": ids.public("txn", sale.pk),
    }
