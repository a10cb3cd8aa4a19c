"""Who calls the API: a partner's server, by one of its keys."""

from dataclasses import dataclass

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from partners import api_keys, limits
from partners.models import ApiKey, Partner

_CHALLENGE = 'Bearer realm="api"'


@dataclass(frozen=True, slots=True)
class Caller:
    """What DRF calls the user: the partner whose key it is."""

    partner: Partner
    is_authenticated: bool = True


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer cb_live_<id>_<secret>`. Views start from `request.partner`."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey]:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise exceptions.AuthenticationFailed(
                "Send your key: Authorization: Bearer cb_live_…", code="key_missing"
            )
        try:
            key = api_keys.find(text.strip(), address=limits.address_of(request), at=timezone.now())
        except api_keys.KeyRefused as refusal:
            raise exceptions.AuthenticationFailed(str(refusal), code=refusal.code) from refusal
        request.partner = key.partner
        return Caller(key.partner), key

    def authenticate_header(self, request: Request) -> str:
        return _CHALLENGE
