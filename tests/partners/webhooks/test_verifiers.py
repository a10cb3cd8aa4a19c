"""The verifiers of docs/webhooks.md accept what we send, and nothing else."""

import base64
import json
import re
import shutil
import subprocess
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from partners.models import OutboxEvent
from partners.webhooks import catalogue, messages
from partners.webhooks.models import new_secret

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "webhooks.md").read_text()
SECRET, FORMER = new_secret(), new_secret()
BODY = '{"id":"evt_1","type":"test.ping","data":{"order":"№ 7"}}'.encode()


def sample(language: str, fence: str) -> str:
    return re.search(rf"### {language}\n```{fence}\n(.*?)```", PAGE, re.S)[1]


def now(**shifted) -> datetime:
    return datetime.now(tz=UTC) + timedelta(**shifted)


def signed(*, secrets=(SECRET,), at=None, **other) -> dict[str, str]:
    event = OutboxEvent(id=uuid.UUID("019abc00-0000-7000-8000-000000000001"), type="test.ping")
    made = messages.headers(event, BODY, secrets=secrets, at=at or now())
    return {**made, **{name.replace("_", "-"): value for name, value in other.items()}}


def without(name: str) -> dict[str, str]:
    return {header: value for header, value in signed().items() if header != name}


# Made when they are asked for: a suite may run for longer than a message is good.
GOOD = {
    "signed": lambda: signed(),
    "rotated": lambda: signed(secrets=(FORMER, SECRET)),
    "rotated, the other way": lambda: signed(secrets=(SECRET, FORMER)),
    "a little late": lambda: signed(at=now(minutes=-4)),
}
BAD = {
    "another's secret": lambda: signed(secrets=(FORMER,)),
    "too old": lambda: signed(at=now(minutes=-6)),
    "from the future": lambda: signed(at=now(minutes=6)),
    "another id": lambda: signed(webhook_id="evt_2"),
    "another time": lambda: signed(webhook_timestamp=str(int(now().timestamp()) + 60)),
    "no time": lambda: signed(webhook_timestamp="soon"),
    "no signature": lambda: without("webhook-signature"),
    "no id": lambda: without("webhook-id"),
    "no timestamp": lambda: without("webhook-timestamp"),
    "no base64": lambda: signed(webhook_signature="v1,%%%"),
    "empty": lambda: signed(webhook_signature=""),
    "another version": lambda: signed(webhook_signature=signed()["webhook-signature"].replace("v1,", "v2,")),
}


def in_python(headers: dict[str, str], body: bytes) -> bool:
    room: dict = {}
    exec(sample("Python", "python"), room)  # noqa: S102 - it is our own page
    try:
        return room["verify"](SECRET, headers, body) == json.loads(BODY)
    except ValueError:
        return False


def in_node(headers: dict[str, str], body: bytes) -> bool:
    if shutil.which("node") is None:
        pytest.skip("node is not installed: `apt-get install nodejs` runs this verifier")
    asked = json.dumps([SECRET, headers, base64.b64encode(body).decode()])
    script = sample("Node", "js") + (
        f"const [secret, headers, body] = {asked};"
        "try { console.log(verify(secret, headers, Buffer.from(body, 'base64')).id); }"
        "catch (error) { console.log('refused'); }"
    )
    said = subprocess.run(
        ["node", "-e", script], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert said.strip() in ("evt_1", "refused")
    return said.strip() == "evt_1"


@pytest.mark.parametrize("verify", [in_python, in_node])
@pytest.mark.parametrize("case", GOOD)
def test_what_we_send_is_accepted(verify, case):
    assert verify(GOOD[case](), BODY) is True


@pytest.mark.parametrize("verify", [in_python, in_node])
@pytest.mark.parametrize("case", BAD)
def test_what_we_did_not_send_is_refused(verify, case):
    assert verify(BAD[case](), BODY) is False


@pytest.mark.parametrize("verify", [in_python, in_node])
def test_another_body_is_refused(verify):
    assert verify(signed(), BODY.replace(b"7", b"8")) is False


@pytest.mark.parametrize(
    ("language", "fence"),
    [("Python", "python"), ("Node", "js"), ("PHP", "php"), ("Go", "go"), ("Java", "java"), ("C#", "csharp")],
)
def test_a_verifier_is_short(language, fence):
    assert len([line for line in sample(language, fence).splitlines() if line.strip()]) <= 24


def test_the_page_names_every_type_of_event():
    listed = re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.M)
    assert listed == [each.name for each in catalogue.all_types()]
    assert [each.summary for each in catalogue.all_types() if each.summary not in PAGE] == []
