"""A new partner in a minute: five questions, or five options, and the lines that its developer needs."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.forms import ModelForm

from partners import storefronts
from partners.forms import PartnerForm, StorefrontForm
from partners.keys import api_keys
from partners.models import Partner, Storefront

_QUESTIONS = {
    "name": "The partner's name, such as Acorn Bank",
    "slug": "Its name in addresses, such as acorn",
    "currency": "The currency of its balances, such as RUB",
    "language": "The language of its storefront, such as ru",
    "site": "The site that will show the storefront, such as https://www.acorn.example (empty: none)",
}


class Command(BaseCommand):
    help = "Makes a partner with a storefront and an API key, and prints the five lines to paste."

    def add_arguments(self, parser: CommandParser) -> None:
        for name, question in _QUESTIONS.items():
            parser.add_argument(f"--{name}", help=question)
        parser.add_argument("--shopper-percent", default="70", help="Of the commission (70).")
        parser.add_argument("--partner-percent", default="10", help="Of the commission (10).")

    def handle(self, *args: Any, **options: Any) -> None:
        told = {
            name: _ask(question) if options[name] is None else options[name]
            for name, question in _QUESTIONS.items()
        }
        partner, storefront, key = _make(
            told, shopper_percent=options["shopper_percent"], partner_percent=options["partner_percent"]
        )
        self.stdout.write(f"VITRINA_API={settings.SITE_URL}/api/v1")
        self.stdout.write(f"VITRINA_API_KEY={key}")
        self.stdout.write(f"VITRINA_SSO_SECRET={partner.sso_secret}")
        self.stdout.write(f"VITRINA_STOREFRONT={storefronts.address(storefront)}")
        self.stdout.write(f'<script src="{settings.SITE_URL}/embed/v1.js" async></script>')


def _ask(question: str) -> str:
    try:
        return input(f"{question}: ")
    except EOFError as error:
        raise CommandError("Not every question was answered: nothing was made.") from error


@transaction.atomic
def _make(told: dict[str, str], **split: str) -> tuple[Partner, Storefront, str]:
    named = {"name": told["name"], "slug": told["slug"], "is_active": True}
    partner = _saved(PartnerForm(named))
    window = StorefrontForm(
        {
            **named,
            **split,
            "partner": partner.pk,
            "currency": told["currency"],
            "locale": told["language"],
            "embed_origins": told["site"],
            "credit_on": "approved",
            "time_zone": "UTC",
            "has_interstitial": True,
            "interstitial_seconds": 5,
            "terms_notice_days": 14,
        }
    )
    storefront = _saved(window)
    _key, text = api_keys.create(partner=partner, name="The first")
    return partner, storefront, text


def _saved(form: ModelForm) -> Any:
    if not form.is_valid():
        wrong = [f"{name}: {' '.join(errors)}" for name, errors in form.errors.items()]
        raise CommandError("\n".join(wrong))
    return form.save()
