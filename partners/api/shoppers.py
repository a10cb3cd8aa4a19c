"""A partner's shoppers: told of before they come, renamed when the partner's own ids change, and erased."""

from collections.abc import Iterable
from typing import Any

from django.core.validators import RegexValidator
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners import merging, personal_data, shoppers
from partners.api import examples, storefronts
from partners.api.doors import Door
from partners.api.fields import Body, ShopperId, Text, moment
from partners.api.idempotency import once
from partners.api.pages import feed
from partners.api.parameters import FEED, IDEMPOTENCY_KEY, STOREFRONT, documented, listed
from partners.models import Scope, Shopper
from partners.profile import services as profile
from partners.services import LOCALES
from partners.sign_in import addresses

_LONGEST_ID = 128
# As in BCP 47, or with a phone's underscore.
_LANGUAGE_TAG = r"^([A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*)?$"
_ANSWERS = [
    OpenApiParameter(name, str, description="The answer to this question, once a refusal has asked it.")
    for keeper in personal_data.keepers()
    for name in sorted(keeper.question_names)
]


class ShopperBody(Body):
    """What is left out stays as it is."""

    locale = Text(
        max_length=35,
        required=False,
        allow_blank=True,
        validators=[RegexValidator(_LANGUAGE_TAG, "A language tag is like ru or en-GB.")],
        help_text="A language tag, such as ru or en-GB. Empty, or a language we do not speak: the storefront's.",
    )
    email = serializers.EmailField(
        required=False,
        allow_null=True,
        allow_blank=True,
        help_text="Where letters go. Your word confirms it; empty: no letters.",
    )

    def validate_email(self, typed: str | None) -> str:
        try:
            return addresses.normal(typed) if typed else ""
        except addresses.NotAnAddress as error:
            raise serializers.ValidationError(str(error), code="invalid") from error

    def validate_locale(self, tag: str) -> str:
        language = tag.replace("_", "-").partition("-")[0].lower()
        return language if language in LOCALES else ""


class NewIdBody(Body):
    external_id = ShopperId(max_length=_LONGEST_ID, trim_whitespace=False)


class MergeBody(Body):
    into = Text(max_length=_LONGEST_ID, trim_whitespace=False, help_text="Your id of who stays.")

    def validate_into(self, text: str) -> Shopper:
        if (found := storefronts.shopper_named(self.context["storefront"], text)) is None:
            raise serializers.ValidationError("You have told us of no such shopper.", code="shopper_unknown")
        return found


class ShopperShape(serializers.Serializer):
    id = serializers.CharField(help_text="shp_…")
    external_id = serializers.CharField(help_text="Your own id of the shopper.")
    storefront = serializers.CharField()
    locale = serializers.CharField(allow_blank=True, help_text="Empty: the storefront's.")
    email = serializers.CharField(allow_null=True)
    is_email_confirmed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField(allow_null=True)


class ShopperList(Door):
    """With `updated_since` in the order of their changes. Who was erased is told of by the event `shopper.deleted`."""

    scopes = {"GET": Scope.SHOPPERS_READ}

    @documented(operation_id="list_shoppers", parameters=FEED, responses=listed(ShopperShape))
    def get(self, request: Request) -> Response:
        rows = request.partner.shoppers.filter(erased_at=None).select_related("storefront")
        return feed(request, rows, as_json=_as_json)


class OneShopper(Door):
    scopes = {
        "GET": Scope.SHOPPERS_READ,
        "PUT": Scope.SHOPPERS_WRITE,
        "DELETE": Scope.SHOPPERS_WRITE,
    }

    @documented(operation_id="get_shopper", parameters=[STOREFRONT], responses=ShopperShape)
    def get(self, request: Request, external_id: str) -> Response:
        return Response(_as_json([storefronts.shopper_asked(request, external_id)])[0])

    @documented(
        operation_id="put_shopper",
        parameters=[examples.made_up(), STOREFRONT],
        request=ShopperBody,
        examples=[examples.body("English, with letters", locale="en", email="dora@example.com")],
        responses={200: ShopperShape, 201: ShopperShape},
    )
    def put(self, request: Request, external_id: str) -> Response:
        """The shopper exists and is as you say. By our id `shp_…` one is changed, and none is made."""
        body = ShopperBody(data=request.data)
        body.is_valid(raise_exception=True)
        told = {"locale": None, "email": None, **body.validated_data}
        storefront = storefronts.asked(request)
        if ids.from_public_or_none("shp", external_id):
            if (ours := storefronts.shopper_named(storefront, external_id)) is None:
                raise Http404
            external_id = ours.external_id
        else:
            NewIdBody(data={"external_id": external_id}).is_valid(raise_exception=True)
        shopper, is_new = shoppers.tell(
            storefront=storefront, external_id=external_id, **told, at=timezone.now()
        )
        return _as_it_is_now(shopper, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK)

    @documented(
        operation_id="erase_shopper",
        parameters=[examples.made_up(), STOREFRONT, *_ANSWERS],
        responses={204: None},
    )
    def delete(self, request: Request, external_id: str) -> Response:
        """Nothing names the shopper any more; what the books say stays, under a pseudonym. Where something of theirs is
        left to decide, such as money, the refusal names the question and its answers: send `?<question>=<answer>`."""
        shopper = storefronts.shopper_asked(request, external_id)
        try:
            profile.erase(shopper=shopper, answers=request.query_params.dict(), at=timezone.now())
        except profile.ErasureRefused as refusal:
            raise serializers.ValidationError(
                _open_questions(shopper, refusal), code=refusal.code
            ) from refusal
        return Response(status=status.HTTP_204_NO_CONTENT)


class RenameShopper(Door):
    scopes = {"POST": Scope.SHOPPERS_WRITE}

    @documented(
        operation_id="rename_shopper",
        parameters=[examples.made_up(), STOREFRONT, IDEMPOTENCY_KEY],
        request=NewIdBody,
        examples=[examples.body("A new id", external_id=examples.RENAMED)],
        responses=ShopperShape,
    )
    @once
    def post(self, request: Request, external_id: str) -> Response:
        """Your own id of the shopper has changed. Clicks, purchases and money go with them."""
        body = NewIdBody(data=request.data)
        body.is_valid(raise_exception=True)
        renamed = shoppers.rename(
            shopper=storefronts.shopper_asked(request, external_id), **body.validated_data
        )
        return _as_it_is_now(renamed)


class MergeShopper(Door):
    scopes = {"POST": Scope.SHOPPERS_WRITE}

    @documented(
        operation_id="merge_shopper",
        parameters=[examples.made_up(examples.RENAMED), STOREFRONT, IDEMPOTENCY_KEY],
        request=MergeBody,
        examples=[examples.body("The renamed one into the first", into=examples.MADE_UP)],
        responses=ShopperShape,
    )
    @once
    def post(self, request: Request, external_id: str) -> Response:
        """Two ids of yours turned out to be one person. Trips, purchases, money, claims and favourites become those of
        `into`, who is answered; the id in the address is nobody's then. There is no way back."""
        gone = storefronts.shopper_asked(request, external_id)
        body = MergeBody(data=request.data, context={"storefront": gone.storefront})
        body.is_valid(raise_exception=True)
        into = merging.merge(gone=gone, into=body.validated_data["into"], at=timezone.now())
        return _as_it_is_now(into)


def _open_questions(shopper: Shopper, refusal: profile.ErasureRefused) -> dict[str, str]:
    asked = {question.name: question for question in personal_data.questions(shopper)}
    return {
        name: f"{asked[name].text} ({', '.join(value for value, _words in asked[name].choices)})"
        for name in refusal.unanswered
    } or {"": str(refusal)}


def _as_it_is_now(shopper: Shopper, *, status: int = status.HTTP_200_OK) -> Response:
    shopper.refresh_from_db(fields=["updated_at"])  # the database's own
    return Response(_as_json([shopper])[0], status)


def _as_json(rows: Iterable[Shopper]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.public_id,
            "external_id": row.external_id,
            "storefront": row.storefront.slug,
            "locale": row.locale,
            "email": row.email or None,
            "is_email_confirmed": row.email_confirmed_at is not None,
            "created_at": moment(row.created_at),
            "updated_at": moment(row.updated_at),
            "last_seen_at": moment(row.last_seen_at),
        }
        for row in rows
    ]
