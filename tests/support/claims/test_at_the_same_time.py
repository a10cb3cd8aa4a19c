"""Two at the same moment: one order is judged once, one claim is opened once, one sale settles once."""

import pytest

from cashback.lib.errors import DomainError
from support.claims import services
from support.claims.models import Claim, Status
from support.goodwill.models import GoodwillGrant
from tests import make
from tests.support import claims_make
from tests.support.claims.test_triage import balance
from tests.support.claims_make import CASHBACK, DAY
from tests.support.desk_make import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_shoppers_who_claim_one_order_at_once_one_at_most_is_paid(alice, moscow, shop, noon):
    claims_make.generous(moscow.partner)
    people = [alice, make.shopper(moscow, "carol")]
    trips = []
    for who in people:
        who.storefront = moscow
        claims_make.with_history(who, on=shop, at=noon)
        trips.append(claims_make.trip(by=who, on=shop, at=noon - 5 * DAY))

    together(*(lambda trip=trip: claims_make.claim(trip, at=noon) for trip in trips))

    found = sorted(Claim.objects.values_list("status", flat=True))
    assert found == [Status.COMPENSATED, Status.IN_REVIEW]
    assert GoodwillGrant.objects.count() == 1


def test_of_two_claims_for_one_order_from_two_windows_one_is_opened(click, noon):
    found = together(*[lambda: claims_make.claim(click, at=noon)] * 3)
    assert Claim.objects.count() == 1
    refused = [each for each in found if isinstance(each, DomainError)]
    assert [refusal.code for refusal in refused] == ["claimed_already"] * 2
    assert {refusal.claim for refusal in refused} == {Claim.objects.get()}


def test_limit_holds_for_claims_at_once(click, noon, acorn):
    from support.claims.models import ClaimPolicy

    ClaimPolicy.objects.create(for_partner=acorn.partner, most_open=2)
    together(*(lambda n=n: claims_make.claim(click, at=noon, order_no=f"N-{n}") for n in range(5)))
    assert Claim.objects.count() == 2


def test_two_sweepers_wake_each_claim_once(alice, moscow, shop, noon):
    for number in range(4):
        trip = claims_make.trip(by=alice, on=shop, at=noon - DAY / 8)
        claims_make.claim(trip, at=noon, order_no=f"N-{number}", order_minor=1000 * (number + 1))
    woken = together(*[lambda: services.wake_due(at=noon + 2 * DAY)] * 2)
    assert sum(woken) == 4
    assert all(claim.steps.filter(to_status=Status.LODGED).count() == 1 for claim in Claim.objects.all())


def test_sale_and_sweeper_at_once_leave_one_credit(alice, moscow, shop, noon):
    trip = claims_make.trip(by=alice, on=shop, at=noon - DAY / 8)
    claim = claims_make.claim(trip, at=noon)
    later = noon + 2 * DAY
    together(
        lambda: claims_make.sold(trip, at=later, status="approved") and None,
        lambda: services.wake_due(at=later),
    )
    services.wake_due(at=later)
    claim.refresh_from_db()
    assert balance(alice) == CASHBACK
    # Told by the sale that it came, or by the sweeper that it is there, and by one of them only.
    told = list(
        claim.steps.filter(reason_code__in=["credited", "already_credited"]).values_list(
            "to_status", flat=True
        )
    )
    assert told in ([Status.CREDITED], [Status.ANSWERED_AUTO]) and claim.status == told[0]
