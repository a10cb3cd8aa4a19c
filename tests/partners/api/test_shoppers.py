"""Shoppers as their partner tells of them: made, changed, renamed, erased."""

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from offers.networks.base import SaleStatus
from partners import shoppers
from partners.api.shoppers import OneShopper
from partners.models import OutboxEvent, Shopper
from partners.profile import services as profile
from partners.services import emit
from tests import make
from tests.api_client import RUBBISH, Server, assert_problem, is_a_problem
from tests.support import claims_make


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def put(server: Server, name: str, body: Any = None, query: str = "") -> Any:
    return server.client.put(
        f"/api/v1/shoppers/{name}{query}",
        body if isinstance(body, str) else json.dumps(body or {}),
        content_type="application/json",
        headers={"authorization": f"Bearer {server.key}"},
    )


def delete(server: Server, path: str) -> Any:
    return server.client.delete(f"/api/v1/{path}", headers={"authorization": f"Bearer {server.key}"})


def test_a_shopper_is_made_and_then_changed(server, acorn):
    made = put(server, "alice", {"locale": "en-GB", "email": "alice@acorn.example"})
    assert made.status_code == 201
    assert made.json() == server.get("shoppers/alice").json()
    alice = Shopper.objects.get()
    assert (alice.storefront, alice.locale, alice.email) == (acorn, "en", "alice@acorn.example")
    assert made.json()["is_email_confirmed"] is True
    changed = put(server, "alice", {"email": ""})
    assert (changed.status_code, changed.json()["email"], changed.json()["locale"]) == (200, None, "en")
    assert changed.json()["is_email_confirmed"] is False
    assert Shopper.objects.count() == 1


def test_of_a_language_that_we_do_not_speak_a_shopper_reads_the_storefronts(server, acorn):
    assert put(server, "alice", {"locale": "sr-Latn-RS"}).json()["locale"] == ""
    assert put(server, "alice", {"locale": "ru_RU"}).json()["locale"] == "ru"


@pytest.mark.django_db(transaction=True)
def test_whoever_changes_a_shopper_the_feed_tells_it_in_order(server, acorn):
    alice, bob = make.shopper(acorn, "alice"), make.shopper(acorn, "bob")
    since = (alice.created_at - timedelta(minutes=1)).isoformat()
    told = server.get("shoppers", {"updated_since": since}).json()
    assert [each["external_id"] for each in told["data"]] == ["alice", "bob"]
    Shopper.objects.filter(pk=alice.pk).update(chosen_locale="ru")  # as a page of ours does
    put(server, "bob", {"locale": "en"})
    later = server.get("shoppers", {"cursor": told["next_cursor"]}).json()["data"]
    assert [each["external_id"] for each in later] == ["alice", "bob"]
    assert later == [server.get(f"shoppers/{name}").json() for name in ("alice", "bob")]
    assert later[1]["updated_at"] > told["data"][1]["updated_at"]
    assert bob.public_id == later[1]["id"]


def test_the_same_word_twice_changes_nothing(server):
    body = {"email": "alice@acorn.example"}
    put(server, "alice", body)
    was = Shopper.objects.values().get()
    assert put(server, "alice", body).status_code == 200
    assert Shopper.objects.values().get() == was


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": 1}, "email"),
        ({"locale": 1}, "locale"),
        ({"locale": "x" * 36}, "locale"),
        ({"locale": "English, please"}, "locale"),
        ([], ""),
    ],
)
def test_what_is_no_shopper_is_refused(server, body, field):
    problem = put(server, "alice", json.dumps(body)).json()
    assert (problem["code"], problem["errors"][0]["field"]) == ("invalid", field)
    assert not Shopper.objects.exists()


@pytest.mark.parametrize("name", ["x" * 129, "%00", "a%00b", "%ED%A0%80", "%FF"])
def test_an_id_that_cannot_be_kept_is_refused(server, name):
    answer = put(server, name)
    assert answer.status_code == 201 if name in ("%FF", "%ED%A0%80") else is_a_problem(answer)
    assert is_a_problem(server.get(f"shoppers/{name}x"))


@pytest.mark.parametrize("name", [name for name in RUBBISH if name.strip("/. ")])
def test_whoever_nobody_told_us_of_is_not_found(server, name):
    for path in (f"shoppers/{name.replace('%', '%25')}", "shoppers/x?storefront=" + name.replace("%", "%25")):
        assert is_a_problem(
            server.client.get(f"/api/v1/{path}", headers={"authorization": f"Bearer {server.key}"})
        )


def test_who_signs_in_by_an_address_keeps_it(server, alice):
    Shopper.objects.update(email="own@alice.example", signs_in_by_email=True)
    assert_problem(put(server, "alice", {"email": "x@acorn.example"}), 409, "email_signs_in")
    assert Shopper.objects.get().email == "own@alice.example"


def test_another_partners_shopper_is_nobody(server, bob):
    assert_problem(server.get("shoppers/bob"), 404, "not_found")
    assert_problem(delete(server, "shoppers/bob"), 404, "not_found")
    assert_problem(server.post("shoppers/bob/rename", {"external_id": "x"}), 404, "not_found")
    assert Shopper.objects.get().external_id == "bob"


def test_an_erased_shopper_is_gone_and_their_name_is_free(server, alice):
    assert delete(server, "shoppers/alice").status_code == 204
    assert_problem(server.get("shoppers/alice"), 404, "not_found")
    assert_problem(delete(server, "shoppers/alice"), 404, "not_found")
    erased = Shopper.objects.get()
    assert erased.erased_at and erased.external_id.startswith("erased-")
    assert_problem(put(server, erased.external_id), 409, "shopper_erased")
    assert [event.type for event in OutboxEvent.objects.all()] == ["shopper.deleted"]


def test_a_renamed_shopper_keeps_what_is_theirs(server, alice, at):
    emit(
        partner_id=alice.partner_id,
        type="balance.changed",
        subject_id=alice.pk,
        payload={"shopper": "alice"},
        at=at,
    )
    told = server.post("shoppers/alice/rename", {"external_id": "alice-2"}).json()
    assert (told["id"], told["external_id"]) == (alice.public_id, "alice-2")
    assert OutboxEvent.objects.get().payload == {"shopper": "alice-2"}
    assert_problem(server.get("shoppers/alice"), 404, "not_found")


def test_nobody_is_renamed_to_somebody_else(server, acorn, alice):
    make.shopper(acorn, "carol")
    assert_problem(server.post("shoppers/alice/rename", {"external_id": "carol"}), 409, "shopper_exists")
    assert {row.external_id for row in Shopper.objects.all()} == {"alice", "carol"}


def test_a_shopper_whose_id_no_path_can_hold_answers_to_ours(server, acorn):
    odd = make.shopper(acorn, "oidc/acorn/7")
    for told in (server.get(f"shoppers/{odd.public_id}"), server.get(f"shoppers/{odd.public_id}/balance")):
        assert told.status_code == 200
    renamed = server.post(f"shoppers/{odd.public_id}/rename", {"external_id": "seven"}).json()
    assert (renamed["id"], renamed["external_id"]) == (odd.public_id, "seven")
    assert delete(server, f"shoppers/{odd.public_id}").status_code == 204


def test_put_by_our_id_changes_that_shopper_and_makes_none(server, acorn):
    odd = make.shopper(acorn, "oidc/acorn/7")
    told = put(server, odd.public_id, {"locale": "en"})
    assert (told.status_code, told.json()["id"], told.json()["locale"]) == (200, odd.public_id, "en")
    assert Shopper.objects.count() == 1
    unknown = f"shp_{'0' * 26}"
    assert_problem(put(server, unknown), 404, "not_found")
    assert not Shopper.objects.filter(external_id=unknown).exists()


def test_nobody_is_given_an_id_like_ours(server, alice):
    ours = f"shp_{'0' * 26}"
    answer = server.post("shoppers/alice/rename", {"external_id": ours})
    assert_problem(answer, 400, "external_id_reserved", field="external_id")
    answer = server.post("embed-sessions", {"shopper": ours})
    assert_problem(answer, 400, "external_id_reserved", field="shopper")
    assert Shopper.objects.get().external_id == "alice"


def test_who_was_erased_meanwhile_gets_no_name_again(acorn, alice, at):
    as_it_was_read = Shopper.objects.get(pk=alice.pk)
    profile.erase(shopper=alice, answers={}, at=at)
    with pytest.raises(shoppers.ShopperRefused, match="deleted"):
        shoppers.rename(shopper=as_it_was_read, external_id="alice-2")
    assert Shopper.objects.get(pk=alice.pk).external_id.startswith("erased-")


def test_an_address_is_kept_in_its_one_spelling(server):
    assert (
        put(server, "alice", {"email": "Alice@ПОЧТА.example"}).json()["email"] == "alice@xn--80a1acny.example"
    )
    assert_problem(put(server, "bob", {"email": "я@acorn.example"}), 400, "invalid", field="email")
    assert [row.external_id for row in Shopper.objects.all()] == ["alice"]


def test_our_id_of_another_partners_shopper_finds_nobody(server, birch):
    assert_problem(server.get(f"shoppers/{make.shopper(birch, 'bob').public_id}"), 404, "not_found")


@pytest.mark.django_db(transaction=True)  # what is checked at the commit, is, in the request's own
def test_an_erasure_is_answered_question_by_question(server, acorn, alice, known, account, at):
    offer = claims_make.offer(of=make.merchant("Harbor"), at=account)
    bought = claims_make.trip(by=alice, on=offer, at=at - claims_make.DAY)
    claims_make.sold(bought, at=at, order="AB-3003", status=SaleStatus.APPROVED)

    refusal = assert_problem(server.send("delete", "shoppers/alice"), 400, "invalid")
    open_questions = {each["field"]: each["detail"] for each in refusal["errors"]}
    assert open_questions.keys() == {"balance", "claims"} == OneShopper.delete.takes - {"storefront"}
    assert {each["code"] for each in refusal["errors"]} == {"unanswered"}

    # The last of the answers in brackets gives up what there is.
    answers = {
        name: re.search(r"\(([^()]*)\)$", words)[1].split(", ")[-1] for name, words in open_questions.items()
    }
    half = server.send("delete", f"shoppers/alice?balance={answers['balance']}")
    assert {each["field"] for each in assert_problem(half, 400)["errors"]} == {"claims"}
    assert server.send("delete", f"shoppers/alice?{urlencode(answers)}").status_code == 204
    assert_problem(server.get("shoppers/alice"), 404)
