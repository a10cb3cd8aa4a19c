"""A shopper's browser, without the browser: signs on, clicks out and buys over plain HTTP, as the demo's seed and the
journeys need it. It is the world outside, so it does not use the service's own egress client."""

import html
import re
import time
import uuid
from dataclasses import dataclass
from urllib.parse import urljoin

import jwt
import requests

_TIMEOUT = (3, 30)


class Lost(Exception):
    """The page is not the one that a shopper would expect here."""


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase made. `click_ref` is the sub-id that the click carried to the shop; `address` the thank-you page."""

    click_ref: str
    address: str


def launch_token(*, partner: str, secret: str, shopper: str, **claims: object) -> str:
    """A launch token as the partner's server mints it (HS256)."""
    now = int(time.time())
    issued = {
        "iss": partner,
        "aud": "cashback",
        "sub": shopper,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 60,
    }
    return jwt.encode(issued | claims, secret, algorithm="HS256")


class Visitor:
    """One shopper at one storefront, signed on. `storefront` is its address with a slash at the end."""

    def __init__(self, *, storefront: str, partner: str, secret: str, shopper: str) -> None:
        self.storefront = storefront
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.browser.headers["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64) Visitor/1.0"
        token = launch_token(partner=partner, secret=secret, shopper=shopper)
        self.get("launch", params={"token": token})

    def get(self, path: str, **options: object) -> str:
        """The text of a page of the storefront. Raises Lost unless it answers 200."""
        return self._ok(self.browser.get(urljoin(self.storefront, path), timeout=_TIMEOUT, **options)).text

    def click_out(self, merchant: str) -> requests.Response:
        """Leaves for the merchant's shop through the button on its page; the answer is the shop's own page."""
        page = self.get(f"shops/{merchant}/")
        button = re.search(r'href="(/go/[^"]+)"', page)
        if button is None:
            raise Lost(f"{merchant}: the shop page offers no way out")
        return self._ok(self.browser.get(urljoin(self.storefront, button[1]), timeout=_TIMEOUT))

    def buy(self, merchant: str, *, cart: str) -> Order:
        """Clicks out and buys for `cart` ("1990.00", in the shop's currency)."""
        shop = self.click_out(merchant)
        form = re.search(r'<form method="post" action="([^"]+/buy)".*?</form>', shop.text, re.S)
        if form is None:
            raise Lost(f"{shop.url}: the shop has no basket to buy")
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[0]))
        fields = {name: html.unescape(value) for name, value in fields.items()} | {"cart": cart}
        answer = self._ok(self.browser.post(urljoin(shop.url, form[1]), data=fields, timeout=_TIMEOUT))
        road = " ".join([*(step.url for step in shop.history), shop.url])
        ref = re.search(r"subid4=([0-9a-z]{26})", road)
        if ref is None:
            raise Lost(f"{road}: the click carried no sub-id")
        return Order(click_ref=ref[1], address=answer.url)

    @staticmethod
    def _ok(answer: requests.Response) -> requests.Response:
        if answer.status_code != 200:
            raise Lost(f"{answer.request.method} {answer.url} answered {answer.status_code}")
        return answer
