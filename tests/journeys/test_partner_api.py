"""An app that builds its own pages: it makes the click by the API and sends the browser to the shop."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cashback.lib import ids
from cashback.stack import ENVIRONMENT_FILE, remember


def test_a_click_by_the_api_reaches_the_shop_by_redirects_alone_and_is_one(city):
    facts = city.partner("acorn")
    api, headers = f"{city.web}/api/v1/", {"Authorization": f"Bearer {facts['api_key']}"}
    before = clicks(city)
    body = {"shopper": "alice", "merchant": facts["plain_merchant"]}
    made = requests.post(f"{api}clicks", json=body, headers=headers, timeout=30)
    assert made.status_code == 201, made.text
    # A browser's navigation, twice: a reload makes no second click.
    for _ in range(2):
        arrived = requests.get(
            made.json()["redirect_url"], headers={"Sec-Fetch-Mode": "navigate"}, timeout=30
        )
        assert arrived.status_code == 200
        # The shop's address is the network's to choose; the trip is known by what the network added to it.
        shop, _mark, query = arrived.url.partition("?")
        assert re.fullmatch(rf"{re.escape(city.sandbox)}/shop/[^/]+/", shop)
        assert "admitad_uid=" in query
        assert {step.status_code for step in arrived.history} == {302}
        assert len(arrived.history) >= 2
    assert clicks(city) == before + 1

    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', arrived.text))
    bought = requests.post(f"{shop}buy", data={**fields, "cart": "1990.00"}, timeout=30)
    assert bought.status_code == 200
    [action] = city.actions(click_ref=made.json()["id"].removeprefix("clk_"))
    city.eventually(lambda: city.sale(action["id"]))
    transaction = ids.public("txn", city.sale(action["id"])["id"])
    told = requests.get(f"{api}transactions/{transaction}", headers=headers, timeout=30).json()
    assert (told["click_id"], told["shopper"]) == (made.json()["id"], "alice")
    # 5 % of 1990.00 is 99.50, of which Alice has 70 % and Acorn 10 %.
    assert (told["cashback"]["amount"], told["partner_share"]["amount"]) == ("69.65", "9.95")
    # And Acorn's own server has heard of it.
    city.eventually(lambda: transaction in requests.get(f"{city.sandbox}/host/acorn/hooks", timeout=30).text)
    pending = requests.get(f"{api}shoppers/alice/balance", headers=headers, timeout=30).json()["pending"]
    assert pending["currency"] == "RUB"


def clicks(city) -> int:
    [[count]] = city.rows("SELECT count(*) FROM transactions_click")
    return count


def manage(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` from another shell."""
    return subprocess.run(
        [sys.executable, "-m", "cashback.stack", "manage", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "STACK_DIR": str(directory)},
    )


def test_a_new_partner_of_five_answers_calls_the_running_demo(city):
    remember(city.stack)
    answers = [
        "--name",
        "Cedar Club",
        "--slug",
        "cedar",
        "--currency",
        "USD",
        "--language",
        "en",
        "--site",
        "",
    ]
    made = manage(city.stack.directory, "new_partner", *answers)
    assert made.returncode == 0, made.stderr
    told = dict(line.split("=", 1) for line in made.stdout.splitlines() if line.startswith("VITRINA_"))
    shops = requests.get(
        f"{told['VITRINA_API']}/merchants",
        headers={"Authorization": f"Bearer {told['VITRINA_API_KEY']}"},
        timeout=30,
    )
    assert shops.json()["data"], shops.text
    assert requests.get(told["VITRINA_STOREFRONT"], timeout=30).status_code == 200


@pytest.mark.parametrize("is_left_behind", [False, True])
def test_where_no_demo_runs_it_says_so(city, tmp_path, is_left_behind):
    """A demo that was killed has left its addresses and its lock's file."""
    remember(city.stack)
    if is_left_behind:
        (tmp_path / "lock").write_text("1\n")
        (tmp_path / ENVIRONMENT_FILE).write_bytes((city.stack.directory / ENVIRONMENT_FILE).read_bytes())
    refused = manage(tmp_path, "check")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "No demo is running" in refused.stderr
