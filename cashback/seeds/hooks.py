"""Acorn's own server hears of everything by webhook; the sandbox plays it."""

from django.utils import timezone

from partners.models import Partner
from partners.webhooks import services

LISTENER = "acorn"


def listen(sandbox: str) -> str:
    """Its endpoint is there and on, at the sandbox's present address; the secret that signs what it hears."""
    path, partner = f"/host/{LISTENER}/hooks", Partner.objects.get(slug=LISTENER)
    url = f"{sandbox}{path}"
    found = partner.webhook_endpoints.kept().filter(url__endswith=path).first()
    if found is None:
        return services.create(
            partner=partner,
            url=url,
            description="The loyalty team's server",
            contact_email="loyalty@acorn.test",
            at=timezone.now(),
        ).secret
    if found.url != url or not found.is_enabled:
        services.change(endpoint=found, url=url, is_enabled=True, at=timezone.now())
    return found.secret
