"""Where a claim may go from where it stands, and what its shopper reads of that. Pure; no queries."""

from collections.abc import Mapping

from support.claims.models import CLOSED, OPEN, Claim, Stage, Status

_S = Status

# From each status, where to. Whoever needs another road adds it here, with its reason.
LEGAL: Mapping[Status, frozenset[Status]] = {
    _S.TRIAGING: frozenset(
        {
            _S.ANSWERED_AUTO,
            _S.ON_ICE,
            _S.NEED_INFO,
            _S.IN_REVIEW,
            _S.LODGED,
            _S.COMPENSATED,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    # The answer was contested, or what it told of has changed; unasked it lapses.
    _S.ANSWERED_AUTO: frozenset(
        {_S.TRIAGING, _S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED, _S.LAPSED, _S.WITHDRAWN}
    ),
    _S.ON_ICE: frozenset({_S.TRIAGING, _S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED, _S.WITHDRAWN}),
    _S.NEED_INFO: frozenset(
        {_S.TRIAGING, _S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED, _S.LAPSED, _S.WITHDRAWN}
    ),
    _S.IN_REVIEW: frozenset(
        {
            _S.TRIAGING,
            _S.ANSWERED_AUTO,
            _S.ON_ICE,
            _S.NEED_INFO,
            _S.LODGED,
            _S.APPEALED,
            _S.APPROVED_NET,
            _S.GOODWILL_PENDING,
            _S.COMPENSATED,
            _S.CREDITED,
            _S.REJECTED,
            _S.WITHDRAWN,
        }
    ),
    # Before it is sent the network may say that it has the sale already, or that it will not take the inquiry.
    _S.LODGED: frozenset(
        {
            _S.WAITING_NETWORK,
            _S.APPROVED_NET,
            _S.DECLINED_NET,
            _S.IN_REVIEW,
            _S.NEED_INFO,
            _S.COMPENSATED,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    _S.WAITING_NETWORK: frozenset(
        {
            _S.APPROVED_NET,
            _S.DECLINED_NET,
            _S.NO_ANSWER,
            _S.IN_REVIEW,
            _S.COMPENSATED,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    _S.APPROVED_NET: frozenset({_S.CREDITED, _S.DECLINED_NET, _S.IN_REVIEW, _S.COMPENSATED}),
    _S.DECLINED_NET: frozenset(
        {
            _S.APPEALED,
            _S.GOODWILL_PENDING,
            _S.COMPENSATED,
            _S.REJECTED,
            _S.IN_REVIEW,
            _S.NEED_INFO,
            _S.APPROVED_NET,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    _S.APPEALED: frozenset(
        {
            _S.WAITING_NETWORK,
            _S.APPROVED_NET,
            _S.DECLINED_NET,
            _S.IN_REVIEW,
            _S.COMPENSATED,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    # It is chased, and waits again; and it may answer after all.
    _S.NO_ANSWER: frozenset(
        {
            _S.WAITING_NETWORK,
            _S.APPROVED_NET,
            _S.DECLINED_NET,
            _S.GOODWILL_PENDING,
            _S.COMPENSATED,
            _S.IN_REVIEW,
            _S.CREDITED,
            _S.WITHDRAWN,
        }
    ),
    # The second pair of eyes said no: a person thinks again.
    _S.GOODWILL_PENDING: frozenset({_S.COMPENSATED, _S.IN_REVIEW, _S.REJECTED, _S.CREDITED, _S.WITHDRAWN}),
    # A purchase that was credited is declined later: the claim is open again, or what was given in goodwill counts.
    _S.CREDITED: frozenset({_S.TRIAGING, _S.IN_REVIEW, _S.COMPENSATED}),
    _S.COMPENSATED: frozenset({_S.CREDITED, _S.IN_REVIEW}),
    # No "no" is for ever: the network's late yes is booked, and so is a goodwill that was agreed to meanwhile.
    _S.REJECTED: frozenset({_S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED}),
    _S.LAPSED: frozenset({_S.TRIAGING, _S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED}),
    _S.WITHDRAWN: frozenset({_S.IN_REVIEW, _S.CREDITED, _S.COMPENSATED}),
}

# Somebody else's turn: nobody of ours owes the next step.
WITH_THE_NETWORK = (_S.LODGED, _S.WAITING_NETWORK, _S.APPROVED_NET, _S.APPEALED, _S.NO_ANSWER)
# What hangs on a person of ours.
WITH_A_PERSON = (_S.IN_REVIEW, _S.DECLINED_NET)

_STAGES: Mapping[Status, Stage] = {
    _S.TRIAGING: Stage.CHECKING,
    _S.ANSWERED_AUTO: Stage.ANSWERED,
    _S.ON_ICE: Stage.CHECKING,
    _S.NEED_INFO: Stage.ASKING_YOU,
    _S.IN_REVIEW: Stage.CHECKING,
    _S.LODGED: Stage.SENT_TO_SHOP,
    _S.WAITING_NETWORK: Stage.SENT_TO_SHOP,
    _S.APPROVED_NET: Stage.SHOP_AGREED,
    _S.DECLINED_NET: Stage.SHOP_REFUSED,
    _S.APPEALED: Stage.SENT_TO_SHOP,
    _S.NO_ANSWER: Stage.SENT_TO_SHOP,
    _S.GOODWILL_PENDING: Stage.CHECKING,
    _S.CREDITED: Stage.PAID,
    _S.COMPENSATED: Stage.PAID,
    _S.REJECTED: Stage.CLOSED,
    _S.LAPSED: Stage.CLOSED,
    _S.WITHDRAWN: Stage.CLOSED,
}
# The reason of an answer that nobody contested: closed, and answered it stays.
ACCEPTED = "answer_accepted"


def is_legal(was: str, to: str) -> bool:
    return Status(to) in LEGAL[Status(was)]


def reopens(was: str, to: str) -> bool:
    """A closed claim that is open again begins a new cycle."""
    return was in CLOSED and to in OPEN


def stage_of_status(status: str) -> Stage:
    return _STAGES[Status(status)]


def stage_of(claim: Claim) -> Stage:
    """What the shopper reads, whatever happens behind it."""
    if claim.status == Status.LAPSED and claim.reason_code == ACCEPTED:
        return Stage.ANSWERED
    return stage_of_status(claim.status)
