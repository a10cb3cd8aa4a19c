"""The catalogue of a storefront in the admin: every button is one service, and only for those who may."""

import pytest

from cashback.lib.admin import list_of, page_of
from offers import rules
from offers.models import CatalogueRule, Shelves
from tests import make

LIST_QUERIES = 9
PAGE_QUERIES = 13


@pytest.fixture
def tea(account):
    offer = make.offer(at=account, of=make.merchant("Северный чай", slug="tea"))
    offer.merchant.categories.add(make.category("food-drinks"))
    return offer.merchant


def address(storefront) -> str:
    return page_of(Shelves, storefront.pk)


def press(client, storefront, **fields):
    return client.post(address(storefront), fields, follow=True)


def test_a_shop_is_found_and_put_first_left_out_and_taken_back(admin_client, acorn, tea):
    found = admin_client.get(f"{address(acorn)}?q=северный").content.decode()
    assert str(tea.pk) in found
    for kind in ("pin", "deny"):
        press(admin_client, acorn, action=kind, merchant=str(tea.pk))
        rule = CatalogueRule.objects.get(kind=kind)
        assert (rule.storefront, rule.partner, rule.merchant) == (acorn, acorn.partner, tea)
        press(admin_client, acorn, action="remove", rule=str(rule.pk))
    assert CatalogueRule.objects.count() == 0


def test_a_thematic_set_shows_its_count_before_and_is_undone_by_one_button(admin_client, acorn, account, tea):
    make.offer(at=account)
    assert "· 1" in admin_client.get(address(acorn)).content.decode()
    page = press(admin_client, acorn, action="set", set="groceries").content.decode()
    assert "<strong>1</strong>" in page
    page = press(admin_client, acorn, action="everything").content.decode()
    assert "<strong>2</strong>" in page
    assert CatalogueRule.objects.count() == 0


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"action": "pin"},
        {"action": "pin", "merchant": "x"},
        {"action": "explode", "merchant": "x"},
        {"action": "set", "set": "nothing"},
        {"action": "up", "rule": "00000000-0000-0000-0000-000000000000"},
        {"action": "remove", "rule": "'"},
        {"action": "allow", "category": "\x00"},
    ],
)
def test_rubbish_is_refused_in_words_and_changes_nothing(admin_client, acorn, tea, fields):
    before = rules.edition(acorn)
    answer = press(admin_client, acorn, **fields)
    assert answer.status_code == 200
    assert CatalogueRule.objects.count() == 0
    assert rules.edition(acorn) == before


def test_an_agent_of_support_changes_nothing(client, sam, acorn, tea):
    client.force_login(sam)
    assert client.get(address(acorn)).status_code in (302, 403)
    assert client.post(address(acorn), {"action": "deny", "merchant": str(tea.pk)}).status_code in (302, 403)
    assert CatalogueRule.objects.count() == 0


def test_hiding_a_merchant_empties_the_kept_pages(admin_client, client, acorn, tea):
    assert "shops/tea/" in client.get("/s/acorn/").content.decode()
    admin_client.post(page_of(type(tea), tea.pk), {"is_hidden": "on"})
    tea.refresh_from_db()
    assert tea.is_hidden
    assert "shops/tea/" not in client.get("/s/acorn/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_few_queries_for_one_storefront_and_for_three(
    admin_client, count, django_assert_num_queries
):
    for number in range(count):
        make.storefront(slug=f"place-{number}")
    with django_assert_num_queries(LIST_QUERIES):
        assert admin_client.get(list_of(Shelves)).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_the_same_queries_for_one_rule_and_for_three(
    admin_client, acorn, account, count, django_assert_num_queries
):
    for _each in range(count):
        merchant = make.offer(at=account).merchant
        CatalogueRule.objects.create(partner=acorn.partner, storefront=acorn, kind="pin", merchant=merchant)
    with django_assert_num_queries(PAGE_QUERIES):
        admin_client.get(address(acorn))
