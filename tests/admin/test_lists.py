import re

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from cashback.lib.admin import list_of
from offers.models import Category, Coupon, Merchant, Offer, Rate
from offers.networks import services as networks
from offers.networks.models import InboundMessage, NetworkAccount
from partners.models import OutboxEvent, Partner, Shopper, Storefront
from tests import make
from transactions import services
from transactions.ledger.models import Account, Transfer
from transactions.models import Click, Transaction, UnattributedSale

pytestmark = pytest.mark.django_db


def _busy_day(rows, *, at):
    """`rows` of everything, each with a partner, a storefront and a network account of its own."""
    for number in range(rows):
        place = make.storefront(slug=f"place-{number}")
        account = make.account()
        offer = make.offer(at=account)
        make.coupon(of=offer)
        Category.objects.create(slug=f"c-{number}", name_en=f"C {number}", name_ru=f"К {number}")
        click = make.click(by=make.shopper(place, f"shopper-{number}"), on=offer)
        sale = make.sale(click_ref=click.public_id.removeprefix("clk_"), status="approved")
        services.record(sale=sale, account=account, via="poll", at=at)
        services.record(sale=make.sale(), account=account, via="poll", at=at)
        token = account.postback_token
        networks.receive(token=token, method="GET", content_type="", query="a=1", body=b"", at=at)
        User.objects.create(username=f"user-{number}")
        Group.objects.create(name=f"group-{number}")


# Three of each are the sidebar's counts, two are session and user.
QUERIES = {
    Partner: 7,
    Storefront: 8,
    Shopper: 8,
    OutboxEvent: 7,
    NetworkAccount: 8,
    InboundMessage: 7,
    Category: 7,
    Merchant: 8,
    Offer: 9,
    Rate: 7,
    Coupon: 8,
    Click: 8,
    Transaction: 8,
    UnattributedSale: 8,
    Transfer: 6,
    Account: 7,
    User: 9,
    Group: 8,
}

# All but Django's own.
OURS = [model for model in QUERIES if model not in (User, Group)]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("model", QUERIES, ids=lambda model: model.__name__)
def test_a_list_costs_the_same_for_any_length(root, model, rows, at, django_assert_num_queries):
    _busy_day(rows, at=at)

    with django_assert_num_queries(QUERIES[model]):
        page = root.get(list_of(model))

    assert page.status_code == 200
    assert len(page.context["cl"].result_list) >= rows


def found(client, model, **query):
    return list(client.get(list_of(model, **query)).context["cl"].result_list)


def test_a_purchase_is_found_by_every_id_that_people_have(support, purchase, at):
    click = make.click(by=purchase.shopper, on=purchase.offer)
    other = make.sale(click_ref=click.public_id.removeprefix("clk_"), order_id="another")
    services.record(sale=other, account=purchase.account, via="poll", at=at)
    words = [
        purchase.public_id,
        purchase.public_id.title(),
        f" {purchase.click} ",
        "order-1",
        purchase.external_id,
    ]

    assert [found(support, Transaction, q=word) for word in words] == [[purchase]] * len(words)
    assert len(found(support, Transaction, q=purchase.shopper.public_id)) == 2
    assert len(found(support, Transaction, q="alice")) == 2


@pytest.mark.parametrize("word", ["txn_", "txn_nonsense", "clk_01jd3k8v7nf2sr5xq9wz4tm6hb", "%", "0" * 5000])
def test_what_is_no_purchase_finds_none(support, purchase, word):
    assert found(support, Transaction, q=word) == []


def test_a_click_is_found_by_its_id_whatever_the_filter(support, trip):
    assert found(support, Click, q=trip.public_id, recorded="last-month") == [trip]


def test_a_transfer_is_found_by_its_purchase(support, purchase):
    assert len(found(support, Transfer, q=purchase.public_id)) == 3


def test_an_account_is_found_by_its_owner(support, purchase, alice):
    [account] = found(support, Account, q="alice")

    assert account.owner_id == alice.pk
    assert found(support, Account, q=alice.public_id) == [account]


@pytest.mark.parametrize(
    ("period", "count"),
    [("today", 1), ("yesterday", 0), ("week", 1), ("month", 1), ("last-month", 0), ("rubbish", 1)],
)
def test_clicks_are_narrowed_to_a_period(support, trip, period, count):
    assert len(found(support, Click, recorded=period)) == count


def test_a_period_reads_only_its_own_month_of_clicks(support, trip):
    query = support.get(list_of(Click, recorded="today")).context["cl"].queryset
    months = Click.objects.filter(pk=trip.pk)

    assert _partitions_read(query) == _partitions_read(months)
    assert len(_partitions_read(months)) == 1


def _partitions_read(queryset) -> set[str]:
    sql, params = queryset.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    return set(re.findall(r"transactions_click_\d{4}_\d\d", plan))


@pytest.mark.parametrize("paid", ["yes", "no"])
def test_purchases_are_narrowed_to_paid_or_unpaid(support, purchase, at, paid):
    Transaction.objects.update(paid_at=at)

    assert found(support, Transaction, paid=paid) == ([purchase] if paid == "yes" else [])


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
@pytest.mark.parametrize(
    "query", ["q=%00", "partner__id__exact=%00", "id=a%00b", "a%00b=1", "recorded=%00&state=%00"]
)
def test_a_nul_in_a_filter_leads_to_the_whole_list(root, model, query):
    address = list_of(model)
    assert root.get(f"{address}?{query}").headers["Location"] == address


def test_the_word_for_filters_is_translated(root, purchase):
    page = root.get(list_of(Transaction), headers={"accept-language": "ru"}).content.decode()
    assert "Фильтры" in page
    assert "Filters" not in page


def test_a_page_far_behind_the_last_is_empty(support, trip):
    assert found(support, Click, p=4000) == []


def test_a_merchant_can_be_hidden_and_nothing_else_of_it_changed(operator, account):
    merchant = make.offer(at=account).merchant
    name = merchant.name

    operator.post(f"{list_of(Merchant)}{merchant.pk}/change/", {"is_hidden": "on", "name": "Forged"})

    merchant.refresh_from_db()
    assert (merchant.is_hidden, merchant.name) == (True, name)


@pytest.mark.parametrize("model", [Offer, Rate, Coupon, Category])
def test_the_catalogue_is_the_networks_to_change(operator, account, model, at):
    _busy_day(1, at=at)

    address = f"{list_of(model)}{model.objects.first().pk}/change/"
    assert operator.post(address, {"name": "Forged"}).status_code == 403
    assert operator.get(address).status_code == 200
