"""A new partner as a script: the partner, its storefronts and its keys."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners import pilot_list, reach, sandbox, staff_history, storefronts
from partners.api.fields import moment
from partners.api.operator_doors import OperatorDoor, partner_named, told, valid
from partners.forms import KeyForm, PartnerForm, StorefrontForm
from partners.keys import api_keys
from partners.models import ApiKey, Partner, Storefront


class Partners(OperatorDoor):
    permissions = {"GET": "partners.view_partner", "POST": "partners.add_partner"}

    def get(self, request: Request) -> Response:
        rows = reach.partners_of(request.user).order_by("slug")
        return Response({"data": [_partner(row) for row in rows]})

    @transaction.atomic
    def post(self, request: Request) -> Response:
        _check_reaches_all(request)
        partner = valid(PartnerForm, told(request)).save()
        staff_history.note_made(partner, by=request.user)
        return _made({**_partner(partner), "sso_secret": partner.sso_secret})


def _check_reaches_all(request: Request) -> None:
    """Who works for some partners makes no other."""
    if reach.partner_ids(request.user) is not None:
        raise exceptions.PermissionDenied("Your account works for some partners only.", code="forbidden")


class OnePartner(OperatorDoor):
    permissions = {"GET": "partners.view_partner"}

    def get(self, request: Request, partner: str) -> Response:
        return Response(_partner(partner_named(request, partner)))


class Sandbox(OperatorDoor):
    permissions = {"POST": "partners.add_partner"}

    @transaction.atomic
    def post(self, request: Request, partner: str) -> Response:
        """The one that there is, or a new one with its secret, which is told this once."""
        whose = partner_named(request, partner)
        _check_reaches_all(request)
        twin, is_new = sandbox.open_for(whose)
        return (
            _made({**_partner(twin), "sso_secret": twin.sso_secret}) if is_new else Response(_partner(twin))
        )


class Storefronts(OperatorDoor):
    permissions = {"GET": "partners.view_storefront", "POST": "partners.add_storefront"}

    def get(self, request: Request, partner: str) -> Response:
        rows = partner_named(request, partner).storefronts.order_by("slug")
        return Response({"data": [_storefront(row) for row in rows]})

    @transaction.atomic
    def post(self, request: Request, partner: str) -> Response:
        whose = partner_named(request, partner)
        form = valid(StorefrontForm, {"time_zone": "UTC", **told(request)}, partner=whose.pk)
        storefront = form.save()
        pilot_list.write(storefront=storefront, names=form.cleaned_data["pilot_list"])
        staff_history.note_made(storefront, by=request.user)
        return _made(_storefront(storefront))


class Keys(OperatorDoor):
    permissions = {"GET": "partners.view_apikey", "POST": "partners.add_apikey"}

    def get(self, request: Request, partner: str) -> Response:
        rows = partner_named(request, partner).api_keys.order_by("-pk")
        return Response({"data": [_key(row) for row in rows]})

    @transaction.atomic
    def post(self, request: Request, partner: str) -> Response:
        whose = partner_named(request, partner)
        asked = valid(KeyForm, told(request), partner=whose.pk).cleaned_data
        key, text = api_keys.create(**asked)
        staff_history.note_made(key, by=request.user)
        return _made({**_key(key), "key": text})


class OneKey(OperatorDoor):
    permissions = {"DELETE": "partners.change_apikey"}

    @transaction.atomic
    def delete(self, request: Request, partner: str, key: str) -> Response:
        row = partner_named(request, partner).api_keys.filter(pk=ids.from_public_or_none("key", key)).first()
        if row is None:
            raise exceptions.NotFound("The partner has no such key.")
        api_keys.revoke(key=row, at=timezone.now())
        staff_history.note_changed(row, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _made(row: dict[str, Any]) -> Response:
    """Secrets in it are shown in this one answer and nowhere else."""
    return Response(row, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


def _partner(row: Partner) -> dict[str, Any]:
    return {
        "id": ids.public("prt", row.pk),
        "slug": row.slug,
        "name": row.name,
        "is_active": row.is_active,
        "sandbox_of": ids.public("prt", row.sandbox_of_id) if row.sandbox_of_id else None,
        "created_at": moment(row.created_at),
    }


def _storefront(row: Storefront) -> dict[str, Any]:
    return {
        "id": ids.public("stf", row.pk),
        "slug": row.slug,
        "name": row.name,
        "address": storefronts.address(row),
        "currency": row.currency,
        "locale": row.locale,
        "shopper_percent": f"{row.shopper_percent:.2f}",
        "partner_percent": f"{row.partner_percent:.2f}",
        "credit_on": row.credit_on,
        "embed_origins": row.embed_origins,
        "is_active": row.is_active,
    }


def _key(row: ApiKey) -> dict[str, Any]:
    return {
        "id": ids.public("key", row.pk),
        "name": row.name,
        "begins_with": row.label,
        "scopes": row.scopes,
        "allowed_networks": row.allowed_networks,
        "expires_at": moment(row.expires_at),
        "last_used_at": moment(row.last_used_at),
        "revoked_at": moment(row.revoked_at),
    }
