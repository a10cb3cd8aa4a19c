"""Reading what partners' servers send: JSON, no larger than a page of text, with numbers that keep their digits."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = "The body is larger than this address takes."


class JSONParser(BaseParser):
    media_type = "application/json"
    longest = 64 * 1024

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(self.longest + 1)
        if len(raw) > self.longest:
            raise TooLarge
        try:
            return json.loads(raw, parse_float=Decimal, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not JSON.", code="not_json") from error


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON.")
