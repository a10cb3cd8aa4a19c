"""The API as OpenAPI 3.1: what the doors say of themselves, and what all of them have in common."""

from inspect import cleandoc
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from cashback.api_codes import PROBLEMS

_ABOUT = """\
The storefront's data for a partner's own pages and books. Every call has a key:
`Authorization: Bearer cb_live_…`. Press **Authorize**, paste yours, and every example below runs.

**Money** is `{"amount": "12.34", "currency": "RUB"}`, never a float. **Times** are ISO 8601 with an offset. **Ids** are
TypeIDs, such as `txn_…`.

**Lists** come as `{"data": […], "next_cursor": …}`, the newest first: send the cursor back as `?cursor=` for the next
page. What changes also takes `?updated_since=`: then every change comes, the oldest first, and none is missed, however
late its transaction commits. Keep the last cursor that was not null and go on from it next time.

**Writes** take an `Idempotency-Key`: sent again within 24 hours, with the same body, it is answered again and not done
again (`Idempotent-Replayed: true`). A refusal changed nothing and is not kept.

**Calls** are counted by key and minute: `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (seconds). Beyond
that the answer is 429 with `Retry-After`.

**Refusals** are `application/problem+json` (RFC 9457). Go by `code`; `request_id` (also `X-Request-Id`) is what to tell
us.

| code | meaning |
|---|---|
"""
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "For machines; see the table."},
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
    "example": {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "limit is a whole number from 1 to 200.",
        "code": "limit_invalid",
        "request_id": "5f0c1d2e3a4b5c6d",
        "errors": [],
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
            {"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in variables
        ]

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        refused = {"$ref": "#/components/responses/Problem"}
        return {**super()._get_response_bodies(direction), "4XX": refused, "5XX": refused}


def finish(result: dict[str, Any], **_about: Any) -> dict[str, Any]:
    """Called by drf-spectacular with the whole schema."""
    rows = "\n".join(f"| `{code}` | {words} |" for code, words in PROBLEMS.items())
    result["info"]["description"] = f"{_ABOUT}{rows}\n"
    parts = result.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = _PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {"Problem": {"description": "Refused.", "content": content}}
    return result
