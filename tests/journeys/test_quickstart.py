"""The partner's quickstart, run as it is printed, against the whole service."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).resolve().parents[2] / "docs" / "quickstart.md"


def test_the_quickstart_runs_as_it_is_printed(city):
    if shutil.which("jq") is None or shutil.which("curl") is None:
        pytest.skip("the quickstart needs curl and jq: `apt-get install curl jq` runs it")
    setting, *calls = re.findall(r"```sh\n(.*?)```", QUICKSTART.read_text(), re.DOTALL)
    assert len(calls) == 8
    setting = setting.replace("http://localhost:8000", city.web)
    setting = re.sub(r"\$\(jq .*demo\.json\)", city.partner("acorn")["api_key"], setting)
    script = "\n".join(["set -euo pipefail", setting, *(f"echo '---'\n{call}" for call in calls)])
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    shops, shopper, launch, click, money, hooks, claim, figures = done.stdout.split("---\n")[1:]
    assert len(re.findall(r"^.+: mrc_[0-9a-z]{26}$", shops, re.MULTILINE)) == 3
    assert '"external_id": "quickstart-dora"' in shopper
    assert re.fullmatch(rf"{re.escape(city.web)}/s/acorn/launch\?token=\S+\n", launch)
    assert re.fullmatch(rf"{re.escape(city.web)}/out/\S+\n", click)
    assert "next: " in money
    assert '"pending"' in money
    assert re.match(r"whe_[0-9a-z]{26}\n", hooks)
    assert re.match(r"C-\d+: \w+, more by 20", claim)
    assert '"clicks"' in figures
