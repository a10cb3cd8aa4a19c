"""The operator's hand: changes of mind, bad days, fresh starts."""

import json
import time

import pytest
import requests

from cashback.embedded import free_port
from tests.sandbox.conftest import PostbackDoor, Sandbox, until


def buy(sandbox: Sandbox, **fields: object) -> dict:
    return sandbox.control(
        "actions", {"campaign": "harbor-goods", "subid4": "ref", "cart": "100.00", **fields}
    )


def post(sandbox: Sandbox, path: str, body: bytes) -> requests.Response:
    return requests.post(f"{sandbox.url}/control/{path}", data=body)


def outcome(sandbox: Sandbox) -> str:
    """What one poll of the network ends in."""
    answer = sandbox.get("/categories/", limit=10)
    if answer.status_code == 500:
        return "html" if answer.text.startswith("<html>") else "?"
    try:
        ids = [row["id"] for row in json.loads(answer.text)["results"]]
    except json.JSONDecodeError:
        return "cut"
    if len(ids) != len(set(ids)):
        return "twice"
    return "whole" if ids == [62, 40, 18, 63, 64, 65, 66, 67, 68, 69] else "shuffled"


def test_plain_shops_pay_five_per_cent(sandbox):
    plain = requests.get(f"{sandbox.url}/control/plain").json()

    for currency in ("RUB", "USD"):
        made = sandbox.control("actions", {"campaign": plain[currency], "cart": "1990.00", "subid4": None})
        assert (made["payment"], made["currency"]) == (99.5, currency)
        assert made["campaign"] == plain["campaigns"][currency]


def test_tariff_and_payment_may_be_named(sandbox):
    campaign = sandbox.get("/advcampaigns/website/7/", limit=1).json()["results"][0]
    repeat = campaign["actions_detail"][0]["tariffs"][1]["id"]
    base = {"campaign": campaign["id"], "cart": "1000.00", "subid4": None}

    assert sandbox.control("actions", {**base, "tariff": repeat})["payment"] == 70.0
    assert sandbox.control("actions", {**base, "payment": "12.34"})["payment"] == 12.34
    assert sandbox.control("actions", {**base, "order_id": "MY-1"})["order_id"] == "MY-1"


def test_larger_orders_earn_the_higher_rate(sandbox):
    payments = [
        sandbox.control("actions", {"campaign": "losos-i-ko", "cart": cart, "subid4": None})["payment"]
        for cart in ("4999.99", "5000.00")
    ]

    assert payments == [300.0, 400.0]


def test_fixed_reward_ignores_the_basket(sandbox):
    made = sandbox.control("actions", {"campaign": "bilety-vdal", "cart": "12490.00", "subid4": None})

    assert made["payment"] == 180.0


def test_purchase_by_sub_id_finds_its_click(sandbox):
    link = next(
        row["gotolink"]
        for row in sandbox.get("/advcampaigns/website/7/", limit=60).json()["results"]
        if "harbor-goods" in row["site_url"]
    )
    requests.get(link, params={"subid": "campaign-a", "subid4": "ref"})

    assert buy(sandbox)["subid"] == "campaign-a"
    assert buy(sandbox, subid4="stranger")["subid"] is None


def test_change_moves_the_status_time_and_nothing_else(sandbox):
    made = buy(sandbox)
    time.sleep(1.1)

    changed = sandbox.control(f"actions/{made['id']}", {"comment": "Checked by hand"})

    assert changed["status_updated"] > made["status_updated"]
    assert {**changed, "status_updated": "", "comment": ""} == {**made, "status_updated": "", "comment": ""}


def test_clock_turned_back_makes_purchases_and_changes_of_that_day(sandbox):
    assert sandbox.control("clock", {"to": "2026-01-31 13:45:00"}) == {"now": "2026-01-31 13:45:00"}
    made = buy(sandbox)
    sandbox.control("clock", {"to": "2026-02-20 09:00:00"})
    changed = sandbox.control(f"actions/{made['id']}", {"status": "approved"})
    sandbox.control("clock", {})
    later = buy(sandbox)

    assert (changed["action_date"], changed["status_updated"]) == (
        "2026-01-31 13:45:00",
        "2026-02-20 09:00:00",
    )
    assert later["action_date"] > "2026-02-20 09:00:00"


@pytest.mark.parametrize(
    "to", ["noon", "2026-13-01 00:00:00", "2999-01-01 00:00:00", "1999-01-01 00:00:00", 5]
)
def test_clock_is_turned_to_no_future_and_no_nonsense(sandbox, to):
    before = sandbox.control("clock", {})["now"]

    assert post(sandbox, "clock", json.dumps({"to": to}).encode()).status_code == 400
    assert requests.get(f"{sandbox.url}/control/clock").json()["now"] >= before


def test_smaller_basket_earns_less(sandbox):
    made = buy(sandbox)

    changed = sandbox.control(f"actions/{made['id']}", {"status": "approved", "cart": "40.00"})

    (row,) = sandbox.actions()
    assert (changed["status"], changed["cart"], changed["payment"]) == ("approved", 40.0, 2.0)
    assert (row["positions"][0]["amount"], row["positions"][0]["payment"]) == ("40.00", "2.00")


def test_stalled_action_is_approved_and_waits_for_money(sandbox):
    made = buy(sandbox)

    sandbox.control(f"actions/{made['id']}", {"stalled": True})
    stalled = sandbox.actions(status=2)
    sandbox.control(f"actions/{made['id']}", {"status": "approved"})

    assert [row["status"] for row in stalled] == ["approved_but_stalled"]
    assert [row["status"] for row in sandbox.actions()] == ["approved"]


def test_postback_is_repeated_on_demand(sandbox, door):
    made = buy(sandbox)

    sandbox.control(f"actions/{made['id']}/postback", {"times": 4})

    assert len(door.wait_for(5, made)) == 5


def test_reset_never_brings_an_id_back(sandbox):
    before = [buy(sandbox)["id"] for _ in range(3)]

    sandbox.control("reset")

    assert sandbox.truth() == []
    assert buy(sandbox)["id"] > max(before)
    assert sandbox.get("/me/").status_code == 200


def test_restart_keeps_actions_tokens_and_ids(another_sandbox):
    sandbox = another_sandbox()
    made, token = buy(sandbox), sandbox.token

    sandbox.stop()
    sandbox.start()

    assert sandbox.truth() == [made]
    assert sandbox.get("/me/", token=token).status_code == 200
    assert buy(sandbox)["id"] > made["id"]


def test_same_seed_brings_the_same_bad_day(sandbox):
    faults = {"error_500": 0.2, "truncate": 0.2, "duplicate": 0.2, "reorder": 0.2, "seed": 5}
    days = []
    for _ in range(2):
        sandbox.control("faults", faults)
        days.append([outcome(sandbox) for _ in range(25)])

    assert days[0] == days[1]
    assert set(days[0]) == {"html", "cut", "twice", "shuffled", "whole"}


def test_timeout_holds_the_answer(sandbox):
    sandbox.control("faults", {"timeout": 1.0, "timeout_seconds": 1.2})

    started = time.monotonic()
    answer = sandbox.get("/me/")

    assert answer.status_code == 200
    assert time.monotonic() - started >= 1.2


def test_faults_spare_the_operator_and_the_shops(sandbox):
    sandbox.control("faults", {"error_500": 1, "truncate": 1})

    made = buy(sandbox)

    assert sandbox.get("/me/").status_code == 500
    assert sandbox.truth() == [made]
    assert requests.get(f"{sandbox.url}/shop/harbor-goods/").status_code == 200


def test_dropped_postbacks_never_arrive(sandbox, door):
    sandbox.control("faults", {"drop_postbacks": True})
    dropped = buy(sandbox)
    sandbox.control("faults", {})
    sent = buy(sandbox)

    assert len(door.wait_for(1, sent)) == 1
    assert door.about(dropped) == []


def test_postbacks_arrive_many_times_and_out_of_order(sandbox, door):
    sandbox.control("faults", {"postback_times": 5, "duplicate": 1, "reorder": 1})
    made = buy(sandbox)
    sandbox.control(f"actions/{made['id']}", {"status": "approved"})
    sandbox.control(f"actions/{made['id']}", {"status": "declined"})

    statuses = [postback["payment_status"] for postback in door.wait_for(30, made)]

    assert {status: statuses.count(status) for status in set(statuses)} == {
        "new": 10,
        "approved": 10,
        "declined": 10,
    }
    assert statuses != sorted(statuses, key=["new", "approved", "declined"].index)


def test_postback_is_tried_again_when_nobody_answers(another_sandbox):
    port = free_port()
    sandbox = another_sandbox(postback_url=f"http://127.0.0.1:{port}/postback/")
    made = buy(sandbox)
    until(lambda: "nobody answers, again in 1 s" in sandbox.log())

    late_door = PostbackDoor(port)

    assert [postback["payment_status"] for postback in late_door.wait_for(1, made)] == ["new"]
    late_door.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'"x"',
        b"[" * 100_000,
        b'{"campaign": "harbor-goods"}',
        b'{"campaign": "no-such-shop", "cart": 1}',
        b'{"campaign": true, "cart": 1}',
        b'{"campaign": {}, "cart": 1}',
        b'{"campaign": "harbor-goods", "cart": -1}',
        b'{"campaign": "harbor-goods", "cart": NaN}',
        b'{"campaign": "harbor-goods", "cart": "1e999"}',
        b'{"campaign": "harbor-goods", "cart": 1, "payment": true}',
        b'{"campaign": "harbor-goods", "cart": 1, "subid4": 5}',
        b'{"campaign": "harbor-goods", "cart": 1, "subid4": "\\ud800"}',
        b'{"campaign": "harbor-goods", "cart": 1, "subid4": "' + b"x" * 121 + b'"}',
        b'{"campaign": "harbor-goods", "cart": 1, "tariff": 1}',
        b'{"campaign": "harbor-goods", "cart": 1, "tariff": "x"}',
        b'{"campaign": "harbor-goods", "cart": 1, "colour": "red"}',
        b'{"campaign": ' + b"9" * 5000 + b', "cart": 1}',
        b"\xff\xfe",
    ],
)
def test_purchase_that_makes_no_sense_is_refused(sandbox, body):
    answer = post(sandbox, "actions", body)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert sandbox.truth() == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"status": "lost"},
        {"status": ["approved"]},
        {"status": "approved_but_stalled"},
        {"payment": "much"},
        {"payment": 1.005},
        {"paid": "yes"},
        {"paid": 2},
        {"comment": 5},
        {"comment": "x" * 501},
        {"stalled": []},
        {"stalled": True, "status": "declined"},
        {"statuses": "approved"},
    ],
)
def test_change_that_makes_no_sense_is_refused_and_changes_nothing(sandbox, change):
    made = buy(sandbox)

    answer = requests.post(f"{sandbox.url}/control/actions/{made['id']}", json=change)

    assert answer.status_code == 400
    assert sandbox.truth() == [made]


@pytest.mark.parametrize(
    "faults",
    [
        {"error_500": 2},
        {"error_500": "often"},
        {"timeout": True},
        {"timeout_seconds": 1e9},
        {"postback_times": 0},
        {"postback_times": 1.5},
        {"seed": -1},
        {"drop_postbacks": "yes"},
        {"rain": 1},
    ],
)
def test_faults_that_make_no_sense_are_refused(sandbox, faults):
    answer = requests.post(f"{sandbox.url}/control/faults", json=faults)

    assert answer.status_code == 400
    assert requests.get(f"{sandbox.url}/control/faults").json()["error_500"] == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "actions/1", 404),
        ("POST", "actions/99999999999999999999999", 404),
        ("POST", "actions/1/postback", 404),
        ("DELETE", "actions", 405),
        ("GET", "reset", 405),
    ],
)
def test_wrong_doors_answer_in_json(sandbox, method, path, status):
    body = {} if path.endswith("postback") else {"status": "approved"}

    answer = requests.request(method, f"{sandbox.url}/control/{path}", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_huge_bodies_are_refused(sandbox):
    body = b'{"comment": "' + b"x" * 3_000_000 + b'"}'

    assert post(sandbox, "actions", body).status_code == 413
    assert requests.post(f"{sandbox.url}/token/", data=body).status_code in (400, 401, 413)


def test_stranger_by_another_host_name_is_turned_away(sandbox):
    answer = requests.get(f"{sandbox.url}/control/actions", headers={"Host": "rebound.example"})

    assert answer.status_code == 400


def test_nothing_above_was_an_error_of_ours(sandbox):
    assert "Traceback" not in sandbox.log()
