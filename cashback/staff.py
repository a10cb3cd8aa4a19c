"""The two roles of staff. Who belongs to which is set in the admin; superusers manage the staff themselves."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

OPERATORS = "Operators"
SUPPORT = "Support"

# Staff accounts are not among them: nobody may make themselves a superuser.
_BUSINESS = (
    *("partners", "notices", "webhooks", "networks", "offers", "transactions", "ledger"),
    *("clocks", "desk", "goodwill", "claims", "mail", "shifts", "quality"),
)

# Agents answer shoppers, look things up, attribute sales and replay messages. No page shows a secret to whoever only
# looks.
_SUPPORT_SEES = {
    "partners": ("partner", "storefront", "shopper"),
    "notices": ("letter",),
    "networks": ("inboundmessage", "networkaccount"),
    "offers": (
        *("category", "coupon", "merchant", "offer", "rate"),
        *("offerfacts", "offerexclusion", "ratefacts"),
    ),
    "transactions": ("click", "transaction", "transactionevent", "unattributedsale"),
    "ledger": ("account", "transfer"),
    "desk": ("ticket", "agent", "team", "macro", "macroversion", "presencechange"),
    "clocks": ("calendar", "clockpolicy"),
    "claims": ("claim", "networkinquiry", "inquirybatch", "triagerun", "ruleswitch"),
    "goodwill": ("goodwillgrant", "goodwillpolicy", "goodwillbudget"),
    "shifts": ("shift", "shiftclose"),
    "mail": ("inboundmail",),
    "quality": ("rating", "qareview", "suggestion"),
}
_SUPPORT_ACTS = {
    "networks": ("inboundmessage",),
    "notices": ("letter",),
    "transactions": ("unattributedsale",),
    "desk": ("ticket",),
    "claims": ("claim", "inquirybatch"),
    "shifts": ("shiftclose",),
    "mail": ("inboundmail",),
}
# What an agent may file by themselves.
_SUPPORT_FILES = {"quality": ("suggestion",)}


@transaction.atomic
def make_groups() -> None:
    """Both groups exist and hold exactly the permissions written here."""
    operators, _created = Group.objects.get_or_create(name=OPERATORS)
    operators.permissions.set(Permission.objects.filter(content_type__app_label__in=_BUSINESS))
    support = support_group()
    support.permissions.set(_permissions(view=_SUPPORT_SEES, change=_SUPPORT_ACTS, add=_SUPPORT_FILES))


def support_group() -> Group:
    group, _created = Group.objects.get_or_create(name=SUPPORT)
    return group


def _permissions(**models_by_verb: dict[str, Iterable[str]]) -> QuerySet[Permission]:
    wanted = Q()
    for verb, models in models_by_verb.items():
        for room, names in models.items():
            wanted |= Q(content_type__app_label=room, codename__in=[f"{verb}_{name}" for name in names])
    return Permission.objects.filter(wanted)
