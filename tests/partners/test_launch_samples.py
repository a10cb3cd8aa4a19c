"""The launch tokens that docs/launch-tokens.md mints open the storefront, once; those that we can run here."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from partners.models import Shopper

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "launch-tokens.md").read_text()
SHOPPER = "Дора 7"
LANGUAGES = {
    "Python": ("python", [sys.executable, "-c"], "print(launch_token(*{}))"),
    "Node": ("javascript", ["node", "-e"], "console.log(launchToken(...{}))"),
}
OTHERS = {"PHP": "php", "Go": "go", "Java": "java", "C#": "csharp"}


def sample(language: str, fence: str) -> str:
    return re.search(rf"### {re.escape(language)}\n```{fence}\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sample_s_token_signs_on_once(client, acorn, language):
    fence, command, call = LANGUAGES[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    facts = json.dumps([acorn.partner.sso_secret, acorn.partner.slug, SHOPPER])
    script = f"{sample(language, fence)}\n{call.format(facts)}"
    token = subprocess.run([*command, script], capture_output=True, text=True, check=True, timeout=30).stdout
    assert client.get("/s/acorn/launch", {"token": token.strip()}).status_code == 303
    assert Shopper.objects.get().external_id == SHOPPER
    assert client.get("/s/acorn/launch", {"token": token.strip()}).status_code == 403


@pytest.mark.parametrize("language", [*LANGUAGES, *OTHERS])
def test_a_sample_is_short_and_has_every_claim(language):
    fence = OTHERS.get(language) or LANGUAGES[language][0]
    text = sample(language, fence)
    assert len([line for line in text.splitlines() if line.strip()]) <= 20
    for name in ("iss", "aud", "sub", "jti", "iat", "exp"):
        assert re.search(rf"\b{name}\b", text), name
