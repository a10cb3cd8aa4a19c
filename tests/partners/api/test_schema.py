"""The schema is what the code does, its codes are all listed, and the page that shows it runs under our own policy."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rest_framework import serializers
from rest_framework.fields import Field

from cashback.api_codes import FIELDS, PROBLEMS, STAFF_FIELDS, STAFF_PROBLEMS
from cashback.api_docs import openapi_yaml
from tests.api_client import Server, assert_problem

ROOT = Path(__file__).resolve().parents[3]
# The operator's API has a page of its own, docs/operator-api.md.
OPERATORS = {"operator.py", "operator_doors.py", "network_accounts.py"}
# What API views call and what refuses there.
PLACES = [
    *(
        path
        for room in ("partners", "offers", "transactions", "support")
        for path in (ROOT / room / "api").glob("*.py")
        if path.name not in OPERATORS
    ),
    *(ROOT / "partners" / "webhooks").glob("*.py"),
    *(ROOT / name for name in ("partners/answers.py", "partners/shoppers.py", "partners/limits.py")),
    *(
        ROOT / name
        for name in ("transactions/click_out/clicks.py", "support/claims/opening.py", "support/desk/files.py")
    ),
]


def codes(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        is_given = isinstance(node, ast.keyword) and node.arg == "code"
        is_own = isinstance(node, ast.Assign) and [getattr(each, "id", "") for each in node.targets] == [
            "code"
        ]
        if is_given or is_own:
            found.add(node.value)
    return {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_the_committed_schema_is_the_one_that_is_served(client):
    """`manage.py openapi` writes it."""
    assert (ROOT / "docs" / "openapi.yaml").read_bytes() == openapi_yaml()
    assert client.get("/api/openapi.yaml").content == openapi_yaml()


def test_the_schema_is_openapi_3_1_and_tells_every_address_apart():
    schema = yaml.safe_load(openapi_yaml())
    assert schema["openapi"] == "3.1.0"
    operations = [
        (path, method, operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]
    names = [operation["operationId"] for _path, _method, operation in operations]
    assert len(names) == len(set(names)) >= 25
    for path, method, operation in operations:
        assert operation["security"] == [{"key": []}], (path, method)
        assert {"400", "401", "403", "404", "429", "500"} < set(operation["responses"]), (path, method)
        assert any(status.startswith("2") for status in operation["responses"]), (path, method)
        assert "Scope: `" in operation["description"], (path, method)
        assert "request." not in operation["description"], (path, method)
        assert not re.search(r"_\d+$", operation["operationId"]), operation["operationId"]


def test_what_a_body_is_said_to_be_is_said_of_no_other():
    """A base class's docstring would be every body's."""
    schemas = yaml.safe_load(openapi_yaml())["components"]["schemas"]
    said = [each["description"] for name, each in schemas.items() if "Body" in name and "description" in each]
    assert len(said) == len(set(said))
    assert {name for name, each in schemas.items() if name.endswith("Request")} == {
        name for name, each in schemas.items() if each.get("additionalProperties") is False
    }


def test_every_code_that_a_door_may_answer_is_in_the_docs():
    said = set().union(*map(codes, PLACES))
    assert len(said) > 40
    listed = set(FIELDS).union(*PROBLEMS.values())
    assert said - listed == set()
    schema = openapi_yaml().decode()
    assert all(f"| `{code}` |" in schema for code in listed)


def test_staffs_own_codes_are_in_their_document():
    document = (ROOT / "docs" / "operator-api.md").read_text()
    own = set(STAFF_FIELDS).union(*STAFF_PROBLEMS.values())
    assert {code for code in own if f"`{code}`" not in document} == set()


def test_every_code_that_a_field_may_answer_is_in_the_docs():
    """But those of limits that no field of ours has, and of kinds that JSON has not."""
    never = {"min_length", "empty", "date", "datetime", "make_aware", "invalid_unicode"}
    bodies = [
        each for each in below(serializers.Serializer) if each.__name__.endswith(("Body", "Query", "Change"))
    ]
    assert len(bodies) > 10
    assert set().union(*(codes_of(each(context={})) for each in bodies)) - never <= set(FIELDS)


def below(kind: type) -> Iterator[type]:
    for each in kind.__subclasses__():
        if not each.__module__.startswith(("rest_framework", "drf_spectacular", "tests")):
            yield each
        yield from below(each)


def codes_of(field: Field) -> set[str]:
    inner = [*getattr(field, "fields", {}).values(), *filter(None, [getattr(field, "child", None)])]
    own = {*field.error_messages, *(each.code for each in field.validators)}
    return own.union(*map(codes_of, inner))


@pytest.mark.parametrize("path", ["/api/docs/", "/api/openapi.yaml"])
def test_the_docs_are_for_all_and_only_read(client, path):
    assert client.get(path).status_code == 200
    assert_problem(client.post(path), 405, "method_not_allowed")


def test_the_page_has_no_script_and_no_style_of_its_own(client):
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert re.findall(r"<script[^>]*>([^<]*)</script>", text) == ["", ""]
    assert "<style" not in text and "style=" not in text


@pytest.mark.parametrize("path", ["nothing", "merchants/", "shoppers/alice/nothing", "%00", "../v2"])
def test_an_address_that_there_is_not_is_a_problem(acorn, path):
    assert_problem(Server(acorn.partner).get(path), 404, "not_found")


def test_a_crash_is_a_problem_too(acorn, monkeypatch):
    from partners.api import shoppers

    def crash(*_about: object, **_more: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(shoppers, "feed", crash)
    server = Server(acorn.partner)
    server.client.raise_request_exception = False
    problem = assert_problem(server.get("shoppers"), 500, "our_fault")
    assert "boom" not in str(problem)
