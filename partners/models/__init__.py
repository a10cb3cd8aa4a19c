from partners.models.brand import BrandImage, Sighting, StorefrontText, TermsVersion
from partners.models.outbox import OutboxCursor, OutboxEvent
from partners.models.partner import ApiKey, Partner, Scope, StoredAnswer, new_secret
from partners.models.reach import StaffReach
from partners.models.shopper import LaunchToken, MailCode, PilotShopper, Shopper, SpentLaunchToken
from partners.models.staff_token import StaffToken
from partners.models.storefront import CreditOn, Storefront

__all__ = [
    "ApiKey",
    "BrandImage",
    "CreditOn",
    "LaunchToken",
    "MailCode",
    "OutboxCursor",
    "OutboxEvent",
    "Partner",
    "PilotShopper",
    "Scope",
    "Shopper",
    "Sighting",
    "SpentLaunchToken",
    "StaffReach",
    "StaffToken",
    "StoredAnswer",
    "Storefront",
    "StorefrontText",
    "TermsVersion",
    "new_secret",
]
