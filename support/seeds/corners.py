"""What chance would pass by: somebody always waits for the shopper, and something is always about to be sent."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from cashback.lib.errors import DomainError
from support.claims import services as claims
from support.claims.models import Claim, Kind, Status
from support.seeds import words
from support.seeds.world import World, fresh


def wake(at: datetime) -> None:
    """As beat does on any day: reminders go out, and what nobody answered is put away."""
    claims.wake_due(at=at, limit=50)


def ask_a_shopper(world: World, at: datetime) -> None:
    def ask(claim: Claim) -> None:
        text = world.dice.choice(words.REQUESTS[claim.ticket.language])
        claims.ask_info(claim=claim, agent=world.agents[0], text=text, at=at)

    _with_one_of(Kind.UNTRACKED, Kind.DECLINED, do=ask)


def leave_something_to_send(world: World, at: datetime) -> None:
    """A question and an appeal, as they are before the next batch goes to the network."""
    agent = world.agents[0]
    _with_one_of(Kind.UNTRACKED, do=lambda claim: claims.lodge(claim=claim, agent=agent, at=at))
    _with_one_of(Kind.DECLINED, do=lambda claim: claims.appeal(claim=claim, agent=agent, at=at))


def _with_one_of(*kinds: Kind, do: Callable[[Claim], object]) -> None:
    """The newest claim that waits for an agent and lets itself be dealt with so."""
    for pk in (
        Claim.objects.filter(status=Status.IN_REVIEW, kind__in=kinds)
        .order_by("-pk")
        .values_list("pk", flat=True)
    ):
        try:
            with transaction.atomic():
                do(fresh(Claim(pk=pk)))
        except DomainError:
            continue
        return
