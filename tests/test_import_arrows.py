"""Each import contract is worth its name only if it breaks: here every one is broken on purpose, in a copy."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("cashback", "partners", "offers", "transactions", "support")

BREAKS = [
    ("Rooms import downward only", "partners/services.py", "import offers.models"),
    ("Rooms import downward only", "offers/models/catalogue.py", "import transactions.models"),
    ("Inside offers", "offers/networks/services.py", "import offers.models"),
    ("Inside offers", "offers/services.py", "import offers.tasks"),
    ("Inside transactions", "transactions/ledger/services.py", "import transactions.models"),
    ("Inside transactions", "transactions/services.py", "import transactions.tasks"),
    ("Inside transactions", "transactions/my_cashback/trips.py", "import transactions.recording.settling"),
    ("Inside support", "support/desk/models/__init__.py", "import support.claims.models"),
    ("Inside a room", "partners/models/partner.py", "import partners.services"),
    ("The ledger knows cashback.lib only", "transactions/ledger/models.py", "import partners.models"),
    ("Of the project, rooms use cashback.lib only", "offers/services.py", "import cashback.settings"),
    ("The contract and the adapters know neither Django", "offers/networks/base.py", "import django.db"),
    ("The sandbox stands alone", "cashback/sandbox/store.py", "import cashback.lib.money"),
    ("Nobody imports the sandbox", "cashback/demo.py", "import cashback.sandbox.store"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room in ROOMS:
        only_code = shutil.ignore_patterns("__pycache__", "static", "data", "templates")
        shutil.copytree(ROOT / room, folder / room, ignore=only_code)
    return folder


def test_every_arrow_points_the_right_way(copy):
    found = lint(copy)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS)
def test_contract_breaks_when_it_is_broken(copy, contract, file, line):
    path = copy / file
    whole = path.read_text()
    path.write_text(f"{whole}\n{line}\n")
    try:
        found = lint(copy)
    finally:
        path.write_text(whole)
    assert found.returncode == 1
    broken = [text for text in found.stdout.splitlines() if text.rstrip().endswith("BROKEN")]
    assert any(text.startswith(contract) for text in broken), found.stdout
