"""What a rule of triage says, and what follows from it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from support.claims.models import Kind


class Said(StrEnum):
    """A rule is decisive, or does not apply, or cannot tell for want of a fact. One that was switched off and would
    have been decisive goes to a person."""

    DECISIVE = "decisive"
    PASSED = "passed"
    UNDECIDED = "undecided"
    OFF = "off"


class Decision(StrEnum):
    # The whole answer is known: the shopper is told it at once.
    ANSWER = "answer"
    # Too early to ask anybody: we come back to it ourselves.
    ICE = "ice"
    # The shopper must tell or show something first.
    ASK = "ask"
    # A person looks, with the diagnosis.
    REVIEW = "review"
    # Nobody can be asked: made good by ourselves, by policy or by a person.
    GOODWILL = "goodwill"
    # Ask the network; where policy allows the shopper is paid first.
    LODGE = "lodge"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is a stable code. `evidence` is what was compared, for staff and for the words to the shopper. `until`
    is when something is due by it: the ice melts, the shop decides. `kind` is what the claim turned out to be."""

    said: Said
    decision: Decision | None = None
    reason: str = ""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    until: datetime | None = None
    kind: Kind | None = None

    @property
    def is_decisive(self) -> bool:
        return self.said == Said.DECISIVE


def passed(**evidence: Any) -> Verdict:
    return Verdict(Said.PASSED, evidence=evidence)


def undecided(**evidence: Any) -> Verdict:
    return Verdict(Said.UNDECIDED, evidence=evidence)


def decisive(
    decision: Decision,
    reason: str,
    *,
    flags: tuple[str, ...] = (),
    until: datetime | None = None,
    kind: Kind | None = None,
    **evidence: Any,
) -> Verdict:
    return Verdict(Said.DECISIVE, decision, reason, evidence, flags, until, kind)
