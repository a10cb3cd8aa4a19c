"""A question to a network that takes claims by letter: ready to be sent by a person."""

from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import override

from cashback.lib.display import money
from cashback.lib.money import Money
from offers.networks.registry import network_class
from support.claims.lodging import words
from support.claims.models import InquiryStatus, NetworkInquiry


def letter_for(inquiry: NetworkInquiry) -> tuple[str, str, str]:
    """To whom, about what, and the text; a reminder once the network has been chased. To nobody ("") where the network
    has told us no address."""
    asked = inquiry.asked
    with override(inquiry.claim.storefront.locale):
        amount = money(Money(asked["sale_minor"], asked["currency"]))
        day = date.fromisoformat(asked["ordered_on"]).strftime("%d.%m.%Y")
        subject = _("Order %(order)s, reference %(reference)s") % {
            "order": inquiry.order_no,
            "reference": inquiry.reference,
        }
        opening = _("please look up this order and count it for us:")
        if inquiry.chased:
            subject = _("Reminder: %(subject)s") % {"subject": subject}
            opening = _("we have asked you about this order before and still wait for your answer:")
        lines = [
            _("Good day,"),
            opening,
            "\n".join(
                [
                    _("Programme: %(name)s (%(id)s)")
                    % {"name": inquiry.merchant.name, "id": asked["offer_external_id"]},
                    _("Order: %(order)s of %(day)s, %(amount)s")
                    % {"order": inquiry.order_no, "day": day, "amount": amount},
                    _("What it is about: %(kind)s") % {"kind": inquiry.get_kind_display()},
                    _("Our reference: %(reference)s") % {"reference": inquiry.reference},
                ]
            ),
            asked["comment"],
            _("Please name our reference in your answer."),
        ]
    to = network_class(inquiry.account.network).capabilities.claims.email
    return to, subject, "\n\n".join(lines)


def note_sent(*, inquiry: NetworkInquiry, at: datetime) -> NetworkInquiry:
    """A person has sent the letter: the network has the question from now on. A second time changes nothing."""
    if inquiry.status != InquiryStatus.QUEUED:
        return inquiry
    return words.submitted(inquiry, raw={"sent": "letter"}, at=at)
