"""What a macro may say of a claim: names, their meaning, and their values for one case."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.translation import gettext_lazy as _

from cashback.lib import display
from offers.terms import terms_of
from support.claims.models import Claim, NetworkInquiry
from support.desk.models import Agent, Ticket
from support.goodwill.models import GoodwillGrant

_EXCERPT = 400

NAMES: Mapping[str, str | Promise] = {
    "claim.no": _("the claim's number"),
    "order.no": _("the order's number"),
    "merchant.name": _("the shop's name"),
    "click.at": _("the day of the trip"),
    "sale.status_human": _("the purchase's state in words"),
    "sale.expected_at": _("the day by which the shop decides"),
    "reward.expected": _("the cashback that was promised"),
    "terms.excerpt": _("the beginning of the shop's terms as the click showed them"),
    "network.deadline": _("the day by which the network answers"),
    "goodwill.amount": _("what was given in goodwill"),
}


def values(ticket: Ticket, _agent: Agent) -> dict[str, str]:
    """Those that the case has; the language that is active is the message's."""
    named = ("merchant", "transaction", "click")
    claim = Claim.objects.filter(ticket=ticket).select_related(*named).first()
    if claim is None:
        return {}
    found = {
        "claim.no": claim.public_number,
        "order.no": claim.order_no,
        "merchant.name": claim.merchant.name if claim.merchant else "",
        "click.at": display.day(claim.click.created_at) if claim.click else "",
        "reward.expected": display.money(claim.expected) if claim.expected else "",
    }
    if sale := claim.transaction:
        found["sale.status_human"] = str(sale.get_status_display())
        found["sale.expected_at"] = display.day(sale.expected_at) if sale.expected_at else ""
    return found | _of_terms(claim) | _of_the_network(claim) | _of_goodwill(claim)


def _of_terms(claim: Claim) -> dict[str, str]:
    terms = terms_of(claim.terms_digest) if claim.terms_digest else None
    return {"terms.excerpt": " ".join(strip_tags(terms.terms_html).split())[:_EXCERPT]} if terms else {}


def _of_the_network(claim: Claim) -> dict[str, str]:
    asked = NetworkInquiry.objects.filter(claim=claim).exclude(deadline_at=None).order_by("-pk").first()
    return {"network.deadline": display.day(asked.deadline_at)} if asked and asked.deadline_at else {}


def _of_goodwill(claim: Claim) -> dict[str, str]:
    grant = GoodwillGrant.objects.paid().filter(claim=claim).order_by("-pk").first()
    return {"goodwill.amount": display.money(grant.amount)} if grant else {}
