"""The sale arrives, at whatever hour, and the claims about it follow; the network's money comes before ours."""

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from offers.networks.base import SaleStatus
from support.claims import hooks, services
from support.claims.models import Claim, Kind, Status, TriageRun
from support.desk.models import Message, TicketStatus
from support.goodwill.models import GoodwillGrant
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance, words
from tests.support.claims_make import CASHBACK, DAY
from transactions import services as purchases
from transactions.models import Click, Transaction, TransactionEvent, UnattributedSale

APPROVED, DECLINED, PENDING = SaleStatus.APPROVED, SaleStatus.DECLINED, SaleStatus.PENDING


def fresh(claim):
    return Claim.objects.select_related("ticket").get(pk=claim.pk)


@pytest.fixture
def made_good(click, noon, alice, shop, acorn):
    """Paid at once, from our own funds."""
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    return claims_make.claim(click, at=noon)


def test_sale_that_arrives_at_three_at_night_answers_the_claim_on_ice(alice, moscow, shop):
    evening = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)
    trip = claims_make.trip(by=alice, on=shop, at=evening - timedelta(hours=1))
    claim = claims_make.claim(trip, at=evening)
    assert claim.status == Status.ON_ICE
    three_at_night = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)  # in Moscow

    sale = claims_make.sold(trip, at=three_at_night)

    claim = fresh(claim)
    assert (claim.status, claim.reason_code, claim.transaction) == (
        Status.ANSWERED_AUTO,
        "already_pending",
        sale,
    )
    last = Message.objects.filter(ticket=claim.ticket).latest("pk")
    assert last.created_at == three_at_night and "has reported your order AB-1001" in last.text
    assert claim.ticket.status == TicketStatus.SOLVED
    assert TriageRun.objects.filter(claim=claim, because="sale", at=three_at_night).count() == 1


def test_confirmed_sale_settles_the_claim_once(click, noon):
    claim = claims_make.claim(click, at=noon)
    sale = claims_make.sold(click, at=noon + DAY, status=APPROVED)
    claim = fresh(claim)
    assert (claim.status, claim.transaction) == (Status.CREDITED, sale)
    assert "69.65" in words(claim) and claim.closed_at == noon + DAY
    steps, said = claim.steps.count(), Message.objects.count()
    hooks.on_settled(sale, noon + 2 * DAY)
    claims_make.say(sale, APPROVED, at=noon + 3 * DAY, paid=True)
    assert (claim.steps.count(), Message.objects.count()) == (steps, said)


def test_answered_claim_is_settled_when_the_shop_confirms_and_reopened_when_it_takes_that_back(click, noon):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    claims_make.say(sale, APPROVED, at=noon + 10 * DAY)
    assert fresh(claim).status == Status.CREDITED
    claims_make.say(sale, DECLINED, at=noon + 20 * DAY, decline_reason="отмена заказа")
    claim = fresh(claim)
    assert (claim.status, claim.reason_code, claim.cycle) == (Status.ANSWERED_AUTO, "declined_sale", 2)
    assert "The order was cancelled." in words(claim)


def test_answered_claim_hears_of_a_decline(click, noon):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    claims_make.say(sale, DECLINED, at=noon + 10 * DAY)
    assert fresh(claim).reason_code == "declined_sale"


def test_same_word_again_says_nothing_to_the_shopper(click, noon):
    sale = claims_make.sold(click, at=noon - DAY)
    claims_make.claim(click, at=noon)
    said = Message.objects.count()
    claims_make.say(sale, PENDING, at=noon + DAY, commission=sale.commission_minor + 1)
    assert Message.objects.count() == said


def test_sale_that_comes_while_the_network_is_asked_is_good_news(click, noon):
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=Status.WAITING_NETWORK, reason="submitted", at=noon)
    claims_make.sold(click, at=noon + DAY)
    claim = fresh(claim)
    assert (claim.status, claim.reason_code) == (Status.APPROVED_NET, "sale_arrived")
    assert "Good news" in words(claim)


def test_sale_at_a_lower_amount_goes_to_a_person(click, noon):
    claim = claims_make.claim(click, at=noon)
    claims_make.sold(click, at=noon + DAY, minor=90000)
    assert (fresh(claim).status, fresh(claim).reason_code) == (Status.IN_REVIEW, "wrong_amount")


def test_sale_of_another_order_moves_nothing(click, noon):
    claim = claims_make.claim(click, at=noon)
    claims_make.sold(click, at=noon + DAY, order="ZZ-1", minor=5000, status=APPROVED)
    assert fresh(claim).status == Status.LODGED and fresh(claim).transaction is None


def test_claim_with_a_person_is_judged_for_their_eyes(click, noon):
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=Status.IN_REVIEW, reason="x", at=noon)
    said = Message.objects.count()
    claims_make.sold(click, at=noon + DAY)
    assert fresh(claim).status == Status.IN_REVIEW
    assert TriageRun.objects.filter(claim=claim).latest("pk").decided_by == "already_ours"
    assert Message.objects.count() == said


@pytest.mark.parametrize(
    "commission, reward", [(9950, 6965), (20000, 14000), (2000, 1400)], ids=["equal", "more", "less"]
)
def test_networks_late_yes_repays_goodwill_and_the_shopper_has_the_larger(
    made_good, click, noon, alice, commission, reward
):
    before = balance(alice) - CASHBACK
    claims_make.sold(click, at=noon + 30 * DAY, status=APPROVED, commission=commission)
    assert balance(alice) == before + max(reward, CASHBACK)
    claim = fresh(made_good)
    assert claim.status == Status.CREDITED
    assert "takes the place of what we had given you" in words(claim)


def test_taken_back_yes_gives_the_goodwill_again(made_good, click, noon, alice):
    before = balance(alice)
    sale = claims_make.sold(click, at=noon + 30 * DAY, status=APPROVED, commission=20000)
    claims_make.say(sale, DECLINED, at=noon + 40 * DAY)
    assert balance(alice) == before
    assert fresh(made_good).status == Status.COMPENSATED
    claims_make.say(sale, APPROVED, at=noon + 50 * DAY)
    assert balance(alice) == before - CASHBACK + 14000
    assert fresh(made_good).status == Status.CREDITED


def test_pending_sale_of_a_claim_made_good_moves_no_money(made_good, click, noon, alice):
    before = balance(alice)
    claims_make.sold(click, at=noon + 2 * DAY)
    assert balance(alice) == before and fresh(made_good).status == Status.COMPENSATED


def test_order_in_two_sales_repays_by_their_sum(made_good, click, noon, alice):
    before = balance(alice) - CASHBACK
    claims_make.sold(click, at=noon + 2 * DAY, minor=99000, commission=5000, status=APPROVED)
    assert balance(alice) == before + CASHBACK
    claims_make.sold(click, at=noon + 3 * DAY, minor=100000, commission=10000, status=APPROVED)
    assert balance(alice) == before + 3500 + 7000


def test_networks_yes_to_a_rejected_claim_is_booked_and_told(click, noon, kim):
    claim = claims_make.claim(click, at=noon)
    services.move(claim=claim, to=Status.IN_REVIEW, reason="x", at=noon)
    services.reject(claim=claim, agent=kim, reason_code="no_purchase", text="We found nothing.", at=noon)
    claims_make.sold(click, at=noon + 30 * DAY, status=APPROVED)
    assert fresh(claim).status == Status.CREDITED


def test_where_only_paid_sales_are_credited_confirmation_is_not_yet_money(click, noon):
    Click.objects.filter(pk=click.pk).update(credit_on="paid")
    click.refresh_from_db()
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    claims_make.say(sale, APPROVED, at=noon + DAY)
    assert (fresh(claim).status, fresh(claim).reason_code) == (Status.ANSWERED_AUTO, "already_confirmed")
    claims_make.say(sale, APPROVED, at=noon + 2 * DAY, paid=True)
    assert fresh(claim).status == Status.CREDITED


def test_corrected_amount_settles_a_claim_about_it(click, noon):
    sale = claims_make.sold(click, at=noon - DAY, minor=100000, commission=5000)
    claim = claims_make.about(sale, Kind.WRONG_AMOUNT, at=noon, order_minor=199000)
    assert claim.status == Status.IN_REVIEW
    claims_make.say(sale, APPROVED, at=noon + DAY, sale_minor=199000, commission=9950)
    assert fresh(claim).status == Status.CREDITED


def test_wrong_amount_is_not_settled_by_a_credit_alone(click, noon):
    sale = claims_make.sold(click, at=noon - DAY, minor=100000, commission=5000)
    claim = claims_make.about(sale, Kind.WRONG_AMOUNT, at=noon, order_minor=199000)
    claims_make.say(sale, APPROVED, at=noon + DAY)
    assert fresh(claim).status == Status.IN_REVIEW


def unattributed(shop, at, order="AB-1001") -> UnattributedSale:
    sale = make.sale(
        offer_external_id=shop.external_id, order_id=order, occurred_at=at, changed_at=at, observed_at=at
    )
    via = TransactionEvent.Via.POLL
    return purchases.record(sale=sale, account=shop.account, via=via, at=at).unattributed


def test_sale_without_a_shopper_is_shown_to_staff_and_attributing_it_settles(alice, moscow, shop, noon):
    trip = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=2))
    claim = claims_make.claim(trip, at=noon)
    waiting = unattributed(shop, noon - timedelta(hours=1))
    claim = fresh(claim)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "unattributed_sale")
    evidence = TriageRun.objects.filter(claim=claim).latest("pk").results[0]["evidence"]
    assert evidence["sales"][0]["id"] == str(waiting.pk)
    sale = purchases.attribute(sale=waiting, click=trip, at=noon + DAY)
    claims_make.say(sale, APPROVED, at=noon + 2 * DAY)
    assert fresh(claim).status == Status.CREDITED


def test_sale_without_a_shopper_calls_a_person_to_a_claim_at_the_network(click, noon, shop):
    claim = claims_make.claim(click, at=noon)
    unattributed(shop, click.created_at + timedelta(minutes=30))
    claim = fresh(claim)
    assert claim.status == Status.LODGED and claim.ticket.needs_person


def test_claim_that_cannot_follow_never_holds_the_purchase_up(click, noon, alice):
    claim = claims_make.claim(click, at=noon)
    with mock.patch("support.claims.hooks._follow", side_effect=RuntimeError("broken")):
        sale = claims_make.sold(click, at=noon + DAY, status=APPROVED)
    assert Transaction.objects.get(pk=sale.pk).status == "approved"
    assert balance(alice) == CASHBACK
    assert fresh(claim).status == Status.LODGED and fresh(claim).wake_at == noon + DAY
    services.wake_due(at=noon + DAY)
    assert fresh(claim).status == Status.CREDITED


def test_shopper_without_claims_costs_a_purchase_one_query(click, noon, django_assert_num_queries):
    sale = claims_make.sold(click, at=noon)
    with django_assert_num_queries(1):
        hooks.on_settled(sale, noon)


def test_two_grants_for_one_order_are_repaid_by_one_reward_once(made_good, click, noon, alice, kim, acorn):
    again = claims_make.claim(click, at=noon, order_no="AB 1001 ", kind=Kind.UNTRACKED)
    services.contest(claim=again, text="Not enough", at=noon)
    services.ask_goodwill(claim=again, agent=kim, amount_minor=5000, why="He insists", at=noon)
    assert GoodwillGrant.objects.count() == 2
    before = balance(alice) - CASHBACK - 5000
    claims_make.sold(click, at=noon + DAY, status=APPROVED, commission=11000)  # 77.00
    assert balance(alice) == before + max(7700, CASHBACK + 5000)


def test_claim_made_good_under_a_mistyped_number_is_shown_to_a_person_who_links_the_sale(
    click, noon, alice, shop, acorn, kim
):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    before = balance(alice)
    claim = claims_make.claim(click, at=noon, order_no="AB-1010")
    assert claim.status == Status.COMPENSATED
    sale = claims_make.sold(click, at=noon + DAY, status=APPROVED)
    assert balance(alice) == before + 2 * CASHBACK
    claim = fresh(claim)
    assert claim.status == Status.COMPENSATED and claim.ticket.needs_person
    runs = TriageRun.objects.filter(claim=claim, because="similar")
    claims_make.say(sale, APPROVED, at=noon + 2 * DAY, paid=True)
    assert runs.count() == 1
    services.link(claim=claim, sale=sale, agent=kim, at=noon + 3 * DAY)
    assert balance(alice) == before + CASHBACK
    assert (claim.status, claim.transaction) == (Status.CREDITED, sale)


def test_purchase_of_another_is_never_linked(click, noon, moscow, shop, kim):
    claim = claims_make.claim(click, at=noon)
    carol = make.shopper(moscow, "carol")
    sale = claims_make.sold(claims_make.trip(by=carol, on=shop, at=noon - 4 * DAY), at=noon, order="C-1")
    with pytest.raises(services.ClaimRefused) as refusal:
        services.link(claim=claim, sale=sale, agent=kim, at=noon)
    assert refusal.value.code == "not_their_purchase" and fresh(claim).transaction is None


def test_similar_purchase_that_a_person_recognises_answers_the_claim(click, noon, kim):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon, order_no="AB-1010")
    assert claim.reason_code == "similar_sale"
    services.link(claim=claim, sale=sale, agent=kim, at=noon)
    services.look_again(claim=claim, agent=kim, at=noon)
    assert (claim.status, claim.reason_code) == (Status.ANSWERED_AUTO, "already_pending")
