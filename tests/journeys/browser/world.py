"""The city as browsers find it in the wild: under host names of different sites, over TLS."""

import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

from cashback.embedded import free_port
from cashback.stack import PYTHON
from cashback.supervisor import Service
from cashback.visitor import launch_token
from tests.journeys.browser import hosts
from tests.journeys.city import City

STORE = "store.vitrina.test"  # our own host name
SHOP, CLUB = "shop.acorn.test", "club.birch.test"  # the partners' own sites
EVIL = "evil.test"  # nobody's partner
OWN = "cashback.acorn-club.test"  # a storefront's own host name
NAMES = (STORE, SHOP, CLUB, EVIL, OWN)
PARTNER_SITES = {"acorn": SHOP, "birch": CLUB}

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<script src="{web}/embed/v1.js" async></script></head>
<body><h1>{title}</h1>
{embeds}
<script>
window.heard = [];
for (const element of document.querySelectorAll("cashback-store"))
  for (const name of ["ready", "navigate", "activate", "balance", "error"])
    element.addEventListener(name, event =>
      heard.push({{of: element.getAttribute("storefront"), name, detail: event.detail}}));
</script></body></html>
"""


@dataclass
class World:
    city: City
    sites: hosts.Sites
    port: int
    certificate: Path
    clock: Path
    # Every launch token that a partner's server has had from us.
    tokens: list[str] = field(default_factory=list)

    @property
    def web(self) -> str:
        return f"https://{STORE}:{self.port}"

    def storefront(self, slug: str) -> str:
        return f"{self.web}/s/{slug}/"

    def own_host(self, path: str = "") -> str:
        return f"https://{OWN}:{self.port}/{path}"

    def status(self, path: str, *, host: str) -> int:
        """What the web process answers under that host name."""
        answer = requests.get(
            f"https://127.0.0.1:{self.port}{path}",
            headers={"Host": f"{host}:{self.port}"},
            verify=str(self.certificate),
            allow_redirects=False,
            timeout=30,
        )
        return answer.status_code

    # --- the clock of the web process ---

    def later(self, seconds: float) -> None:
        self.clock.write_text(str(seconds))

    # --- the partner's side ---

    def embed_session(self, partner: str, shopper: str, **body: object) -> dict[str, str]:
        """As the partner's server asks for it, with its API key."""
        answer = requests.post(
            f"https://127.0.0.1:{self.port}/api/v1/embed-sessions",
            json={"external_user_id": shopper, **body},
            headers={"Authorization": f"Bearer {self.city.partner(partner)['api_key']}"},
            verify=str(self.certificate),
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        self.tokens.append(answer.json()["launch_token"])
        return answer.json()

    def launch_token(self, partner: str, shopper: str) -> str:
        return self.embed_session(partner, shopper)["launch_token"]

    def spent_token(self, partner: str, shopper: str) -> str:
        token = self.launch_token(partner, shopper)
        used = requests.get(
            f"https://127.0.0.1:{self.port}/s/{partner}/launch",
            params={"token": token},
            allow_redirects=False,
            verify=str(self.certificate),
            timeout=30,
        )
        assert used.status_code == 303, used.text
        return token

    def old_token(self, partner: str, shopper: str) -> str:
        token = self.launch_token(partner, shopper)
        self.later(180)
        return token

    def minted_token(self, partner: str, shopper: str, **claims: object) -> str:
        """As a partner mints it that does not call us."""
        return launch_token(
            partner=partner, secret=self.city.partner(partner)["sso_secret"], shopper=shopper, **claims
        )

    def host_page(self, *embeds: str, host: str = SHOP, path: str = "/", title: str = "Our own site") -> str:
        """The address of a page that has pasted these elements."""
        page = _PAGE.format(web=self.web, title=title, embeds="\n".join(embeds))
        return self.sites.put(host, path, page)

    def serve_tokens(self, *, host: str = SHOP, partner: str = "acorn") -> None:
        """The host's own endpoint: /token?shopper=… answers a fresh launch token."""

        def answer(asked: dict[str, str]) -> hosts.Answer:
            return self.as_token(self.launch_token(partner, asked["shopper"]))

        self.sites.answer(host, f"/token/{partner}", answer)

    @staticmethod
    def as_token(token: str) -> hosts.Answer:
        return hosts.as_json({"launch_token": token})

    def embed(self, partner: str, shopper: str, **attributes: str) -> str:
        """The element as a partner pastes it."""
        extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in attributes.items())
        return (
            f'<cashback-store storefront="{partner}" token-url="/token/{partner}?shopper={shopper}"{extra}>'
            "</cashback-store>"
        )

    def sign_on(self, page: Page, *, shopper: str, partner: str, address: str = "") -> None:
        """At the top level, as a WebView does."""
        token = self.minted_token(partner, shopper)
        page.goto(f"{address or self.storefront(partner)}launch?token={token}")


@contextmanager
def open_world(city: City) -> Iterator[World]:
    """The city's storefronts over TLS, in a web process of their own, and the partners' sites beside them."""
    stack, port, sites_port = city.stack, free_port(), free_port()
    certificate, key = hosts.certify(stack.directory, *NAMES)
    clock = stack.directory / "clock"
    clock.write_text("0")
    command = [PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "8", "--no-ws"]
    command += ["--ssl-certificate", str(certificate), "--ssl-keyfile", str(key)]
    command += ["tests.journeys.browser.clock:application"]
    with hosts.serve(certificate, key, port=sites_port) as sites:
        world = World(city, sites, port, certificate, clock)
        environment = {"SITE_URL": world.web, "CLOCK_FILE": str(clock)}
        service = stack.start("web-tls", command, env=environment, ready=_answers(port, certificate))
        for slug, host in PARTNER_SITES.items():
            world.serve_tokens(host=host, partner=slug)
            _may_be_framed_by(city, slug, sites.origin(host))
        yield world
        assert service.process.poll() is None, service.output[-3000:]


def _may_be_framed_by(city: City, slug: str, origin: str) -> None:
    city.change(
        "UPDATE partners_storefront SET embed_origins = array_append(embed_origins, %s::varchar) WHERE slug = %s",
        origin,
        slug,
    )


def _answers(port: int, certificate: Path):
    trust = ssl.create_default_context(cafile=str(certificate))
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )

    def probe(_service: Service) -> bool:
        try:
            with opener.open(f"https://127.0.0.1:{port}/healthz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    return probe


# Meant so: who is signed out is told it with these answers, and what a page had asked for is given up when the next one
# is wished for or the tab is closed. A missing file has a status, and a refused one names the policy.
_MEANT = (
    "status of 401",
    "status of 403",
    "Status Error Code 401",
    "htmx:sendAbort",
    "htmx:sendError",
    "htmx:afterRequest",
    "net::ERR_",
)


def listen(context: BrowserContext, *origins: str) -> list[str]:
    """What the browser has to say of pages of these origins: refused scripts, styles and frames, errors, missing
    files. Pages of others are none of our business."""
    heard: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if any(status in message.text for status in _MEANT):
            return
        if message.type in {"error", "warning"} and message.location["url"].startswith(origins):
            heard.append(f"{message.location['url']}: {message.text}")

    context.on("console", note)
    context.on("weberror", lambda error: heard.append(f"{error.page.url}: {error.error}"))
    return heard
