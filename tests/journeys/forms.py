"""Forms as a browser without scripts sends them: what nobody typed goes as the page had it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests

TIMEOUT = (3, 30)
_NOT_SENT, _TICKED = ("file", "submit", "button", "reset"), ("radio", "checkbox")


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """The page's forms that post."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._open = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._form = Form(told.get("action", ""))
            if told.get("method", "").lower() == "post":
                self.forms.append(self._form)
        elif self._form is not None:
            self._read(self._form.fields, tag, told)

    def _read(self, fields: dict[str, str], tag: str, told: dict[str, str]) -> None:
        name, kind = told.get("name", ""), told.get("type", "")
        if tag in ("select", "textarea") and name:
            self._open = name
            fields.setdefault(name, "")
        elif tag == "option" and self._open and "selected" in told:
            fields[self._open] = told.get("value", "")
        elif tag == "input" and name and kind not in _NOT_SENT and (kind not in _TICKED or "checked" in told):
            fields[name] = told.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag in ("select", "textarea"):
            self._open = ""


def form(page: requests.Response, to: str) -> Form:
    """The page's form whose address ends so; one without an address goes to the page itself."""
    reader = _Reader()
    reader.feed(page.text)
    found = [each for each in reader.forms if _address(page, each).endswith(to)]
    assert found, f"{page.url} has no form that goes to {to}: {[each.action for each in reader.forms]}"
    return found[0]


def send(
    browser: requests.Session,
    page: requests.Response,
    to: str,
    *,
    files: dict[str, tuple[str, bytes]] | None = None,
    **typed: Any,
) -> requests.Response:
    """What is typed goes with the page's own form to where it leads; the page that this ends on."""
    chosen = form(page, to)
    return browser.post(_address(page, chosen), data=chosen.fields | typed, files=files, timeout=TIMEOUT)


def _address(page: requests.Response, chosen: Form) -> str:
    return urljoin(page.url, chosen.action)
