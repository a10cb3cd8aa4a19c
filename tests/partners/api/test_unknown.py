"""What an address does not know is refused at every one: a misspelt name would be left out unheard."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import yaml

from cashback.api_docs import openapi_yaml
from partners.models import Storefront
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
    body = {"shopper": "alice", "kind": "untracked", "click_id": known["click"], "order_amount": amount}
    assert_problem(server.post("claims", body), 400, "field_unknown", field="order_amount.colour")
    form = {"shopper": "alice", "kind": "untracked", "order_amount.amount": "1990.00", "colour.of": "red"}
    assert_problem(server.send_form("claims", form), 400, "field_unknown", field="colour.of")


def test_what_was_meant_is_guessed(server):
    refusal = assert_problem(server.get("shoppers", {"updated_sinse": "1"}), 400)
    assert refusal["errors"][0]["detail"] == "There is no such parameter here. Is it updated_since?"


@pytest.mark.parametrize("name", ["shoppers", "clicks", "transactions", "claims"])
def test_a_list_is_of_one_storefront_where_it_is_asked_so(server, acorn, known, name):
    other = Storefront.objects.create(
        partner=acorn.partner,
        slug="acorn-kids",
        name="Acorn Kids",
        currency="RUB",
        locale="ru",
        shopper_percent=Decimal(70),
        partner_percent=Decimal(10),
    )
    assert len(server.get(name, {"storefront": "acorn"}).json()["data"]) >= 1
    assert server.get(name, {"storefront": other.slug}).json()["data"] == []
    other.is_active = False
    other.save()
    assert server.get(name, {"storefront": other.slug}).json()["data"] == []


@pytest.mark.parametrize("name", ["shoppers", "clicks", "transactions", "claims"])
@pytest.mark.parametrize("slug", ["birch", "", "\x00", "no such", "A" * 400])
def test_a_list_of_a_storefront_that_is_not_ones_own_is_refused(server, birch, name, slug):
    assert_problem(server.get(name, {"storefront": slug}), 400, "storefront_unknown", field="storefront")
