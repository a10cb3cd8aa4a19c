"""One run of the rules over a claim: every verdict is kept, the first decisive one decides."""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from support.claims.models import Claim, RuleSwitch, TriageRun
from support.claims.triage import gathering
from support.claims.triage.facts import Facts
from support.claims.triage.rules import RULES, RULESET
from support.claims.triage.verdicts import Decision, Said, Verdict
from transactions.recording import words


@dataclass(frozen=True, slots=True)
class Judgement:
    """What each rule said, in order, and the verdict that is followed."""

    results: Sequence[tuple[str, Verdict]]
    rule: str
    verdict: Verdict
    facts: Facts

    @property
    def decision(self) -> Decision:
        assert self.verdict.decision is not None  # noqa: S101 - the last rule always decides
        return self.verdict.decision

    @property
    def reason(self) -> str:
        return self.verdict.reason


def judge(facts: Facts, *, switched_off: Collection[str] = ()) -> Judgement:
    """The first decisive verdict, with two restraints: a rule that is switched off is followed by a person alone, and
    nothing is paid for want of a road to the network before the terms have been asked."""
    results = [(rule.__name__, rule(facts)) for rule in RULES]
    decisive = [(name, verdict) for name, verdict in results if verdict.is_decisive]
    name, verdict = decisive[0]
    if verdict.decision == Decision.GOODWILL:
        against = [pair for pair in decisive[1:] if pair[1].decision == Decision.ANSWER]
        name, verdict = against[0] if against else (name, verdict)
    if name in switched_off:
        off = replace(verdict, said=Said.OFF)
        results = [(each, off if each == name else said) for each, said in results]
        verdict = replace(verdict, decision=Decision.REVIEW)
    return Judgement(results, name, verdict, facts)


def run(claim: Claim, *, because: str, at: datetime) -> tuple[TriageRun, Judgement]:
    """The claim's facts are judged as they are now. Kept, whatever follows from it; nothing is carried out here."""
    began = time.perf_counter()
    facts = gathering.gather(claim, at=at)
    switched_off = RuleSwitch.objects.filter(is_on=False).values_list("rule", flat=True)
    judgement = judge(facts, switched_off=set(switched_off))
    took_ms = round((time.perf_counter() - began) * 1000)
    kept = TriageRun.objects.create(
        partner_id=claim.partner_id,
        claim=claim,
        ruleset=RULESET,
        because=because[:40],
        results=[_as_json(name, verdict) for name, verdict in judgement.results],
        decision=judgement.decision,
        decided_by=judgement.rule,
        took_ms=took_ms,
        at=at,
    )
    return kept, judgement


def _as_json(name: str, verdict: Verdict) -> Mapping[str, Any]:
    told = {"rule": name, "verdict": str(verdict.said), "evidence": words.plain(dict(verdict.evidence))}
    if verdict.decision:
        told |= {"decision": str(verdict.decision), "reason": verdict.reason}
    if verdict.until:
        told |= {"until": verdict.until.isoformat()}
    return told
