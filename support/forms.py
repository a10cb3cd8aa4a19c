"""What a shopper types about a purchase, read strictly and told back kindly."""

import re
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cashback.lib.money import InvalidMoney, to_minor
from support.claims.models import BoughtIn, Kind, PaidWith

LONGEST_TEXT = 4000
# What people type around and inside an amount: spaces of all kinds, the currency's sign or letters.
_AROUND = re.compile(r"^[^\d+-]*|[^\d]*$")
_SPACES = re.compile(r"[\s  ']")
# A column of text holds neither of these: a NUL, or half a surrogate pair.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_amount(text: str, *, currency: str) -> int:
    """ "1 990,50 ₽" as minor units. Raises InvalidMoney for what is no amount above zero."""
    plain = _SPACES.sub("", _AROUND.sub("", text.strip()))
    # "1,990.50" and "1.990,50": the last mark with one or two digits behind it is the decimal one.
    whole, mark, rest = _split(plain)
    minor = to_minor(f"{re.sub('[.,]', '', whole)}{'.' if mark else ''}{rest}", currency)
    if minor <= 0:
        raise InvalidMoney(f"{text!r:.60} is not an amount above zero.")
    return minor


def _split(plain: str) -> tuple[str, str, str]:
    found = re.fullmatch(r"(.*?)([.,])(\d{1,2})", plain)
    return (found[1], found[2], found[3]) if found else (plain, "", "")


class SafeText(forms.CharField):
    def clean(self, value: Any) -> str:
        text: str = super().clean(value)
        if _UNSTORABLE.search(text):
            raise forms.ValidationError(_("There is a character in it that cannot be kept."))
        return text


class WordForm(forms.Form):
    """One message of a shopper's."""

    text = SafeText(max_length=LONGEST_TEXT, strip=True, required=False)


class QuestionForm(WordForm):
    subject = SafeText(
        max_length=120,
        strip=True,
        error_messages={"required": gettext_lazy("Say in a few words what it is about.")},
    )
    text = SafeText(
        max_length=LONGEST_TEXT, strip=True, error_messages={"required": gettext_lazy("Write your question.")}
    )


class ClaimForm(forms.Form):
    """A claim about a trip, or about a purchase (`kinds` to choose from)."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    order_no = SafeText(max_length=100, strip=True, required=False)
    order_on = forms.DateField(required=False)
    order_amount = SafeText(max_length=40, strip=True, required=False)
    coupon_used = SafeText(max_length=120, strip=True, required=False)
    paid_with = forms.ChoiceField(choices=PaidWith.choices, required=False)
    bought_in = forms.ChoiceField(choices=BoughtIn.choices, required=False)
    goods = SafeText(max_length=300, strip=True, required=False)
    text = SafeText(max_length=LONGEST_TEXT, strip=True, required=False)

    def __init__(self, *args: Any, kinds: tuple[str, ...], currency: str, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kinds, self._currency, self._zone = kinds, currency, ZoneInfo(zone)

    def clean_kind(self) -> str:
        kind = self.cleaned_data["kind"] or self._kinds[0]
        if kind not in self._kinds:
            raise forms.ValidationError(_("Choose what is wrong."))
        return str(kind)

    def clean_order_amount(self) -> int | None:
        typed = self.cleaned_data["order_amount"]
        if not typed:
            return None
        try:
            return read_amount(typed, currency=self._currency)
        except InvalidMoney as error:
            raise forms.ValidationError(_("Write the amount in digits, such as 1990.50.")) from error

    def clean_order_on(self) -> date | None:
        day: date | None = self.cleaned_data["order_on"]
        if day and day > timezone.now().astimezone(self._zone).date():
            raise forms.ValidationError(_("This day is still to come."))
        if day and day.year < 2000:
            raise forms.ValidationError(_("Write the day of the order, such as 24.11.2026."))
        return day

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("kind") == Kind.UNTRACKED:
            if not told.get("order_no") and "order_no" not in self.errors:
                self.add_error(
                    "order_no", _("The order's number is in the shop's letter or in your account there.")
                )
            if not told.get("order_amount") and "order_amount" not in self.errors:
                self.add_error("order_amount", _("Write what you paid for the goods."))
        return told

    @property
    def has_more(self) -> bool:
        """Whether something is told, or is wrong, in what the page keeps folded."""
        by_itself = {
            "paid_with": PaidWith.CARD,
            "bought_in": BoughtIn.WEB,
            "coupon_used": "",
            "goods": "",
            "text": "",
        }
        return any(
            self[name].errors or (self[name].value() or usual) != usual for name, usual in by_itself.items()
        )

    def order_at(self, *, trip_at: datetime | None) -> datetime | None:
        """When it was ordered. On the day of the trip nobody needs to know the hour: it was after the trip."""
        day: date | None = self.cleaned_data["order_on"]
        if day is None:
            return trip_at
        if trip_at and day == trip_at.astimezone(self._zone).date():
            return trip_at
        return datetime.combine(day, time(), self._zone)
