"""Tokens for the operator's API: staff make and revoke their own, and superusers revoke anybody's."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from cashback.lib.admin import Link, StaffAdmin, button, list_of
from cashback.lib.walls import HOUSE
from partners.keys import staff_tokens
from partners.models import StaffToken

_USUALLY = timedelta(days=90)


class StaffTokenForm(forms.ModelForm):
    class Meta:
        model = StaffToken
        fields = ("name", "expires_at")
        help_texts = {"name": _("What it is for."), "expires_at": _("A year from now at the latest.")}

    def clean_expires_at(self) -> datetime:
        ends_at: datetime = self.cleaned_data["expires_at"]
        try:
            staff_tokens.check_lasts(ends_at - timezone.now())
        except staff_tokens.TokenRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return ends_at


@admin.register(StaffToken)
class StaffTokenAdmin(StaffAdmin):
    wall = HOUSE
    form = StaffTokenForm
    list_display = ["name", "user", "label", "last_used_at", "expires_at", "revoked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__username"]
    ordering = ["-pk"]
    buttons = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[StaffToken]:
        rows = super().get_queryset(request)
        return rows if request.user.is_superuser else rows.filter(user=request.user)

    def get_fields(self, request: HttpRequest, obj: StaffToken | None = None) -> list[str]:
        if obj is None:
            return ["name", "expires_at"]
        return ["name", "user", "label", "created_at", "expires_at", "last_used_at", "revoked_at"]

    def has_change_permission(self, request: HttpRequest, obj: StaffToken | None = None) -> bool:
        return False

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        only_save = {"show_save_and_continue": False, "show_save_and_add_another": False}
        return super().add_view(request, *args, extra_context=only_save)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"expires_at": timezone.now() + _USUALLY}

    def save_model(self, request: HttpRequest, obj: StaffToken, form: StaffTokenForm, change: bool) -> None:
        now = timezone.now()
        made, request.new_token = staff_tokens.create(
            user=request.user, name=obj.name, lasts=obj.expires_at - now, at=now
        )
        obj.pk, obj.user = made.pk, request.user

    def response_add(
        self, request: HttpRequest, obj: StaffToken, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self.show_once(
            request,
            secret=request.new_token,
            title=_("A new token for the operator's API"),
            label=_("Token"),
            advice=_("Put it into the script that needs it, which may then do what you may."),
            back=Link(_("Back to the tokens"), list_of(StaffToken)),
        )

    @display(description=_("begins with"))
    def label(self, token: StaffToken) -> str:
        return token.label

    def offers_button(self, name: str, row: StaffToken) -> bool:
        return row.revoked_at is None

    @button(
        _("Revoke"),
        permission="partners.change_stafftoken",
        warning=_("The script that has it is refused from that moment on. A revoked token stays revoked."),
    )
    def revoke(self, request: HttpRequest, token: StaffToken) -> str:
        staff_tokens.revoke(token=token, at=timezone.now())
        return _("The token is revoked.")
