"""What every address of the operator's API has in common: whose staff token it is, what its user may do, and bodies
that are read by the rules of the staff's own forms."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.forms import ModelForm
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from partners import reach
from partners.api.authentication import BearerAuthentication
from partners.api.doors import Counted, method_of
from partners.api.fields import NO_SUCH_FIELD
from partners.forms import LinesField
from partners.keys import staff_tokens
from partners.models import Partner, StaffToken


class TokenAuthentication(BearerAuthentication):
    """`cb_staff_<id>_<secret>`."""

    realm = "operator"
    missing = "Send your staff token: Authorization: Bearer cb_staff_…"
    refusal = staff_tokens.TokenRefused

    def identify(self, request: Request, text: str) -> tuple[Any, StaffToken]:
        token = staff_tokens.find(text, at=timezone.now())
        reach.settle_sight(token.user, reason=f"{request.method} {request.path}")
        return token.user, token


class OperatorDoor(Counted):
    """`request.user` is the member of staff; `permissions` names what each method asks of them. What is of the house is
    about no one partner: whoever works for some partners only is not let in."""

    authentication_classes: ClassVar[list[type[BaseAuthentication]]] = [TokenAuthentication]
    permissions: ClassVar[Mapping[str, str]]
    is_of_the_house = False
    # It is described in docs/operator-api.md: partners' developers need not read of it.
    schema = None

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        needed = self.permissions.get(method_of(request))
        if needed and not request.user.has_perm(needed):
            raise exceptions.PermissionDenied(
                f"Your account lacks the permission {needed}.", code="forbidden"
            )
        if self.is_of_the_house and reach.partner_ids(request.user) is not None:
            raise exceptions.PermissionDenied("Your account works for some partners only.", code="forbidden")


def partner_named(request: Request, slug: str) -> Partner:
    """The partner, if the caller works for it; to anybody else there is none."""
    found = reach.partners_of(request.user).filter(slug=slug).first()
    if found is None:
        raise exceptions.NotFound("You work for no partner of this name.")
    return found


def valid(form_class: type[ModelForm], body: Mapping[str, Any], **fixed: Any) -> Any:
    """The staff's own form, filled in with what the body says; `fixed` is what the address says. What it refuses is
    raised, field by field, each with its code."""
    form = form_class(_filled(form_class, body, fixed))
    if not form.is_valid():
        raise serializers.ValidationError(
            {
                "non_field_errors" if field == "__all__" else field: [
                    exceptions.ErrorDetail(message, code=error.code or "invalid")
                    for error in errors
                    for message in error.messages
                ]
                for field, errors in form.errors.as_data().items()
            }
        )
    return form


def told(request: Request) -> dict[str, Any]:
    """The body, which is an object."""
    if not isinstance(request.data, dict):
        raise serializers.ValidationError("Send an object, such as {…}.")
    return request.data


def _filled(form_class: type[ModelForm], body: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
    """What the body leaves unsaid is as a staff page would show it empty: by the model's own defaults."""
    blank = form_class()
    if unknown := sorted(set(body) - (set(blank.fields) - set(fixed))):
        raise serializers.ValidationError({name: NO_SUCH_FIELD for name in unknown})
    data = {name: blank.get_initial_for_field(field, name) for name, field in blank.fields.items()}
    for name, value in body.items():
        if wanted := _mismatch(blank.fields[name], value):
            raise serializers.ValidationError({name: f"Send {wanted}."})
        data[name] = value
    for name, field in blank.fields.items():
        if isinstance(field, LinesField) and isinstance(data[name], list):
            data[name] = "\n".join(data[name])
    return data | dict(fixed)


def _mismatch(field: forms.Field, value: Any) -> str:
    """What the field takes, where that is not what was sent: forms read texts, and would make sense of anything."""
    if isinstance(field, forms.BooleanField):
        return "" if isinstance(value, bool) else "true or false"
    if isinstance(field, (LinesField, forms.MultipleChoiceField)):
        is_list = isinstance(value, list) and all(_is_text(each) for each in value)
        return "" if is_list else "a list of texts"
    if isinstance(field, (forms.DecimalField, forms.IntegerField)):
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return "" if is_number or value is None or _is_text(value) else "a number"
    return "" if value is None or _is_text(value) else "a text"


def _is_text(value: Any) -> bool:
    """Half a surrogate pair is no text that can be kept."""
    return isinstance(value, str) and not any("\ud800" <= letter <= "\udfff" for letter in value)
