"""How much the service answers by itself, and how often it was wrong. A rule that is wrong too often stops itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from support.claims.models import RuleSwitch
from support.quality.measures.scope import Scope, rows, share

CONTESTED_WITHIN = timedelta(days=7)
# More than this share of its answers overturned, and a rule may not answer any more.
MOST_ERROR = 0.02
LEAST_ANSWERS = 50
LOOKS_BACK = timedelta(days=90)

# An answer is the claim's step to "answered by itself"; looked at again and answered alike it is one. The rule is that
# of the run which decided it. Contested: the shopper said within seven days that it is wrong, and a person looked.
# Overturned: afterwards the claim was sent to the network or paid after all.
_ANSWERS = """
answers AS (
    SELECT DISTINCT ON (s.claim_id, s.cycle, rule) s.claim_id,
        coalesce(nullif(run.decided_by, ''), s.reason_code) AS rule, contest.at AS contested_at,
        contest.at IS NOT NULL AND EXISTS (
            SELECT FROM claims_claimstep later
            WHERE later.claim_id = s.claim_id AND later.at >= contest.at AND later.at <= %(at)s
              AND later.to_status IN ('lodged', 'approved_net', 'goodwill_pending', 'compensated', 'credited')
        ) AS is_overturned
    FROM claims_claimstep s
    LEFT JOIN LATERAL (
        SELECT r.decided_by FROM claims_triagerun r
        WHERE r.claim_id = s.claim_id AND r.at <= s.at ORDER BY r.at DESC, r.id DESC LIMIT 1
    ) run ON true
    LEFT JOIN LATERAL (
        SELECT next.at FROM claims_claimstep next
        WHERE next.claim_id = s.claim_id AND next.from_status = 'answered_auto' AND next.to_status = 'in_review'
          AND next.reason_code = 'contested'
          AND next.at >= s.at AND next.at <= s.at + %(contested_within)s AND next.at <= %(at)s
        ORDER BY next.at, next.id LIMIT 1
    ) contest ON true
    WHERE s.to_status = 'answered_auto' AND s.agent_id IS NULL
      AND s.at >= %(since)s AND s.at < %(until)s AND s.at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR s.partner_id = ANY(%(partners)s::uuid[]))
    ORDER BY s.claim_id, s.cycle, rule, s.at DESC, s.id DESC
)
"""

_BY_RULE = f"""
WITH {_ANSWERS}
SELECT rule, count(*) AS answers, count(contested_at) AS contested, count(*) FILTER (WHERE is_overturned) AS overturned
FROM answers GROUP BY rule ORDER BY rule
"""  # noqa: S608 - of our own constants

# Of the claims opened in the period. Made good at once, with no person in between, is answered by the service too.
_SHARE = """
WITH opened AS (
    SELECT c.id, c.created_at FROM claims_claim c JOIN desk_ticket t ON t.id = c.ticket_id
    WHERE c.created_at >= %(since)s AND c.created_at < %(until)s AND c.created_at <= %(at)s
      AND (%(partners)s::uuid[] IS NULL OR c.partner_id = ANY(%(partners)s::uuid[]))
      AND (%(team)s::uuid IS NULL OR t.team_id = %(team)s::uuid)
),
told AS (
    SELECT o.id, o.created_at, answer.to_status, answer.at, EXISTS (
        SELECT FROM claims_claimstep next
        WHERE next.claim_id = o.id AND next.from_status = answer.to_status AND next.to_status = 'in_review'
          AND next.reason_code = 'contested'
          AND next.at >= answer.at AND next.at <= answer.at + %(contested_within)s AND next.at <= %(at)s
    ) AS is_contested
    FROM opened o
    LEFT JOIN LATERAL (
        SELECT s.to_status, s.at, s.agent_id FROM claims_claimstep s
        WHERE s.claim_id = o.id AND s.to_status IN ('answered_auto', 'compensated', 'in_review') AND s.at <= %(at)s
        ORDER BY s.at, s.id LIMIT 1
    ) answer ON answer.to_status <> 'in_review' AND answer.agent_id IS NULL
)
SELECT CASE WHEN %(by_day)s THEN ((created_at AT TIME ZONE %(zone)s)::date)::text ELSE '' END AS key,
    count(*) AS claims,
    count(*) FILTER (WHERE to_status = 'answered_auto') AS answered,
    count(*) FILTER (WHERE to_status = 'compensated') AS made_good,
    count(*) FILTER (WHERE is_contested) AS contested,
    count(*) FILTER (WHERE at > %(at)s - %(contested_within)s AND NOT is_contested) AS may_yet_be_contested
FROM told GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class AutoResolved:
    """Claims opened in the period that no person had to look at: answered, or made good at once. Those answered in the
    last seven days may yet be contested."""

    claims: int
    answered: int
    made_good: int
    contested: int
    may_yet_be_contested: int

    @property
    def share(self) -> float | None:
        return share(self.answered + self.made_good - self.contested, self.claims)


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """A rule's own answers in the period, those contested within seven days, and those overturned then."""

    rule: str
    answers: int
    contested: int
    overturned: int

    @property
    def error(self) -> float | None:
        return share(self.overturned, self.answers)

    @property
    def is_too_wrong(self) -> bool:
        return self.answers >= LEAST_ANSWERS and self.overturned / self.answers > MOST_ERROR


def auto_resolved(scope: Scope, *, by_day: bool = False) -> Mapping[str, AutoResolved]:
    """The whole period under "", or each day of opening."""
    found = rows(_SHARE, scope, by_day=by_day, contested_within=CONTESTED_WITHIN)
    return {
        row.key: AutoResolved(
            row.claims, row.answered, row.made_good, row.contested, row.may_yet_be_contested
        )
        for row in found
    }


def records(scope: Scope) -> Sequence[RuleRecord]:
    return [RuleRecord(*row) for row in rows(_BY_RULE, scope, contested_within=CONTESTED_WITHIN)]


@transaction.atomic
def disable_bad_rules(*, at: datetime) -> list[str]:
    """No rule answers by itself whose answers of the last 90 days were overturned in more than 2 %, of 50 or more. One
    that staff switched on again is judged by its answers since. Returns the rules switched off now."""
    since = at - LOOKS_BACK
    switches = {switch.rule: switch for switch in RuleSwitch.objects.select_for_update().order_by("rule")}
    stopped = []
    for found in records(Scope(since=since, until=at, at=at)):
        switch = switches.get(found.rule) or RuleSwitch(rule=found.rule, changed_at=since)
        if not switch.is_on:
            continue
        if switch.changed_at > since:
            fresh = {each.rule: each for each in records(Scope(since=switch.changed_at, until=at, at=at))}
            found = fresh.get(found.rule, RuleRecord(found.rule, 0, 0, 0))
        if found.is_too_wrong:
            switch.is_on, switch.changed_at = False, at
            switch.why = _("%(overturned)s of %(answers)s answers were overturned: more than 2 %%.") % {
                "overturned": found.overturned,
                "answers": found.answers,
            }
            switch.save()
            stopped.append(found.rule)
    return stopped
