from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from cashback.lib.errors import DomainError
from cashback.lib.http import Refused, Unavailable
from offers import services
from offers.intake import logos
from offers.networks.base import Unreadable
from offers.networks.models import NetworkAccount

FAILURES = (DomainError, Refused, Unavailable, Unreadable)
COLUMNS = ("seen", "opened", "changed", "closed", "rates", "coupons", "unreadable")


class Command(BaseCommand):
    help = "Reads the networks' catalogues and brings ours up to date, then fetches new logos."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "accounts", nargs="*", metavar="account", help="by name; every working one if none"
        )
        parser.add_argument("--no-logos", action="store_true", help="leave logos to the background task")

    def handle(self, *, accounts: list[str], no_logos: bool, **_options: Any) -> None:
        failed = []
        refreshed = {}
        for account in self._chosen(accounts):
            try:
                refreshed[account.name] = self._refresh(account)
            except FAILURES as error:
                failed.append(account.name)
                self.stderr.write(self.style.ERROR(f"{account.name}: {error}"))
        self._show(refreshed)
        if not no_logos:
            self._fetch_logos()
        if failed:
            raise CommandError(f"Not refreshed: {', '.join(failed)}.")

    def _chosen(self, names: list[str]) -> list[NetworkAccount]:
        working = NetworkAccount.objects.working().order_by("name", "pk")
        if not names:
            return list(working)
        chosen = list(working.filter(name__in=names))
        if unknown := set(names) - {account.name for account in chosen}:
            raise CommandError(f"No working network account is called {', '.join(sorted(unknown))}.")
        return chosen

    def _refresh(self, account: NetworkAccount) -> services.Refreshed:
        with self._bar(account.name, unit=" rows") as bar:
            return services.refresh(account=account, at=timezone.now(), progress=lambda what: bar.update())

    def _fetch_logos(self) -> None:
        at = timezone.now()
        with self._bar("Logos", unit=" shops", total=logos.due(at=at).count()) as bar:
            fetched = logos.fetch(at=at, progress=bar.update)
        self.stdout.write(f"Logos: {fetched.stored} fetched, {fetched.failed} failed, {fetched.left} left.")

    def _bar(self, title: str, **options: Any) -> tqdm:
        return tqdm(desc=title, disable=None, **options)  # None: only where somebody watches

    def _show(self, refreshed: dict[str, services.Refreshed]) -> None:
        width = max(map(len, refreshed), default=0)
        self.stdout.write(" " * width + "".join(f"{column:>12}" for column in COLUMNS))
        for name, news in refreshed.items():
            figures = (
                news.offers_seen,
                news.opened,
                news.changed,
                news.closed,
                news.rates_begun,
                news.coupons_seen,
                news.unreadable,
            )
            self.stdout.write(f"{name:<{width}}" + "".join(f"{figure:>12}" for figure in figures))
