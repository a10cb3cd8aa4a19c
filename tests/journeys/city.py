"""A whole Vitrina on this machine: web, worker, beat, database, Redis and the sandbox's network and shops."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import psycopg
import requests

from cashback.embedded import Stack, free_port
from cashback.stack import PYTHON, celery, manage, says, web_command
from cashback.visitor import Visitor

PATIENCE_SECONDS = 40


class City:
    """The journeys' world. Facts are read by SQL of its own, so that the product cannot vouch for itself."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.web = stack.environment["SITE_URL"]
        self.sandbox = stack.environment["SANDBOX_URL"]

    def open(self) -> None:
        """Everything runs, and the catalogue is in."""
        stack = self.stack
        stack.start_postgres()
        stack.start_redis()
        stack.run("migrate", manage("migrate", "--noinput"))
        stack.run("collectstatic", manage("collectstatic", "--noinput"))
        stack.run("prepare", manage("seed_demo", "prepare"))
        stack.start("sandbox", [PYTHON, "-m", "cashback.sandbox"], ready=f"{self.sandbox}/healthz")
        stack.run("catalogue", manage("seed_demo", "catalogue"))
        stack.start("web", web_command(stack.port), ready=f"http://127.0.0.1:{stack.port}/healthz")
        stack.start("worker", celery("worker", "--concurrency", "2"), ready=says(" ready."))
        stack.start("beat", celery("beat", "-s", str(stack.directory / "celerybeat-schedule")))
        stack.run("report", manage("seed_demo", "report"))
        self.facts = json.loads((stack.directory / "demo.json").read_text())

    def partner(self, slug: str) -> dict[str, Any]:
        return self.facts["partners"][slug]

    def visitor(self, shopper: str, *, partner: str) -> Visitor:
        facts = self.partner(partner)
        return Visitor(
            storefront=facts["storefront"], partner=partner, secret=facts["sso_secret"], shopper=shopper
        )

    # --- the operator's hand at the sandbox ---

    def actions(self, *, click_ref: str | None = None) -> list[dict[str, Any]]:
        """The sandbox's truth, of one click or of all."""
        answer = requests.get(f"{self.sandbox}/control/actions", timeout=30)
        answer.raise_for_status()
        actions = json.loads(answer.text, parse_float=Decimal)["data"]
        return [action for action in actions if click_ref in (None, action["subid4"])]

    def command(self, path: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.sandbox}/control/{path}", json=body, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def held(self, *, order: str) -> list[dict[str, Any]]:
        """The lost orders that the sandbox's network has for the order, the oldest first."""
        answer = requests.get(f"{self.sandbox}/control/lost_orders", timeout=30)
        answer.raise_for_status()
        return [row for row in answer.json()["data"] if row["order_id"] == order]

    def letters(self, *, to: str) -> list[dict[str, Any]]:
        """What the product has sent to the address, the newest first."""
        answer = requests.get(f"{self.sandbox}/control/mail", params={"to": to}, timeout=30)
        answer.raise_for_status()
        return answer.json()["data"]

    # --- what is true in the database ---

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            return connection.execute(sql, values).fetchall()

    def change(self, sql: str, *values: Any) -> None:
        """Something is otherwise than the demo's seed made it."""
        with psycopg.connect(self.stack.environment["DATABASE_URL"]) as connection:
            connection.execute(sql, values)

    def sale(self, action_id: int) -> dict[str, Any] | None:
        """The transaction of that action."""
        found = self.rows(
            "SELECT t.status, t.commission_minor, t.cashback_minor, t.paid_at IS NOT NULL, h.external_id, t.id "
            "FROM transactions_transaction t JOIN partners_shopper h ON h.id = t.shopper_id WHERE t.external_id = %s",
            str(action_id),
        )
        names = ("status", "commission", "cashback", "paid", "shopper", "id")
        return dict(zip(names, found[0], strict=True)) if found else None

    def sides(self, action_id: int) -> dict[str, int]:
        """What the action's transfers give each side, in minor units, from the transfers themselves."""
        found = self.rows(
            "SELECT a.kind, sum(CASE WHEN f.target_id = a.id THEN f.amount ELSE -f.amount END)::bigint "
            "FROM ledger_transfer f JOIN transactions_transaction t ON t.id = f.subject_id "
            "JOIN ledger_account a ON a.id IN (f.source_id, f.target_id) WHERE t.external_id = %s GROUP BY a.kind",
            str(action_id),
        )
        nothing = dict.fromkeys(("network_receivable", "shopper", "partner", "margin"), 0)
        return nothing | dict(found)

    def wallet(self, shopper: str, *, partner: str) -> int:
        """The shopper's available balance in minor units."""
        found = self.rows(
            "SELECT b.amount FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id "
            "JOIN partners_shopper h ON h.id = a.owner_id JOIN partners_partner p ON p.id = h.partner_id "
            "WHERE h.external_id = %s AND p.slug = %s",
            shopper,
            partner,
        )
        return found[0][0] if found else 0

    def eventually(self, is_true: Callable[[], Any], *, patience: float = PATIENCE_SECONDS) -> Any:
        """Waits until the city has caught up; the last answer of `is_true`, which must be truthy by then."""
        deadline = time.monotonic() + patience
        while not (answer := is_true()):
            assert time.monotonic() < deadline, (
                f"not true after {patience} s; worker:\n{self.stack.logs('worker')[-3000:]}"
            )
            time.sleep(0.1)
        return answer


def open_city() -> City:
    stack = Stack(
        port=free_port(),
        sandbox_port=free_port(),
        environment={
            "POLL_SECONDS": "2",
            "SWEEP_SECONDS": "2",
            "EGRESS_READ_SECONDS": "2",
            "SANDBOX_RATE_LIMIT": "100000",
        },
    )
    return City(stack)
