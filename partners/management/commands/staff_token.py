from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from cashback.lib.errors import DomainError
from partners.keys import staff_tokens


class Command(BaseCommand):
    """A token for the operator's API: made for a member of staff and printed once, listed, revoked."""

    help = "Makes a member of staff's token for the operator's API (docs/operator-api.md); lists and revokes them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="Whose token: it may do what they may.")
        parser.add_argument("--name", default="A script", help="What it is for.")
        parser.add_argument("--days", type=int, default=90, help="How long it lasts, up to 366 (90).")
        parser.add_argument("--list", action="store_true", help="Make none; list theirs.")
        parser.add_argument(
            "--revoke", metavar="TOKEN", help="Make none; this one (cb_staff_…) opens nothing from now on."
        )

    def handle(self, *args: Any, username: str, **options: Any) -> None:
        user = get_user_model().objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no member of staff called {username}.")
        if options["list"]:
            self._list(user)
        elif options["revoke"]:
            self._revoke(user, options["revoke"])
        else:
            self._make(user, name=options["name"], days=options["days"])

    def _list(self, user: Any) -> None:
        now = timezone.now()
        for token in user.api_tokens.order_by("pk"):
            state = "in use" if token.is_in_use(at=now) else "revoked" if token.revoked_at else "expired"
            self.stdout.write(f"{token.label}  {state}, until {token.expires_at:%Y-%m-%d}  {token.name}")

    def _revoke(self, user: Any, text: str) -> None:
        token = staff_tokens.named(text)
        if token is None or token.user_id != user.pk:
            raise CommandError(f"{user} has no such token.")
        staff_tokens.revoke(token=token, at=timezone.now())
        self.stdout.write(f"{token.label} is revoked.")

    def _make(self, user: Any, *, name: str, days: int) -> None:
        try:
            lasts = timedelta(days=days)
            _token, text = staff_tokens.create(user=user, name=name, lasts=lasts, at=timezone.now())
        except (DomainError, OverflowError) as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(text)
