"""What the sandbox is told at its start: one JSON file and a few environment variables."""

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


class ConfigError(Exception):
    """The sandbox cannot start with what it was given; the message says why."""


@dataclass(frozen=True)
class Partner:
    """A demo partner whose host site the sandbox plays."""

    slug: str
    name: str
    locale: str
    brand: str
    sso_secret: str
    api_key: str
    storefront: str
    shoppers: tuple[str, ...]
    # Of its webhook endpoint; "" where it has none.
    webhook_secret: str = ""


@dataclass(frozen=True)
class Config:
    port: int
    state: Path
    rate_limit: int
    web: str
    client_id: str
    client_secret: str
    website: int
    website_name: str
    postback_url: str
    postback_method: str
    partners: dict[str, Partner]

    @property
    def url(self) -> str:
        """Where the network's links and the shops live."""
        return f"http://localhost:{self.port}"


def load() -> Config:
    """The configuration of this process; ConfigError names what is missing or wrong."""
    path = _required("SANDBOX_CONFIG")
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return _from_json(data)
    except OSError as problem:
        raise ConfigError(f"SANDBOX_CONFIG cannot be read: {problem}") from problem
    except KeyError as problem:
        raise ConfigError(f"{path} lacks {problem}") from problem
    except (TypeError, ValueError) as problem:
        raise ConfigError(f"{path} is not a sandbox configuration: {problem}") from problem


@cache
def current() -> Config:
    return load()


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise ConfigError(f"{name} is not set")
    return value


def _from_json(data: dict[str, Any]) -> Config:
    method = data.get("postback_method", "GET")
    if method not in ("GET", "POST"):
        raise ValueError(f"postback_method must be GET or POST, not {method!r}")
    return Config(
        port=int(os.environ.get("SANDBOX_PORT", "8001")),
        state=Path(_required("SANDBOX_STATE")),
        rate_limit=int(os.environ.get("SANDBOX_RATE_LIMIT", "600")),
        web=data["web"],
        client_id=data["client_id"],
        client_secret=data["client_secret"],
        website=int(data["website"]),
        website_name=data.get("website_name", "Vitrina"),
        postback_url=data["postback_url"],
        postback_method=method,
        partners={slug: _partner(slug, entry) for slug, entry in data.get("partners", {}).items()},
    )


def _partner(slug: str, entry: dict[str, Any]) -> Partner:
    return Partner(
        slug=slug,
        name=entry["name"],
        locale=entry["locale"],
        brand=entry["brand"],
        sso_secret=entry["sso_secret"],
        api_key=entry.get("api_key", ""),
        storefront=entry["storefront"],
        shoppers=tuple(entry["shoppers"]),
        webhook_secret=entry.get("webhook_secret", ""),
    )
