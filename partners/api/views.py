"""What a partner's server may ask of us: launch tokens for its shoppers."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from partners import launch_tokens
from partners import storefronts as addresses
from partners.api import examples, storefronts
from partners.api.doors import Door
from partners.api.fields import Body, ShopperId, Text
from partners.api.idempotency import once
from partners.api.parameters import IDEMPOTENCY_KEY, documented
from partners.models import Scope
from partners.services import LOCALES


class EmbedSessionBody(Body):
    """`external_user_id` and `shopper` are two names of one thing: the partner's own id of the shopper."""

    external_user_id = ShopperId(max_length=128, required=False, trim_whitespace=False)
    shopper = ShopperId(max_length=128, required=False, trim_whitespace=False)
    storefront = Text(max_length=50, required=False)
    # A language tag such as ru or en-GB; one that we do not speak is the storefront's own language.
    locale = Text(max_length=35, required=False, allow_blank=True)
    return_origin = Text(max_length=200, required=False, allow_blank=True)

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if ("external_user_id" in said) == ("shopper" in said):
            raise serializers.ValidationError(
                "Say who it is by external_user_id or by shopper: by one of the two.", code="shopper_unsaid"
            )
        storefront = storefronts.meant(self.context["partner"], said.get("storefront"))
        origin = said.get("return_origin", "").lower().rstrip("/")
        if origin and origin not in storefront.embed_origins:
            raise serializers.ValidationError(
                {"return_origin": "This is not one of the storefront's embed origins."},
                code="origin_not_listed",
            )
        locale = said.get("locale", "").replace("_", "-").partition("-")[0].lower()
        return {
            "storefront": storefront,
            "external_id": said.get("external_user_id") or said["shopper"],
            "locale": locale if locale in LOCALES else "",
            "return_origin": origin,
        }


class EmbedSessionShape(serializers.Serializer):
    launch_token = serializers.CharField(help_text="Signs the shopper on once.")
    expires_at = serializers.DateTimeField(help_text="In two minutes.")
    launch_url = serializers.URLField()
    storefront = serializers.CharField()


class EmbedSessions(Door):
    """Launch tokens: each signs one shopper on once, within 120 seconds, in a frame or by the launch_url."""

    scopes = {"POST": Scope.EMBED_WRITE}

    @documented(
        operation_id="create_embed_session",
        parameters=[IDEMPOTENCY_KEY],
        request=EmbedSessionBody,
        responses={201: EmbedSessionShape},
        examples=[
            examples.body("Alice", shopper=examples.SHOPPER, storefront=examples.STOREFRONT, locale="en")
        ],
    )
    @once
    def post(self, request: Request) -> Response:
        body = EmbedSessionBody(data=request.data, context={"partner": request.partner})
        body.is_valid(raise_exception=True)
        facts: Mapping[str, Any] = body.validated_data
        minted = launch_tokens.mint(**facts, at=timezone.now())
        storefront = facts["storefront"]
        answer = {
            "launch_token": minted.token,
            "expires_at": minted.expires_at.isoformat(),
            "launch_url": f"{addresses.address(storefront)}launch?token={minted.token}",
            "storefront": storefront.slug,
        }
        return Response(answer, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})
