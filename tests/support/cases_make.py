"""A case of every kind that a shopper may look at, for what is proved of every page. It has no words but ours."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.utils import timezone

from partners.models import Shopper
from support.claims import services as claims
from support.claims.models import Claim, Kind, Status
from support.desk.models import Channel
from support.quality import ratings

# What is ours to do, the shopper's, the network's, nobody's: by the roads that claims take.
_ROADS = {
    "case_at_the_shop": (Status.IN_REVIEW, Status.LODGED, Status.WAITING_NETWORK),
    "case_refused": (Status.IN_REVIEW, Status.LODGED, Status.WAITING_NETWORK, Status.DECLINED_NET),
    "case_asking": (Status.IN_REVIEW, Status.NEED_INFO),
    "case_answered": (Status.IN_REVIEW, Status.ANSWERED_AUTO),
    "case_rejected": (Status.IN_REVIEW, Status.REJECTED),
    "case_withdrawn": (Status.WITHDRAWN,),
    "case_paid": (Status.IN_REVIEW, Status.CREDITED),
}
NAMES = (*_ROADS, "rating", "rating_given", "rating_expired")


def addresses(shopper: Shopper) -> dict[str, str]:
    """Of each case below the storefront, and of three questions about them from the site's root."""
    made = {name: _case(shopper, f"77-{number}", road) for number, (name, road) in enumerate(_ROADS.items())}
    links = [_question(made["case_rejected"]), _question(made["case_paid"])]
    ratings.answer(token=links[1].split("/")[2], score=5, at=timezone.now())
    links.append(_question(made["case_withdrawn"], days_ago=20))
    found = {name: f"me/claims/{claim.public_number}/" for name, claim in made.items()}
    return found | dict(zip(("rating", "rating_given", "rating_expired"), links, strict=True))


def _case(shopper: Shopper, order: str, road: tuple[Status, ...]) -> Claim:
    now = timezone.now()
    claim = claims.open_claim(
        shopper=shopper,
        kind=Kind.UNTRACKED,
        click=shopper.clicks.latest_first().first(),
        order_no=order,
        order_minor=1990_00,
        text="77-34?",
        via=Channel.STOREFRONT,
        at=now,
    )
    for status in road:
        if claim.status != status:
            claims.move(claim=claim, to=status, reason="made", at=now)
    return claim


def _question(claim: Claim, *, days_ago: int = 0) -> str:
    ticket = claim.ticket
    ratings.ask(ticket=ticket, cycle=ticket.cycle, at=timezone.now() - timedelta(days=days_ago))
    link = ratings.invitation(ticket)
    assert link is not None
    return urlsplit(link).path
