"""Forms of staff that take amounts as people write them, in the row's own currency, and keep minor units."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from cashback.lib.admin import StaffAdmin
from cashback.lib.money import InvalidMoney, Money, check_currency, decimals, to_minor

_SUFFIX = "_minor"
_LARGEST = Decimal(10**10)


class AmountsForm(forms.ModelForm):
    """A field `…_minor` of the model is an exact amount here: what the currency cannot hold is refused, not rounded."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.currency:
            for name in self._amounts():
                amount = Money(getattr(self.instance, name) or 0, self.instance.currency)
                self.initial[name] = amount.as_decimal()

    def clean_currency(self) -> str:
        try:
            return check_currency(self.cleaned_data["currency"].upper())
        except InvalidMoney as error:
            raise forms.ValidationError(_("Write the currency's code, such as RUB.")) from error

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        currency = told.get("currency") or self.instance.currency
        for name in self._amounts():
            if not currency or told.get(name) is None:
                continue
            minor = to_minor(told[name], currency)
            if Money(minor, currency).as_decimal() == told[name]:
                told[name] = minor
            else:
                words = {"currency": currency, "count": decimals(currency)}
                self.add_error(name, _("%(currency)s has no more than %(count)s decimals.") % words)
        return told

    def _amounts(self) -> list[str]:
        return [name for name in self.fields if name.endswith(_SUFFIX)]


class AmountsAdmin(StaffAdmin):
    form = AmountsForm

    def formfield_for_dbfield(self, db_field: models.Field, request: HttpRequest, **kwargs: Any) -> Any:
        if not db_field.name.endswith(_SUFFIX):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.DecimalField(
            label=capfirst(db_field.verbose_name),
            help_text=db_field.help_text,
            min_value=0,
            max_value=_LARGEST,
            widget=UnfoldAdminDecimalFieldWidget,
        )
