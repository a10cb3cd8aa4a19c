"""What an address does not know is refused at every one: a misspelt name would be left out unheard."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cashback.api_docs import openapi_yaml
from tests.api_client import Server, assert_problem

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture
def server(acorn) -> Server:
    return Server(acorn.partner)


def operations(known: dict[str, str]) -> Iterator[Operation]:
    """Every method and address of the schema, with ids that there are, and what the schema says of it."""
    for path, methods in yaml.safe_load(openapi_yaml())["paths"].items():
        for method, about in methods.items():
            yield method, path.removeprefix("/api/v1/").format(**known), about


def example(about: dict[str, Any]) -> dict[str, Any] | None:
    content = about.get("requestBody", {}).get("content", {}).get("application/json", {})
    return next((each["value"] for each in content.get("examples", {}).values()), None)


def test_a_parameter_that_there_is_not_is_refused_everywhere(server, known):
    asked = [
        (server.send(method, f"{path}?updated_sinse=1", example(about)), f"{method} {path}")
        for method, path, about in operations(known)
    ]
    assert len(asked) > 40
    for answer, where in asked:
        assert answer.status_code == 400, where
        assert_problem(answer, 400, "parameter_unknown", field="updated_sinse")


def test_a_method_that_there_is_not_is_told_first(server):
    assert_problem(server.send("patch", "shoppers?updated_sinse=1"), 405, "method_not_allowed")


def test_a_field_that_there_is_not_is_refused_everywhere(server, known):
    asked = [
        server.send(method, path, {**body, "colour": "red"})
        for method, path, about in operations(known)
        if (body := example(about)) is not None
    ]
    assert len(asked) >= 9
    for answer in asked:
        assert_problem(answer, 400, "field_unknown", field="colour")


def test_a_field_within_a_field_is_no_other(server, known):
    amount = {"amount": "1990.00", "currency": "RUB", "colour": "red"}
    answer = server.post("claims", {**asked(known), "order_amount": amount})
    assert_problem(answer, 400, "field_unknown", field="order_amount.colour")


@pytest.mark.parametrize("name", ["locale.x", "locale[", "order_amount.amount", ""])
def test_in_json_a_name_is_what_it_is(server, known, name):
    assert_problem(server.post("claims", {**asked(known), name: "en"}), 400, "field_unknown", field=name)


@pytest.mark.parametrize(
    "name", ["colour", "locale.en", "order_amount", "order_amount[amount]", "order_amount.colour", "files[0]"]
)
def test_in_a_form_an_inner_field_has_one_name(server, known, name):
    answer = server.send_form("claims", {**asked(known), name: "1990.00"})
    assert answer.status_code == 400
    assert_problem(answer, 400, "field_unknown", field=name)


def test_a_form_about_a_purchase_needs_no_amount(server, known):
    form = {"shopper": "alice", "kind": "payout_problem", "transaction_id": known["transaction"]}
    assert server.send_form("claims", form).status_code == 201
    schema = yaml.safe_load(openapi_yaml())["components"]["schemas"]["ClaimFormRequest"]
    assert set(schema["required"]) == {"shopper", "kind"}


def asked(known: dict[str, str]) -> dict[str, str]:
    return {"shopper": "alice", "kind": "untracked", "click_id": known["click"]}


@pytest.mark.parametrize("what", ["rotate-secret", "ping"])
def test_who_sends_a_body_where_none_is_taken_is_told(server, known, what):
    path = f"webhook-endpoints/{known['endpoint']}/{what}"
    assert_problem(server.post(path, {"keep_old_for": 0}), 400, "field_unknown", field="keep_old_for")
    assert_problem(server.post(path, "[]"), 400)
    assert server.post(path).status_code in (200, 202)


def test_what_was_meant_is_guessed(server):
    refusal = assert_problem(server.get("shoppers", {"updated_sinse": "1"}), 400)
    assert refusal["errors"][0]["detail"] == "There is no such parameter here. Is it updated_since?"
