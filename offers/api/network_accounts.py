"""Network accounts by the operator's API. Credentials go in and never come out again."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from offers.networks import services
from offers.networks.forms import NewAccountForm, credential_states
from offers.networks.models import NetworkAccount
from partners import staff_history
from partners.api.fields import moment
from partners.api.operator_doors import OperatorDoor, told, valid


class NetworkAccounts(OperatorDoor):
    permissions = {"GET": "networks.view_networkaccount", "POST": "networks.add_networkaccount"}
    is_of_the_house = True

    def get(self, request: Request) -> Response:
        rows = services.accounts()
        return Response({"data": [_as_json(row) for row in rows]})

    @transaction.atomic
    def post(self, request: Request) -> Response:
        body = dict(told(request))
        credentials = body.pop("credentials", {})
        account = valid(NewAccountForm, body).save(commit=False)
        account.credentials = _checked(credentials, known=credential_states(account))
        account.save()
        staff_history.note_made(account, by=request.user)
        return Response(
            _as_json(account), status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"}
        )


def _checked(credentials: Any, *, known: dict[str, bool]) -> dict[str, str]:
    """Texts by the network's own names, all of them or none: with none, staff enter them later."""
    if not isinstance(credentials, dict) or not all(
        isinstance(value, str) and value and "\x00" not in value for value in credentials.values()
    ):
        raise serializers.ValidationError({"credentials": "Send an object of texts."})
    if wrong := sorted(set(credentials) - set(known)):
        raise serializers.ValidationError(
            {
                f"credentials.{name[:60]}": exceptions.ErrorDetail(
                    f"The network knows {', '.join(known)}.", code="field_unknown"
                )
                for name in wrong
            }
        )
    if credentials and (missing := [name for name in known if name not in credentials]):
        raise serializers.ValidationError(
            {
                f"credentials.{name}": exceptions.ErrorDetail("It is missing.", code="required")
                for name in missing
            }
        )
    return credentials


def _as_json(row: NetworkAccount) -> dict[str, Any]:
    return {
        "id": ids.public("net", row.pk),
        "network": row.network,
        "name": row.name,
        "base_url": row.base_url,
        "is_active": row.is_active,
        "refusal": row.refusal,
        "credentials": credential_states(row),
        "postback_url": settings.SITE_URL + reverse("postback", args=[row.postback_token]),
        "created_at": moment(row.created_at),
    }
