"""`make lighthouse`: what Google's Lighthouse says of the shops page and a shop's page on a phone.

The storefronts are a whole city's of the journeys, served as in production. Lighthouse throttles by simulation, so
the figures say something about the pages and little about this machine. It comes from npm, and only here.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

LIGHTHOUSE = "lighthouse@12.8.2"
RUNS = 3
GOALS = {"performance": 0.95, "accessibility": 1.0, "best-practices": 0.95}
HEAVIEST_PAGE = 100 * 1024  # bytes over the wire, without logos
_CHROME = "--headless=new --no-sandbox --disable-gpu --disable-background-networking"


class Unable(Exception):
    """This machine cannot run Lighthouse; the message says what it lacks."""


@dataclass(frozen=True, slots=True)
class Report:
    """One page's figures: scores from 0 to 1 (the median of the runs), bytes without logos, what lost points."""

    page: str
    scores: dict[str, float]
    weight: int
    lost: list[str]

    @property
    def is_good(self) -> bool:
        return self.weight <= HEAVIEST_PAGE and all(self.scores[name] >= goal for name, goal in GOALS.items())


def main() -> int:
    try:
        refuse_without_tools()
    except Unable as reason:
        print(reason, file=sys.stderr)
        return 1
    from tests.journeys.city import open_city

    city = open_city()
    with city.stack:
        city.open()
        acorn = city.partner("acorn")
        shop = f"shops/{acorn['plain_merchant']}/"
        # Logos are fetched by the worker, and pages without them would look too good.
        city.eventually(lambda: city.rows("SELECT 1 FROM offers_merchant WHERE logo_digest <> '' LIMIT 1"))
        reports = [
            measure(name, f"{acorn['storefront']}{path}") for name, path in (("shops", ""), ("shop", shop))
        ]
    print_table(reports)
    (HERE / "lighthouse.json").write_text(json.dumps([as_json(each) for each in reports], indent=1) + "\n")
    print("\nbench/lighthouse.json holds every figure.")
    return 0 if all(report.is_good for report in reports) else 1


def refuse_without_tools() -> None:
    if shutil.which("npx") is None:
        raise Unable(
            "Lighthouse needs Node 20 or newer with npm, and there is no npx here: https://nodejs.org/"
        )
    if _chrome() is None:
        raise Unable("Lighthouse needs chromium: `apt-get install chromium`, or set CHROME_PATH.")


def _chrome() -> str | None:
    return os.environ.get("CHROME_PATH") or shutil.which("chromium") or shutil.which("chromium-browser")


def measure(page: str, address: str) -> Report:
    runs = [_run(address) for _ in range(RUNS)]
    scores = {name: median(run["categories"][name]["score"] for run in runs) for name in GOALS}
    return Report(page=page, scores=scores, weight=_weight(runs[0]), lost=_lost(runs[0]))


def _run(address: str) -> dict:
    # npx takes the version from npm's cache once it is there. Its own folder keeps package files out of the checkout.
    with tempfile.TemporaryDirectory() as folder:
        command = [
            "npx",
            "--yes",
            LIGHTHOUSE,
            address,
            "--quiet",
            "--output=json",
            "--output-path=report.json",
        ]
        command += [
            f"--only-categories={','.join(GOALS)}",
            f"--chrome-flags={_CHROME}",
            "--no-enable-error-reporting",
        ]
        environment = os.environ | {"CHROME_PATH": _chrome() or ""}
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180
        )
        if done.returncode:
            raise Unable(f"Lighthouse ended with {done.returncode}:\n{done.stderr[-2000:]}")
        return json.loads(Path(folder, "report.json").read_text())


def _weight(run: dict) -> int:
    requests = run["audits"]["network-requests"]["details"]["items"]
    return sum(each.get("transferSize", 0) for each in requests if "/logos/" not in each["url"])


def _lost(run: dict) -> list[str]:
    """The audits that cost points, the dearest first."""
    weights = {ref["id"]: ref["weight"] for name in GOALS for ref in run["categories"][name]["auditRefs"]}
    found = [
        (
            weights[name] * (1 - audit["score"]),
            f"{audit['title']} ({audit.get('displayValue') or audit['score']})",
        )
        for name, audit in run["audits"].items()
        if audit["score"] is not None and audit["score"] < 1 and weights.get(name)
    ]
    return [title for _cost, title in sorted(found, reverse=True)]


def as_json(report: Report) -> dict:
    return {
        "page": report.page,
        "scores": report.scores,
        "goals": GOALS,
        "bytes_without_logos": report.weight,
        "reached": report.is_good,
        "lost": report.lost,
    }


def print_table(reports: list[Report]) -> None:
    print(f"{'page':<8}" + "".join(f"{name:>16}" for name in GOALS) + f"{'bytes':>12}   (goals: {GOALS})")
    for report in reports:
        scores = "".join(f"{report.scores[name]:>16.2f}" for name in GOALS)
        print(f"{report.page:<8}{scores}{report.weight:>12,}   {'reached' if report.is_good else 'MISSED'}")
        for title in report.lost:
            print(f"          {title}")


if __name__ == "__main__":
    sys.exit(main())
