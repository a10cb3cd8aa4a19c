import pytest
from django.contrib.auth.models import Group

from cashback import staff

pytestmark = pytest.mark.django_db


def rights_of(name) -> set[str]:
    permissions = Group.objects.get(name=name).permissions.select_related("content_type")
    return {f"{permission.content_type.app_label}.{permission.codename}" for permission in permissions}


ACTS = {
    "networks.change_inboundmessage",
    "notices.change_letter",
    "transactions.change_unattributedsale",
    "desk.change_ticket",
    "claims.change_claim",
    "claims.change_inquirybatch",
    "shifts.change_shiftclose",
    "mail.change_inboundmail",
    "quality.add_suggestion",
}


def test_support_looks_at_the_business_and_acts_where_it_answers_shoppers(groups):
    rights = rights_of(staff.SUPPORT)

    assert {right for right in rights if ".view_" not in right} == ACTS
    assert {"transactions.view_transaction", "transactions.view_click", "partners.view_shopper"} < rights


def test_operators_do_all_of_the_business_and_make_no_staff(groups):
    rights = rights_of(staff.OPERATORS)

    assert {"partners.change_partner", "networks.change_networkaccount", "partners.add_storefront"} < rights
    assert {right.partition(".")[0] for right in rights} == {
        "partners",
        "notices",
        "webhooks",
        "networks",
        "offers",
        "transactions",
        "ledger",
        "clocks",
        "desk",
        "goodwill",
        "claims",
        "mail",
        "shifts",
        "quality",
    }


def test_making_the_groups_again_restores_them_and_keeps_their_members(groups, sam):
    sam.groups.add(staff.support_group())
    staff.support_group().permissions.set(Group.objects.get(name=staff.OPERATORS).permissions.all())
    before = rights_of(staff.OPERATORS)

    staff.make_groups()

    assert rights_of(staff.OPERATORS) == before
    assert {right for right in rights_of(staff.SUPPORT) if ".view_" not in right} == ACTS
    assert list(staff.support_group().user_set.all()) == [sam]
