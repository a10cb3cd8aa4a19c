"""The fourteen rules, one by one: what makes each speak, what does not, and the very edge. No database."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from support.claims.models import BoughtIn, Kind, PaidWith, Status
from support.claims.triage import rules
from support.claims.triage.facts import (
    ClaimSeen,
    ClickSeen,
    Facts,
    RateSeen,
    SaleSeen,
    Terms,
    Window,
    mine,
)
from support.claims.triage.run import judge
from support.claims.triage.verdicts import Decision, Said

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)
CLICKED = NOW - 5 * DAY
ORDERED = CLICKED + 30 * MINUTE
HERE, THERE = uuid.uuid4(), uuid.uuid4()
CLICK = ClickSeen(id=uuid.uuid4(), at=CLICKED, storefront_id=HERE)
TERMS = Terms(
    rates=[RateSeen(name="Everything", percent=Decimal(5))], shopper_percent=Decimal(70), digest="d" * 16
)


def seen(**facts) -> Facts:
    """A missing purchase of 1 990.00, made half an hour after a trip of five days ago; nothing speaks against it."""
    defaults = {
        "now": NOW,
        "kind": Kind.UNTRACKED,
        "order_no": "AB-1001",
        "order_from": ORDERED,
        "order_until": ORDERED,
        "order_minor": 199000,
        "currency": "RUB",
        "click": CLICK,
        "clicks": [CLICK],
        "window": Window(first=DAY, last=60 * DAY),
        "terms": TERMS,
    }
    return Facts(**{**defaults, **facts})


def sale(**facts) -> SaleSeen:
    defaults = {
        "id": uuid.uuid4(),
        "is_mine": True,
        "status": "pending",
        "order_id": "AB-1001",
        "sale_minor": 199000,
        "cashback_minor": 6965,
        "click_id": CLICK.id,
        "occurred_at": ORDERED,
        "expected_at": NOW + 30 * DAY,
    }
    return SaleSeen(**{**defaults, **facts})


def said(rule, facts):
    """Decision and reason of a decisive verdict; else what it was."""
    verdict = rule(facts)
    return (verdict.decision, verdict.reason) if verdict.is_decisive else verdict.said


# 1. Already ours


@pytest.mark.parametrize(
    "typed",
    ["AB-1001", "ab 1001", "№ AB1001", "Заказ №AB-1001", "АВ-1001", "order AB_1001", "Order no.: AB1001"],
)
def test_sale_of_the_order_is_ours_however_its_number_is_typed(typed):
    found = said(rules.already_ours, seen(order_no=typed, sales=[sale(click_id=None)]))
    assert found == (Decision.ANSWER, "already_pending")


@pytest.mark.parametrize(
    "reported, reason",
    [
        ({"status": "approved", "is_credited": True}, "already_credited"),
        ({"status": "approved"}, "already_confirmed"),
        ({"status": "approved", "expected_at": NOW - 90 * DAY}, "already_confirmed"),
        ({"status": "pending"}, "already_pending"),
        ({"status": "pending", "expected_at": None}, "already_pending"),
    ],
)
def test_sale_is_told_as_it_stands(reported, reason):
    assert said(rules.already_ours, seen(sales=[sale(**reported)])) == (Decision.ANSWER, reason)


def test_answer_names_the_day_of_the_decision():
    verdict = rules.already_ours(seen(sales=[sale()]))
    assert verdict.until == NOW + 30 * DAY and verdict.evidence["cashback_minor"] == 6965


def test_decision_is_overdue_once_its_day_and_a_day_of_grace_have_passed():
    edge = sale(expected_at=NOW - DAY)
    assert said(rules.already_ours, seen(sales=[edge])) == (Decision.ANSWER, "already_pending")
    late = rules.already_ours(seen(sales=[replace(edge, expected_at=NOW - DAY - SECOND)]))
    assert (late.decision, late.reason, late.kind) == (
        Decision.REVIEW,
        "confirmation_overdue",
        Kind.LATE_CONFIRM,
    )


@pytest.mark.parametrize(
    "reported, decision, reason",
    [
        (199000, Decision.ANSWER, "already_pending"),
        (195020, Decision.ANSWER, "already_pending"),  # two per cent less, to the kopeck
        (195019, Decision.REVIEW, "wrong_amount"),
        (250000, Decision.ANSWER, "already_pending"),  # more is nobody's complaint
        (None, Decision.ANSWER, "already_pending"),
    ],
)
def test_amount_may_differ_by_two_per_cent(reported, decision, reason):
    assert said(rules.already_ours, seen(sales=[sale(sale_minor=reported)])) == (decision, reason)


def test_order_at_less_than_was_paid_becomes_a_claim_about_its_amount():
    assert rules.already_ours(seen(sales=[sale(sale_minor=100000)])).kind == Kind.WRONG_AMOUNT


def test_parts_of_one_order_are_counted_together():
    parts = [sale(sale_minor=99000), sale(sale_minor=100000)]
    verdict = rules.already_ours(seen(sales=parts))
    assert verdict.reason == "already_pending" and verdict.evidence["cashback_minor"] == 2 * 6965


def test_order_of_which_a_part_is_declined_goes_to_a_person():
    parts = [sale(sale_minor=99000), sale(sale_minor=100000, status="declined")]
    assert said(rules.already_ours, seen(sales=parts)) == (Decision.REVIEW, "partly_declined")


@pytest.mark.parametrize("percent", [10, 20, 22])
def test_difference_of_vat_is_explained_where_the_shop_counts_without(percent):
    counted = 199000 * 100 // (100 + percent)
    terms = replace(TERMS, deductions=("vat",))
    verdict = rules.already_ours(seen(sales=[sale(sale_minor=counted)], terms=terms))
    assert (verdict.reason, verdict.evidence["counted_without"]) == ("already_pending", "vat")
    assert said(rules.already_ours, seen(sales=[sale(sale_minor=counted)])) == (
        Decision.REVIEW,
        "wrong_amount",
    )


@pytest.mark.parametrize("occurred", [ORDERED - DAY, ORDERED, ORDERED + DAY])
def test_sale_of_the_trip_with_day_and_amount_is_ours_under_a_number_of_the_networks(occurred):
    found = sale(order_id="x7781", occurred_at=occurred)
    assert said(rules.already_ours, seen(sales=[found])) == (Decision.ANSWER, "already_pending")


@pytest.mark.parametrize(
    "facts",
    [
        {"occurred_at": ORDERED + DAY + SECOND},
        {"occurred_at": ORDERED - DAY - SECOND},
        {"sale_minor": 190000},
        {"click_id": uuid.uuid4()},
        {"is_mine": False},
    ],
)
def test_sale_that_differs_in_one_of_them_is_not(facts):
    assert said(rules.already_ours, seen(sales=[sale(order_id="x7781", **facts)])) == Said.PASSED


def test_sale_with_another_number_of_the_same_kind_is_for_a_person():
    """A slip of the pen, or the second of two equal orders: a machine cannot tell."""
    found = said(rules.already_ours, seen(sales=[sale(order_id="AB-1010")]))
    assert found == (Decision.REVIEW, "similar_sale")


def test_sale_of_the_trip_without_amount_is_for_a_person():
    found = said(rules.already_ours, seen(sales=[sale(order_id="x1", sale_minor=None)]))
    assert found == (Decision.REVIEW, "similar_sale")


def test_sale_without_a_shopper_that_is_this_order_is_for_staff_to_attribute():
    waiting = sale(is_mine=False, is_unattributed=True, click_id=None)
    assert said(rules.already_ours, seen(sales=[waiting])) == (Decision.REVIEW, "unattributed_sale")
    unnamed = replace(waiting, order_id="x7781")
    assert said(rules.already_ours, seen(sales=[unnamed])) == (Decision.REVIEW, "unattributed_sale")
    for other in ({"order_id": "AB-9999"}, {"order_id": "x1", "sale_minor": 199001}):
        assert said(rules.already_ours, seen(sales=[replace(waiting, **other)])) == Said.PASSED


def test_late_confirmation_is_told_its_day_or_goes_to_a_person():
    told = sale()
    facts = seen(kind=Kind.LATE_CONFIRM, told_sale_id=told.id, sales=[told])
    assert said(rules.already_ours, facts) == (Decision.ANSWER, "already_pending")
    late = replace(told, expected_at=NOW - 2 * DAY)
    assert said(rules.already_ours, replace(facts, sales=[late])) == (Decision.REVIEW, "confirmation_overdue")


def test_right_amount_is_explained_and_a_wrong_one_goes_to_a_person():
    told = sale()
    facts = seen(kind=Kind.WRONG_AMOUNT, told_sale_id=told.id, sales=[told])
    assert said(rules.already_ours, facts) == (Decision.ANSWER, "amount_is_right")
    for wrong in ({"cashback_minor": 3000}, {"sale_minor": 99000}, {"sale_minor": None}):
        changed = replace(facts, sales=[replace(told, **wrong)])
        assert said(rules.already_ours, changed) == (Decision.REVIEW, "wrong_amount")
    untold = replace(facts, terms=replace(TERMS, rates=[]))
    assert said(rules.already_ours, untold) == (Decision.REVIEW, "wrong_amount")


def test_decline_that_was_taken_back_is_told():
    told = sale(status="approved", is_credited=True)
    facts = seen(kind=Kind.DECLINED, told_sale_id=told.id, sales=[told])
    assert said(rules.already_ours, facts) == (Decision.ANSWER, "already_credited")


# 2. Duplicate


def other(**facts) -> ClaimSeen:
    defaults = {"id": uuid.uuid4(), "number": "C-10001", "is_mine": True, "status": "rejected", "reason": ""}
    return ClaimSeen(**{**defaults, **facts})


def test_order_of_another_goes_to_a_person_with_a_flag():
    for facts in ({"claims": [other(is_mine=False)]}, {"sales": [sale(is_mine=False)]}):
        verdict = rules.duplicate(seen(**facts))
        assert (verdict.decision, verdict.reason) == (Decision.REVIEW, "order_of_another")
        assert verdict.flags == ("order_of_another",)


@pytest.mark.parametrize(
    "status, expected",
    [
        (Status.CREDITED, (Decision.ANSWER, "claimed_before")),
        (Status.COMPENSATED, (Decision.ANSWER, "claimed_before")),
        (Status.REJECTED, (Decision.REVIEW, "claimed_again")),
        (Status.LAPSED, (Decision.REVIEW, "claimed_again")),
        (Status.WITHDRAWN, Said.PASSED),
    ],
)
def test_own_earlier_claim_decides_by_what_became_of_it(status, expected):
    assert said(rules.duplicate, seen(claims=[other(status=status)])) == expected


def test_first_claim_for_an_order_is_no_duplicate():
    assert said(rules.duplicate, seen()) == Said.PASSED
    assert said(rules.duplicate, seen(sales=[sale(is_mine=False, order_id="AB-2")])) == Said.PASSED


# 3–5. Trips


def click(at, storefront=HERE) -> ClickSeen:
    return ClickSeen(id=uuid.uuid4(), at=at, storefront_id=storefront)


@pytest.mark.parametrize(
    "clicked, expected",
    [
        (ORDERED - MINUTE, Said.PASSED),
        (ORDERED - 30 * DAY, Said.PASSED),
        (ORDERED - 30 * DAY - SECOND, (Decision.REVIEW, "no_eligible_click")),
        (ORDERED + 5 * MINUTE, Said.PASSED),  # clocks differ
        (ORDERED + 6 * MINUTE, Said.PASSED),  # that is the next rule's
    ],
)
def test_trip_counts_for_thirty_days(clicked, expected):
    trip = click(clicked)
    assert said(rules.no_eligible_click, seen(click=trip, clicks=[trip])) == expected


def test_another_trip_to_the_shop_counts_as_well():
    old = click(ORDERED - 40 * DAY)
    facts = seen(click=old, clicks=[click(ORDERED - DAY), old])
    assert said(rules.no_eligible_click, facts) == Said.PASSED


def test_shops_with_a_longer_cookie_count_longer():
    old = click(ORDERED - 40 * DAY)
    facts = seen(click=old, clicks=[old], attribution=45 * DAY)
    assert said(rules.no_eligible_click, facts) == Said.PASSED


@pytest.mark.parametrize(
    "clicked, expected",
    [
        (ORDERED + 5 * MINUTE, Said.PASSED),
        (ORDERED + 5 * MINUTE + SECOND, (Decision.REVIEW, "order_before_click")),
        (ORDERED - MINUTE, Said.PASSED),
    ],
)
def test_order_before_the_trip_by_more_than_five_minutes_goes_to_a_person(clicked, expected):
    trip = click(clicked)
    assert said(rules.order_before_click, seen(click=trip, clicks=[trip])) == expected


def test_order_of_a_day_is_before_a_trip_of_the_next_day_only():
    day = {"order_from": NOW - 3 * DAY, "order_until": NOW - 2 * DAY - SECOND}
    same, next_day = click(NOW - 2 * DAY - 600 * SECOND), click(NOW - 2 * DAY + 5 * MINUTE)
    assert said(rules.order_before_click, seen(click=same, clicks=[same], **day)) == Said.PASSED
    found = said(rules.order_before_click, seen(click=next_day, clicks=[next_day], **day))
    assert found == (Decision.REVIEW, "order_before_click")


def test_order_between_two_trips_is_the_first_ones():
    first, second = click(ORDERED - DAY), click(ORDERED + DAY)
    facts = seen(click=second, clicks=[second, first])
    assert said(rules.order_before_click, facts) == Said.PASSED
    assert facts.eligible_click == first


@pytest.mark.parametrize(
    "at, expected",
    [
        (CLICKED + SECOND, (Decision.REVIEW, "later_click_elsewhere")),
        (ORDERED - SECOND, (Decision.REVIEW, "later_click_elsewhere")),
        (CLICKED, Said.PASSED),
        (ORDERED, Said.PASSED),
        (CLICKED - DAY, Said.PASSED),
    ],
)
def test_last_click_wins_between_storefronts(at, expected):
    facts = seen(clicks_elsewhere=[click(at, THERE)])
    assert said(rules.later_click_elsewhere, facts) == expected


# 6–8. When, and whether anybody takes it


def test_claim_is_early_until_the_first_day_has_come():
    edge = ORDERED + DAY
    assert said(rules.too_early, seen(now=edge)) == Said.PASSED
    verdict = rules.too_early(seen(now=edge - SECOND))
    assert (verdict.decision, verdict.until) == (Decision.ICE, edge)


def test_a_sale_that_was_declined_already_is_not_waited_for():
    assert judge(seen(now=ORDERED, sales=[sale(status="declined")])).rule == "declined_sale"


def test_claim_of_a_day_is_early_by_the_days_end():
    day = {"order_from": NOW - 2 * DAY, "order_until": NOW - DAY - SECOND}
    assert said(rules.too_early, seen(**day)) == Said.PASSED
    assert rules.too_early(seen(**{**day, "order_until": NOW - DAY + SECOND})).decision == Decision.ICE


def test_claim_is_late_once_the_last_day_has_passed():
    edge = ORDERED + 60 * DAY
    assert said(rules.too_late, seen(now=edge)) == Said.PASSED
    assert said(rules.too_late, seen(now=edge + SECOND)) == (Decision.GOODWILL, "too_late")
    endless = seen(now=edge + 900 * DAY, window=Window(first=DAY, last=None))
    assert said(rules.too_late, endless) == Said.PASSED


def test_shop_that_takes_no_claims_is_made_good_by_us():
    facts = seen(terms=replace(TERMS, takes_claims=False))
    assert said(rules.takes_no_claims, facts) == (Decision.GOODWILL, "takes_no_claims")
    assert said(rules.takes_no_claims, seen()) == Said.PASSED


def test_nothing_is_paid_for_want_of_a_road_before_the_terms_are_asked():
    terms = replace(TERMS, takes_claims=False, exclusions=["Gift cards"])
    found = judge(seen(terms=terms, goods="gift  cards"))
    assert (found.rule, found.decision) == ("excluded_goods", Decision.ANSWER)
    assert judge(seen(terms=terms)).decision == Decision.GOODWILL


# 9–11. Terms


def test_goods_at_nothing_are_explained_and_mixed_or_unknown_ones_go_on():
    rates = [RateSeen(name="Clothes", percent=Decimal(5)), RateSeen(name="Tyres", percent=Decimal(0))]
    terms = replace(TERMS, rates=rates, exclusions=["Алкоголь", "Alcohol"])
    for goods in ("Tyres", " tyres ", "алкоголь", "Alcohol"):
        found = said(rules.excluded_goods, seen(terms=terms, goods=goods))
        assert found == (Decision.ANSWER, "excluded_goods")
    for goods in ("", "Clothes", "Tyres and clothes", "winter tyres"):
        assert said(rules.excluded_goods, seen(terms=terms, goods=goods)) == Said.PASSED


def test_goods_paid_in_one_country_and_not_in_another_go_on():
    rates = [
        RateSeen(name="Tyres", percent=Decimal(0), country="KZ"),
        RateSeen(name="Tyres", percent=Decimal(3)),
    ]
    facts = seen(terms=replace(TERMS, rates=rates), goods="Tyres")
    assert said(rules.excluded_goods, facts) == Said.PASSED


@pytest.mark.parametrize(
    "code, other_codes, expected",
    [
        ("WELCOME", False, Said.PASSED),
        (" welcome ", False, Said.PASSED),
        ("BLOGGER", False, (Decision.ANSWER, "other_coupon")),
        ("BLOGGER", True, Said.PASSED),
        ("BLOGGER", None, Said.UNDECIDED),
        ("", False, Said.PASSED),
    ],
)
def test_code_from_elsewhere_matters_where_the_shop_says_so(code, other_codes, expected):
    terms = replace(TERMS, our_codes=frozenset({"welcome"}), counts_with_other_codes=other_codes)
    assert said(rules.other_coupon, seen(terms=terms, coupon_used=code)) == expected


@pytest.mark.parametrize(
    "told, terms, expected",
    [
        ({"paid_with": PaidWith.GIFT_CARD}, {"deductions": ("gift_cards",)}, "paid_by_gift_card"),
        ({"paid_with": PaidWith.GIFT_CARD}, {"deductions": ("vat",)}, None),
        ({"paid_with": PaidWith.POINTS}, {"deductions": ("bonuses",)}, "paid_by_points"),
        ({"paid_with": PaidWith.POINTS}, {}, None),
        ({"bought_in": BoughtIn.APP}, {"counts_in_app": False}, "bought_in_app"),
        ({"bought_in": BoughtIn.APP}, {"counts_in_app": True}, None),
        (
            {"bought_in": BoughtIn.WEB},
            {"counts_in_app": False, "deductions": ("gift_cards", "bonuses")},
            None,
        ),
    ],
)
def test_way_of_paying_matters_where_the_shop_says_so(told, terms, expected):
    verdict = rules.paid_otherwise(seen(terms=replace(TERMS, **terms), **told))
    assert verdict.reason == (expected or "")
    assert verdict.is_decisive == bool(expected)


# 12–14


def test_declined_sale_is_explained_and_a_receipt_takes_it_to_a_person():
    declined = sale(status="declined", decline_reason="возврат")
    facts = seen(sales=[declined])
    assert said(rules.already_ours, facts) == Said.PASSED
    assert said(rules.declined_sale, facts) == (Decision.ANSWER, "declined_sale")
    assert said(rules.declined_sale, replace(facts, has_receipt=True)) == (
        Decision.REVIEW,
        "declined_disputed",
    )
    assert said(rules.declined_sale, seen(sales=[sale()])) == Said.PASSED
    assert said(rules.declined_sale, seen()) == Said.PASSED


@pytest.mark.parametrize(
    "precheck, expected",
    [
        ("", Said.UNDECIDED),
        ("unknown", Said.PASSED),
        ("ours", (Decision.REVIEW, "network_has_it")),
        ("counted_elsewhere", (Decision.REVIEW, "counted_elsewhere")),
    ],
)
def test_networks_check_is_heard(precheck, expected):
    assert said(rules.network_precheck, seen(precheck=precheck)) == expected


def test_complete_claim_is_lodged_and_an_incomplete_one_asks():
    assert said(rules.complete, seen()) == (Decision.LODGE, "lodge")
    for missing, facts in {
        "order_no": {"order_no": "№"},
        "order_at": {"order_from": None, "order_until": None},
        "order_amount": {"order_minor": None},
    }.items():
        verdict = rules.complete(seen(**facts))
        assert (verdict.decision, verdict.evidence["missing"]) == (Decision.ASK, [missing])


def test_network_that_wants_a_receipt_gets_one():
    assert said(rules.complete, seen(needs_receipt=True)) == (Decision.ASK, "receipt_needed")
    assert said(rules.complete, seen(needs_receipt=True, has_receipt=True)) == (Decision.LODGE, "lodge")


def test_flagged_claim_and_every_other_kind_go_to_a_person():
    assert said(rules.complete, seen(flags=["receipt_seen_before"])) == (Decision.REVIEW, "flagged")
    for kind in (Kind.DECLINED, Kind.WRONG_AMOUNT, Kind.LATE_CONFIRM, Kind.PAYOUT_PROBLEM):
        assert judge(seen(kind=kind)).decision == Decision.REVIEW


# All together


def test_there_are_fourteen_rules_and_all_their_verdicts_are_kept():
    found = judge(seen())
    assert [name for name, _ in found.results] == [rule.__name__ for rule in rules.RULES]
    assert len(rules.RULES) == 14 and found.rule == "complete"


def test_first_decisive_verdict_wins():
    found = judge(seen(now=ORDERED, sales=[sale()]))
    assert found.rule == "already_ours"
    assert judge(seen(now=ORDERED)).rule == "too_early"


def test_rule_that_is_switched_off_answers_nothing_and_its_finding_goes_to_a_person():
    found = judge(seen(sales=[sale()]), switched_off={"already_ours"})
    assert (found.rule, found.decision, found.reason) == ("already_ours", Decision.REVIEW, "already_pending")
    assert dict(found.results)["already_ours"].said == Said.OFF
    assert judge(seen(), switched_off={"already_ours"}).decision == Decision.LODGE


def test_money_decisions_that_hurt_always_go_to_a_person():
    hurting = {
        "duplicate": {"claims": [other(is_mine=False)]},
        "no_eligible_click": {"click": (old := click(ORDERED - 90 * DAY)), "clicks": [old]},
        "order_before_click": {"click": (late := click(ORDERED + DAY)), "clicks": [late]},
        "later_click_elsewhere": {"clicks_elsewhere": [click(ORDERED - SECOND, THERE)]},
    }
    for rule, facts in hurting.items():
        found = judge(seen(**facts))
        assert (found.rule, found.decision) == (rule, Decision.REVIEW)


def test_linked_purchase_is_the_claims_whatever_its_number():
    told = sale(order_id="another")
    assert mine(seen(told_sale_id=told.id, sales=[told])) == [told]
