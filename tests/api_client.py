"""A partner's server: its key, its questions, and what every refusal looks like."""

import json
from collections.abc import Iterator
from typing import Any

from django.test import Client

from cashback.api_codes import FIELDS, PROBLEMS, STAFF_FIELDS, STAFF_PROBLEMS
from partners.keys import api_keys
from partners.models import Partner


class Server:
    def __init__(self, partner: Partner) -> None:
        self.client = Client()
        _row, self.key = api_keys.create(partner=partner, name="test")

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1/{path}", query or {}, headers=self._headers(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        content = body if isinstance(body, (str, bytes)) else json.dumps(body or {})
        return self.client.post(
            f"/api/v1/{path}", content, content_type="application/json", headers=self._headers(headers)
        )

    def send(self, method: str, path: str, body: object = None) -> Any:
        content = "" if body is None else json.dumps(body)
        return self.client.generic(
            method.upper(),
            f"/api/v1/{path}",
            content,
            content_type="application/json",
            headers=self._headers({}),
        )

    def send_form(self, path: str, form: dict[str, Any], **headers: str) -> Any:
        return self.client.post(f"/api/v1/{path}", form, headers=self._headers(headers))

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, page by page."""
        cursor: dict[str, str] = {}
        while True:
            answer = self.get(path, {**query, **cursor})
            assert answer.status_code == 200, answer.content
            told = answer.json()
            yield from told["data"]
            if told["next_cursor"] is None:
                return
            cursor = {"cursor": told["next_cursor"]}

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"authorization": f"Bearer {self.key}", **named}


def assert_problem(answer: Any, status: int, code: str = "", *, field: str | None = None) -> dict[str, Any]:
    """A refusal in its one shape; with `field`, one of the errors is about it and has the code."""
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert_listed(problem, for_staff=answer.request["PATH_INFO"].startswith("/api/operator/"))
    if field is not None:
        assert (field, code) in {(each["field"], each["code"]) for each in problem["errors"]}, problem
    elif code:
        assert problem["code"] == code, problem
    return problem


def assert_listed(problem: dict[str, Any], *, for_staff: bool = False) -> None:
    """Its codes are among those that the docs list."""
    status = problem["status"]
    codes, fields = set(PROBLEMS.get(status, {})), set(FIELDS)
    if for_staff:
        codes |= STAFF_PROBLEMS.get(status, {}).keys()
        fields |= STAFF_FIELDS.keys()
    assert problem["code"] in codes, problem
    assert {each["code"] for each in problem["errors"]} <= fields, problem


def is_a_problem(answer: Any) -> bool:
    return 400 <= answer.status_code < 500 and answer.headers["Content-Type"] == "application/problem+json"


# What nobody should send: for every parameter and every field.
RUBBISH = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "'; DROP TABLE x --",
    "-1",
    "1e9",
    "9" * 400,
    "𝕏",
    "../..",
    "[]",
    "null",
    "%00",
]
