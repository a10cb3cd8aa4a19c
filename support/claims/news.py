"""What the service writes when something happens to a claim after triage."""

from datetime import datetime

from django.utils.translation import gettext as _

from offers.networks.base import OrderStanding
from support.claims import words
from support.claims.models import Claim, Status
from transactions.my_cashback import reasons


def sale_arrived(claim: Claim, minor: int, *, by: datetime) -> str:
    """The network shows the purchase; it is not money yet."""
    with words.of(claim):
        return words.letter(
            _("Good news: %(shop)s has reported %(order)s. %(amount)s of cashback is on its way.")
            % {
                "shop": words.shop(claim),
                "order": words.order(claim),
                "amount": words.money(claim, minor),
            },
            _(
                "There is nothing you need to do: once the shop is sure that nothing comes back, the cashback is yours."
            ),
            _("We expect the shop's decision by %(day)s, and write to you when it is there.")
            % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def credited(claim: Claim, minor: int) -> str:
    with words.of(claim):
        return words.letter(
            _("%(amount)s of cashback for %(order)s at %(shop)s is in your balance. Your claim is settled.")
            % {
                "amount": words.money(claim, minor),
                "order": words.order(claim),
                "shop": words.shop(claim),
            },
            words.talk_to_a_person(),
        )


def credited_after_goodwill(claim: Claim, *, more_minor: int) -> str:
    """The network has paid after all, and gave the house its goodwill back; the shopper has what is more."""
    with words.of(claim):
        found = _("%(shop)s has confirmed %(order)s after all.") % {
            "shop": words.shop(claim),
            "order": words.order(claim),
        }
        if more_minor > 0:
            then = _(
                "Its cashback takes the place of what we had given you, and %(more)s more is in your balance."
            ) % {"more": words.money(claim, more_minor)}
        else:
            then = _("Its cashback takes the place of what we had given you: your balance stays as it is.")
        return words.letter(found, then, words.talk_to_a_person())


def taken_back(claim: Claim) -> str:
    """The shop took its confirmation back; what we gave in goodwill counts again."""
    with words.of(claim):
        return words.letter(
            _("%(shop)s has taken its confirmation of %(order)s back.")
            % {"shop": words.shop(claim), "order": words.order(claim)},
            _("What we had given you ourselves counts again, so you lose nothing of it."),
            words.talk_to_a_person(),
        )


def network_agreed(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("Good news: %(shop)s agrees that %(order)s is yours.")
            % {"shop": words.shop(claim), "order": words.order(claim)},
            _(
                "Now the shop books it. As soon as it has, the cashback is in your balance; "
                "there is nothing you need to do."
            ),
            _("You will hear from us by %(day)s.") % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def network_refused(claim: Claim, reason: str, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("%(shop)s does not agree. %(reason)s") % {"shop": words.shop(claim), "reason": _reason(reason)},
            _("That is not our last word: we can appeal, or make it good ourselves."),
            words.a_person_has_it(by),
        )


def _reason(reason: str) -> str:
    """In plain words; for whom an order is counted is nobody's business."""
    if reason == OrderStanding.COUNTED_ELSEWHERE:
        return _("It says that the order has been counted already.")
    return str(reasons.explain(reason).words)


def network_reminded(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("%(shop)s has not answered us in time. We have reminded it.") % {"shop": words.shop(claim)},
            _(
                "There is nothing you need to do. If it stays silent we will not leave you waiting, "
                "but decide ourselves."
            ),
            _("You will hear from us by %(day)s.") % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def network_silent(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("%(shop)s has not answered, though we have asked it more than once.")
            % {"shop": words.shop(claim)},
            _("We will not let you wait any longer, and decide ourselves."),
            words.a_person_has_it(by),
        )


def appealed(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("We have asked %(shop)s to look at its decision again.") % {"shop": words.shop(claim)},
            _("A second look usually takes a shop a few weeks. There is nothing you need to do meanwhile."),
            _("You will hear from us by %(day)s.") % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def how_it_stands(claim: Claim, *, by: datetime) -> str:
    """The regular word while a claim waits; sent only when something has moved since the last one."""
    with words.of(claim):
        now = {
            Status.LODGED: _("Your claim is on its way to %(shop)s."),
            Status.WAITING_NETWORK: _("%(shop)s has your claim and is looking your order up."),
            Status.APPEALED: _("%(shop)s is looking at its decision again."),
            Status.APPROVED_NET: _("%(shop)s has agreed; its booking is still to come."),
            Status.NO_ANSWER: _("%(shop)s has not answered yet; we have reminded it."),
            Status.GOODWILL_PENDING: _("We are deciding how to make your purchase at %(shop)s good."),
        }.get(Status(claim.status), _("We are working on your claim about %(shop)s."))
        return words.letter(
            now % {"shop": words.shop(claim)},
            _("There is nothing you need to do. You will hear from us again by %(day)s.")
            % {"day": words.day(by)},
            words.talk_to_a_person(),
        )


def reminder(claim: Claim, *, until: datetime, is_last: bool) -> str:
    with words.of(claim):
        if is_last:
            found = _(
                "This is our last reminder: without your answer your claim about %(shop)s cannot go on."
            )
        else:
            found = _("We still need your answer to go on with your claim about %(shop)s.")
        return words.letter(
            found % {"shop": words.shop(claim)},
            _("Write it here, or add the picture. Without it we put the claim away on %(day)s.")
            % {"day": words.day(until)},
            words.talk_to_a_person(),
        )


def lapsed(claim: Claim, *, until: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("Without your answer we cannot go on, so we have put your claim about %(shop)s away.")
            % {"shop": words.shop(claim)},
            _("Nothing is lost: write here until %(day)s, and we take it up where it stopped.")
            % {"day": words.day(until)},
        )


def withdrawn(claim: Claim) -> str:
    with words.of(claim):
        return words.letter(
            _("You have withdrawn your claim, and we have closed it."),
            _("Should you change your mind, write here and we take it up again."),
        )


def contested(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(_("We look at it again, and this time a person does."), words.a_person_has_it(by))


def what_was_added(claim: Claim, changed: list[str]) -> str:
    """The shopper's word where they only corrected the form or sent a file."""
    with words.of(claim):
        if "order_no" in changed:
            return _("The order's number is %(number)s.") % {"number": claim.order_no}
        if "order_minor" in changed and claim.order_minor:
            return _("I paid %(amount)s.") % {"amount": words.money(claim, claim.order_minor)}
        return _("I have corrected what I had told you.") if changed else _("Here is the file.")


def first_word(claim: Claim) -> str:
    """What a claim says whose shopper wrote nothing beside the form; in the language that is active."""
    said = [str(claim.get_kind_display()).capitalize() + "."]
    if claim.order_no:
        said.append(_("Order %(number)s.") % {"number": claim.order_no})
    if claim.order_minor:
        said.append(_("Paid: %(amount)s.") % {"amount": words.money(claim, claim.order_minor)})
    return " ".join(said)


def network_has_it(claim: Claim, *, by: datetime) -> str:
    with words.of(claim):
        return words.letter(
            _("%(shop)s says that it knows %(order)s; we do not see it in its report yet.")
            % {"shop": words.shop(claim), "order": words.order(claim)},
            _("We are clearing that up with the shop; there is nothing you need to do."),
            words.a_person_has_it(by),
        )
