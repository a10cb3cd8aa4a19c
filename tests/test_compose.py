"""docker-compose.yml against what the settings really read: parsed, because no Docker engine is at hand."""

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from cashback.embedded import INITDB_FLAGS
from cashback.stack import web_command
from cashback.supervisor import ROOT

OURS = {"migrate", "web", "worker", "beat"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def names_read_by(settings: Path) -> set[str]:
    """The first argument of every `env(…)`, `env.list(…)`, … call."""
    names = set()
    for node in ast.walk(ast.parse(settings.read_text())):
        if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
            continue
        called = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        if isinstance(called, ast.Name) and called.id == "env":
            names.add(str(node.args[0].value))
    return names


def test_our_services_are_given_only_names_that_settings_read(compose: dict[str, Any]) -> None:
    known = names_read_by(ROOT / "cashback" / "settings.py")

    for name in OURS:
        given = set(compose["services"][name]["environment"])
        assert given == {"DATABASE_URL", "REDIS_URL", "STATIC_ROOT"}
        assert given < known


def test_static_files_are_where_the_image_put_them(compose: dict[str, Any]) -> None:
    root = compose["services"]["web"]["environment"]["STATIC_ROOT"]

    assert f"STATIC_ROOT={root}\n" in (ROOT / "Dockerfile").read_text()


def test_our_services_share_one_image_and_one_env_file(compose: dict[str, Any]) -> None:
    for name in OURS:
        service = compose["services"][name]
        assert (service["image"], service["build"], service["env_file"]) == ("vitrina", ".", ".env")


def test_services_and_images_are_those_we_test_with(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert set(services) == OURS | {"postgres", "redis"}
    assert services["postgres"]["image"] == "postgres:18"
    assert services["redis"]["image"] == "redis:7.2"
    assert services["redis"]["command"] == ["redis-server", "--appendonly", "yes"]


def test_database_is_made_with_the_flags_of_the_embedded_one(compose: dict[str, Any]) -> None:
    assert compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"] == " ".join(INITDB_FLAGS)


def test_everything_that_stays_up_has_a_health_check_and_comes_back(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name != "migrate":
            assert service["healthcheck"]["test"], name
            assert service["restart"] == "unless-stopped", name


def test_migrations_run_once_and_the_others_wait_for_them(compose: dict[str, Any]) -> None:
    services = compose["services"]

    assert services["migrate"]["restart"] == "no"
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    for name in OURS - {"migrate"}:
        assert services[name]["depends_on"] == {
            "migrate": {"condition": "service_completed_successfully"},
            "postgres": {"condition": "service_healthy"},
            "redis": {"condition": "service_healthy"},
        }


def test_what_must_survive_is_on_named_volumes(compose: dict[str, Any]) -> None:
    mounts = [mount for service in compose["services"].values() for mount in service.get("volumes", ())]

    assert mounts == ["postgres:/var/lib/postgresql", "redis:/data", "beat:/srv/beat"]
    assert set(compose["volumes"]) == {"postgres", "redis", "beat"}


def test_image_serves_the_way_the_demo_does() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    served = ast.literal_eval(dockerfile.rpartition("CMD ")[2].strip())

    assert served[0] == "granian"
    demo = web_command(8000)[3:]
    assert served[1:] == ["0.0.0.0" if word == "127.0.0.1" else word for word in demo]  # noqa: S104 - in a container
