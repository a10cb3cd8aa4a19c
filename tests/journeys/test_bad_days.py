"""The sandbox's worst days: whatever fails, in the end our books say what the network says."""

import random
from decimal import Decimal

import pytest


@pytest.mark.parametrize("seed", [20261122])
def test_under_faults_we_converge_on_the_networks_truth(city, seed):
    dice = random.Random(seed)
    merchants = {slug: city.partner(slug)["plain_merchant"] for slug in ("acorn", "birch")}
    visitors = [
        (city.visitor(shopper, partner=partner), merchants[partner])
        for shopper, partner in (("alice", "acorn"), ("carol", "acorn"), ("bob", "birch"))
    ]
    city.command(
        "faults",
        error_500=0.1,
        timeout=0.1,
        truncate=0.05,
        duplicate=0.05,
        reorder=0.05,
        timeout_seconds=3,
        seed=seed,
    )
    ids = []
    for _ in range(12):
        visitor, merchant = dice.choice(visitors)
        order = visitor.buy(merchant, cart=f"{dice.randrange(100, 90_000)}.{dice.randrange(100):02}")
        ids += [action["id"] for action in city.actions(click_ref=order.click_ref)]
    for _ in range(40):
        change = {"status": dice.choice(["approved", "declined", "pending"])}
        if dice.random() < 0.5:
            change["payment"] = f"{dice.randrange(0, 500)}.{dice.randrange(100):02}"
        city.command(f"actions/{dice.choice(ids)}", **change)

    truth = {action["id"]: action for action in city.actions() if action["id"] in ids}
    city.eventually(lambda: all(_agrees(city, action) for action in truth.values()), patience=90)
    assert city.rows("SELECT count(*) FROM networks_inboundmessage WHERE parked_at IS NOT NULL") == [(0,)]
    for action in truth.values():
        commission = -city.sides(action["id"])["network_receivable"]
        credited = action["status"] == "approved" and city.sale(action["id"])["id"] not in _awaiting_payment(
            city
        )
        assert commission == (_minor(action["payment"]) if credited else 0)


def _agrees(city, action) -> bool:
    sale = city.sale(action["id"])
    return sale is not None and (sale["status"], sale["commission"]) == (
        action["status"],
        _minor(action["payment"]),
    )


def _awaiting_payment(city) -> set:
    found = city.rows("SELECT id FROM transactions_transaction WHERE credit_on = 'paid' AND paid_at IS NULL")
    return {pk for (pk,) in found}


def _minor(amount) -> int:
    return int(Decimal(str(amount)) * 100)
