"""Writes golden.json: claims as they happen, each with what had really happened.

A story is told first (what was bought, what the shop did, what the shopper remembers of it) and labelled with its
truth; what the rules make of it is never asked here. Run it after changing a story:
`python -m tests.support.claims.golden_make`.
"""

import json
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

PLACE = Path(__file__).with_name("golden.json")
MOSCOW, BERLIN = "Europe/Moscow", "Europe/Berlin"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=ZoneInfo(MOSCOW))
DAY, HOUR, MINUTE, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)

# What can be true of a claim. Of the first ones the shopper can be told the whole truth without a person.
TOLD = (
    "pending",  # tracked; the shop has not decided
    "confirmed",  # tracked and confirmed; not paid to us yet
    "credited",  # in the balance
    "declined",  # the shop said no, and nothing speaks against that
    "early",  # bought so lately that the shop's report may still come
    "excluded",  # goods without cashback
    "coupon",  # a foreign code that the shop does not pay for
    "gift_card",
    "points",
    "app",
    "paid_before",  # settled in an earlier claim
)
NOT_TOLD = (
    "untracked",  # bought after the trip, and the shop never reported it
    "amount",  # tracked at too little
    "disputed",  # declined, and the shopper has a receipt
    "overdue",  # the shop should have decided
    "of_another",  # somebody else's order
    "no_trip",  # no trip led to it
    "before_trip",
    "elsewhere",  # came from another storefront last
    "too_late",
    "no_claims",
    "unattributed",  # reported without a click
    "settled_badly",  # an earlier claim ended without money
)

cases = []
_numbers = count(1)


def tell(
    truth, story, *, zone=MOSCOW, currency="RUB", now=NOW, shop=None, trips=(), sales=(), earlier=(), **claim
):
    assert truth in (*TOLD, *NOT_TOLD), truth
    cases.append(
        {
            "id": next(_numbers),
            "truth": truth,
            "story": story,
            "zone": zone,
            "currency": currency,
            "now": now.isoformat(),
            "shop": shop or {},
            "trips": [{**each, "at": each["at"].isoformat()} for each in trips],
            "sales": [{**each, "at": each["at"].isoformat()} for each in sales],
            "earlier": list(earlier),
            "claim": {**claim, "at": claim["at"].isoformat()},
        }
    )


def trip(at, who="alice"):
    return {"at": at, "who": who}


def sale(at, *, order="AB-1001", minor=199000, status="pending", of=0, **facts):
    return {"at": at, "order": order, "minor": minor, "status": status, "trip": of, **facts}


def usual(days=5, after=30 * MINUTE, now=NOW):
    """A trip some days ago, and the order some minutes later."""
    clicked = now - days * DAY
    return clicked, clicked + after


def tracked_under_its_number():
    typed = [
        "AB-1001", "ab-1001", "AB1001", "ab 1001", " AB-1001 ", "№AB-1001", "№ ab1001", "#AB-1001", "AB_1001",
        "AB—1001", "AB.1001", "AB/1001", "Заказ AB-1001", "заказ № AB-1001", "Заказ №AB-1001", "Номер заказа: AB-1001",
        "order AB-1001", "Order no. AB-1001", "Order #AB-1001", "order number: ab 1001", "АВ-1001", "ав1001", "аb-1001",
        "A B 1 0 0 1", "«AB-1001»", "AB-1001.", "(AB-1001)", "ORDER AB 1001", "AB\u00a01001", "AB‑1001",
    ]  # fmt: skip
    for number, order in enumerate(typed):
        clicked, ordered = usual(days=2 + number % 20)
        status, truth = [("pending", "pending"), ("approved", "credited")][number % 2]
        tell(
            truth,
            f"tracked; typed as {order!r}",
            trips=[trip(clicked)],
            sales=[sale(ordered, status=status)],
            trip=0,
            order=order,
            minor=199000,
            at=ordered,
        )


def tracked_in_every_state():
    for minor in (100, 4990, 199000, 1250000, 99999900):
        for status, paid, credit_on, truth in [
            ("pending", False, "approved", "pending"),
            ("approved", False, "approved", "credited"),
            ("approved", False, "paid", "confirmed"),
            ("approved", True, "paid", "credited"),
            ("declined", False, "approved", "declined"),
        ]:
            clicked, ordered = usual(days=9)
            tell(
                truth,
                f"{status}, {'paid' if paid else 'not paid'}, credited when {credit_on}, {minor}",
                currency="USD" if minor == 4990 else "RUB",
                shop={"credit_on": credit_on},
                trips=[trip(clicked)],
                sales=[sale(ordered, status=status, minor=minor, paid=paid)],
                trip=0,
                order="AB-1001",
                minor=minor,
                at=ordered,
            )


def amounts_that_differ():
    for part, truth in [(100, "pending"), (99, "pending"), (98, "pending"), (97, "amount"), (90, "amount"),
                        (50, "amount"), (10, "amount"), (101, "pending"), (130, "pending")]:  # fmt: skip
        clicked, ordered = usual()
        tell(
            truth,
            f"the shop counts {part} % of what was paid",
            trips=[trip(clicked)],
            sales=[sale(ordered, minor=199000 * part // 100)],
            trip=0, order="AB-1001", minor=199000, at=ordered,
        )  # fmt: skip
    for vat in (10, 20, 22):
        clicked, ordered = usual()
        without = 199000 * 100 // (100 + vat)
        tell("pending", f"counted without {vat} % of VAT, as the shop says that it does",
             shop={"deductions": ["vat"]}, trips=[trip(clicked)], sales=[sale(ordered, minor=without)],
             trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
        tell("amount", f"less by {vat} % of VAT in a shop that never said so",
             trips=[trip(clicked)], sales=[sale(ordered, minor=without)],
             trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
    clicked, ordered = usual()
    tell("amount", "a sixth was returned, in a shop that counts without VAT anyhow: it looks like VAT and is not",
         shop={"deductions": ["vat"]}, trips=[trip(clicked)], sales=[sale(ordered, minor=199000 * 5 // 6)],
         trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
    tell("pending", "the order came in two sales, which are the whole of it",
         trips=[trip(clicked)], sales=[sale(ordered, minor=100000), sale(ordered, minor=99000)],
         trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
    tell("amount", "of two sales of the order one was declined",
         trips=[trip(clicked)], sales=[sale(ordered, minor=100000), sale(ordered, minor=99000, status="declined")],
         trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
    tell("pending", "the network tells no amount", trips=[trip(clicked)], sales=[sale(ordered, minor=None)],
         trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip


def tracked_under_another_number():
    for number, order in enumerate(["7781", "x-99", "", "9000000123", "MP/1/2", "a1b2c3"]):
        for hours in (0, 23, -20):
            clicked, ordered = usual(days=6 + number)
            tell("pending", f"the network reports a number of its own, {order!r}, {hours} hours apart",
                 trips=[trip(clicked)], sales=[sale(ordered + hours * HOUR, order=order)],
                 trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
    clicked, ordered = usual()
    for order, slip in [("AB-1010", "two digits swapped"), ("AB-100", "the last one forgotten"),
                        ("AB-11001", "one too many"), ("AB-1007", "1 read as 7")]:  # fmt: skip
        tell("pending", f"the shopper mistyped it: {slip}", trips=[trip(clicked)],
             sales=[sale(ordered, order="AB-1001")], trip=0, order=order, minor=199000, at=ordered)  # fmt: skip
    for order in ("AB-1002", "AB-1000", "AB-1003", "AB-999"):
        tell("untracked", f"two equal orders on one trip; this one, {order}, was not reported",
             trips=[trip(clicked)], sales=[sale(ordered, order="AB-1001")],
             trip=0, order=order, minor=199000, at=ordered + 10 * MINUTE)  # fmt: skip
    tell("untracked", "two equal orders on one trip; the one reported has a number of the network's",
         trips=[trip(clicked)], sales=[sale(ordered, order="7781")],
         trip=0, order="AB-1002", minor=199000, at=ordered + 10 * MINUTE)  # fmt: skip
    for minor in (150000, 20000, 600000):
        tell("untracked", f"another order of the trip, of {minor}, was reported",
             trips=[trip(clicked)], sales=[sale(ordered, order="7781", minor=minor)],
             trip=0, order="AB-1002", minor=199000, at=ordered)  # fmt: skip
    for days in (2, 3, 10):
        tell("untracked", f"a purchase of the same amount on the same trip {days} days later is another one",
             trips=[trip(clicked)], sales=[sale(min(ordered + days * DAY, NOW), order="7781")],
             trip=0, order="AB-1002", minor=199000, at=ordered)  # fmt: skip


def never_reported():
    for days in (2, 3, 5, 8, 13, 21, 34, 55):
        for minor, currency in ((1900, "USD"), (199000, "RUB"), (5000000, "RUB")):
            clicked, ordered = usual(days=days)
            tell("untracked", f"{days} days ago, nothing came", currency=currency, trips=[trip(clicked)],
                 trip=0, order=f"N-{days}", minor=minor, at=ordered)  # fmt: skip
    for minutes in (1, 59, 60 * 24, 60 * 24 * 29):
        clicked, ordered = usual(days=40, after=minutes * MINUTE)
        tell("untracked", f"bought {minutes} minutes after the trip", trips=[trip(clicked)],
             trip=0, order="N-1", minor=199000, at=ordered)  # fmt: skip
    clicked, ordered = usual()
    for code, told in [("WELCOME", {"codes": ["WELCOME"], "other_codes": False}), ("BLOG", {"other_codes": True}),
                       ("BLOG", {})]:  # fmt: skip
        tell("untracked", f"with a code that does no harm, {code}", shop=told, trips=[trip(clicked)],
             trip=0, order="N-2", minor=199000, at=ordered, coupon=code)  # fmt: skip
    for goods in ("Clothes", "clothes and tyres", "tyre repair", ""):
        tell("untracked", f"goods that are not excluded: {goods!r}",
             shop={"rates": [["Clothes", "5"], ["Tyres", "0"]]}, trips=[trip(clicked)],
             trip=0, order="N-3", minor=199000, at=ordered, goods=goods)  # fmt: skip
    tell("untracked", "in the app, which counts", shop={"in_app": True}, trips=[trip(clicked)],
         trip=0, order="N-4", minor=199000, at=ordered, bought_in="app")  # fmt: skip
    tell("untracked", "by gift card, which counts", trips=[trip(clicked)],
         trip=0, order="N-5", minor=199000, at=ordered, paid_with="gift_card")  # fmt: skip
    tell("untracked", "after a wrong trip was chosen; an earlier one led there",
         trips=[trip(clicked), trip(ordered + DAY)], trip=1, order="N-6", minor=199000, at=ordered)  # fmt: skip


def around_the_first_day():
    for after, truth in [(MINUTE, "early"), (HOUR, "early"), (12 * HOUR, "early"), (DAY - SECOND, "early"),
                         (DAY, "untracked"), (DAY + SECOND, "untracked")]:  # fmt: skip
        ordered = NOW - after
        tell(truth, f"bought {after} ago; nobody has said how long to wait", trips=[trip(ordered - 10 * MINUTE)],
             trip=0, order="E-1", minor=199000, at=ordered)  # fmt: skip
    for days in (3, 7, 14):
        for off, truth in [(-SECOND, "untracked"), (SECOND, "early"), (-DAY, "untracked"), (DAY, "early")]:
            ordered = NOW - days * DAY + off
            tell(truth, f"the shop takes claims from day {days} on; {off} off", shop={"after": days},
                 trips=[trip(ordered - 10 * MINUTE)], trip=0, order="E-2", minor=199000, at=ordered)  # fmt: skip


def around_the_last_day():
    for days in (30, 60, 150):
        for off, truth in [
            (-SECOND, "too_late"),
            (SECOND, "untracked"),
            (-5 * DAY, "too_late"),
            (DAY, "untracked"),
        ]:
            ordered = NOW - days * DAY + off
            tell(truth, f"the shop takes claims until day {days}; {off} off", shop={"until": days},
                 trips=[trip(ordered - 10 * MINUTE)], trip=0, order="L-1", minor=199000, at=ordered)  # fmt: skip
    for days in (2, 20):
        clicked, ordered = usual(days=days)
        tell("no_claims", "the shop takes no claims", shop={"claims": False}, trips=[trip(clicked)],
             trip=0, order="L-2", minor=199000, at=ordered)  # fmt: skip


def trips_and_orders():
    clicked = NOW - 10 * DAY
    for off, truth in [(5 * MINUTE, "untracked"), (6 * MINUTE, "before_trip"), (HOUR, "before_trip"),
                       (DAY, "before_trip"), (5 * DAY, "before_trip")]:  # fmt: skip
        tell(truth, f"ordered {off} before the trip", trips=[trip(clicked)],
             trip=0, order="T-1", minor=199000, at=clicked - off)  # fmt: skip
    for days, cookie, truth in [(30, None, "untracked"), (31, None, "no_trip"), (31, 45, "untracked"),
                                (46, 45, "no_trip"), (8, 7, "no_trip"), (80, None, "no_trip")]:  # fmt: skip
        ordered = NOW - 4 * DAY
        tell(truth, f"ordered {days} days after the trip; the cookie lives {cookie or 'unknown'} days",
             shop={"cookie": cookie}, trips=[trip(ordered - days * DAY)],
             trip=0, order="T-2", minor=199000, at=ordered)  # fmt: skip
    for off, truth in [(10 * MINUTE, "elsewhere"), (29 * MINUTE, "elsewhere"), (31 * MINUTE, "untracked"),
                       (-DAY, "untracked")]:  # fmt: skip
        tell(truth, f"the same person went from another storefront {off} after this trip",
             trips=[trip(clicked), trip(clicked + off, "twin")],
             trip=0, order="T-3", minor=199000, at=clicked + 30 * MINUTE)  # fmt: skip
    tell("untracked", "somebody else went to the shop from the same storefront in between",
         trips=[trip(clicked), trip(clicked + 10 * MINUTE, "carol")],
         trip=0, order="T-4", minor=199000, at=clicked + 30 * MINUTE)  # fmt: skip


def days_without_an_hour():
    """A midnight is a day. On two nights of the year the day has 23 or 25 hours."""
    for zone, day, hours in [
        (MOSCOW, (2026, 11, 20), 24),
        (BERLIN, (2026, 3, 29), 23),
        (BERLIN, (2026, 10, 25), 25),
    ]:
        midnight = datetime(*day, tzinfo=ZoneInfo(zone))
        end = midnight.timestamp() + hours * 3600
        at = datetime.fromtimestamp(end, ZoneInfo(zone))
        for off, truth in [(-HOUR, "untracked"), (-SECOND, "untracked"), (6 * MINUTE, "before_trip")]:
            tell(truth, f"only the day is known, {midnight:%d.%m.%Y} in {zone}; the trip was {off} from its end",
                 zone=zone, now=at + 3 * DAY, trips=[trip(at + off)],
                 trip=0, order="D-1", minor=199000, at=midnight)  # fmt: skip
        for off, truth in [(DAY - MINUTE, "early"), (DAY + MINUTE, "untracked")]:
            tell(truth, f"only the day is known, {midnight:%d.%m.%Y} in {zone}; asked {off} after its end",
                 zone=zone, now=at + off, trips=[trip(midnight + 2 * MINUTE)],
                 trip=0, order="D-2", minor=199000, at=midnight)  # fmt: skip
        tell("pending", f"only the day is known, {midnight:%d.%m.%Y} in {zone}; reported under another number",
             zone=zone, now=at + 3 * DAY, trips=[trip(midnight + 9 * HOUR)],
             sales=[sale(midnight + 20 * HOUR, order="7781")],
             trip=0, order="D-3", minor=199000, at=midnight)  # fmt: skip


def terms_that_speak_against_it():
    clicked, ordered = usual()
    shop = {"rates": [["Clothes", "5"], ["Tyres", "0"]], "exclusions": ["Подарочные карты", "Alcohol"]}
    for goods in ("Tyres", "tyres", " TYRES ", "подарочные карты", "Подарочные  карты", "alcohol"):
        tell("excluded", f"{goods!r} earn nothing there", shop=shop, trips=[trip(clicked)],
             trip=0, order="R-1", minor=199000, at=ordered, goods=goods)  # fmt: skip
    tell("credited", "the goods were excluded, and the shop has paid for them nevertheless", shop=shop,
         trips=[trip(clicked)], sales=[sale(ordered, order="R-2", status="approved")],
         trip=0, order="R-2", minor=199000, at=ordered, goods="Tyres")  # fmt: skip
    for code in ("BLOG10", "blog10", " Blog10 "):
        tell("coupon", f"with the foreign code {code!r}", shop={"codes": ["WELCOME"], "other_codes": False},
             trips=[trip(clicked)], trip=0, order="R-3", minor=199000, at=ordered, coupon=code)  # fmt: skip
    for days in (2, 30):
        clicked, ordered = usual(days=days)
        tell("gift_card", "paid by gift card", shop={"deductions": ["gift_cards"]}, trips=[trip(clicked)],
             trip=0, order="R-4", minor=199000, at=ordered, paid_with="gift_card")  # fmt: skip
        tell("points", "paid with the shop's points", shop={"deductions": ["bonuses"]}, trips=[trip(clicked)],
             trip=0, order="R-5", minor=199000, at=ordered, paid_with="points")  # fmt: skip
        tell("app", "bought in the app", shop={"in_app": False}, trips=[trip(clicked)],
             trip=0, order="R-6", minor=199000, at=ordered, bought_in="app")  # fmt: skip
        tell("excluded", "goods without cashback in a shop without claims",
             shop={"claims": False, "exclusions": ["Alcohol"]}, trips=[trip(clicked)],
             trip=0, order="R-7", minor=199000, at=ordered, goods="Alcohol")  # fmt: skip


def declined_by_the_shop():
    clicked, ordered = usual(days=30)
    for reason in (
        "возврат",
        "order cancelled by customer",
        "не выкуплен",
        "",
        "duplicate",
        "код с другого сайта",
    ):
        tell("declined", f"declined: {reason or 'without a reason'}", trips=[trip(clicked)],
             sales=[sale(ordered, status="declined", reason=reason)],
             trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip
        tell("disputed", f"declined: {reason or 'without a reason'}; the shopper has a receipt",
             trips=[trip(clicked)], sales=[sale(ordered, status="declined", reason=reason)],
             trip=0, order="AB-1001", minor=199000, at=ordered, receipt=True)  # fmt: skip


def decisions_that_stay_out():
    for days, truth in [(20, "pending"), (30, "pending"), (31, "pending"), (33, "overdue"), (90, "overdue")]:
        clicked, ordered = usual(days=days)
        tell(truth, f"pending for {days} days of thirty", trips=[trip(clicked)], sales=[sale(ordered)],
             trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip


def orders_of_others():
    clicked, ordered = usual()
    for order in ("AB-1001", "ab1001", "Заказ № AB-1001", "АВ 1001"):
        tell("of_another", f"Carol's purchase, typed as {order!r}",
             trips=[trip(clicked), trip(clicked, "carol")], sales=[sale(ordered, of=1)],
             trip=0, order=order, minor=199000, at=ordered)  # fmt: skip
        tell("of_another", f"Carol has claimed it already, typed as {order!r}",
             trips=[trip(clicked), trip(clicked, "carol")],
             earlier=[{"trip": 1, "order": "AB-1001", "end": ""}],
             trip=0, order=order, minor=199000, at=ordered)  # fmt: skip
    for order in ("AB-1001", "Заказ AB-1001"):
        tell("unattributed", f"reported without a click, typed as {order!r}", trips=[trip(clicked)],
             sales=[sale(ordered, of=None)], trip=0, order=order, minor=199000, at=ordered)  # fmt: skip
    tell("untracked", "another order was reported without a click", trips=[trip(clicked)],
         sales=[sale(ordered, of=None, order="ZZ-9", minor=5000)],
         trip=0, order="AB-1001", minor=199000, at=ordered)  # fmt: skip


def claims_of_before():
    clicked, ordered = usual()
    for order in ("AB-1001", "ab 1001", "№AB1001"):
        for end, truth in [("compensated", "paid_before"), ("credited", "paid_before"),
                           ("rejected", "settled_badly"), ("withdrawn", "untracked")]:  # fmt: skip
            tell(truth, f"claimed before, {end}; typed as {order!r}", trips=[trip(clicked)],
                 earlier=[{"trip": 0, "order": "AB-1001", "end": end}],
                 trip=0, order=order, minor=199000, at=ordered)  # fmt: skip


STORIES = (
    tracked_under_its_number,
    tracked_in_every_state,
    amounts_that_differ,
    tracked_under_another_number,
    never_reported,
    around_the_first_day,
    around_the_last_day,
    trips_and_orders,
    days_without_an_hour,
    terms_that_speak_against_it,
    declined_by_the_shop,
    decisions_that_stay_out,
    orders_of_others,
    claims_of_before,
)


def write() -> None:
    for story in STORIES:
        story()
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    PLACE.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    write()
    print(len(cases))
