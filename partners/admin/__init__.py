"""The staff's pages about partners, their storefronts, and what was said of both to the world."""

from partners.admin.keys import ApiKeyAdmin
from partners.admin.outbox import OutboxEventAdmin
from partners.admin.partner import PartnerAdmin
from partners.admin.staff_tokens import StaffTokenAdmin
from partners.admin.storefront import StorefrontAdmin
from partners.admin.terms import TermsVersionAdmin

__all__ = [
    "ApiKeyAdmin",
    "OutboxEventAdmin",
    "PartnerAdmin",
    "StaffTokenAdmin",
    "StorefrontAdmin",
    "TermsVersionAdmin",
]
