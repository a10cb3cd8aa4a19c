"""`Idempotency-Key`: a partner's server that heard no answer sends its write again, and it is done once."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from partners import answers

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_Post = Callable[..., Response]


class Reused(APIException):
    status_code = 422


def once(post: _Post) -> _Post:
    """The write and its answer are one transaction. A refusal changes nothing and is not kept: mended, the write may be
    sent under the same key."""

    @wraps(post)
    def answered(door: Any, request: Request, **named: str) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return post(door, request, **named)
        if not _KEY.fullmatch(key):
            raise ParseError(
                f"{HEADER} is 1 to 255 letters, digits or signs, without spaces.",
                code="idempotency_key_invalid",
            )
        facts = {"partner": request.partner, "key": key, "digest": _digest(request), "at": timezone.now()}
        with transaction.atomic():
            try:
                known = answers.find(**facts)
            except answers.OtherBody as error:
                raise Reused(str(error), code=error.code) from error
            if known is not None:
                return _again(known)
            answer = post(door, request, **named)
            told = {"data": answer.data, "status": answer.status_code, "headers": dict(answer.headers)}
            answers.keep(**facts, answer=json.dumps(told, cls=JSONEncoder))
            return answer

    return answered


def _again(known: str) -> Response:
    told = json.loads(known)
    return Response(told["data"], told["status"], headers={**told["headers"], "Idempotent-Replayed": "true"})


def _digest(request: Request) -> str:
    """Of what was meant: a form that is sent again has another boundary, and JSON may be spaced differently."""
    data = request.data
    parts = [str(request.method).encode(), request.get_full_path().encode()]
    if isinstance(data, QueryDict):
        for name, values in sorted(data.lists()):
            parts += [name.encode(), *map(_bytes, values)]
    else:
        parts.append(json.dumps(data, sort_keys=True, default=repr).encode())
    return answers.digest_of(*parts)


def _bytes(value: object) -> bytes:
    if not isinstance(value, UploadedFile):
        return str(value).encode("utf-8", "replace")
    content = value.read()
    value.seek(0)
    return answers.digest_of(str(value.name).encode("utf-8", "replace"), content).encode()
