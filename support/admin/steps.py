"""What an agent may do with a case now, and the one thing that brings it on. The services behind refuse in any case."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from support import codes
from support.claims.models import SETTLED_FOR_NOW, Claim, Kind, Status, TriageRun
from support.claims.states import WITH_A_PERSON, WITH_THE_NETWORK, is_legal
from support.desk.models import Ticket

# After these reasons nobody has to be asked any more: the answer is ours to give.
_EXPLAINED = {
    "already_credited",
    "already_confirmed",
    "already_pending",
    "amount_is_right",
    "excluded_goods",
    "other_coupon",
    "paid_by_gift_card",
    "paid_by_points",
    "bought_in_app",
    "claimed_before",
}
_NOT_COVERED = {"no_eligible_click", "order_before_click", "later_click_elsewhere", "counted_elsewhere"}
_NO_ROAD = {"too_late", "takes_no_claims", "cannot_lodge", "network_silent", "network_refused"}


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and the button that does it: `posts` an action, or `opens` a place of the page ("" for neither)."""

    words: str
    label: str = ""
    posts: str = ""
    opens: str = ""
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """What sending an answer may do besides. The first one is the page's main button."""

    name: str
    title: str | Promise
    icon: str
    hint: str | Promise = ""


_SEND = Ending("", gettext_lazy("Send"), "send")
_SOLVE = Ending("solve", gettext_lazy("Send & solve"), "task_alt")
_WAIT = Ending(
    "wait",
    gettext_lazy("Send & wait for the shopper"),
    "hourglass_top",
    gettext_lazy("It is the shopper's turn: they are reminded twice."),
)
_HOLD = Ending(
    "hold",
    gettext_lazy("Send & hold"),
    "pause_circle",
    gettext_lazy("It waits for somebody else; our clock stands still."),
)


def endings(ticket: Ticket, claim: Claim | None) -> Sequence[Ending]:
    """A claim that a person or the network has is not solved by words: it is decided on."""
    if claim is None or not claim.is_open or claim.status == Status.ANSWERED_AUTO:
        return (_SOLVE, _SEND, _WAIT, _HOLD)
    if claim.status == Status.IN_REVIEW:
        return (_SOLVE, _SEND, _WAIT, _HOLD)
    if claim.status in (*WITH_THE_NETWORK, Status.ON_ICE, Status.GOODWILL_PENDING):
        return (_HOLD, _SEND, _WAIT)
    return (_SEND, _WAIT, _HOLD)


def may(claim: Claim | None) -> dict[str, bool]:
    """By action, whether its road is open from where the claim stands."""
    if claim is None:
        return {}
    status, is_declined = claim.status, claim.kind == Kind.DECLINED
    decides = status in (*WITH_A_PERSON, Status.GOODWILL_PENDING)
    return {
        "ask_info": is_legal(status, Status.NEED_INFO) and status != Status.TRIAGING,
        "reject": decides and is_legal(status, Status.REJECTED),
        "lodge": status == Status.IN_REVIEW and not is_declined and bool(claim.order_no),
        "appeal": status == Status.DECLINED_NET or (status == Status.IN_REVIEW and is_declined),
        "goodwill": status
        not in (Status.CREDITED, Status.WITHDRAWN, Status.GOODWILL_PENDING, Status.TRIAGING),
        "triage": is_legal(status, Status.TRIAGING),
        "take_over": status not in WITH_A_PERSON and is_legal(status, Status.IN_REVIEW),
    }


def next_step(ticket: Ticket, claim: Claim | None, run: TriageRun | None) -> Step:
    if ticket.merged_into_id:
        return Step(_("This conversation goes on in another ticket."), is_waiting=True)
    if claim is None:
        return _step_of_conversation(ticket)
    match claim.status:
        case Status.IN_REVIEW:
            return _step_in_review(claim, run)
        case Status.DECLINED_NET:
            return Step(
                _("The network refused. Appeal if the evidence speaks for the shopper, or make it good."),
                _("Appeal…"),
                opens="appeal",
            )
        case Status.NO_ANSWER:
            return Step(
                _("The network stays silent. Make it good; it is chased for our own account."),
                _("Make it good"),
                opens="goodwill",
            )
        case Status.GOODWILL_PENDING:
            return Step(_("Goodwill waits for a second person."), _("Look at it"), opens="goodwill")
    if ticket.owed_since:
        return Step(_("The shopper wrote and waits for your answer."), _("Write the answer"), opens="reply")
    done = _step_of_others(claim)
    if claim.status in SETTLED_FOR_NOW and not ticket.is_solved:
        return Step(done.words, _("Solve without a word"), posts="solve")
    return done


def _step_of_conversation(ticket: Ticket) -> Step:
    if ticket.owed_since:
        return Step(_("The shopper waits for your answer."), _("Write the answer"), opens="reply")
    if ticket.is_solved:
        return Step(_("Solved. A new question of theirs opens it again."), is_waiting=True)
    return Step(_("Nothing is owed here: solve it, or wait for the shopper."), is_waiting=True)


def _step_of_others(claim: Claim) -> Step:
    """It is somebody else's turn."""
    words = {
        Status.ON_ICE: _("On ice: it wakes by itself, or when the sale arrives."),
        Status.NEED_INFO: _("The shopper's turn. They are reminded twice, then it is put away."),
        Status.ANSWERED_AUTO: _("Answered. It closes by itself unless the shopper disagrees."),
        Status.APPROVED_NET: _("The network agreed; the money is booked when its sale arrives."),
        Status.CREDITED: _("Credited. Nothing is owed."),
        Status.COMPENSATED: _("Made good. If the network pays later, it repays us."),
        Status.REJECTED: _("Rejected, with the reason told."),
    }.get(Status(claim.status))
    if words is None and claim.status in WITH_THE_NETWORK:
        words = _("The network's turn. Its answer comes by itself.")
    return Step(words or _("Nothing is owed here."), is_waiting=True)


def _step_in_review(claim: Claim, run: TriageRun | None) -> Step:
    code = _reason_of(run) or claim.reason_code
    if claim.flags:
        told = ", ".join(codes.flag(each) for each in claim.flags)
        return Step(
            _("Look twice: %(flags)s. Say nothing about anybody else.") % {"flags": told},
            _("Write the answer"),
            opens="reply",
        )
    if claim.kind == Kind.DECLINED or code in ("declined_disputed", "partly_declined"):
        return Step(
            _("The shop declined it. Appeal if the receipt says otherwise."), _("Appeal…"), opens="appeal"
        )
    if code in _EXPLAINED:
        return Step(
            _("The rules know the answer: %(reason)s. Explain it.") % {"reason": codes.reason(code)},
            _("Write the answer"),
            opens="reply",
        )
    if code in _NOT_COVERED:
        return Step(
            _("The trip does not cover the order: %(reason)s. Explain it, or make it good.")
            % {"reason": codes.reason(code)},
            _("Make it good"),
            opens="goodwill",
        )
    if code in _NO_ROAD:
        return Step(
            _("Nobody can be asked: %(reason)s. Make it good.") % {"reason": codes.reason(code)},
            _("Make it good"),
            opens="goodwill",
        )
    if code in ("incomplete", "receipt_needed"):
        return Step(
            _("Before the network can be asked: %(reason)s. Ask the shopper for it.")
            % {"reason": codes.reason(code)},
            _("Ask the shopper"),
            opens="reply",
        )
    if not may(claim)["lodge"]:
        return Step(
            _("A person decides: %(reason)s.") % {"reason": codes.reason(code)},
            _("Make it good"),
            opens="goodwill",
        )
    return Step(_("Nothing speaks against it. Ask the network."), _("Ask the network"), posts="lodge")


def _reason_of(run: TriageRun | None) -> str:
    """What the latest run decided on."""
    if run is None:
        return ""
    return next((str(each.get("reason", "")) for each in run.results if each["rule"] == run.decided_by), "")
