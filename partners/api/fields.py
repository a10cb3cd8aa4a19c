"""What the API's bodies are made of."""

from typing import Any

from rest_framework import serializers


class Text(serializers.CharField):
    """A text, and nothing that could be read as one: DRF's own field takes numbers too."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
