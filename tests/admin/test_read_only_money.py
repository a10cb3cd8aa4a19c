import pytest

from cashback.lib.admin import list_of, page_of
from offers.networks import services as networks
from offers.networks.models import InboundMessage
from partners.models import OutboxEvent, Shopper
from transactions.ledger.models import Account, Transfer
from transactions.models import Click, Transaction, UnattributedSale

pytestmark = pytest.mark.django_db

FACTS = [Transaction, Click, Shopper, UnattributedSale, InboundMessage, OutboxEvent, Transfer, Account]


@pytest.fixture
def facts(purchase, waiting_sale, account, at):
    networks.receive(
        token=account.postback_token, method="GET", content_type="", query="subid4=1", body=b"", at=at
    )


def rows_of(model):
    return list(model.objects.order_by("pk").values())


@pytest.mark.parametrize("model", FACTS)
def test_not_even_a_superuser_changes_a_fact(root, facts, model):
    before = rows_of(model)
    row = model.objects.first()
    forged = {field.name: "1" for field in model._meta.fields} | {"status": "declined", "_save": "Save"}

    assert root.post(page_of(model, row.pk), forged).status_code == 403
    assert rows_of(model) == before


@pytest.mark.parametrize("model", FACTS)
def test_not_even_a_superuser_adds_a_fact(root, facts, model):
    before = rows_of(model)

    assert root.post(list_of(model) + "add/", {"amount": "1"}).status_code == 403
    assert rows_of(model) == before


@pytest.mark.parametrize("model", FACTS)
def test_not_even_a_superuser_removes_a_fact(root, facts, model):
    before = rows_of(model)
    row = model.objects.first()

    assert root.post(page_of(model, row.pk).replace("change", "delete"), {"post": "yes"}).status_code == 403
    root.post(list_of(model), {"action": "delete_selected", "_selected_action": str(row.pk), "post": "yes"})
    assert rows_of(model) == before


@pytest.mark.parametrize("model", FACTS)
def test_a_fact_is_shown_without_a_field_to_type_in(root, facts, model):
    page = root.get(page_of(model, model.objects.first().pk))

    assert page.status_code == 200
    assert not page.context["adminform"].form.fields


def test_amounts_are_written_as_money(root, purchase):
    page = root.get(page_of(Transaction, purchase.pk)).content.decode()

    assert [
        amount in page for amount in ("RUB\xa01,990.00", "RUB\xa099.50", "RUB\xa069.65", "RUB\xa09.95")
    ] == [True] * 4


def test_a_purchase_is_linked_to_all_it_concerns(root, purchase):
    page = root.get(page_of(Transaction, purchase.pk)).content.decode()

    transfers = Transfer.objects.filter(subject_id=purchase.pk)
    concerned = [
        purchase.click,
        purchase.shopper,
        purchase.merchant,
        purchase.offer,
        purchase.account,
        *transfers,
    ]
    assert len(transfers) == 3
    assert [page_of(type(thing), thing.pk) in page for thing in concerned] == [True] * 8


def test_a_transfer_is_linked_to_its_purchase(root, purchase):
    page = root.get(page_of(Transfer, Transfer.objects.first().pk)).content.decode()

    assert page_of(Transaction, purchase.pk) in page


@pytest.mark.parametrize(
    ("kind", "holds"),
    [
        ("shopper", "RUB\xa069.65"),
        ("partner", "RUB\xa09.95"),
        ("margin", "RUB\xa019.90"),
        ("network_receivable", "-RUB\xa099.50"),
    ],
)
def test_an_account_shows_what_it_holds(root, purchase, kind, holds):
    page = root.get(page_of(Account, Account.objects.get(kind=kind).pk)).content.decode()

    assert holds in page


def test_a_shoppers_page_tells_money_from_promises(root, purchase, alice):
    page = root.get(page_of(Shopper, alice.pk))

    [available, awaited, _account] = page.context["staff_panels"][0].rows[0]
    assert (available, awaited) == ("RUB\xa069.65", "RUB\xa00.00")
