"""A storefront on trial: open to those on its list, and friendly to all others."""

import pytest

from partners import launch_tokens, pilot
from partners.models import LaunchToken, PilotShopper, Shopper
from tests import make
from tests.partners.test_embed import sign_on
from tests.partners.test_launch import signed


@pytest.fixture
def acorn(acorn):
    acorn.is_pilot, acorn.embed_origins = True, ["https://www.acorn.test"]
    acorn.save()
    PilotShopper.objects.create(partner=acorn.partner, storefront=acorn, name="alice")
    return acorn


@pytest.mark.parametrize(("name", "may"), [("alice", True), (" ALICE ", True), ("carol", False), ("", False)])
def test_the_list_is_read_however_a_name_is_written(acorn, name, may):
    assert pilot.may_enter(acorn, name) is may


def test_an_open_storefront_asks_no_list(birch, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert pilot.may_enter(birch, "anybody")


def test_a_list_is_its_own_storefronts(acorn, birch):
    birch.is_pilot = True
    assert not pilot.may_enter(birch, "alice")


@pytest.mark.parametrize("path", ["", "coupons/", "me/", "shops/x/", "?q=x"])
def test_a_guest_reads_that_it_opens_soon(client, acorn, path):
    answer = client.get(f"/s/acorn/{path}")
    assert answer.status_code == 403
    assert "opens soon" in answer.content.decode() or "скоро" in answer.content.decode()


def test_who_is_listed_signs_on_and_shops(client, acorn):
    assert client.get("/s/acorn/launch", {"token": signed(acorn)}).status_code == 303
    assert client.get("/s/acorn/").status_code == 200


def test_who_is_not_listed_signs_on_nowhere_and_spends_nothing(client, acorn, at):
    minted = launch_tokens.mint(storefront=acorn, external_id="carol", locale="", return_origin="", at=at)
    answer = client.get("/s/acorn/launch", {"token": minted.token})
    assert answer.status_code == 403
    assert "<code>not_in_pilot</code>" in answer.content.decode()
    refused = sign_on(client, minted.token)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_in_pilot")
    assert not answer.cookies and not refused.cookies
    assert not Shopper.objects.exists()
    assert LaunchToken.objects.get().used_at is None


def test_who_is_struck_from_the_list_is_a_guest_at_once(client, acorn):
    make.sign_on(client, make.shopper(acorn, "alice"))
    assert client.get("/s/acorn/").status_code == 200
    PilotShopper.objects.all().delete()
    assert client.get("/s/acorn/").status_code == 403


def test_who_is_struck_from_the_list_can_still_sign_out(client, acorn):
    make.sign_on(client, make.shopper(acorn, "alice"))
    PilotShopper.objects.all().delete()
    answer = client.post("/s/acorn/sign-out/")
    assert (answer.status_code, answer.cookies["cb-acorn"].value) == (303, "")


def test_an_e_mail_on_the_list_lets_its_shopper_in(client, acorn):
    PilotShopper.objects.create(partner=acorn.partner, storefront=acorn, name="dora@mail.example")
    dora = make.shopper(acorn, "mail-1")
    Shopper.objects.filter(pk=dora.pk).update(email="Dora@mail.example", signs_in_by_email=True)
    make.sign_on(client, dora)
    assert client.get("/s/acorn/").status_code == 200


def test_the_first_page_of_a_frame_is_for_everybody(client, acorn):
    assert client.get("/embed/boot", {"storefront": "acorn"}).status_code == 200
