"""`manage.py new_partner`: five answers in, five lines out, and they work."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from partners.embed import checklist
from partners.models import ApiKey, Partner
from tests.api_client import Server

pytestmark = pytest.mark.django_db
ANSWERS = {
    "name": "Cedar Club",
    "slug": "cedar",
    "currency": "USD",
    "language": "en",
    "site": "https://www.cedar.example",
}


def make(**answers: str) -> list[str]:
    out = StringIO()
    call_command("new_partner", **{**ANSWERS, **answers}, stdout=out)
    return out.getvalue().splitlines()


def test_the_five_lines_open_the_new_storefront(client, settings):
    api, key, secret, storefront, script = make()
    assert api == f"VITRINA_API={settings.SITE_URL}/api/v1"
    assert script == f'<script src="{settings.SITE_URL}/embed/v1.js" async></script>'
    cedar = Partner.objects.get(slug="cedar")
    assert secret == f"VITRINA_SSO_SECRET={cedar.sso_secret}"
    address = storefront.removeprefix("VITRINA_STOREFRONT=")
    assert client.get(address.removeprefix(settings.SITE_URL)).status_code == 200
    server = Server(cedar)
    server.key = key.removeprefix("VITRINA_API_KEY=")
    session = server.post("embed-sessions", {"shopper": "dora", "return_origin": "https://www.cedar.example"})
    assert session.json()["launch_url"].startswith(address)


def test_the_docs_and_the_checklist_call_the_key_what_the_command_calls_it(acorn):
    docs = Path(__file__).resolve().parents[2] / "docs"
    told = [(docs / name).read_text() for name in ("quickstart.md", "embed.md")]
    told.append(checklist.token_endpoint(acorn))
    assert [set(re.findall(r"\b\w*KEY\b", text)) for text in told] == [{make()[1].split("=")[0]}] * 3


def test_what_was_not_said_is_asked(monkeypatch):
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return list(ANSWERS.values())[len(asked) - 1]

    monkeypatch.setattr("builtins.input", answer)
    call_command("new_partner", stdout=StringIO())
    assert len(asked) == 5
    assert Partner.objects.get().storefronts.get().embed_origins == ["https://www.cedar.example"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XXL"},
        {"language": "tlh"},
        {"site": "cedar"},
        {"slug": "a b"},
        {"name": ""},
        {"shopper_percent": "95"},
    ],
)
def test_a_wrong_answer_makes_nothing(wrong):
    with pytest.raises(CommandError):
        make(**wrong)
    assert not Partner.objects.exists() and not ApiKey.objects.exists()


def test_answers_that_end_too_early_make_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdin", StringIO("Cedar\n"))
    with pytest.raises(CommandError, match="nothing was made"):
        call_command("new_partner", stdout=StringIO())
    assert not Partner.objects.exists()
