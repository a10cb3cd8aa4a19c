from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from cashback.lib import doorbell
from support.claims.models import Claim
from support.seeds import familiar, history, people, stage, world


class Command(BaseCommand):
    """Fills an installation's desk with a month of believable work; once, and never in production."""

    help = "A month at the desk: four agents, two shifts a day, claims in every state."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--claims", type=int, default=500)
        parser.add_argument("--trips", type=int, default=5000)
        parser.add_argument("--days", type=int, default=world.DAYS)

    def handle(self, *args: Any, claims: int, trips: int, days: int, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("A made-up month is never written among real ones.")
        if not 1 <= claims <= 5000 or not 1 <= days <= 30 or not 0 <= trips <= 50_000:
            raise CommandError("From 1 to 5,000 claims and up to 50,000 trips, over 1 to 30 days.")
        now = timezone.now()
        with transaction.atomic(), doorbell.muted():
            team = people.hire(at=now - (days + 1) * world.DAY)
            if Claim.objects.filter(account__name=stage.ARCHIVE).exists():
                self.stdout.write("The desk has its month already.")
                return
            month = history.begin(team=team, claims_wanted=claims, trips=trips, days=days, at=now)
            # Nothing where nobody looks: in a file a bar is one endless line.
            with tqdm(
                total=claims, unit=" claims", desc="A month at the desk", leave=False, disable=None
            ) as bar:
                for opened in history.play(month):
                    bar.update(opened - bar.n)
            familiar.ask(at=now)
        self.stdout.write(f"{month.opened} claims over {days} days.")
