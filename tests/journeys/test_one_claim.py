"""One claim, whole: a purchase that nobody saw, asked about from its trip, and everything that may become of it."""

import uuid

import pytest

from tests.journeys.people import Claimant, Colleague, receipt
from tests.journeys.test_one_purchase import shares

# By hand: 5 % of 1,990.00 and of 300.00, of which the shopper has 70 %.
REWARD, SMALL_REWARD = 6965, 1050
POLICY = {
    "auto_max_minor": "20.00",
    "agent_max_minor": "40.00",
    "lead_max_minor": "200.00",
    "per_shopper_30d_minor": "500.00",
    "per_shopper_life_minor": "500.00",
    "monthly_budget_minor": "10000.00",
    "ratio_to_confirmed": 100,
    "cooldown_days": 7,
    "is_active": "on",
}


@pytest.fixture(scope="module")
def office(whole_city) -> dict[str, Colleague]:
    """Sam answers shoppers, Irina leads him, and Acorn's shoppers may be given goodwill: all told at the admin."""
    city = whole_city
    # The shops had their rates when the trips of days ago began.
    city.change("UPDATE offers_rate SET seen_at = seen_at - interval '30 days'")
    admin = Colleague(city, "admin")
    for (other,) in city.rows("SELECT id FROM desk_team WHERE is_default"):
        admin.send(f"desk/team/{other}/change/", "/change/", is_default=None)
    admin.send("desk/team/add/", "/team/add/", name="Front desk", is_default="on")
    [(team,)] = city.rows("SELECT id FROM desk_team WHERE name = 'Front desk'")
    for username, role in (("sam", "agent"), ("irina", "lead")):
        [(user,)] = city.rows("SELECT id FROM auth_user WHERE username = %s", username)
        agent = {"user": user, "team": team, "name": username.title(), "role": role}
        admin.send("desk/agent/add/", "/agent/add/", **agent)
    [(partner,)] = city.rows("SELECT id FROM partners_partner WHERE slug = 'acorn'")
    whose = {"partner": partner, "currency": "RUB", "payer": "platform"}
    admin.send("goodwill/goodwillpolicy/add/", "/goodwillpolicy/add/", **whose, **POLICY)
    return {name: Colleague(city, name) for name in ("sam", "irina")}


def an_order() -> str:
    return f"LOST-{uuid.uuid4().hex[:8].upper()}"


def a_name(name: str) -> str:
    return f"{name}-{uuid.uuid4().hex[:6]}"


def status(city, number: str) -> str:
    [(found,)] = city.rows("SELECT status FROM claims_claim WHERE number = %s", int(number[2:]))
    return found


def inquiries(city, number: str) -> list[tuple]:
    """What we asked the network about the claim: status, attempts and what held it up; in their order."""
    return city.rows(
        "SELECT i.status, i.attempts, i.error FROM claims_networkinquiry i "
        "JOIN claims_claim c ON c.id = i.claim_id WHERE c.number = %s ORDER BY i.id",
        int(number[2:]),
    )


def purchases(city, order: str) -> list[tuple]:
    return city.rows(
        "SELECT external_id, source, status, cashback_minor FROM transactions_transaction WHERE order_id = %s",
        order,
    )


def goodwill(city, number: str) -> int:
    """What the claim has cost us in goodwill by now, from the transfers themselves."""
    [(spent,)] = city.rows(
        "SELECT coalesce(sum(CASE WHEN f.source_id = a.id THEN f.amount ELSE -f.amount END), 0)::bigint "
        "FROM ledger_transfer f JOIN claims_claim c ON c.id = f.subject_id "
        "JOIN ledger_account a ON a.id IN (f.source_id, f.target_id) AND a.kind = 'goodwill' WHERE c.number = %s",
        int(number[2:]),
    )
    return spent


def comes_to(city, number: str, wanted: str) -> None:
    """The claim gets there; nobody sits out the minutes before another attempt at asking the network."""

    def is_there() -> bool:
        # Further away than any such wait is the lease of a worker who is at it.
        city.change(
            "UPDATE claims_networkinquiry i SET next_attempt_at = now() FROM claims_claim c "
            "WHERE c.id = i.claim_id AND c.number = %s AND i.error <> '' "
            "AND i.next_attempt_at BETWEEN now() AND now() + interval '9 minutes'",
            int(number[2:]),
        )
        return status(city, number) == wanted

    city.eventually(is_there)


def claimed(city, shopper: Claimant, *, cart: str, order: str) -> str:
    """A claim with its receipt about a purchase of three days ago that nobody saw."""
    click_ref = shopper.buy_unseen(cart=cart)
    shopper.wait(days=3)
    return shopper.claim(click_ref, order=order, amount=cart, files=receipt(order))


def decide(city, held: dict, **decision) -> None:
    city.command(f"lost_orders/{held['id']}", **decision)


def test_a_purchase_that_nobody_saw_is_lodged_granted_and_paid_once(city, office):
    order, address = an_order(), f"{a_name('dora')}@mail.test"
    dora = Claimant(city, a_name("dora"), address=address)
    click_ref = dora.buy_unseen(cart="1990.00")
    dora.wait(days=3)

    number = dora.claim(click_ref, order=order, amount="1990.00")
    assert (dora.stage(number), city.held(order=order)) == ("Waiting for you", [])
    dora.add(number, receipt(order))
    comes_to(city, number, "waiting_network")
    assert dora.stage(number) == "Sent to the shop"
    [asked] = city.held(order=order)
    assert (asked["order_price"], asked["estimated_reward"], bool(asked["receipt"])) == (1990.0, 99.5, True)
    assert (dora.wallet, purchases(city, order)) == (0, [])

    decide(city, asked, status="accepted", as_action=False)
    comes_to(city, number, "credited")
    [(_id, *granted)] = purchases(city, order)
    assert (granted, dora.wallet) == (["inquiry", "approved", REWARD], REWARD)
    page = dora.look(f"me/claims/{number}/").text
    assert dora.stage(number) == "Paid"
    assert "69.65" in page and "69.65" in dora.look("me/").text
    assert city.eventually(
        lambda: [
            each for each in city.letters(to=address) if "69.65" in each["text"] and order in each["text"]
        ]
    )

    # The network counts the order after all: its row joins what it granted, and brings only what is more.
    programme = asked["advcampaign"]["id"]
    late = city.command("actions", campaign=programme, subid4=click_ref, cart="1990.00", order_id=order)
    city.eventually(lambda: city.sale(late["id"]))
    assert dora.wallet == REWARD
    for payment in ("120.00", "99.50"):
        city.command(f"actions/{late['id']}", status="approved", payment=payment)
        due = shares(payment)
        city.eventually(lambda due=due: city.sides(late["id"]) == due)
        assert dora.wallet == due["shopper"]
    assert purchases(city, order) == [(str(late["id"]), "inquiry", "approved", REWARD)]
    assert len(city.held(order=order)) == len(inquiries(city, number)) == 1


@pytest.mark.parametrize("given", ["50.00", "100.00"])
def test_refused_twice_made_good_by_two_people_and_granted_late_it_is_the_larger_sum(city, office, given):
    order, sam, irina = an_order(), office["sam"], office["irina"]
    erik, minor = Claimant(city, a_name("erik")), int(given.replace(".", ""))
    number = claimed(city, erik, cart="1990.00", order=order)
    comes_to(city, number, "waiting_network")
    decide(city, city.held(order=order)[0], status="rejected", comment="No such order")
    comes_to(city, number, "declined_net")
    assert erik.stage(number) == "The shop refused"

    sam.do(number, "appeal", text="The receipt shows the order.")
    comes_to(city, number, "waiting_network")
    [_refused, appeal] = city.held(order=order)
    assert "The receipt shows the order." in appeal["asked"]
    decide(city, appeal, status="rejected", comment="Still no such order")
    comes_to(city, number, "declined_net")

    sam.do(number, "goodwill", amount=given, text="The receipt is clear.")
    assert (status(city, number), erik.wallet) == ("goodwill_pending", 0)
    answer = sam.insist(number, "approve")
    assert answer.status_code == 409 and "Another person must approve it." in answer.text
    assert (status(city, number), erik.wallet) == ("goodwill_pending", 0)
    irina.do(number, "approve")
    assert (status(city, number), erik.wallet, goodwill(city, number)) == ("compensated", minor, minor)
    assert erik.stage(number) == "Paid"

    decide(city, appeal, status="accepted", as_action=False)
    comes_to(city, number, "credited")
    assert erik.wallet == max(REWARD, minor)
    assert goodwill(city, number) == max(0, minor - REWARD)
    assert [row[1:] for row in purchases(city, order)] == [("inquiry", "approved", REWARD)]


def test_a_small_one_of_a_good_shopper_is_paid_first_and_the_network_pays_us_back(city, office):
    order, fay = an_order(), Claimant(city, a_name("fay"))
    [before] = city.actions(click_ref=fay.visitor.buy(fay.shop, cart="1990.00").click_ref)
    city.command(f"actions/{before['id']}", status="approved")
    city.eventually(lambda: fay.wallet == REWARD)

    number = claimed(city, fay, cart="300.00", order=order)
    assert (status(city, number), fay.stage(number)) == ("compensated", "Paid")
    assert (fay.wallet, goodwill(city, number)) == (REWARD + SMALL_REWARD, SMALL_REWARD)

    [asked] = city.eventually(lambda: city.held(order=order))
    decide(city, asked, status="accepted", as_action=False)
    comes_to(city, number, "credited")
    assert (fay.wallet, goodwill(city, number)) == (REWARD + SMALL_REWARD, 0)
    assert [row[1:] for row in purchases(city, order)] == [("inquiry", "approved", SMALL_REWARD)]


def test_a_lost_answer_is_asked_for_before_the_question_is_sent_again(city, office):
    order, gil = an_order(), Claimant(city, a_name("gil"))
    city.command("faults", lose_answers=1, accept_doubles=True, timeout_seconds=3)
    number = claimed(city, gil, cart="1990.00", order=order)
    city.eventually(lambda: [row[0] for row in inquiries(city, number) if row[2]] == ["unsure"])
    assert len(city.held(order=order)) == 1

    # Answers to what is sent are lost still, and a second question would be taken.
    comes_to(city, number, "waiting_network")
    [(said, attempts, error)] = inquiries(city, number)
    assert (said, error) == ("submitted", "") and attempts >= 2
    [held] = city.held(order=order)
    decide(city, held, status="accepted", as_action=False)
    comes_to(city, number, "credited")
    assert gil.wallet == REWARD


def test_what_the_network_takes_by_file_only_is_sent_answered_and_credited(city, office):
    """A wrong amount: the network has no API for that."""
    sam, hana = office["sam"], Claimant(city, a_name("hana"))
    [action] = city.actions(click_ref=hana.visitor.buy(hana.shop, cart="1990.00").click_ref)
    city.command(f"actions/{action['id']}", payment="50.00")
    city.eventually(lambda: (city.sale(action["id"]) or {}).get("commission") == 5000)
    [purchase] = hana.purchases()

    number = hana.claim_about(purchase, text="Five per cent were promised.")
    assert (status(city, number), hana.stage(number)) == ("in_review", "Checking")
    sam.do(number, "lodge")
    assert [row[0] for row in inquiries(city, number)] == ["queued"]
    batch = sam.send("claims/inquirybatch/", "/inquirybatch/make/")
    [line] = [line for line in sam.rows_of(batch) if line["order"] == action["order_id"]]
    assert (line["kind"], line["amount"], line["expected_commission"]) == ("incorrect", "1990.00", "99.50")
    sam.send(batch.url, "/mark-sent/")
    comes_to(city, number, "waiting_network")

    [(account,)] = city.rows("SELECT id FROM networks_networkaccount WHERE name = 'sandbox'")
    answers = f"reference;status;commission\n{line['reference']};accepted;99.50\n"
    sam.send(
        "claims/inquirybatch/answers/",
        "/answers/",
        account=account,
        files={"answers": ("a.csv", answers.encode())},
    )
    comes_to(city, number, "credited")
    assert (hana.wallet, city.sides(action["id"])) == (REWARD, shares("99.50"))
