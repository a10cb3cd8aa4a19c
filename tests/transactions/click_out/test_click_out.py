"""The way out to the shop: one stored click for one real press of the button, and a page for everything else."""

import re
import uuid
from datetime import timedelta

import pytest
import time_machine

from tests import make
from transactions.click_out import tickets
from transactions.models import Click


@pytest.fixture
def merchant(db):
    return make.merchant("Околица", slug="okolitsa")


@pytest.fixture
def offer(merchant, account):
    return make.offer(of=merchant, at=account, tracking_url="https://ad.example/g/abc/")


@pytest.fixture
def ticket(alice, offer, at):
    return make_ticket(alice, offer, at=at)


def make_ticket(shopper, offer, *, at, **facts) -> str:
    place = {
        "partner_id": shopper.partner_id,
        "storefront_id": shopper.storefront_id,
        "shopper_id": shopper.pk,
        "merchant_id": offer.merchant_id,
    }
    return tickets.issue(tickets.Ticket(**place | facts), at=at)


def test_the_buttons_link_stores_the_click_and_leads_to_the_shop_with_its_ref(client, alice, offer):
    make.sign_on(client, alice)
    page = client.get("/s/acorn/shops/okolitsa/").content.decode()
    response = client.get(re.search(r'href="(/go/[\w-]+)"', page)[1], headers={"user-agent": "Firefox"})
    [click] = Click.objects.all()
    assert response.status_code == 302
    assert response.headers["Location"] == f"https://ad.example/g/abc/?subid4={click.public_id[4:]}"
    assert response.headers["Cache-Control"] == "no-store"
    assert (click.shopper, click.offer, click.user_agent) == (alice, offer, "Firefox")


def test_the_ticket_needs_no_cookie_and_nothing_else_from_the_database(
    client, ticket, django_assert_num_queries
):
    with django_assert_num_queries(0):  # the click's one statement goes past Django's cursors
        assert client.get(f"/go/{ticket}").status_code == 302
    assert Click.objects.count() == 1


def test_the_click_uses_the_offer_that_the_page_showed(client, alice, merchant, offer, account):
    better = make.offer(of=merchant, at=account, percent="3", score=5.0)
    make.offer(of=merchant, at=account, percent="9", score=5.0)
    make.sign_on(client, alice)
    response = client.get("/s/acorn/shops/okolitsa/")
    client.get(re.search(r'href="(/go/[\w-]+)"', response.content.decode())[1])
    assert response.context["page"].offer == Click.objects.get().offer == better


def test_a_coupons_ticket_leads_through_the_coupon(client, alice, offer):
    make.coupon(of=offer, tracking_url="https://ad.example/coupon/7/")
    make.sign_on(client, alice)
    page = client.get("/s/acorn/coupons/").content.decode()
    response = client.get(re.search(r'href="(/go/[\w-]+)"', page)[1])
    assert response.headers["Location"].startswith("https://ad.example/coupon/7/?subid4=")


def test_every_press_is_a_click_of_its_own(client, ticket):
    client.get(f"/go/{ticket}")
    client.get(f"/go/{ticket}")
    assert Click.objects.count() == 2


def test_a_head_request_is_no_click(client, ticket):
    response = client.head(f"/go/{ticket}")
    assert response.status_code == 204
    assert not Click.objects.exists()


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "Prefetch"),
        ("x-purpose", "preview"),
        ("x-moz", "prefetch"),
    ],
)
def test_a_page_fetched_ahead_is_no_click_and_is_not_kept(client, ticket, header, value):
    response = client.get(f"/go/{ticket}", headers={header: value})
    assert response.status_code == 503
    assert response.headers["Cache-Control"] == "no-store"
    assert not Click.objects.exists()


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_other_methods_are_refused(client, ticket, method):
    assert getattr(client, method)(f"/go/{ticket}").status_code == 405
    assert not Click.objects.exists()


@pytest.mark.parametrize("text", ["x", "a" * 112, "a" * 10_000, "%00", "ключ", "..", "Zm9v=", "?"])
def test_what_is_no_ticket_gets_a_page_that_says_so(client, ticket, text):
    response = client.get(f"/go/{text}", headers={"accept-language": "ru"})
    assert response.status_code in {403, 404}
    assert "Это не наша ссылка" in response.content.decode() or response.status_code == 404
    assert not Click.objects.exists()


def test_a_ticket_with_a_changed_letter_is_forged_wherever_it_is(client, ticket):
    for place in range(0, len(ticket), 7):
        changed = "A" if ticket[place] != "A" else "B"
        forged = ticket[:place] + changed + ticket[place + 1 :]
        assert client.get(f"/go/{forged}").status_code == 403
    assert not Click.objects.exists()


def test_an_old_ticket_leads_back_to_the_shops_page_in_the_storefronts_own_look(client, ticket, acorn, at):
    with time_machine.travel(at + timedelta(minutes=30, seconds=1), tick=False):
        response = client.get(f"/go/{ticket}")
    page = response.content.decode()
    assert response.status_code == 403
    assert "Срок ссылки истёк" in page
    assert 'href="/s/acorn/shops/okolitsa/"' in page
    assert acorn.theme_digest in page
    assert response.headers["Cache-Control"] == "no-store"
    assert not Click.objects.exists()


def test_a_ticket_works_to_its_last_minute(client, ticket, at):
    with time_machine.travel(at + timedelta(minutes=29, seconds=59), tick=False):
        assert client.get(f"/go/{ticket}").status_code == 302


def test_a_shop_that_has_closed_meanwhile_leads_back_to_the_shops(client, ticket, offer):
    type(offer).objects.filter(pk=offer.pk).update(is_open=False)
    response = client.get(f"/go/{ticket}")
    assert response.status_code == 410
    assert "Сейчас здесь нет кэшбэка" in response.content.decode()
    assert 'href="/s/acorn/"' in response.content.decode()
    assert not Click.objects.exists()


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "//ad.example/g/abc/", "https://[", "https://"])
def test_a_shop_whose_link_leads_nowhere_leads_back_to_the_shops(client, ticket, offer, link):
    type(offer).objects.filter(pk=offer.pk).update(tracking_url=link)
    response = client.get(f"/go/{ticket}")
    assert response.status_code == 410
    assert "Сейчас здесь нет кэшбэка" in response.content.decode()
    assert 'href="/s/acorn/"' in response.content.decode()


def test_an_unknown_shop_leads_back_to_the_shops(client, alice, offer, at):
    ticket = make_ticket(alice, offer, at=at, merchant_id=uuid.uuid4())
    response = client.get(f"/go/{ticket}")
    assert response.status_code == 404
    assert 'href="/s/acorn/"' in response.content.decode()


def test_a_closed_storefront_lets_nobody_out(client, ticket, acorn):
    type(acorn).objects.filter(pk=acorn.pk).update(is_active=False)
    response = client.get(f"/go/{ticket}")
    assert response.status_code == 404
    assert "/s/acorn/" not in response.content.decode()
    assert not Click.objects.exists()


def test_a_shopper_of_another_storefront_is_not_let_out(client, alice, bob, offer, at):
    ticket = make_ticket(alice, offer, at=at, shopper_id=bob.pk)
    assert client.get(f"/go/{ticket}").status_code == 404
    assert not Click.objects.exists()


def test_a_user_agent_with_rubbish_is_kept_as_far_as_it_goes(client, ticket):
    client.get(f"/go/{ticket}", headers={"user-agent": "a\x00b" + "c" * 1000})
    assert Click.objects.get().user_agent == "ab" + "c" * 297
