"""`?from=2026-11-01&to=2026-11-30`: which days are asked for; by itself the last thirty."""

from datetime import date, timedelta
from typing import Any

from django.utils import timezone
from rest_framework import serializers

_DAYS = 30
_MOST_DAYS = 366
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(9000, 1, 1)


class PeriodQuery(serializers.Serializer):
    to = serializers.DateField(required=False, help_text="Today, unless said.")

    def get_fields(self) -> dict[str, Any]:
        # "from" is no name in Python.
        first = serializers.DateField(required=False, help_text=f"{_DAYS} days, unless said.")
        return {"from": first, **super().get_fields()}

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        last = said.pop("to", None) or timezone.now().date()
        first = said.pop("from", None) or max(last, _FIRST_DAY + timedelta(_DAYS)) - timedelta(_DAYS - 1)
        if not _FIRST_DAY <= first <= last <= _LAST_DAY or last - first >= timedelta(_MOST_DAYS):
            detail = f"From the first day to the last are 1 to {_MOST_DAYS} days."
            raise serializers.ValidationError({"from": detail}, code="period_invalid")
        return {**said, "first": first, "last": last}
