"""Why the claims' doors refuse, by the code of the problem or of one of its errors."""

CODES = {
    "shopper_unknown": "You have told us of no such shopper, or their account has been erased.",
    "click_unknown": "The shopper has no click of this id.",
    "transaction_unknown": "The shopper has no transaction of this id.",
    "currency_other": "The amount is not in the storefront's currency.",
    "amount_invalid": "The amount is not a number above zero.",
    "trip_missing": "A claim of kind untracked needs click_id.",
    "purchase_missing": "A claim of this kind needs transaction_id.",
    "order_no_missing": "A claim of kind untracked needs order_no.",
    "amount_missing": "A claim of kind untracked needs order_amount.",
    "in_the_future": "The order's day is still to come.",
    "day_invalid": "The order's day cannot be right.",
    "claimed_already": "The shopper has a claim for this order already.",
    "too_many_claims": "The shopper has opened too many claims today, or has too many open.",
    "nothing_said": "The message has neither a text nor a file.",
    "not_base64": "The file's content is not base64.",
    "file_too_large": "The file is larger than 10 MB, or has too many pixels.",
    "file_kind": "The file is neither a picture nor a PDF.",
    "file_broken": "The file is damaged or incomplete.",
    "too_many_files": "More than five files came with one message.",
}
