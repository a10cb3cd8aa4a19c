"""What production refuses to start with."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
SAFE = {
    "ENVIRONMENT": "production",
    "SITE_URL": "https://cashback.example",
    "ALLOWED_HOSTS": "cashback.example,cashback.acorn.example",
    "SECRET_KEY": "0123456789" * 5,
    "FIELD_ENCRYPTION_KEYS": KEY,
}


def start(**changes: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", "import cashback.settings"],
        cwd=ROOT,
        env=os.environ | SAFE | changes,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    "changes",
    [{}, {"ALLOWED_HOSTS": ".example"}, {"FIELD_ENCRYPTION_KEYS": f"{KEY},{KEY}"}],
    ids=["as documented", "a domain", "two keys"],
)
def test_production_starts_with_safe_settings(changes):
    started = start(**changes)
    assert started.returncode == 0, started.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SITE_URL", "http://cashback.example"),
        ("SITE_URL", "https://"),
        ("SITE_URL", "cashback.example"),
        ("SECRET_KEY", "x" * 49),
        ("FIELD_ENCRYPTION_KEYS", ""),
        ("FIELD_ENCRYPTION_KEYS", "rubbish"),
        ("FIELD_ENCRYPTION_KEYS", f"{KEY},rubbish"),
        ("FIELD_ENCRYPTION_KEYS", "a2V5"),
        ("ALLOWED_HOSTS", "cashback.example,*"),
        ("ALLOWED_HOSTS", "elsewhere.example"),
    ],
)
def test_production_refuses_unsafe_settings_and_names_them(name, value):
    started = start(**{name: value})
    assert started.returncode != 0
    assert "ENVIRONMENT=production is refused." in started.stderr
    assert f" {name} must " in started.stderr


def test_the_image_is_built_with_settings_that_production_takes():
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    [line] = re.findall(r"^RUN (ENVIRONMENT=.*)", dockerfile, re.M)
    values = dict(re.findall(r"([A-Z_]+)=(\S+)", line))
    started = start(**values)
    assert started.returncode == 0, started.stderr
    assert values["ENVIRONMENT"] == "production"


def test_secrets_are_not_in_the_refusal():
    assert "x" * 49 not in start(SECRET_KEY="x" * 49).stderr
