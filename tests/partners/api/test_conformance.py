"""What the schema promises, an outsider's tool checks over HTTP: generated, negative and chained calls, by a seed.

`make proofs` asks for many more of them.
"""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.http import JsonResponse

from cashback import api_errors
from partners.keys import api_keys
from partners.models import Partner
from tests.api_client import assert_listed

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261126
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "ignored_auth",
)


def examine(server: str, partner: Partner, known: dict[str, str], *, examples: int, place: Path) -> dict:
    """What the tool reports of its run; raises where it could not run at all."""
    _row, key = api_keys.create(partner=partner, name="conformance")
    settings, report = place / "schemathesis.toml", place / "report.json"
    settings.write_text(
        "[parameters]\n" + "".join(f'"path.{name}" = "{value}"\n' for name, value in known.items())
    )
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings)),
        *("run", f"{server}/api/openapi.yaml", "--url", server, "--header", f"Authorization: Bearer {key}"),
        *("--seed", str(SEED), "--max-examples", str(examples), "--checks", ",".join(CHECKS)),
        *("--no-color", "--report", "json", "--report-json-path", str(report)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=place)
    assert report.exists(), done.stdout + done.stderr
    return {"said": done.stdout, "code": done.returncode, **json.loads(report.read_text())}


@pytest.fixture
def refusals(monkeypatch) -> list[dict]:
    """Every problem that the server answers with."""
    told, problem = [], api_errors.problem

    def overheard(*about: Any, **more: Any) -> JsonResponse:
        answer = problem(*about, **more)
        told.append(json.loads(answer.content))
        return answer

    monkeypatch.setattr(api_errors, "problem", overheard)
    return told


def test_the_server_keeps_every_promise_of_its_schema(
    live_server, acorn, known, refusals, settings, tmp_path, caplog
):
    settings.API_CALLS_PER_MINUTE = 1_000_000
    examples = int(os.environ.get("CONFORMANCE_EXAMPLES", "2"))
    found = examine(live_server.url, acorn.partner, known, examples=examples, place=tmp_path)
    print(found["test_cases"])
    broken = [record for record in caplog.records if record.exc_info]
    print(*(logging.Formatter().formatException(record.exc_info) for record in broken), sep="\n")
    assert found["code"] == 0, found["said"][-20_000:]
    assert found["operations"]["tested"] == found["operations"]["total"]
    assert found["test_cases"]["generated"] >= 500
    assert len(refusals) > 100
    for problem in refusals:
        assert_listed(problem)
