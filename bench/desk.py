"""The agents' pages at a hundred thousand tickets, in process through all the middleware: milliseconds a page against
what was promised (a queue 200, a case 300), and how many statements each takes.

Alone: `python bench/desk.py`, on a migrated, empty database.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cashback.settings")
    import django

    django.setup()
    from cashback.lib import sight

    sight.process_sees_all("bench")

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.measure import Comparison, rotate
from bench.town import Town
from support.clocks.services import make_default_policies
from support.desk.models import Agent, Ticket
from support.desk.services import default_team

TICKETS = 100_000
SHOPPERS = 8_000
PAGES = 15
QUEUE_BUDGET, CASE_BUDGET = "a queue may take", "a case may take"
_QUEUE, _MOST_STATEMENTS = "/admin/desk/ticket/", 25

# A fifth is unsolved, as after a bad week; seven of ten are about a claim. Every order is another.
_SETTINGS = "SET session_replication_role = replica"
_SHOPPERS = """
INSERT INTO partners_shopper (partner_id, storefront_id, external_id, locale, chosen_locale, email, signs_in_by_email)
SELECT %(partner)s, %(storefront)s, 'member-' || n, 'ru', '', 'member' || n || '@mail.test', false
FROM generate_series(1, %(shoppers)s) n
"""
_TICKETS = """
INSERT INTO desk_ticket (partner_id, storefront_id, shopper_id, requester_email, requester_name, subject, channel,
    category, priority, status, language, team_id, assignee_id, tags, version, cycle, needs_person, owed_since,
    last_customer_at, next_due_at, reopened_count, created_at, updated_at, solved_at)
SELECT %(partner)s, %(storefront)s, s.id, '', '', 'Покупка в магазине ' || n || ' не пришла', 'storefront',
    (ARRAY['untracked','untracked','wrong_amount','declined','late_confirm','payout_problem','other'])[1 + n %% 7],
    (ARRAY['normal','normal','normal','low','high','urgent'])[1 + n %% 6],
    CASE WHEN n %% 5 > 0 THEN 'solved' ELSE (ARRAY['new','open','pending','hold'])[1 + n / 5 %% 4] END, 'ru', %(team)s,
    CASE WHEN n %% 3 > 0 THEN (%(agents)s)[1 + n %% 20] END, '{}', 3, 1, true,
    CASE WHEN n %% 5 = 0 AND n %% 2 = 0 THEN now() - n * interval '3 seconds' END,
    now() - n * interval '3 seconds',
    CASE WHEN n %% 5 = 0 AND n %% 3 > 0 THEN now() + (n %% 5000 - 2500) * interval '1 minute' END,
    0, now() - n * interval '40 seconds', now() - n * interval '20 seconds',
    CASE WHEN n %% 5 > 0 THEN now() - n * interval '20 seconds' END
FROM generate_series(1, %(tickets)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM partners_shopper) s ON s.place = 1 + n %% %(shoppers)s
"""
_MESSAGES = """
INSERT INTO desk_message (partner_id, ticket_id, cycle, direction, is_internal, author, agent_id, channel, text, html,
    message_id, in_reply_to, delivery, delivery_error, created_at)
SELECT t.partner_id, t.id, 1, CASE WHEN k = 1 THEN 'in' ELSE 'out' END, k = 4,
    (ARRAY['shopper','system','agent','agent'])[k], CASE WHEN k > 2 THEN (%(agents)s)[1 + k] END, 'storefront',
    (ARRAY['Заказ оплатил, а кэшбэка нет. Посмотрите, пожалуйста.', 'Мы всё проверили и ответим до конца недели.',
           'Здравствуйте! Магазин подтвердил покупку.', 'Звонили в магазин.'])[k] || ' ' || t.number, '', '', '',
    'none', '', t.created_at + k * interval '1 minute'
FROM desk_ticket t, generate_series(1, 4) k ORDER BY t.id, k
"""
_EVENTS = """
INSERT INTO desk_ticketevent (partner_id, ticket_id, cycle, kind, agent_id, facts, at)
SELECT t.partner_id, t.id, 1, (ARRAY['opened','wrote','auto_replied','assigned','replied'])[k],
    CASE WHEN k > 3 THEN (%(agents)s)[1 + k] END, '{}', t.created_at + k * interval '1 minute'
FROM desk_ticket t, generate_series(1, 5) k ORDER BY t.id, k
"""
_CLOCKS = """
INSERT INTO clocks_clock (partner_id, subject_id, metric, cycle, policy_id, team_id, target_seconds, started_at,
    planned_at, due_at, met_at, stopped_reason, worked_seconds, on_duty)
SELECT t.partner_id, t.id, m.metric, 1, p.id, t.team_id, 3600, t.created_at, t.created_at,
    coalesce(t.next_due_at, t.created_at + interval '1 hour'),
    CASE WHEN t.status = 'solved' OR t.next_due_at IS NULL THEN t.created_at + interval '30 minutes' END, '',
    CASE WHEN t.status = 'solved' OR t.next_due_at IS NULL THEN 1800 END, '{}'
FROM desk_ticket t, (VALUES ('first_reply'), ('resolve_own')) m(metric)
JOIN LATERAL (SELECT id FROM clocks_clockpolicy WHERE metric = m.metric ORDER BY id LIMIT 1) p ON true
"""
_CLICKS = """
INSERT INTO transactions_click (partner_id, storefront_id, shopper_id, merchant_id, offer_id, account_id, currency,
    shopper_percent, partner_percent, credit_on, best_percent, terms_digest, user_agent)
SELECT s.partner_id, s.storefront_id, s.id, o.merchant_id, o.id, o.account_id, 'RUB', 70, 10, 'approved', 5,
    repeat('0', 16), 'Mozilla/5.0'
FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM partners_shopper) s, generate_series(1, 9) k
JOIN LATERAL (SELECT 1) x ON true
JOIN (SELECT *, row_number() OVER (ORDER BY id) AS place FROM offers_offer) o ON true
WHERE o.place = 1 + (s.place * 7 + k) %% 3000
"""
_CLAIMS = """
INSERT INTO claims_claim (partner_id, storefront_id, shopper_id, ticket_id, kind, click_id, merchant_id, offer_id,
    account_id, order_no, order_no_norm, order_at, order_minor, currency, coupon_used, paid_with, bought_in, goods,
    expected_minor, terms_digest, status, reason_code, opened_via, flags, cycle, next_update_due, reminders, created_at,
    updated_at, closed_at)
SELECT t.partner_id, t.storefront_id, t.shopper_id, t.id, 'untracked', c.id, c.merchant_id, c.offer_id, c.account_id,
    'AB-' || t.number, 'AB' || t.number, t.created_at, 199000, 'RUB', '', 'card', 'web', '', 6965, c.terms_digest,
    CASE t.status WHEN 'solved' THEN 'credited' WHEN 'hold' THEN 'waiting_network' WHEN 'pending' THEN 'need_info'
        ELSE 'in_review' END, 'contested', 'storefront', '{}', 1,
    CASE WHEN t.status <> 'solved' THEN now() + interval '3 days' END, 0, t.created_at, t.updated_at, t.solved_at
FROM desk_ticket t
JOIN (SELECT DISTINCT ON (shopper_id) * FROM transactions_click ORDER BY shopper_id, id) c USING (shopper_id)
WHERE t.number %% 10 < 7
"""
_STEPS = """
INSERT INTO claims_claimstep (partner_id, claim_id, cycle, from_status, to_status, reason_code, at)
SELECT c.partner_id, c.id, 1, CASE WHEN k = 1 THEN '' ELSE 'triaging' END, CASE WHEN k = 1 THEN 'triaging'
    ELSE c.status END, 'opened', c.created_at + k * interval '1 second'
FROM claims_claim c, generate_series(1, 2) k
"""
_RUNS = """
INSERT INTO claims_triagerun (partner_id, claim_id, ruleset, because, results, decision, decided_by, took_ms, at)
SELECT c.partner_id, c.id, '2026', 'opened', '[{"rule": "complete", "verdict": "decisive", "decision": "lodge",
    "reason": "lodge", "evidence": {}}]', 'lodge', 'complete', 4, c.created_at FROM claims_claim c
"""
_FOUND = "UPDATE desk_ticket SET search = desk_words(subject, 'A') || desk_words('AB-' || number, 'A')"


def run(town: Town, *, repetitions: int) -> Comparison:
    """Milliseconds a page; each repetition asks for other pages of the queue and other cases."""
    agent = build(town)
    client = Client(headers={"accept-language": "ru"})
    client.force_login(agent.user)
    unsolved = Ticket.objects.unsolved().defer("search").order_by("pk")
    cases = [str(pk) for pk in unsolved.filter(claim__isnull=False).values_list("pk", flat=True)[: PAGES * 7]]
    views = ["mine", "unassigned", "owed", "network", "all", "solved", "ice"]
    pages = {
        **{f"queue, {view}": [f"{_QUEUE}?view={view}"] for view in views},
        "queue, forty pages on": [f"{_QUEUE}?view=all&after={_deep(client)}"],
        "queue, a search": [f"{_QUEUE}?q=магазине+{number * 977}" for number in range(1, PAGES)],
        "queue, an order": [f"{_QUEUE}?q=AB-{10_000 + number * 977}" for number in range(1, PAGES)],
        "the numbers": [f"{_QUEUE}counts/"],
        "a case": [f"{_QUEUE}{pk}/change/?view=all" for pk in cases],
        "the shift board": ["/admin/shifts/shiftclose/board/"],
    }
    comparison = Comparison(f"The desk, {TICKETS:,} tickets", "ms/page")
    for name in pages:
        if name.startswith("queue"):
            comparison.goal(name, QUEUE_BUDGET, "<=", 1)
    comparison.goal("a case", CASE_BUDGET, "<=", 1)
    variants: dict[str, Callable[[], float]] = {QUEUE_BUDGET: lambda: 200.0, CASE_BUDGET: lambda: 300.0}
    variants |= {name: _timed(client, addresses) for name, addresses in pages.items()}
    rotate(comparison, variants, repetitions=repetitions)
    _tell_statements(client, pages)
    return comparison


def build(town: Town) -> Agent:
    """The tickets with all that hangs on them, in a dozen statements. Twenty agents, one of whom has many."""
    make_default_policies()
    team = default_team()
    users = [User(username=f"agent-{number}", is_staff=True, is_superuser=True) for number in range(20)]
    User.objects.bulk_create(users)
    for user in User.objects.filter(agent=None, is_staff=True).order_by("pk"):
        Agent.objects.create(user=user, team=team, name=user.username.title(), most_open=500)
    agents = list(Agent.objects.select_related("user").order_by("pk"))
    facts = {
        "partner": town.storefront.partner_id,
        "storefront": town.storefront.pk,
        "team": team.pk,
        "agents": [agent.pk for agent in agents],
        "tickets": TICKETS,
        "shoppers": SHOPPERS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        for statement in (
            _SHOPPERS,
            _CLICKS,
            _TICKETS,
            _MESSAGES,
            _EVENTS,
            _CLOCKS,
            _CLAIMS,
            _STEPS,
            _RUNS,
            _FOUND,
        ):
            cursor.execute(statement, facts)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    return agents[1]


def _deep(client: Client) -> str:
    """A place a thousand tickets down the queue."""
    due = Ticket.objects.unsolved().exclude(next_due_at=None).order_by("next_due_at", "pk")
    ticket = due.only("pk", "next_due_at")[1000]
    return f"{ticket.next_due_at.isoformat()}_{ticket.pk.hex}".replace("+", "%2B")


def _timed(client: Client, addresses: list[str]) -> Callable[[], float]:
    """The median of some pages, with nothing kept of the numbers beside the queues."""
    asked = 0

    def measure() -> float:
        nonlocal asked
        took = []
        for _ in range(PAGES):
            cache.clear()
            address = addresses[asked % len(addresses)]
            asked += 1
            began = time.perf_counter()
            answer = client.get(address)
            took.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise AssertionError(f"{address} answered {answer.status_code}.")
        return median(took)

    return measure


def _tell_statements(client: Client, pages: dict[str, list[str]]) -> None:
    for name, addresses in pages.items():
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            client.get(addresses[0])
        verdict = ""
        if name.startswith("queue"):
            verdict = "reached" if len(asked) <= _MOST_STATEMENTS else "MISSED"
            verdict = f"   goal <= {_MOST_STATEMENTS}: {verdict}"
        print(f"  {name:<34} {len(asked)} statements{verdict}")


if __name__ == "__main__":
    from bench import town

    print("\n".join(run(town.build(), repetitions=5).lines()))
