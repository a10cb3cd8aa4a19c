"""What a network may list, as plain data: a test passes what it cares about."""

from decimal import Decimal

from offers.networks.base import CategoryData, CouponData, CouponKind, OfferData, RateData, RateKind

BOOKS = CategoryData(external_id="70", names={"ru": "Книги", "en": "Books"})


def rate(external_id: str = "1", value: str = "5.00", **facts) -> RateData:
    defaults = {"name": "Paid order", "kind": RateKind.PERCENT, "currency": "RUB"}
    return RateData(external_id=external_id, value=Decimal(value), **{**defaults, **facts})


def offer(external_id: str = "1", **facts) -> OfferData:
    """An open programme of a shop of its own, with one rate of 5 %."""
    defaults = {
        "name": f"Shop {external_id}",
        "site_url": f"https://shop-{external_id}.example/",
        "currency": "RUB",
        "tracking_url": f"https://ad.example/g/{external_id}/",
        "is_open": True,
        "hold_days": 30,
        "rates": (rate(f"{external_id}01"),),
        "categories": (BOOKS,),
    }
    return OfferData(external_id=external_id, **{**defaults, **facts})


def coupon(external_id: str = "1", offer_external_id: str = "1", **facts) -> CouponData:
    defaults = {
        "name": f"Coupon {external_id}",
        "kind": CouponKind.CODE,
        "code": "TEA10",
        "tracking_url": f"https://ad.example/c/{external_id}/",
    }
    return CouponData(external_id=external_id, offer_external_id=offer_external_id, **{**defaults, **facts})
