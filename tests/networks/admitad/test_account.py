"""An account's tokens, error codes and pace."""

import time
import traceback
from datetime import timedelta

import pytest

from cashback.lib.http import Refused, Unavailable
from offers.networks.adapters.admitad import Admitad
from offers.networks.adapters.admitad.account import CLAIM_SCOPES, SCOPES
from offers.networks.base import InquiryKind, Unreadable
from offers.networks.pace import Pace
from offers.networks.registry import UnknownNetwork, network_class
from tests.networks.admitad.builders import COUPONS, NOW, SALES, connect, listing, refused_with
from tests.networks.contract import KeptTokens
from tests.networks.server import Reply


def test_a_token_is_asked_with_the_clients_secret_in_the_header_and_every_scope(server, admitad):
    server.answers[SALES] = listing([])

    list(admitad.list_sales_changed(since=NOW - timedelta(days=1), until=NOW))

    (asked,) = server.asked_at("/token/")
    assert asked.authorization == "Basic dXM6czNjcjN0"
    assert asked.form == {
        "grant_type": "client_credentials",
        "client_id": "us",
        "scope": "advcampaigns_for_website coupons_for_website private_data public_data statistics websites"
        " lost_orders manage_lost_orders",
    }
    assert server.asked_at(SALES)[0].authorization == "Bearer access-1"


def test_a_kept_token_is_used_until_a_tenth_of_its_life_is_left(server, admitad, clock, kept):
    server.answers[COUPONS] = listing([])
    list(admitad.list_coupons())
    clock.now += timedelta(days=6.2)
    list(connect(server, clock, kept).list_coupons())
    assert len(server.asked_at("/token/")) == 1

    clock.now += timedelta(days=0.2)
    list(connect(server, clock, kept).list_coupons())

    assert server.asked_at("/token/")[1].form == {
        "grant_type": "refresh_token",
        "client_id": "us",
        "client_secret": "s3cr3t",
        "refresh_token": "refresh-1",
    }
    assert server.asked_at(COUPONS)[-1].authorization == "Bearer access-2"


def test_a_refresh_token_that_another_process_used_leads_to_a_new_sign_in(server, admitad, clock):
    server.answers[COUPONS] = listing([])
    list(admitad.list_coupons())
    clock.now += timedelta(days=8)
    server.answers["/token/"].refusal = refused_with(5, status=400)

    list(admitad.list_coupons())

    grants = [asked.form["grant_type"] for asked in server.asked_at("/token/")]
    assert grants == ["client_credentials", "refresh_token", "client_credentials"]


@pytest.mark.parametrize("code", [0, 1])
def test_a_token_that_died_early_is_replaced_and_the_question_asked_again(server, admitad, code):
    answers = [listing([]), refused_with(code)]
    server.answers[COUPONS] = lambda asked: answer(asked) if callable(answer := answers.pop()) else answer

    assert list(admitad.list_coupons()) == []
    assert [asked.authorization for asked in server.asked_at(COUPONS)] == [
        "Bearer access-1",
        "Bearer access-2",
    ]


@pytest.mark.parametrize("text", ["", "not json", "[]", '{"access_token": "x"}', "null"])
def test_a_store_that_holds_no_token_of_ours_leads_to_a_sign_in(server, admitad, kept, text):
    server.answers[COUPONS] = listing([])
    kept.save(text)

    assert list(admitad.list_coupons()) == []
    assert len(server.asked_at("/token/")) == 1


def test_a_token_of_other_credentials_is_not_used(server, admitad, clock, kept):
    server.answers[COUPONS] = listing([])
    list(admitad.list_coupons())

    list(connect(server, clock, kept, client_id="them").list_coupons())

    assert server.asked_at(COUPONS)[-1].authorization == "Bearer access-2"


def test_a_token_without_a_lifetime_is_refused_by_name(server, admitad):
    server.answers["/token/"] = {"access_token": "x", "refresh_token": "y"}

    with pytest.raises(Unreadable) as refused:
        admitad.account.sign_in()

    assert refused.value.field == "token.expires_in"


def test_an_account_that_may_not_claim_works_in_everything_else(server, admitad):
    refusal = Reply('{"error": "invalid_scope", "error_code": 3}', status=400)
    tokens = server.answers["/token/"]
    server.answers["/token/"] = lambda asked: (
        refusal if "lost_orders" in asked.form["scope"] else tokens(asked)
    )
    server.answers |= {COUPONS: listing([]), "/lost_orders/": refused_with(2)}

    assert list(admitad.list_coupons()) == []
    with pytest.raises(Refused, match="does not grant these credentials the scope lost_orders"):
        admitad.find_inquiry(kind=InquiryKind.UNTRACKED, reference="r")

    assert [asked.form["scope"] for asked in server.asked_at("/token/")] == [
        f"{SCOPES} {CLAIM_SCOPES}",
        SCOPES,
    ]


def test_a_token_of_a_release_that_asked_for_less_is_not_used(server, admitad, clock, kept):
    server.answers[COUPONS] = listing([])
    list(admitad.list_coupons())
    kept.save(kept.token.replace(f" {CLAIM_SCOPES}", ""))

    list(connect(server, clock, kept).list_coupons())

    assert server.asked_at(COUPONS)[-1].authorization == "Bearer access-2"


def test_a_missing_scope_is_named(server, admitad):
    server.answers[COUPONS] = refused_with(2)

    with pytest.raises(Refused) as refused:
        list(admitad.list_coupons())

    assert str(refused.value) == (
        "Admitad does not grant these credentials the scope coupons_for_website, which /coupons/website/7/ needs."
    )
    assert refused.value.status == 401
    assert len(server.asked_at(COUPONS)) == 1


def test_too_many_requests_wait_a_minute(server, admitad):
    server.answers[COUPONS] = refused_with(4, status=400)

    with pytest.raises(Unavailable) as unavailable:
        list(admitad.list_coupons())

    assert unavailable.value.retry_after == 60


def test_too_many_tokens_wait_an_hour(server, admitad):
    server.answers["/token/"] = refused_with(6, status=400)

    with pytest.raises(Unavailable) as unavailable:
        list(admitad.list_coupons())

    assert unavailable.value.retry_after == 3600


def test_503_means_slow_down_for_a_minute(server, admitad):
    server.answers[COUPONS] = Reply("", status=503)

    with pytest.raises(Unavailable) as unavailable:
        list(admitad.list_coupons())

    assert unavailable.value.retry_after == 60


@pytest.mark.parametrize("refusal", [refused_with(3, status=400), Reply("no", status=401)])
def test_wrong_credentials_are_refused_without_showing_them(server, admitad, refusal):
    server.answers["/token/"] = refusal

    with pytest.raises(Refused) as refused:
        admitad.check_credentials()

    assert str(refused.value) == "Admitad does not accept this client id and secret."
    assert "s3cr3t" not in "".join(traceback.format_exception(refused.value))


@pytest.fixture
def spaces(server):
    server.answers["/me/"] = {"username": "acme"}
    server.answers["/websites/v2/"] = listing(
        [{"id": 7, "name": "Витрина", "status": "active"}, {"id": 8, "name": "App", "status": "new"}]
    )


def test_good_credentials_tell_the_account_and_its_ad_space(spaces, admitad):
    assert admitad.check_credentials() == "Admitad account acme, ad space 7 “Витрина” (active)."


def test_another_accounts_ad_space_is_refused_with_those_there_are(spaces, server, clock, kept):
    with pytest.raises(Refused) as refused:
        connect(server, clock, kept, website="9").check_credentials()

    assert str(refused.value) == (
        "The account acme has no ad space 9. It has: 7 “Витрина” (active), 8 “App” (new)."
    )


def test_checking_does_not_trust_a_kept_token(spaces, server, admitad):
    admitad.check_credentials()
    server.answers["/token/"] = Reply("{}", status=401)

    with pytest.raises(Refused):
        admitad.check_credentials()


def test_an_ad_space_is_a_number(server, clock, kept):
    with pytest.raises(Refused, match="the number of the ad space"):
        connect(server, clock, kept, website="7/../8")


def test_a_pace_lets_so_many_pass_in_a_while_and_no_more():
    pace, passed = Pace(3, seconds=0.2), []

    for _ in range(7):
        pace.wait()
        passed.append(time.monotonic())

    assert passed[2] - passed[0] < 0.1
    assert all(later - earlier >= 0.2 for earlier, later in zip(passed, passed[3:], strict=False))


def test_connections_of_one_account_share_their_pace(server, clock, kept):
    one, same = connect(server, clock, kept), connect(server, clock, KeptTokens())
    other = connect(server, clock, kept, client_id="them")

    assert one.account.pace is same.account.pace
    assert one.account.pace is not other.account.pace


def test_a_network_that_nobody_wrote_is_named_with_those_that_there_are():
    assert network_class("admitad") is Admitad
    with pytest.raises(UnknownNetwork, match="no adapter for 'acme'; there are: admitad"):
        network_class("acme")
