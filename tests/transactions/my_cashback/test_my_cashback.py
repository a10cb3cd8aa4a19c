"""What a shopper sees of their money."""

from datetime import UTC, datetime, timedelta
from html import unescape

import pytest

from offers.models import OfferTermsVersion
from offers.networks.base import SaleStatus
from tests import make
from transactions import services
from transactions.models import Click, Transaction, TransactionEvent

# Every page: storefront, shopper, available. The sums: accounts, flows, pending.
PURCHASES_QUERIES = (
    11  # and purchases with their clicks, their history, readable terms, the counts, the shops
)
PURCHASE_QUERIES = 9  # and the purchase with its click, its history, readable terms
TRIPS_QUERIES = 8  # and the trips with what is known of their shops, and what was asked about them

SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def offer(account):
    return make.offer(of=make.merchant("Околица", slug="okolitsa"), at=account)


@pytest.fixture
def dollars(account):
    return make.offer(of=make.merchant("Harbor", slug="harbor"), at=account, currency="USD")


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


def test_where_only_paid_purchases_count_a_confirmed_one_waits_and_says_why(client, bob, report, dollars):
    report(bob, on=dollars, status=SaleStatus.APPROVED)
    seen = page(client, bob)
    assert "Available</dt> <dd>$0.00" in seen
    assert "Pending</dt> <dd>$69.65" in seen
    assert "Confirmed; waits until the shop has paid." in seen


def test_a_declined_purchase_says_why_in_plain_words_and_what_to_do(client, bob, report, dollars):
    report(bob, on=dollars, status=SaleStatus.DECLINED, decline_reason="Товар <возвращён>")
    seen = page(client, bob)
    assert "<strong>The goods were returned.</strong> Cashback is paid for what you keep." in seen
    assert "<возвращён>" not in seen
    assert "Pending</dt> <dd>$0.00" in seen


def test_words_that_nobody_knows_are_shown_as_the_shops_and_never_as_markup(client, bob, report, dollars):
    report(bob, on=dollars, status=SaleStatus.DECLINED, decline_reason="<i>hm</i>")
    make.sign_on(client, bob)
    raw = client.get("/s/birch/me/").content.decode()
    assert "The shop&#x27;s words: &lt;i&gt;hm&lt;/i&gt;" in raw
    assert "<i>hm</i>" not in raw


def test_a_declined_purchase_without_a_reason_says_so(client, bob, report, dollars):
    report(bob, on=dollars, status=SaleStatus.DECLINED)
    assert "The shop named no reason." in page(client, bob)


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


def test_where_guests_sign_in_by_mail_they_are_led_there_and_back(client, birch):
    type(birch).objects.update(has_email_sign_in=True)
    response = client.get("/s/birch/me/trips/")
    assert response.status_code == 403
    assert 'href="/s/birch/sign-in/?next=%2Fs%2Fbirch%2Fme%2Ftrips%2F"' in response.content.decode()


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
        bought = report(alice)
    make.sign_on(client, alice)
    with django_assert_num_queries(PURCHASES_QUERIES):
        client.get("/s/acorn/me/")
    with django_assert_num_queries(PURCHASE_QUERIES):
        client.get(f"/s/acorn/me/purchases/{bought.public_id}/")
    with django_assert_num_queries(TRIPS_QUERIES):
        client.get("/s/acorn/me/trips/")


def test_the_header_tells_the_page_around_the_frame_what_is_available(client, alice, report):
    report(alice, status=SaleStatus.APPROVED)
    assert 'data-balance="69.65" data-currency="RUB"' in page(client, alice)


def test_all_five_sums_are_shown(client, bob, report, dollars):
    report(bob, on=dollars, status=SaleStatus.APPROVED, paid=True)
    report(bob, on=dollars)
    seen = page(client, bob)
    for name, amount in [
        ("Available", "$69.65"),
        ("Pending", "$69.65"),
        ("Reserved", "$0.00"),
        ("Paid out", "$0.00"),
        ("In all", "$69.65"),
    ]:
        assert f"{name}</dt> <dd>{amount}" in seen.replace("</dt><dd>", "</dt> <dd>")


# --- One purchase ---


def test_a_purchase_shows_its_arithmetic_its_trip_and_its_promise(client, bob, report, dollars):
    bought = report(bob, on=dollars)
    seen = page(client, bob, f"me/purchases/{bought.public_id}/")
    assert "3.5% of $1,990.00" in seen
    assert "up to 3.5%" in seen
    assert "You went to the shop" in seen
    assert f'id="{bought.public_id}" open' in seen
    assert "99.50" not in seen


def test_the_terms_of_the_trip_are_linked_where_they_can_be_read(client, bob, report, dollars, at):
    assert "terms of that day" not in page(client, bob, f"me/purchases/{report(bob, on=dollars).public_id}/")
    OfferTermsVersion.objects.create(offer=dollars, digest=dollars.terms_digest, seen_at=at)
    seen = page(client, bob, f"me/purchases/{report(bob, on=dollars).public_id}/")
    link = f"/s/birch/shops/harbor/terms/{dollars.terms_digest}/"
    assert f'href="{link}"' in seen
    assert client.get(link).status_code == 200


def test_a_purchase_whose_click_was_put_away_is_still_shown(client, bob, report, dollars):
    bought = report(bob, on=dollars)
    Click.objects.all().delete()
    assert "You went to the shop" not in page(client, bob, f"me/purchases/{bought.public_id}/")


def test_a_purchase_is_its_shoppers_alone(client, acorn, alice, bob, report):
    of_carol = report(make.shopper(acorn, "carol"))
    make.sign_on(client, alice)
    assert client.get(f"/s/acorn/me/purchases/{of_carol.public_id}/").status_code == 404
    make.sign_on(client, bob)
    assert client.get(f"/s/birch/me/purchases/{of_carol.public_id}/").status_code == 404


@pytest.mark.parametrize(
    "text", ["x", "txn_", "clk_01jd3k8v7nf2sr5xq9wz4tm6hb", "txn_" + "0" * 26, "txn_" + "z" * 26]
)
def test_what_is_no_purchase_is_not_found(client, alice, text):
    make.sign_on(client, alice)
    assert client.get(f"/s/acorn/me/purchases/{text}/").status_code == 404


def test_an_overdue_purchase_says_that_we_go_on_asking(client, bob, report, dollars, at):
    bought = report(bob, on=dollars, occurred_at=at - timedelta(days=31))
    seen = page(client, bob, f"me/purchases/{bought.public_id}/")
    assert "You need to do nothing: we go on asking the shop" in seen


def test_days_are_the_storefronts_own(client, birch, bob, report, dollars):
    type(birch).objects.update(time_zone="Asia/Tokyo")
    late = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)
    bought = report(bob, on=dollars, occurred_at=late)
    assert "Mar_10,_2026" in page(client, bob, f"me/purchases/{bought.public_id}/")


# --- Filters ---


def rows(seen: str) -> int:
    return seen.count('class="panel purchase"')


@pytest.fixture
def several(bob, report, dollars, account):
    """One purchase of each state at one shop, and a pending one at another."""
    other = make.offer(of=make.merchant("Lantern", slug="lantern"), at=account, currency="USD")
    report(bob, on=dollars)
    report(bob, on=dollars, status=SaleStatus.APPROVED)
    report(bob, on=dollars, status=SaleStatus.APPROVED, paid=True)
    report(bob, on=dollars, status=SaleStatus.DECLINED)
    report(bob, on=other)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 5),
        ("?state=pending", 3),
        ("?state=credited", 1),
        ("?state=declined", 1),
        ("?shop=lantern", 1),
        ("?state=pending&shop=harbor", 2),
        ("?state=declined&shop=lantern", 0),
        ("?shop=nowhere", 0),
        ("?state=%00&shop=%00", 5),
        ("?state=rubbish&page=x", 5),
    ],
)
def test_purchases_are_narrowed_by_state_and_shop(client, bob, several, query, count):
    seen = page(client, bob, f"me/{query}")
    assert rows(seen) == count
    assert ("No such purchases" in seen) == (count == 0)


def test_each_state_says_how_many_and_keeps_the_shop(client, bob, several):
    seen = page(client, bob, "me/?shop=harbor")
    assert '<a href="?state=pending&shop=harbor">Pending <span class="count">2</span></a>' in seen
    assert '<a href="?shop=harbor" aria-current="true">All <span class="count">4</span></a>' in seen
    assert '<a href="?shop=harbor" aria-current="true">Harbor</a>' in seen
    assert "<summary>Harbor<svg" in seen


def test_the_pages_of_a_narrowed_list_stay_narrowed(client, alice, report):
    for _each in range(21):
        report(alice)
    seen = page(client, alice, "me/?state=pending")
    assert 'href="?state=pending&page=2"' in seen
    assert rows(page(client, alice, "me/?state=pending&page=2")) == 1
