from offers.models.catalogue import (
    Category,
    Coupon,
    CouponQuerySet,
    Merchant,
    MerchantLogo,
    Offer,
    Rate,
    RateQuerySet,
)

__all__ = [
    "Category",
    "Coupon",
    "CouponQuerySet",
    "Merchant",
    "MerchantLogo",
    "Offer",
    "Rate",
    "RateQuerySet",
]
