"""Acorn's own server hears of everything by webhook; the sandbox plays it."""

from django.utils import timezone

from partners.models import Partner
from partners.webhooks import services
from partners.webhooks.models import WebhookEndpoint

_LISTENER = "acorn"


def listen(sandbox: str) -> None:
    """Its endpoint is there, at the sandbox's address."""
    url = f"{sandbox}/host/{_LISTENER}/hooks"
    partner = Partner.objects.get(slug=_LISTENER)
    if not partner.webhook_endpoints.kept().filter(url=url).exists():
        services.create(
            partner=partner,
            url=url,
            description="The loyalty team's server",
            contact_email="loyalty@acorn.test",
            at=timezone.now(),
        )


def secret_of(partner: str) -> str:
    """The secret that signs what the partner's server hears; "" where it does not listen."""
    found = WebhookEndpoint.objects.kept().filter(
        partner__slug=partner, url__endswith=f"/host/{partner}/hooks"
    )
    newest = found.order_by("-pk").first()
    return newest.secret if newest else ""
