"""The API as OpenAPI 3.1: what the doors say of themselves, and what all of them have in common."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from cashback.api_codes import FIELDS, PROBLEMS
from partners.api import examples

_ABOUT = f"""\
The storefront's data for a partner's own pages and books. Every call has a key: `Authorization: Bearer cb_live_…`, or
`cb_test_…` for the sandbox.

**Money** is `{{"amount": "12.34", "currency": "RUB"}}`, never a float. **Times** are ISO 8601 with an offset. **Ids**
are TypeIDs, such as `txn_…`.

**Lists** come as `{{"data": […], "next_cursor": …}}`, the newest first: send the cursor back as `?cursor=` for the next
page. What changes also takes `?updated_since=`: then every change comes, the oldest first, and none is missed, however
late its transaction commits. Keep the last cursor that was not null and go on from it next time.

**Writes** take an `Idempotency-Key`: sent again within 24 hours, with the same body, it is answered again and not done
again (`Idempotent-Replayed: true`). A refusal changed nothing and is not kept.

**Calls** are counted by key and minute: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds). Beyond
that the answer is 429 with `Retry-After`.

**Refusals** are `application/problem+json` (RFC 9457). Go by `code`; `request_id` (also `X-Request-Id`) is what to tell
us. A parameter or a field that an address does not have is refused too, rather than left out unheard.

**Examples** are about names of the demo: a shopper `{examples.SHOPPER}`, a shop `{examples.MERCHANT}`. The docs page
puts your own in their place. Those that rename, merge and erase are about `{examples.MADE_UP}`, whom the example of
`put_shopper` makes: run that first.
"""
# Which refusals an address may answer with: any, one that changes something, and one that can be sent again.
_OF_ANY = (400, 401, 403, 404, 406, 429, 500)
_OF_WRITES = (409, 413, 415)
_OF_POSTS = (422,)
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "For machines; the tables list them all."},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "partners.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "cb_live_<id>_<secret>"}


class DoorSchema(AutoSchema):
    def get_tags(self) -> list[str]:
        # /api/v1/shoppers/{external_id}/balance
        return [self.path.split("/")[3]]

    def get_summary(self) -> str:
        return self.get_operation_id().replace("_", " ").capitalize()

    def get_description(self) -> str:
        """What the method says of itself, else its own class: what is said of every door is for our eyes."""
        said = getattr(self.view, str(self.method).lower()).__doc__ or vars(type(self.view)).get("__doc__")
        parts = (cleandoc(said or ""), f"Scope: `{self.view.scopes[self.method]}`.")
        return "\n\n".join(part for part in parts if part)

    def _resolve_path_parameters(self, variables: list[str]) -> list[dict[str, Any]]:
        return [
            {
                "in": "path",
                "name": name,
                "required": True,
                "schema": {"type": "string"},
                "example": examples.IN_PATHS[name],
            }
            for name in variables
        ]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        statuses = _OF_ANY + (_OF_WRITES if self.method != "GET" else ())
        statuses += _OF_POSTS if self.method == "POST" else ()
        refused = {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses}
        return {**super()._get_response_bodies(direction), **dict(sorted(refused.items()))}


def finish(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """Called by drf-spectacular with the whole schema."""
    result["info"]["description"] = f"{_ABOUT}\n{_tables()}"
    parts = result.setdefault("components", {})
    for name, shape in parts.setdefault("schemas", {}).items():
        if name.endswith("Request"):  # as `Body` takes it
            shape["additionalProperties"] = False
    parts["schemas"]["Problem"] = _PROBLEM
    parts["responses"] = {
        _name(status): _refusal(status, codes)
        for status, codes in PROBLEMS.items()
        if status in _OF_ANY + _OF_WRITES + _OF_POSTS
    }
    return result


def _tables() -> str:
    problems = [
        (f"{status}", f"`{code}`", words)
        for status, codes in PROBLEMS.items()
        for code, words in codes.items()
    ]
    fields = [(f"`{code}`", words) for code, words in FIELDS.items()]
    return "\n".join(
        (
            _folded("Every code of a refusal", ("status", "code", "meaning"), problems),
            _folded("Every code in its errors", ("code", "meaning"), fields),
        )
    )


def _folded(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = "".join(f"| {' | '.join(row)} |\n" for row in (head, ("---",) * len(head), *rows))
    return f"<details><summary>{title}</summary>\n\n{lines}\n</details>\n"


def _name(status: int) -> str:
    return HTTPStatus(status).phrase.title().replace(" ", "")


def _refusal(status: int, codes: Mapping[str, str]) -> dict[str, Any]:
    code, words = next(iter(codes.items()))
    wrong = [{"field": "shopper", "code": "required", "detail": "This field is required."}]
    example = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": words,
        "code": code,
        "request_id": "5f0c1d2e3a4b5c6d",
        "errors": wrong if code == "invalid" else [],
    }
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}
    return {
        "description": "Refused: " + ", ".join(f"`{each}`" for each in codes) + ".",
        "content": {"application/problem+json": content},
    }
