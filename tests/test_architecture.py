"""The house's rules that a machine can see (docs/adr, and the import arrows in pyproject.toml)."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cashback", "partners", "offers", "transactions", "support")
CODE = [
    path
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
    if "migrations" not in path.parts and "sandbox" not in path.parts
]
DOORS = [path for path in CODE if path.stem.split("_")[-1] == "views" or path.parent.name == "api"]


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno}"


def test_doors_never_start_a_query_from_the_whole_table():
    found = [
        place(path, node)
        for path in DOORS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]
    assert DOORS
    assert found == []


def test_all_egress_goes_through_the_one_client():
    """The demo's visitor and advertisers are the world outside; the supervisor asks only its own children."""
    outside = {"cashback/visitor.py", "cashback/advertisers.py", "cashback/demo.py"}
    allowed = {"cashback/lib/http.py", "cashback/supervisor.py", *outside}
    clients = {"requests", "urllib3", "http.client", "urllib.request", "httpx", "socket"}
    found = [
        place(path, node)
        for path in CODE
        for node in ast.walk(tree(path))
        if str(path.relative_to(ROOT)) not in allowed
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        if name in clients and path.parent.name != "cashback"
    ]
    assert found == []


def test_files_and_functions_stay_readable():
    long_files = [str(path.relative_to(ROOT)) for path in CODE if len(path.read_text().splitlines()) > 400]
    long_functions = [
        place(path, node)
        for path in CODE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef) and node.end_lineno - node.lineno >= 50
    ]
    assert (long_files, long_functions) == ([], [])


def test_every_model_with_a_partner_requires_one():
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.split(".")[0] in ROOMS]
    fields = [
        field
        for model in ours
        for field in model._meta.get_fields()
        if field.name in {"partner", "partner_id"}
    ]
    nullable = [str(field) for field in fields if field.concrete and field.null]
    assert fields
    assert nullable == []


def test_migrations_import_nothing_of_ours():
    found = [
        place(path, node)
        for room in ROOMS
        for path in (ROOT / room).rglob("migrations/*.py")
        for node in ast.walk(tree(path))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if name.split(".")[0] in ROOMS
    ]
    assert found == []


def settings_names() -> set[str]:
    """The names that cashback/settings.py reads from the environment."""
    return {
        node.args[0].value
        for node in ast.walk(tree(ROOT / "cashback" / "settings.py"))
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and (
            (isinstance(node.func, ast.Name) and node.func.id == "env")
            or (isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "env")
        )
    }


def test_env_example_names_what_the_settings_read():
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert example == settings_names()


@pytest.mark.parametrize(
    "host", ["cashback.example", "10.0.0.1", "*", "test.example.com", "notatest", "localhost.example"]
)
def test_demo_refuses_to_start_where_it_could_be_reached(host):
    import os
    import subprocess
    import sys

    environment = os.environ | {"ENVIRONMENT": "demo", "ALLOWED_HOSTS": f"localhost,{host}"}
    started = subprocess.run(
        [sys.executable, "-c", "import cashback.settings"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert started.returncode != 0
    assert host in started.stderr
