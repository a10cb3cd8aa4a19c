"""One purchase, whole: launch, browse, click out, buy, wait, be confirmed, and everything a network may do later."""

from decimal import Decimal

import pytest

SPLIT = {"shopper": Decimal("0.70"), "partner": Decimal("0.10")}


def shares(payment: str) -> dict[str, int]:
    """By hand, from the sandbox's own payment: what each side should hold, in minor units."""
    commission = int(Decimal(payment) * 100)
    shopper, partner = (int(commission * part) for part in SPLIT.values())
    return {
        "network_receivable": -commission,
        "shopper": shopper,
        "partner": partner,
        "margin": commission - shopper - partner,
    }


NOTHING = dict.fromkeys(("network_receivable", "shopper", "partner", "margin"), 0)


@pytest.fixture(params=["fair weather", "every postback dropped", "every postback five times, shuffled"])
def weather(request, city):
    faults = {
        "fair weather": {},
        "every postback dropped": {"drop_postbacks": True},
        "every postback five times, shuffled": {"postback_times": 5, "reorder": 1.0, "seed": 7},
    }
    return city.command("faults", **faults[request.param])


def test_a_purchase_from_launch_to_the_last_change_of_mind(city, weather):
    acorn = city.partner("acorn")
    alice = city.visitor("alice", partner="acorn")
    assert acorn["plain_merchant"] in alice.get("") + alice.get(f"?q={acorn['plain_merchant']}")
    before = city.wallet("alice", partner="acorn")

    order = alice.buy(acorn["plain_merchant"], cart="1990.00")
    [action] = city.actions(click_ref=order.click_ref)
    assert Decimal(str(action["payment"])) == Decimal("99.50")
    sale = city.eventually(lambda: city.sale(action["id"]))
    assert (sale["status"], sale["commission"], sale["cashback"]) == ("pending", 9950, 6965)
    assert city.sides(action["id"]) == NOTHING
    assert city.wallet("alice", partner="acorn") == before
    assert "69,65" in alice.get("me/")

    def becomes(due, **change):
        city.command(f"actions/{action['id']}", **change)
        city.eventually(lambda: city.sides(action["id"]) == due)
        assert city.wallet("alice", partner="acorn") == before + due["shopper"]

    becomes(shares("99.50"), status="approved")
    becomes(shares("120.00"), payment="120.00")
    becomes(shares("33.33"), payment="33.33", cart="700.00")
    becomes(NOTHING, status="declined", comment="returned")
    assert city.sale(action["id"])["status"] == "declined"
    becomes(shares("33.33"), status="approved")

    city.command(f"actions/{action['id']}", paid=True)
    city.eventually(lambda: city.sale(action["id"])["paid"])
    assert city.sides(action["id"]) == shares("33.33")


def test_where_only_paid_sales_are_credited_confirmation_is_not_money(city):
    birch = city.partner("birch")
    bob = city.visitor("bob", partner="birch")
    order = bob.buy(birch["plain_merchant"], cart="200.00")
    [action] = city.actions(click_ref=order.click_ref)
    city.command(f"actions/{action['id']}", status="approved")
    city.eventually(lambda: (city.sale(action["id"]) or {}).get("status") == "approved")
    assert city.sides(action["id"]) == NOTHING
    city.command(f"actions/{action['id']}", paid=True)
    city.eventually(lambda: city.sides(action["id"]) == shares("10.00"))


def test_purchase_without_a_known_click_waits_for_staff(city):
    made = city.command("actions", campaign=_plain_campaign(city), subid4="0" * 26, cart="500.00")
    found = city.eventually(
        lambda: city.rows(
            "SELECT why FROM transactions_unattributedsale WHERE external_id = %s", str(made["id"])
        )
    )
    assert found == [("unknown_click",)]
    assert city.sale(made["id"]) is None


def _plain_campaign(city):
    [(campaign,)] = city.rows(
        "SELECT o.external_id FROM offers_offer o JOIN offers_merchant m ON m.id = o.merchant_id WHERE m.slug = %s",
        city.partner("acorn")["plain_merchant"],
    )
    return int(campaign)
