"""Lost orders and appeals: the network's rules, and the operator's hand on them."""

import hashlib
import sqlite3
from datetime import datetime, timedelta

import pytest
import requests

from cashback.sandbox.clock import MOSCOW
from tests.sandbox.conftest import Sandbox

JPEG = b"\xff\xd8\xff\xe0" + b"a receipt" * 20
PDF = b"%PDF-1.7 a receipt"


def day(ago: int = 3) -> str:
    return (datetime.now(MOSCOW) - timedelta(days=ago)).strftime("%d.%m.%Y")


def campaign(sandbox: Sandbox, slug: str = "rodnik-kniga") -> int:
    for row in sandbox.get("/advcampaigns/website/7/", limit=100).json()["results"]:
        if slug in row["site_url"]:
            return row["id"]
    raise LookupError(slug)


def form(sandbox: Sandbox, **changes: object) -> dict:
    fields = {
        "advcampaign": campaign(sandbox),
        "website": 7,
        "order_id": "RK-77",
        "order_date": day(),
        "order_price": "1990.00",
        "comment": "Not counted",
        "estimated_reward": "99.50",
        "appeal_id": "ours-1",
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def lodge(sandbox: Sandbox, receipt: bytes | None = JPEG, **changes: object) -> requests.Response:
    files = {"receipt": ("receipt.jpg", receipt, "image/jpeg")} if receipt else {}
    return sandbox.post("/lost_orders/create/", form(sandbox, **changes), **files)


def declined(sandbox: Sandbox, order_id: str = "RK-9") -> dict:
    made = sandbox.control(
        "actions", {"campaign": "rodnik-kniga", "subid4": "a-click", "cart": "1990.00", "order_id": order_id}
    )
    return sandbox.control(f"actions/{made['id']}", {"status": "declined", "comment": "Returned"})


def appeal(sandbox: Sandbox, **changes: object) -> requests.Response:
    return sandbox.post("/appeals/create/", form(sandbox, **{"order_id": "RK-9", **changes}))


def balance(sandbox: Sandbox) -> str:
    return {row["currency"]: row["balance"] for row in sandbox.get("/me/balance/").json()}["RUB"]


def test_a_lost_order_is_kept_with_its_receipt_and_answered_in_the_documents_shape(sandbox):
    made = lodge(sandbox).json()

    assert made == {
        "id": made["id"],
        "status": "processing",
        "website": {"id": 7, "name": "Vitrina"},
        "advcampaign": {"id": campaign(sandbox), "name": "Книжный родник"},
        "order_id": "RK-77",
        "order_date": datetime.strptime(day(), "%d.%m.%Y").isoformat(),
        "order_price": 1990.0,
        "currency": "RUB",
        "estimated_reward": 99.5,
        "comment": "",
        "appeal_id": "ours-1",
        "appeal_status": "processing",
        "date_created": made["date_created"],
    }
    (truth,) = sandbox.look("lost_orders")["data"]
    assert truth["asked"] == "Not counted"
    assert truth["receipt"] == {
        "type": "image/jpeg",
        "bytes": len(JPEG),
        "sha256": hashlib.sha256(JPEG).hexdigest(),
    }
    kept = requests.get(f"{sandbox.url}/control/lost_orders/{made['id']}/receipt")
    assert (kept.content, kept.headers["Content-Type"]) == (JPEG, "image/jpeg")
    assert sandbox.get(f"/lost_orders/{made['id']}/").json() == made


def test_a_receipt_may_be_a_pdf_or_a_png(sandbox):
    for number, content in enumerate((PDF, b"\x89PNG\r\n\x1a\n...")):
        assert lodge(sandbox, content, order_id=f"RK-{number}").status_code == 200


def test_lost_orders_are_listed_by_what_was_asked(sandbox):
    first, second = (
        lodge(sandbox, order_id=f"RK-{number}", appeal_id=f"ours-{number}").json() for number in (1, 2)
    )
    sandbox.control(f"lost_orders/{second['id']}", {"status": "rejected", "comment": "No such order"})

    def listed(**query):
        return [row["id"] for row in sandbox.get("/lost_orders/", **query).json()["results"]]

    assert (
        listed() == listed(website=7) == listed(advcampaign=campaign(sandbox)) == [first["id"], second["id"]]
    )
    assert listed(appeal_id="ours-2") == listed(status="rejected") == [second["id"]]
    assert listed(appeal_status="processing") == [first["id"]]
    assert listed(start_date=day(0), end_date=day(0)) == [first["id"], second["id"]]
    assert listed(start_date=day(-1)) == listed(end_date=day(1)) == listed(campaign=25101) == []
    page = sandbox.get("/lost_orders/", limit=1, offset=1).json()
    assert ([row["id"] for row in page["results"]], page["_meta"]["count"]) == ([second["id"]], 2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"advcampaign": None}, "whole numbers"),
        ({"advcampaign": "x"}, "whole numbers"),
        ({"advcampaign": "²"}, "whole numbers"),
        ({"website": None}, "whole numbers"),
        ({"order_id": None}, "order_id is needed"),
        ({"order_id": "  "}, "order_id is needed"),
        ({"order_id": "x" * 101}, "at most 100"),
        ({"order_id": "a\0b"}, "at most 100"),
        ({"order_date": None}, "order_date is needed"),
        ({"order_date": "2026-11-01"}, "must look like"),
        ({"order_date": "31.02.2026"}, "must look like"),
        ({"order_date": day(-2)}, "later than today"),
        ({"order_date": day(152)}, "older than 150 days"),
        ({"order_price": None}, "order_price"),
        ({"order_price": "0"}, "more than nothing"),
        ({"order_price": "-1"}, "order_price"),
        ({"order_price": "1e999"}, "order_price"),
        ({"order_price": "NaN"}, "order_price"),
        ({"order_price": "1.999"}, "two decimals"),
        ({"estimated_reward": "much"}, "estimated_reward"),
        ({"comment": None}, "comment is needed"),
        ({"comment": "x" * 513}, "at most 512"),
        ({"appeal_id": "x" * 101}, "at most 100"),
    ],
)
def test_a_lost_order_that_makes_no_sense_is_refused_and_not_kept(sandbox, changes, says):
    answer = lodge(sandbox, **changes)

    assert (answer.status_code, answer.json()["error_code"]) == (400, 3)
    assert says in answer.json()["error_description"]
    assert sandbox.look("lost_orders")["data"] == []


@pytest.mark.parametrize(
    ("receipt", "status"),
    [
        (None, 400),
        (b"GIF89a", 400),
        (b"<svg/>", 400),
        (b"", 400),
        (JPEG + b"x" * (5 * 1024 * 1024), 400),
        (JPEG + b"x" * (6 * 1024 * 1024), 413),
    ],
)
def test_a_receipt_that_is_missing_huge_or_no_picture_is_refused(sandbox, receipt, status):
    files = {} if receipt is None else {"receipt": ("r.jpg", receipt, "image/jpeg")}

    answer = sandbox.post("/lost_orders/create/", form(sandbox), **files)

    assert answer.status_code == status
    assert answer.json()["error_code"] == 3
    assert sandbox.look("lost_orders")["data"] == []


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff\xfe", b"--x\r\nContent-Disposition: form-data; name=", b"--x--", b"--x\r\n\r\n\r\n--x"],
)
def test_a_form_that_is_broken_is_refused(sandbox, body):
    for kind in (
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "multipart/form-data; boundary=é",
        "",
    ):
        answer = requests.post(
            f"{sandbox.url}/lost_orders/create/",
            data=body,
            headers={"Authorization": f"Bearer {sandbox.token}", "Content-Type": kind.encode()},
        )
        assert answer.status_code == 400, (kind, answer.text)
        assert answer.json()["error_code"] == 3


def test_only_programmes_with_the_tool_take_lost_orders_and_a_good_part_has_it(sandbox):
    refused = lodge(sandbox, advcampaign=campaign(sandbox, "bilety-vdal"))
    count = {
        tool: sandbox.get("/advcampaigns/", has_tool=tool, limit=1).json()["_meta"]["count"]
        for tool in ("lost_orders", "deeplink")
    }

    assert "does not take lost orders" in refused.json()["error_description"]
    assert lodge(sandbox, advcampaign=99999999).status_code == 404
    assert lodge(sandbox, website=8).status_code == 404
    assert 0.6 < count["lost_orders"] / count["deeplink"] < 0.95


def test_one_request_about_an_order_is_open_at_a_time(sandbox):
    first = lodge(sandbox).json()

    assert "is open" in lodge(sandbox).json()["error_description"]
    assert lodge(sandbox, advcampaign=campaign(sandbox, "severny-chai")).status_code == 200
    sandbox.control(f"lost_orders/{first['id']}", {"status": "rejected"})
    assert lodge(sandbox).status_code == 200


def test_an_order_that_is_counted_is_not_lost(sandbox):
    declined(sandbox, "RK-1")
    sandbox.control("counted_elsewhere", {"campaign": "rodnik-kniga", "order_id": "RK-2"})

    for order_id in ("RK-1", "RK-2"):
        assert "counted already" in lodge(sandbox, order_id=order_id).json()["error_description"]


def test_orders_are_checked_before_anybody_claims_them(sandbox):
    ours = declined(sandbox, "RK-1")
    sandbox.control("counted_elsewhere", {"campaign": "rodnik-kniga", "order_id": "RK-2"})

    def check(*order_ids, **query):
        return sandbox.get("/lost_orders/payments_info/", order_id=list(order_ids), **query)

    assert check("RK-1", "RK-2", "RK-3").json() == {
        "order_info": [
            {"order_id": "RK-1", "status": "owner", "payment_id": ours["id"], "payment_status": "declined"},
            {"order_id": "RK-2", "status": "already_counted"},
            {"order_id": "RK-3", "status": "does_not_exist"},
        ]
    }
    elsewhere = check("RK-1", advcampaign=campaign(sandbox, "severny-chai"), website=7).json()
    assert elsewhere["order_info"][0]["status"] == "does_not_exist"
    for refused in (
        check(),
        check(""),
        check(*map(str, range(21))),
        check("a", advcampaign="x"),
        check("a", website="x"),
    ):
        assert refused.status_code == 400
    assert check("a", website=8).status_code == 404
    assert check("a", advcampaign=5).status_code == 404


def test_an_accepted_lost_order_becomes_an_action_with_its_postback(sandbox, door):
    made = lodge(sandbox).json()

    truth = sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted", "reward": "80.00"})

    (action,) = sandbox.truth()
    assert (action["id"], action["order_id"]) == (truth["action_id"], "RK-77")
    assert (action["status"], action["payment"], action["cart"]) == ("approved", 80.0, 1990.0)
    assert action["subid4"] is None
    row = sandbox.get(f"/lost_orders/{made['id']}/").json()
    assert (row["status"], row["reward"], row["appeal_status"]) == ("accepted", 80.0, "resolved")
    assert [word["payment_status"] for word in door.wait_for(2, action)] == ["new", "approved"]


def test_an_accepted_lost_order_may_carry_a_click(sandbox):
    made = lodge(sandbox).json()

    sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted", "subid4": "a-click"})

    (action,) = sandbox.truth()
    assert (action["subid4"], action["payment"]) == ("a-click", 99.5)


def test_an_accepted_lost_order_may_go_straight_to_the_balance_without_an_action(sandbox):
    made = lodge(sandbox).json()

    truth = sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted", "as_action": False})

    assert sandbox.truth() == []
    assert (truth["credited"], truth["reward"], truth["action_id"]) == (99.5, 99.5, None)
    assert balance(sandbox) == "99.50"
    checked = sandbox.get("/lost_orders/payments_info/", order_id="RK-77").json()
    assert checked["order_info"][0]["status"] == "does_not_exist"


def test_without_an_estimate_the_tariff_pays(sandbox):
    made = lodge(sandbox, estimated_reward=None).json()

    assert made["estimated_reward"] is None
    assert sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted"})["reward"] == 99.5


def test_the_advertiser_may_change_its_mind_both_ways(sandbox):
    made = lodge(sandbox).json()
    sandbox.control(f"lost_orders/{made['id']}", {"status": "rejected", "comment": "No such order"})
    assert sandbox.get(f"/lost_orders/{made['id']}/").json()["comment"] == "No such order"

    sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted", "as_action": False})
    assert balance(sandbox) == "99.50"
    sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted"})
    assert (balance(sandbox), len(sandbox.truth())) == ("0.00", 1)
    sandbox.control(f"lost_orders/{made['id']}", {"status": "accepted", "as_action": False, "reward": "5"})
    assert [action["payment"] for action in sandbox.truth()] == [5.0]

    truth = sandbox.control(f"lost_orders/{made['id']}", {"status": "rejected", "comment": "After all, no"})
    assert (truth["reward"], [action["status"] for action in sandbox.truth()]) == (None, ["declined"])


def test_an_accepted_appeal_makes_the_declined_action_approved(sandbox):
    action = declined(sandbox)
    made = appeal(sandbox).json()

    assert (made["order_price"], made["estimated_reward"]) == ("1990.00", "99.50")
    sandbox.control(f"appeals/{made['id']}", {"status": "accepted"})

    (now,) = sandbox.truth()
    assert (now["id"], now["status"], now["payment"]) == (action["id"], "approved", 99.5)
    assert sandbox.get(f"/appeals/{made['id']}/").json()["reward"] == "99.50"
    assert sandbox.get("/appeals/", appeal_id="ours-1").json()["_meta"]["count"] == 1
    assert sandbox.get("/lost_orders/").json()["_meta"]["count"] == 0
    assert sandbox.get(f"/lost_orders/{made['id']}/").status_code == 404


def test_a_rejected_appeal_leaves_the_action_declined_and_an_accepted_one_may_pay_without_it(sandbox):
    declined(sandbox)
    first = appeal(sandbox).json()
    sandbox.control(f"appeals/{first['id']}", {"status": "rejected", "comment": "It was returned"})
    assert [action["status"] for action in sandbox.truth()] == ["declined"]

    second = appeal(sandbox).json()
    sandbox.control(f"appeals/{second['id']}", {"status": "accepted", "as_action": False})

    assert [action["status"] for action in sandbox.truth()] == ["declined"]
    assert balance(sandbox) == "99.50"


def test_only_a_declined_order_of_ours_is_appealed_against(sandbox):
    assert "not one of yours" in appeal(sandbox).json()["error_description"]
    action = declined(sandbox)
    sandbox.control(f"actions/{action['id']}", {"status": "pending"})
    assert "not declined" in appeal(sandbox).json()["error_description"]
    sandbox.control(f"actions/{action['id']}", {"status": "declined"})
    assert appeal(sandbox).status_code == 200
    assert "is open" in appeal(sandbox).json()["error_description"]


def test_an_old_decline_cannot_be_appealed_against(sandbox):
    action = declined(sandbox)
    with sqlite3.connect(sandbox._directory / "state.sqlite3", timeout=10) as db:
        db.execute(
            "UPDATE action SET status_updated = ? WHERE id = ?",
            ((datetime.now(MOSCOW) - timedelta(days=184)).strftime("%Y-%m-%d %H:%M:%S"), action["id"]),
        )

    assert "six months" in appeal(sandbox).json()["error_description"]


def test_the_publisher_takes_a_request_back_until_it_is_decided(sandbox):
    made = lodge(sandbox).json()
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    door = f"{sandbox.url}/lost_orders/{made['id']}/decline/"

    assert requests.delete(door, headers=headers).json() == {"success": True}
    assert sandbox.get(f"/lost_orders/{made['id']}/").json()["status"] == "rejected"
    assert requests.delete(door, headers=headers).status_code == 400
    assert requests.delete(f"{sandbox.url}/lost_orders/5/decline/", headers=headers).status_code == 404
    assert requests.get(door, headers=headers).status_code == 405


def test_the_publisher_says_that_the_matter_is_closed_for_him(sandbox):
    made = lodge(sandbox).json()
    headers = {"Authorization": f"Bearer {sandbox.token}"}
    door = f"{sandbox.url}/lost_orders/{made['id']}/update/"

    said = requests.put(door, data={"appeal_status": "resolved"}, headers=headers)

    assert (said.json()["appeal_status"], said.json()["status"]) == ("resolved", "processing")
    for rubbish in ({}, {"appeal_status": "done"}):
        assert requests.put(door, data=rubbish, headers=headers).status_code == 400
    assert requests.put(door, data=b"\xff" * 2_000_000, headers=headers).status_code in (400, 413)


def test_an_answer_that_is_lost_is_lost_after_the_work_was_done(sandbox):
    sandbox.control("faults", {"lose_answers": 1, "timeout_seconds": 0.2})

    lost = lodge(sandbox)
    again = lodge(sandbox)

    assert (lost.status_code, again.status_code) == (504, 400)
    assert len(sandbox.look("lost_orders")["data"]) == 1
    assert sandbox.get("/lost_orders/").json()["_meta"]["count"] == 1  # what only reads is answered


def test_doubles_are_taken_when_the_operator_wants_the_harm(sandbox):
    sandbox.control("faults", {"accept_doubles": True})

    assert [lodge(sandbox).status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("path", ["lost_orders", "appeals"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "maybe"},
        {"status": ["accepted"]},
        {"status": "accepted", "as_action": "yes"},
        {"status": "accepted", "reward": -1},
        {"status": "accepted", "reward": "much"},
        {"status": "accepted", "comment": 5},
        {"status": "accepted", "comment": "x" * 501},
        {"status": "accepted", "subid4": "x" * 121},
        {"status": "accepted", "colour": "red"},
    ],
)
def test_a_decision_that_makes_no_sense_is_refused_and_changes_nothing(sandbox, path, body):
    declined(sandbox)
    made = (lodge(sandbox) if path == "lost_orders" else appeal(sandbox)).json()
    before = sandbox.look(path), sandbox.truth()

    answer = requests.post(f"{sandbox.url}/control/{path}/{made['id']}", json=body)

    assert answer.status_code == 400
    assert (sandbox.look(path), sandbox.truth()) == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "lost_orders/1", 404),
        ("POST", "appeals/99999999999999999999999", 404),
        ("GET", "lost_orders/1/receipt", 404),
        ("DELETE", "lost_orders", 405),
        ("GET", "counted_elsewhere", 405),
    ],
)
def test_wrong_doors_answer_in_json(sandbox, method, path, status):
    answer = requests.request(method, f"{sandbox.url}/control/{path}", json={"status": "accepted"})

    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [{}, {"campaign": "no-such"}, {"campaign": "rodnik-kniga"}, {"campaign": "rodnik-kniga", "order_id": 5}],
)
def test_an_order_elsewhere_that_makes_no_sense_is_refused(sandbox, body):
    assert requests.post(f"{sandbox.url}/control/counted_elsewhere", json=body).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/lost_orders/", "lost_orders"),
        ("GET", "/lost_orders/1/", "lost_orders"),
        ("GET", "/lost_orders/payments_info/", "lost_orders"),
        ("POST", "/lost_orders/create/", "manage_lost_orders"),
        ("PUT", "/lost_orders/1/update/", "manage_lost_orders"),
        ("DELETE", "/lost_orders/1/decline/", "manage_lost_orders"),
        ("GET", "/appeals/", "lost_orders"),
        ("GET", "/appeals/1/", "lost_orders"),
        ("POST", "/appeals/create/", "manage_lost_orders"),
        ("DELETE", "/appeals/1/decline/", "manage_lost_orders"),
    ],
)
def test_every_door_asks_for_a_token_with_its_scope(sandbox, method, path, scope):
    other = {"lost_orders": "manage_lost_orders", "manage_lost_orders": "lost_orders"}[scope]
    token = sandbox.new_token(other)["access_token"]

    for headers, expected in (({}, (401, 1)), ({"Authorization": f"Bearer {token}"}, (401, 2))):
        answer = requests.request(method, sandbox.url + path, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == expected


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/lost_orders/", {"status": "lost"}),
        ("/lost_orders/", {"appeal_status": "done"}),
        ("/lost_orders/", {"start_date": "2026-11-01"}),
        ("/lost_orders/", {"end_date": "99.99.9999"}),
        ("/lost_orders/", {"website": "x"}),
        ("/lost_orders/", {"advcampaign": "-1"}),
        ("/appeals/", {"limit": 0}),
        ("/appeals/", {"offset": "1e3"}),
    ],
)
def test_lists_refuse_what_makes_no_sense(sandbox, path, query):
    assert sandbox.get(path, **query).status_code == 400


def test_reset_forgets_the_requests(sandbox):
    made = lodge(sandbox).json()
    sandbox.control("counted_elsewhere", {"campaign": "rodnik-kniga", "order_id": "RK-2"})

    sandbox.control("reset")

    assert sandbox.look("lost_orders")["data"] == []
    assert lodge(sandbox, order_id="RK-2").json()["id"] > made["id"]


def test_nothing_above_was_an_error_of_ours(sandbox):
    assert "Traceback" not in sandbox.log()
