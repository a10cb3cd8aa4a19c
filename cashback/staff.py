"""The two roles of staff. Who belongs to which is set in the admin; superusers manage the staff themselves."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q, QuerySet

OPERATORS = "Operators"
SUPPORT = "Support"

# Staff accounts are not among them: nobody may make themselves a superuser.
_BUSINESS = ("partners", "notices", "networks", "offers", "transactions", "ledger")

# Agents look things up, attribute sales and replay messages. No page shows a secret to those who only look.
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
}
_SUPPORT_ACTS = {
    "networks": ("inboundmessage",),
    "notices": ("letter",),
    "transactions": ("unattributedsale",),
}


@transaction.atomic
def make_groups() -> None:
    """Both groups exist and hold exactly the permissions written here."""
    operators, _created = Group.objects.get_or_create(name=OPERATORS)
    operators.permissions.set(Permission.objects.filter(content_type__app_label__in=_BUSINESS))
    support = support_group()
    support.permissions.set(_permissions(view=_SUPPORT_SEES, change=_SUPPORT_ACTS))


def support_group() -> Group:
    group, _created = Group.objects.get_or_create(name=SUPPORT)
    return group


def _permissions(**models_by_verb: dict[str, Iterable[str]]) -> QuerySet[Permission]:
    wanted = Q()
    for verb, models in models_by_verb.items():
        for room, names in models.items():
            wanted |= Q(content_type__app_label=room, codename__in=[f"{verb}_{name}" for name in names])
    return Permission.objects.filter(wanted)
