"""Why the clicks' doors refuse, by the code of the problem or of one of its errors."""

CODES = {
    "shopper_unknown": "You have told us of no such shopper, or their account has been erased.",
    "merchant_unknown": "The storefront shows no such shop now.",
    "merchant_closed": "The shop has just stopped to give cashback.",
    "storefront_closed": "The storefront has just been closed.",
    "coupon_unknown": "The shop has no such coupon now.",
    "url_not_taken": "The shop's network leads to its front page alone.",
    "url_of_another_site": "The address is not a page of the shop's.",
}
