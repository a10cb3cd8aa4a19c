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
from offers.models.facts import (
    ConfirmsAfter,
    Deduction,
    OfferExclusion,
    OfferFacts,
    OfferMeasured,
    OfferTermsVersion,
    RateFacts,
)
from offers.models.shelf import CatalogueRule, CatalogueVersion, FavouriteShop, Shelves, ShopVisit

__all__ = [
    "CatalogueRule",
    "CatalogueVersion",
    "Category",
    "ConfirmsAfter",
    "Coupon",
    "CouponQuerySet",
    "Deduction",
    "FavouriteShop",
    "Merchant",
    "MerchantLogo",
    "Offer",
    "OfferExclusion",
    "OfferFacts",
    "OfferMeasured",
    "OfferTermsVersion",
    "Rate",
    "RateFacts",
    "RateQuerySet",
    "Shelves",
    "ShopVisit",
]
