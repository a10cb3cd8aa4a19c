"""Who calls the API: a partner's server, by one of its keys."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from cashback.lib import sight
from cashback.lib.errors import DomainError
from partners import limits
from partners.keys import api_keys
from partners.models import ApiKey, Partner


@dataclass(frozen=True, slots=True)
class Caller:
    """What DRF calls the user: the partner whose key it is."""

    partner: Partner
    is_authenticated: bool = True


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer <text>`: whose text it is, `identify` says, or raises `refusal`."""

    realm: ClassVar[str]
    # What to tell whoever sends nothing.
    missing: ClassVar[str]
    refusal: ClassVar[type[DomainError]]

    def identify(self, request: Request, text: str) -> tuple[Any, Any]:
        raise NotImplementedError

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise exceptions.AuthenticationFailed(self.missing, code="key_missing")
        try:
            return self.identify(request, text.strip())
        except self.refusal as refusal:
            raise exceptions.AuthenticationFailed(str(refusal), code=refusal.code) from refusal

    def authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{self.realm}"'


class KeyAuthentication(BearerAuthentication):
    """`cb_live_<id>_<secret>`. Views start from `request.partner`."""

    realm = "api"
    missing = "Send your key: Authorization: Bearer cb_live_…"
    refusal = api_keys.KeyRefused

    def identify(self, request: Request, text: str) -> tuple[Caller, ApiKey]:
        key = api_keys.find(text, address=limits.address_of(request), at=timezone.now())
        request.partner = key.partner
        sight.settle_on([key.partner_id])
        return Caller(key.partner), key
