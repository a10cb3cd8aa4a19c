import pytest
from django.urls import reverse

from cashback.lib.admin import page_of
from tests import make
from tests.admin.conftest import messages_of
from transactions.ledger.models import Balance
from transactions.models import Transaction, UnattributedSale

pytestmark = pytest.mark.django_db


def page_for(sale):
    return reverse("admin:transactions_unattributedsale_attribute", args=[sale.pk])


def test_support_gives_a_sale_to_the_click_that_it_came_from(support, waiting_sale, trip, alice):
    page = support.post(page_for(waiting_sale), {"click": trip.public_id}, follow=True)

    purchase = Transaction.objects.get()
    assert (purchase.shopper, purchase.click_id) == (alice, trip.pk)
    assert messages_of(page) == ["The sale is alice's purchase now."]
    assert page.redirect_chain == [(page_of(Transaction, purchase.pk), 302)]
    waiting_sale.refresh_from_db()
    assert waiting_sale.transaction == purchase


def test_a_confirmed_sale_is_credited_when_it_is_attributed(support, account, trip, at):
    from transactions import services

    sale = services.record(sale=make.sale(status="approved"), account=account, via="poll", at=at).unattributed

    support.post(page_for(sale), {"click": trip.public_id})

    assert Balance.objects.get().amount == 6965


def test_the_sub_id_of_a_network_names_a_click_too(support, waiting_sale, trip):
    support.post(page_for(waiting_sale), {"click": trip.public_id.removeprefix("clk_").upper()})

    assert Transaction.objects.get().click_id == trip.pk


def test_the_page_lists_clicks_on_the_same_programme_nearest_first(
    support, waiting_sale, trip, alice, account
):
    nearer = make.click(by=alice, on=trip.offer)
    make.click(by=alice, on=make.offer(at=account, external_id="200"))

    page = support.get(page_for(waiting_sale))

    assert list(page.context["clicks"]) == [nearer, trip]


def _in_another_account(bob, alice):
    return make.click(by=alice, on=make.offer(at=make.account())).public_id


def _in_another_currency(bob, alice):
    account = UnattributedSale.objects.get().account
    return make.click(by=bob, on=make.offer(at=account, currency="USD")).public_id


@pytest.mark.parametrize(
    ("click_of", "refusal"),
    [
        (_in_another_account, "The click went out through another network account."),
        (_in_another_currency, "The sale is in RUB, the storefront in USD."),
        (lambda bob, alice: "clk_01jd3k8v7nf2sr5xq9wz4tm6hb", "There is no such click."),
        (lambda bob, alice: "shp_01jd3k8v7nf2sr5xq9wz4tm6hb", "This is no click’s id"),
        (lambda bob, alice: "nonsense", "This is no click’s id"),
        (lambda bob, alice: "a\x00b", "Null characters are not allowed."),
        (lambda bob, alice: "c" * 10_000, "at most 40 characters"),
        (lambda bob, alice: "", "This field is required."),
    ],
)
def test_what_does_not_belong_together_is_refused_in_words(
    support, waiting_sale, bob, alice, click_of, refusal
):
    page = support.post(page_for(waiting_sale), {"click": click_of(bob, alice)})

    assert page.status_code == 400
    assert refusal in page.context["form"].errors["click"][0].replace("'", "’")
    assert not Transaction.objects.exists()
    waiting_sale.refresh_from_db()
    assert waiting_sale.transaction is None


def test_a_sale_is_attributed_once(support, waiting_sale, trip, alice):
    support.post(page_for(waiting_sale), {"click": trip.public_id})
    other = make.click(by=alice, on=trip.offer)

    page = support.post(page_for(waiting_sale), {"click": other.public_id})

    assert page.context["form"].errors["click"] == ["This sale has been attributed already."]
    assert Transaction.objects.get().click_id == trip.pk


def test_the_list_shows_what_waits_until_asked_for_the_rest(support, waiting_sale, trip, account, at):
    from transactions import services

    other = services.record(sale=make.sale(), account=account, via="poll", at=at).unattributed
    support.post(page_for(waiting_sale), {"click": trip.public_id})
    address = reverse("admin:transactions_unattributedsale_changelist")

    shown = {
        state: list(support.get(address, {"state": state} if state else {}).context["cl"].result_list)
        for state in ("", "attributed", "all")
    }

    assert shown == {"": [other], "attributed": [waiting_sale], "all": [other, waiting_sale]}


def test_who_may_only_look_attributes_nothing(client, sam, waiting_sale, trip):
    client.force_login(sam)

    assert client.post(page_for(waiting_sale), {"click": trip.public_id}).status_code == 403
    assert not Transaction.objects.exists()
