"""How the service writes to a shopper about a claim: in their language, in the storefront's time, and always what was
found, what happens next, by when, and how to reach a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone, translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from cashback.lib import display
from cashback.lib.money import Money
from support.claims import numbers
from support.claims.models import Claim


@contextmanager
def of(claim: Claim) -> Iterator[None]:
    """Everything inside is said in the claim's language, with the days of its storefront."""
    zone = ZoneInfo(claim.storefront.time_zone)
    with translation.override(claim.ticket.language), timezone.override(zone):
        yield


def letter(*parts: str) -> str:
    """Paragraphs; what there is not is left out."""
    return "\n\n".join(part for part in parts if part)


def order(claim: Claim) -> str:
    """How the order is named in a sentence."""
    number = numbers.shown(claim.order_no)
    return _("your order %(number)s") % {"number": number} if number else _("your order")


def shop(claim: Claim) -> str:
    return claim.merchant.name if claim.merchant else _("the shop")


def money(claim: Claim, minor: int) -> str:
    return display.money(Money(minor, claim.currency))


def day(moment: datetime) -> str:
    return display.day(moment)


def minute(moment: datetime) -> str:
    return f"{display.day(moment)}, {localtime(moment):%H:%M}"


def talk_to_a_person() -> str:
    return _(
        "If something here is wrong, press “Talk to a person” under your claim or simply answer this message."
    )


def a_person_has_it(by: datetime) -> str:
    return _(
        "One of our people has it now and will answer you by %(day)s. You can add to it here at any time."
    ) % {"day": day(by)}
