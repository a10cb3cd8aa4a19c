"""A claim is judged by all that is known of it, and what is decided is done at once."""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from offers.networks.base import SaleStatus
from support.claims import services
from support.claims.models import Claim, Kind, NetworkInquiry, RuleSwitch, Status, TriageRun
from support.claims.triage import gathering
from support.desk.models import Message, TicketStatus
from support.goodwill.models import GoodwillGrant, GoodwillRefusal
from tests import make
from tests.support import claims_make
from tests.support.claims_make import CASHBACK, DAY
from transactions.ledger import services as ledger
from transactions.ledger.models import Account, AccountKind

# Offer with its facts, policy, its rates, the person's other accounts, trips, own sales, others' sales, sales without a
# shopper, other claims, receipts, an earlier inquiry.
QUERIES = 11


def words(claim) -> str:
    said = Message.objects.filter(ticket=claim.ticket_id, author="system").latest("pk").text
    return said.replace("\N{NO-BREAK SPACE}", " ")


def balance(shopper) -> int:
    account = Account.objects.filter(kind=AccountKind.SHOPPER, owner_id=shopper.pk).first()
    return ledger.balance(account=account) if account else 0


@pytest.mark.parametrize("rows", [1, 3])
def test_facts_are_read_in_few_queries_however_much_there_is(
    click, noon, moscow, shop, rows, django_assert_num_queries
):
    claim = claims_make.claim(click, at=noon)
    for number in range(rows):
        trip = claims_make.trip(by=claim.shopper, on=shop, at=noon - timedelta(days=6, hours=number))
        claims_make.sold(trip, at=noon, order=f"X-{number}")
        other = make.shopper(moscow, f"other-{number}")
        claims_make.claim(claims_make.trip(by=other, on=shop, at=noon - 6 * DAY), at=noon)
    named = ("storefront", "shopper", "click", "transaction")
    claim = Claim.objects.select_related(*named).get(pk=claim.pk)
    with django_assert_num_queries(QUERIES):
        seen = gathering.gather(claim, at=noon)
    assert len(seen.claims) == rows and len(seen.clicks) == rows + 1


def test_run_keeps_every_verdict_with_its_evidence(click, noon):
    claim = claims_make.claim(click, at=noon)
    run = TriageRun.objects.get(claim=claim)
    assert [result["rule"] for result in run.results][:3] == [
        "already_ours",
        "duplicate",
        "no_eligible_click",
    ]
    assert len(run.results) == 14
    assert run.results[2]["evidence"]["clicked_at"] == click.created_at.isoformat()
    assert (run.decision, run.decided_by, run.because) == ("lodge", "complete", "opened")


def test_run_is_never_edited(click, noon):
    claims_make.claim(click, at=noon)
    for change in (lambda: TriageRun.objects.update(decision="answer"), TriageRun.objects.all().delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_tracked_purchase_is_answered_with_its_state_and_its_day(click, noon):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon, order_no="ab 1001")

    assert (claim.status, claim.reason_code) == (Status.ANSWERED_AUTO, "already_pending")
    assert claim.transaction == sale
    assert "RUB 69.65" in words(claim) or "₽69.65" in words(claim)
    assert "Dec 19, 2026" in words(claim)  # the purchase's day and a usual hold of thirty days
    assert "Talk to a person" in words(claim)
    assert claim.ticket.status == TicketStatus.SOLVED and not claim.ticket.needs_person


def test_early_claim_is_put_on_ice_until_a_day_that_is_told(alice, moscow, shop, noon):
    trip = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=3))
    claim = claims_make.claim(trip, at=noon)
    until = noon - timedelta(hours=2, minutes=30) + DAY
    assert (claim.status, claim.wake_at, claim.next_update_due) == (Status.ON_ICE, until, until)
    assert "Nov 25, 2026" in words(claim)
    assert claim.ticket.status == TicketStatus.HOLD


def test_shops_own_window_and_the_networks_are_data(alice, moscow, shop, noon):
    trip = claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY)
    shop.account.claim_after_days = 7
    shop.account.save()
    assert claims_make.claim(trip, at=noon).wake_at == noon - 5 * DAY + timedelta(minutes=30) + 7 * DAY
    make.facts(of=shop, claim_after_days=3, claim_until_days=4)
    claim = claims_make.claim(trip, at=noon, order_no="2")
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "too_late")
    assert "Nov 23, 2026" in words(claim)


def test_shopper_with_a_clean_history_is_paid_first_and_the_network_is_asked_for_ourselves(
    click, noon, alice, shop, acorn
):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    before = balance(alice)

    claim = claims_make.claim(click, at=noon)

    assert (claim.status, claim.reason_code) == (Status.COMPENSATED, "made_good")
    assert claim.closed_at == noon and claim.next_update_due is None
    assert balance(alice) - before == CASHBACK
    assert GoodwillGrant.objects.get(claim=claim).requested_by is None
    assert NetworkInquiry.objects.get(claim=claim).asked["reward_minor"] == 9950
    assert "69.65" in words(claim) and "There is nothing more you need to do" in words(claim)
    assert claim.ticket.status == TicketStatus.SOLVED


def test_shop_that_takes_no_claims_is_made_good_and_nobody_is_asked(click, noon, alice, shop, acorn):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    shop.takes_claims = False
    shop.save()
    claim = claims_make.claim(click, at=noon)
    assert claim.status == Status.COMPENSATED
    assert not NetworkInquiry.objects.exists()


def test_shop_that_takes_no_claims_goes_to_a_person_where_policy_does_not_pay(click, noon, shop):
    shop.takes_claims = False
    shop.save()
    claim = claims_make.claim(click, at=noon)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "takes_no_claims")
    assert GoodwillRefusal.objects.get(claim=claim).code == "no_policy"
    assert "We do not leave it at that" in words(claim)
    assert claim.ticket.needs_person and claim.ticket.owed_since == noon


@pytest.mark.parametrize("hours", [3])
def test_early_claim_is_never_paid_first(alice, moscow, shop, noon, hours):
    claims_make.generous(moscow.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    trip = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=hours))
    assert claims_make.claim(trip, at=noon).status == Status.ON_ICE
    assert not GoodwillGrant.objects.exists()


def test_tracked_duplicate_and_flagged_claims_are_never_paid_first(click, noon, alice, moscow, shop):
    claims_make.generous(moscow.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    carol = make.shopper(moscow, "carol")
    claims_make.with_history(carol, on=shop, at=noon)
    claims_make.sold(click, at=noon - DAY)
    assert claims_make.claim(click, at=noon).status == Status.ANSWERED_AUTO
    hers = claims_make.trip(by=carol, on=shop, at=noon - 4 * DAY)
    assert claims_make.claim(hers, at=noon).status == Status.IN_REVIEW
    assert not GoodwillGrant.objects.exists()


def test_order_made_good_once_is_not_made_good_again(click, noon, alice, shop, acorn):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    first = claims_make.claim(click, at=noon)
    second = claims_make.claim(click, at=noon, order_no="Заказ № AB-1001")
    assert (second.status, second.reason_code) == (Status.ANSWERED_AUTO, "claimed_before")
    assert first.public_number in words(second)
    assert GoodwillGrant.objects.count() == 1


def test_rule_switched_off_leaves_its_answer_to_a_person(click, noon):
    RuleSwitch.objects.create(rule="already_ours", is_on=False, changed_at=noon)
    claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "already_pending")
    assert TriageRun.objects.get(claim=claim).results[0]["verdict"] == "off"


def test_receipt_that_the_network_wants_is_asked_for(alice, moscow, noon):
    account = make.account(network="admitad")
    shop = claims_make.offer(at=account)
    trip = claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY)
    claim = claims_make.claim(trip, at=noon)
    assert (claim.status, claim.reason_code) == (Status.NEED_INFO, "receipt_needed")
    assert "receipt" in words(claim) and "Dec 8, 2026" in words(claim)
    assert claim.ticket.status == TicketStatus.PENDING
    with_it = claims_make.claim(trip, at=noon, order_no="2", files=[("r.png", claims_make.picture())])
    assert with_it.status == Status.LODGED


def test_oldest_order_is_the_networks_unless_an_operator_says_otherwise(alice, moscow, noon):
    account = make.account(network="admitad")
    shop = claims_make.offer(at=account)
    trip = claims_make.trip(by=alice, on=shop, at=noon - 151 * DAY)
    assert claims_make.claim(trip, at=noon).reason_code == "too_late"
    account.claim_until_days = 200
    account.save()
    assert claims_make.claim(trip, at=noon, order_no="2").reason_code == "receipt_needed"


def test_last_trip_before_the_order_replaces_one_that_cannot_have_led_to_it(alice, moscow, shop, noon):
    first = claims_make.trip(by=alice, on=shop, at=noon - 5 * DAY)
    wrong = claims_make.trip(by=alice, on=shop, at=noon - 2 * DAY)
    claim = claims_make.claim(wrong, at=noon, order_at=noon - 4 * DAY)
    assert claim.click_id == first.pk and claim.status == Status.LODGED


def test_person_in_another_storefront_went_later_from_there(alice, moscow, shop, noon, click):
    elsewhere = make.storefront(slug="acorn-two", name="Second")
    elsewhere.partner = moscow.partner
    elsewhere.save()
    twin = make.shopper(elsewhere, "alice")
    claims_make.trip(by=twin, on=shop, at=click.created_at + timedelta(minutes=10))
    claim = claims_make.claim(click, at=noon)
    assert (claim.status, claim.reason_code) == (Status.IN_REVIEW, "later_click_elsewhere")
    assert "acorn-two" not in words(claim) and "Second" not in words(claim)


def test_promise_is_what_the_rates_were_at_the_trip(alice, moscow, shop, noon, click):
    old = shop.rates.get()
    old.replaced_at = noon - DAY
    old.save()
    make.rate(of=shop, value="1", name=old.name, seen_at=noon - DAY)
    assert claims_make.claim(click, at=noon).expected_minor == CASHBACK
    later = claims_make.trip(by=alice, on=shop, at=noon - timedelta(hours=20))
    assert claims_make.claim(later, at=noon, order_no="2").expected_minor == 1393


def test_promise_is_the_clicks_share_not_todays(click, noon, moscow):
    moscow.shopper_percent = Decimal(10)
    moscow.save()
    assert claims_make.claim(click, at=noon).expected_minor == CASHBACK


def test_several_rates_and_unnamed_goods_have_no_promise_and_so_no_payment(click, noon, alice, shop, acorn):
    claims_make.generous(acorn.partner)
    claims_make.with_history(alice, on=shop, at=noon)
    make.rate(of=shop, value="1", name="Phones")
    claims_make.long_ago(shop)
    claim = claims_make.claim(click, at=noon)
    assert claim.expected_minor is None and claim.status == Status.LODGED
    assert claims_make.claim(click, at=noon, order_no="2", goods="phones").expected_minor == 1393


@pytest.mark.parametrize(
    "day, hours",
    [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)],
)
def test_whole_day_is_as_long_as_it_is(day, hours):
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    first, last = gathering.order_span(midnight, "Europe/Berlin")
    assert last.timestamp() - first.timestamp() + 1 == hours * 3600
    moment = midnight + timedelta(hours=12)
    assert gathering.order_span(moment, "Europe/Berlin") == (moment, moment)
    assert gathering.order_span(None, "Europe/Berlin") == (None, None)


@pytest.mark.parametrize(
    "kind, reason", [(Kind.WRONG_AMOUNT, "amount_is_right"), (Kind.LATE_CONFIRM, "already_pending")]
)
def test_question_about_a_purchase_is_answered_where_it_can_be(click, noon, kind, reason):
    sale = claims_make.sold(click, at=noon - DAY)
    claim = claims_make.about(sale, kind, at=noon)
    assert (claim.status, claim.reason_code) == (Status.ANSWERED_AUTO, reason)


def test_declined_purchase_is_explained_and_a_receipt_takes_it_to_a_person(click, noon):
    sale = claims_make.sold(click, at=noon - DAY, status=SaleStatus.DECLINED, decline_reason="возврат товара")
    claim = claims_make.about(sale, Kind.DECLINED, at=noon)
    assert (claim.status, claim.reason_code) == (Status.ANSWERED_AUTO, "declined_sale")
    assert "The goods were returned." in words(claim)
    services.withdraw(claim=claim, at=noon)
    again = claims_make.about(sale, Kind.DECLINED, at=noon, files=[("r.png", claims_make.picture())])
    assert (again.status, again.reason_code) == (Status.IN_REVIEW, "declined_disputed")


def test_payout_problem_goes_to_a_person(alice, noon, moscow):
    claim = services.open_claim(
        shopper=alice,
        kind=Kind.PAYOUT_PROBLEM,
        text="No money came.",
        via="storefront",
        language="en",
        at=noon,
    )
    assert claim.status == Status.IN_REVIEW and claim.merchant is None
    assert "payout" in words(claim) and "Nov 25, 2026" in words(claim)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_every_answer_names_what_was_found_what_follows_and_the_way_to_a_person(click, noon, language):
    claims_make.sold(click, at=noon - DAY)
    claim = claims_make.claim(click, at=noon, language=language)
    paragraphs = words(claim).split("\n\n")
    assert len(paragraphs) == 4
    assert claim.ticket.language == language
