"""A shopper takes with them everything that we hold of them, and nothing of anybody else."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from cashback.lib import ids
from offers.networks.base import SaleStatus
from partners import personal_data, shopper_session
from partners.models import PilotShopper, Shopper
from tests import make
from transactions import services
from transactions.models import TransactionEvent


@pytest.fixture
def rich(alice, account, at):
    """Alice with two trips: one brought a purchase that was confirmed and then reduced, the other nothing."""
    Shopper.objects.filter(pk=alice.pk).update(email="alice@example.com", email_confirmed_at=at, locale="ru")
    offer = make.offer(at=account, of=make.merchant("Chai"))
    make.click(by=alice, on=offer, user_agent="Browser of Alice")
    click = make.click(by=alice, on=offer)
    sale = make.sale(click_ref=ids.suffix(click.pk), order_id="A-17")
    later = sale.changed_at + timedelta(seconds=1)
    for word in (sale, replace(sale, status=SaleStatus.APPROVED, changed_at=later, commission_minor=5000)):
        services.record(sale=word, account=account, via=TransactionEvent.Via.POLL, at=at)
    alice.refresh_from_db()
    return alice


def taken(client, path: str = "/s/acorn/me/export/") -> dict:
    answer = client.get(path)
    assert answer.status_code == 200
    return json.loads(answer.content)


def test_the_file_is_named_and_kept_by_nobody_on_the_way(client, rich, at):
    make.sign_on(client, rich)
    answer = client.get("/s/acorn/me/export/")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (
        answer.headers["Content-Disposition"] == f'attachment; filename="cashback-acorn-{at:%Y-%m-%d}.json"'
    )
    assert "no-store" in answer.headers["Cache-Control"]


def test_it_holds_what_every_room_holds(client, rich):
    make.sign_on(client, rich)
    export = taken(client)
    assert {keeper.name for keeper in personal_data.keepers()} <= export.keys()
    assert {"profile", "shopping"} <= export.keys()
    assert (export["storefront"], export["partner"]) == ("Acorn Bank", "Acorn Bank")


def test_it_says_who_the_shopper_is(client, rich, acorn):
    PilotShopper.objects.create(partner=acorn.partner, storefront=acorn, name="alice")
    make.sign_on(client, rich)
    assert taken(client)["profile"] == {
        "id": rich.public_id,
        "partner_shopper_id": "alice",
        "language_from_partner": "ru",
        "language_chosen": None,
        "email": "alice@example.com",
        "email_confirmed_at": rich.email_confirmed_at.isoformat(timespec="seconds"),
        "signs_in_by_email": False,
        "first_seen_at": rich.created_at.isoformat(timespec="seconds"),
        "last_seen_at": None,
        "is_invited_to_the_pilot": True,
    }


def test_it_tells_every_trip_purchase_and_movement_of_money(client, rich):
    make.sign_on(client, rich)
    shopping = taken(client)["shopping"]
    assert shopping["balances"] == [{"amount": "35.00", "currency": "RUB"}]
    [transfer] = shopping["transfers"]
    assert (transfer["amount"], transfer["reason"]) == ({"amount": "35.00", "currency": "RUB"}, "approved")
    [purchase] = shopping["purchases"]
    assert (purchase["shop"], purchase["order"], purchase["status"]) == ("Chai", "A-17", "approved")
    assert purchase["order_amount"] == {"amount": "1990.00", "currency": "RUB"}
    assert [(word["status"], word["cashback"]["amount"]) for word in purchase["history"]] == [
        ("pending", "69.65"),
        ("approved", "35.00"),
    ]
    assert [trip["browser"] for trip in shopping["shopping_trips"]] == ["Mozilla/5.0", "Browser of Alice"]
    assert shopping["shopping_trips"][0]["best_rate_percent"] == "5"
    assert shopping["shopping_trips"][0]["ad_blocker_seen"] is None


def test_it_says_nothing_of_others_nor_what_we_and_the_partner_earn(client, rich, acorn, account):
    carol = make.shopper(acorn, "carol")
    make.click(by=carol, on=make.offer(at=account), user_agent="Browser of Carol")
    make.sign_on(client, rich)
    text = client.get("/s/acorn/me/export/").content.decode()
    assert "carol" not in text.lower()
    assert "commission" not in text
    assert "50.00" not in text.replace("35.00", "")


def test_it_may_be_taken_five_times_an_hour(client, rich):
    make.sign_on(client, rich)
    statuses = [client.get("/s/acorn/me/export/").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_a_frame_without_cookies_takes_it_with_its_bearer(client, rich):
    bearer = shopper_session.begin(rich, is_embedded=True).as_bearer()
    answer = client.get("/s/acorn/me/export/", headers={"Authorization": f"Bearer {bearer}"})
    assert json.loads(answer.content)["profile"]["id"] == rich.public_id
