import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from cashback import demo
from offers.models import Offer


class Command(BaseCommand):
    """The demo's set-up in four steps, each safe to run again: a second start goes on with the same data."""

    help = "Sets the demo up: prepare (cast and staff), catalogue, purchases, report (demo.json)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("step", choices=["prepare", "catalogue", "purchases", "report"])

    def handle(self, *args: Any, step: str, **options: Any) -> None:
        if settings.ENVIRONMENT == "production":
            raise CommandError("The demo's cast has known names and logins: it is never made in production.")
        try:
            town = demo.Town(
                web=settings.SITE_URL,
                sandbox=os.environ["SANDBOX_URL"],
                directory=Path(os.environ["STACK_DIR"]),
                database_url=os.environ["DATABASE_URL"],
                redis_url=os.environ["REDIS_URL"],
            )
        except KeyError as missing:
            raise CommandError(f"{missing} is not set; `make demo` sets it.") from missing
        getattr(self, step)(town)

    def prepare(self, town: demo.Town) -> None:
        demo.prepare(town)

    def catalogue(self, town: demo.Town) -> None:
        if not Offer.objects.exists():
            call_command("refresh_offers", demo.ACCOUNT)

    def purchases(self, town: demo.Town) -> None:
        # Nothing where nobody looks: in a file a bar is one endless line.
        with tqdm(unit=" steps", desc="Purchases", leave=False, disable=None) as bar:
            for line in demo.make_purchases(town):
                bar.set_postfix_str(line)
                bar.update()

    def report(self, town: demo.Town) -> None:
        demo.wait_until_ready(town)
        demo.write_private(town.directory / "demo.json", demo.report(town))
