"""What a shopper sees of their money."""

from datetime import timedelta
from html import unescape

import pytest

from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.models import Transaction, TransactionEvent

PURCHASES_QUERIES = 6  # storefront, shopper, available, purchases, their history, pending
TRIPS_QUERIES = 5  # storefront, shopper, available, pending, trips

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Околица", slug="okolitsa"), at=account)


@pytest.fixture
def report(offer, at):
    """The network reports a sale of a new click of the shopper's."""

    def go(shopper, *, on=offer, **facts) -> Transaction:
        click = make.click(by=shopper, on=on, currency=on.currency)
        sale = make.sale(click_ref=click.public_id[4:], currency=on.currency, **facts)
        return services.record(
            sale=sale, account=on.account, via=TransactionEvent.Via.POLL, at=at
        ).transaction

    return go


def page(client, shopper, path: str = "me/") -> str:
    make.sign_on(client, shopper)
    response = client.get(f"/s/{shopper.storefront.slug}/{path}")
    assert response.status_code == 200
    return " ".join(unescape(response.content.decode()).replace(SPACE, "_").split())


def test_a_pending_purchase_is_a_promise_with_a_date_and_not_money(client, alice, report, at):
    report(alice)
    seen = page(client, alice)
    assert "Доступно</dt> <dd>0,00_₽" in seen
    assert "Ожидает</dt> <dd>69,65_₽" in seen
    assert "Решение ожидается до" in seen


def test_a_confirmed_purchase_is_available(client, alice, report):
    report(alice, status=SaleStatus.APPROVED)
    seen = page(client, alice)
    assert "Доступно</dt> <dd>69,65_₽" in seen
    assert "Ожидает</dt> <dd>0,00_₽" in seen


def test_where_only_paid_purchases_count_a_confirmed_one_waits_and_says_why(client, bob, account, report):
    dollars = make.offer(at=account, currency="USD")
    report(bob, on=dollars, status=SaleStatus.APPROVED)
    seen = page(client, bob)
    assert "Available</dt> <dd>$0.00" in seen
    assert "Pending</dt> <dd>$69.65" in seen
    assert "Confirmed; waits until the shop has paid." in seen


def test_a_declined_purchase_says_why(client, alice, report):
    report(alice, status=SaleStatus.DECLINED, decline_reason="Товар <возвращён>")
    seen = page(client, alice)
    assert "Магазин сообщил: Товар <возвращён>" in seen
    assert "Ожидает</dt> <dd>0,00_₽" in seen


def test_a_declined_purchase_without_a_reason_says_so(client, alice, report):
    report(alice, status=SaleStatus.DECLINED)
    assert "Магазин не назвал причину." in page(client, alice)


def test_a_purchase_that_takes_too_long_says_so(client, alice, report, at):
    report(alice, occurred_at=at - timedelta(days=31))
    assert "Магазин отвечает дольше обычного." in page(client, alice)


def test_the_history_shows_every_amount_the_newest_first(client, alice, report, at):
    first = report(alice)
    make_news = make.sale(
        click_ref=first.click.public_id[4:],
        external_id=first.external_id,
        commission_minor=5000,
        changed_at=first.changed_at + timedelta(minutes=1),
    )
    services.record(sale=make_news, account=first.account, via=TransactionEvent.Via.POLL, at=at)
    seen = page(client, alice)
    assert 0 < seen.index('class="amount">35,00_₽') < seen.index('class="amount">69,65_₽')


def test_a_balance_below_zero_is_explained(client, alice, report, at):
    bought = report(alice, status=SaleStatus.APPROVED)
    make.overdraw(alice, by=7000, at=at)
    seen = page(client, alice)
    assert bought.cashback_minor == 6965
    assert "Доступно</dt> <dd>-0,35_₽" in seen
    assert "платить ничего не нужно" in seen


def test_nobody_sees_another_shoppers_purchases_and_trips(client, acorn, alice, bob, report):
    carol = make.shopper(acorn, "carol")
    report(carol, order_id="carols-order")
    assert "carols-order" not in page(client, alice)
    assert "Покупок пока нет" in page(client, alice)
    assert "Переходов пока нет" in page(client, alice, "me/trips/")


@pytest.mark.parametrize("path", ["me/", "me/trips/"])
def test_a_guest_is_told_how_to_sign_on(client, acorn, path):
    response = client.get(f"/s/acorn/{path}")
    assert response.status_code == 403
    assert "Откройте приложение или сайт «Acorn Bank»" in response.content.decode()


def test_a_trip_says_whether_a_purchase_was_tracked(client, alice, offer, report, at):
    report(alice)
    make.click(by=alice, on=offer)
    make.click(by=alice, on=offer, created_at=at - timedelta(days=2))
    seen = page(client, alice, "me/trips/")
    assert seen.count("Покупка замечена") == 1
    assert seen.count("Обычно видно в течение суток") == 1
    assert seen.count("О покупке не сообщали") == 1


def test_purchases_and_trips_come_in_pages_of_twenty(client, alice, report):
    for _each in range(21):
        report(alice)
    assert page(client, alice).count('class="panel purchase"') == 20
    assert page(client, alice, "me/?page=2").count('class="panel purchase"') == 1
    assert page(client, alice, "me/trips/?page=2").count('class="panel trip"') == 1
    assert client.get("/s/acorn/me/?page=3").status_code == 404
    assert client.get("/s/acorn/me/trips/?page=3").status_code == 404
    assert client.get("/s/acorn/me/?page=%00").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_pages_take_the_same_few_queries_for_one_purchase_and_for_three(
    client, alice, report, count, django_assert_num_queries
):
    for _each in range(count):
        report(alice)
    make.sign_on(client, alice)
    with django_assert_num_queries(PURCHASES_QUERIES):
        client.get("/s/acorn/me/")
    with django_assert_num_queries(TRIPS_QUERIES):
        client.get("/s/acorn/me/trips/")
