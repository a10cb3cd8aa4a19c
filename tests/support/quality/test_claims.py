"""What came of claims, of networks' answers, and which shop makes people write."""

from dataclasses import replace
from datetime import timedelta

import pytest

from offers.networks.base import SaleStatus
from support.claims.models import NetworkInquiry
from support.quality.measures import claims
from tests import make as base
from tests.support import quality_make as make
from tests.support.quality_make import DAY, HOUR, MONDAY, WEEK
from transactions import services
from transactions.models import Transaction, TransactionEvent


@pytest.fixture
def shop(account):
    return base.offer(at=account, external_id="100", of=base.merchant("Acme"))


def ended(house, *statuses, reason=""):
    for status in statuses:
        claim = make.claim(by=house.alice, team=house.day, opened=MONDAY)
        make.step(claim, "triaging", at=MONDAY)
        make.step(claim, status, at=MONDAY + HOUR, reason=reason)


def test_success_is_credited_and_compensated_of_the_eligible(house):
    ended(house, "credited", "credited", "compensated", "lapsed", "withdrawn", "in_review")
    ended(house, "rejected", reason="goods_excluded")
    ended(house, "rejected", reason="duplicate")

    found = claims.success(WEEK)

    assert (found.credited, found.compensated, found.rejected, found.not_eligible) == (2, 1, 1, 3)
    assert (found.eligible, found.share) == (4, 0.75)
    assert found.refusals == {"goods_excluded": 1}


def test_a_claim_that_ends_twice_in_a_cycle_ends_as_it_ended_last(house):
    claim = make.claim(by=house.alice, team=house.day, opened=MONDAY)
    make.step(claim, "compensated", at=MONDAY)
    make.step(claim, "credited", at=MONDAY + DAY)

    found = claims.success(WEEK)

    assert (found.credited, found.compensated) == (1, 0)


def bought(shopper, offer, *, account, times=1):
    for number in range(times):
        click = base.click(by=shopper, on=offer)
        sale = base.sale(
            click_ref=click.public_id.removeprefix("clk_"),
            status=SaleStatus.APPROVED,
            order_id=f"{offer.pk}-{number}",
            offer_external_id=offer.external_id,
        )
        services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=MONDAY)
    Transaction.objects.update(occurred_at=MONDAY)


def test_contacts_per_thousand_purchases_the_worst_shop_first(house, shop, account):
    silent = base.offer(at=account, external_id="200", of=base.merchant("Silent"))
    good = base.offer(at=account, external_id="300", of=base.merchant("Good"))
    bought(house.alice, shop, account=account, times=8)
    bought(house.alice, good, account=account, times=2)
    for offer, times in ((shop, 2), (silent, 1)):
        for _number in range(times):
            click = base.click(by=house.alice, on=offer)
            make.claim(by=house.alice, team=house.day, opened=MONDAY, click=click)

    found = claims.contacts(WEEK)

    assert [(each.name, each.claims, each.purchases, each.per_thousand) for each in found] == [
        ("Silent", 1, 0, None),
        ("Acme", 2, 8, 250.0),
        ("Good", 0, 2, 0.0),
    ]
    assert claims.contact_rate(found) == 300.0
    assert claims.contact_rate([]) is None


def asked(house, shop, status, days, *, order):
    click = base.click(by=house.alice, on=shop)
    claim = make.claim(by=house.alice, team=house.day, opened=MONDAY, click=click)
    return NetworkInquiry.objects.create(
        partner_id=claim.partner_id,
        claim=claim,
        account=shop.account,
        merchant=shop.merchant,
        kind="untracked",
        transport="api",
        reference=f"ref-{order}",
        order_no=order,
        order_no_norm=order,
        asked={},
        status=status,
        next_attempt_at=MONDAY,
        created_at=MONDAY,
        submitted_at=MONDAY - timedelta(days=days),
        answered_at=MONDAY,
    )


def test_networks_answers_by_account_and_by_merchant(house, shop):
    other = base.offer(at=shop.account, external_id="200", of=base.merchant("Bazaar"))
    asked(house, shop, "accepted", 10, order="1")
    asked(house, shop, "credited", 20, order="2")
    asked(house, shop, "rejected", 30, order="3")
    asked(house, other, "rejected", 40, order="4")
    asked(house, shop, "no_answer", 99, order="5")

    found = claims.approvals(WEEK)

    told = [(each.merchant, each.answered, each.approved, each.days_p50, each.days_p90) for each in found]
    assert told == [
        ("", 4, 2, 25.0, pytest.approx(37)),
        ("Acme", 3, 2, 20.0, pytest.approx(28)),
        ("Bazaar", 1, 0, 40.0, 40.0),
    ]
    assert found[0].share == 0.5


def test_another_partners_claims_are_not_seen(house, shop, bob):
    ended(house, "credited")
    asked(house, shop, "accepted", 10, order="1")
    theirs = replace(WEEK, partner_ids=[bob.partner_id])

    assert claims.success(theirs).eligible == 0
    assert claims.contacts(theirs) == []
    assert claims.approvals(theirs) == []
