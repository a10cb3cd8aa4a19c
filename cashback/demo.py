"""The demo's cast and its purchases, made as shoppers make them: through pages, the sandbox and postbacks."""

import json
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from cashback import staff
from cashback.advertisers import Advertisers
from cashback.seeds import hooks, looks, notices, trade, turnkey
from cashback.seeds.facts import write_facts
from cashback.seeds.shelves import fill_shelves
from cashback.supervisor import write_privately
from cashback.visitor import Order, Visitor
from offers.models import Offer
from offers.networks.models import NetworkAccount
from partners.keys import api_keys
from partners.models import CreditOn, Partner, Storefront
from transactions.models import Status, Transaction

ACCOUNT = "sandbox"
_PURCHASES_OF_TODAY = 2
_FATES_OF_TODAY: tuple[dict[str, Any], ...] = ({"status": "approved"}, trade.SENT_BACK)
_PATIENCE_SECONDS = 90

CAST: dict[str, dict[str, Any]] = {
    "acorn": {
        "name": "Acorn Bank",
        "locale": "ru",
        "currency": "RUB",
        "credit_on": CreditOn.APPROVED,
        "time_zone": "Europe/Moscow",
        "shoppers": ["alice", "carol"],
        "theme": {
            "brand": "#1f7a4d",
            "on-brand": "#ffffff",
            "bg": "#f3f8f4",
            "surface": "#ffffff",
            "text": "#12261b",
            "muted": "#52685b",
            "line": "#d8e6dc",
            "accent": "#0f6b3c",
            "radius": "14px",
        },
    },
    "birch": {
        "name": "Birch Club",
        "locale": "en",
        "currency": "USD",
        "credit_on": CreditOn.PAID,
        "time_zone": "America/Chicago",
        "shoppers": ["bob"],
        "theme": {
            "brand": "#8fb4ff",
            "on-brand": "#0d1424",
            "bg": "#0f1420",
            "surface": "#182030",
            "text": "#eef2fa",
            "muted": "#a3b0c6",
            "line": "#2b3650",
            "accent": "#ffc46b",
            "good": "#6fdc9b",
            "bad": "#ff8f86",
            "radius": "8px",
        },
    },
}
# Who answers shoppers; Irina leads them.
STAFF = ("sam", "marta", "pavel", "irina")
SPLIT = {"shopper": "70", "partner": "10", "house": "20"}


@dataclass(frozen=True, slots=True)
class Town:
    """Where the demo runs: the addresses of the service and the sandbox, and the stack's directory."""

    web: str
    sandbox: str
    directory: Path
    database_url: str
    redis_url: str

    @property
    def advertisers(self) -> Advertisers:
        return Advertisers(self.sandbox)

    @property
    def logins(self) -> dict[str, str]:
        """Passwords of the demo's staff, made once and kept beside its data, readable by its owner only."""
        kept: dict[str, str] = self.recall("logins.json", {})
        missing = {name: secrets.token_urlsafe(12) for name in ("admin", *STAFF) if name not in kept}
        if missing:
            kept |= missing
            write_private(self.directory / "logins.json", kept)
        return kept

    def recall(self, name: str, otherwise: Any) -> Any:
        """What was written to the file, if there is one."""
        path = self.directory / name
        return json.loads(path.read_text()) if path.exists() else otherwise


def write_private(path: Path, content: object) -> None:
    """A JSON file that nobody else can read, whole or not at all."""
    write_privately(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


@transaction.atomic
def prepare(town: Town) -> None:
    """The cast, its storefronts, the network account and the staff exist, and the sandbox knows of them."""
    for slug, facts in CAST.items():
        _open_storefront(slug, facts, town)
    notices.give_addresses()
    turnkey.open_storefront()
    looks.dress_the_storefronts(at=timezone.now())
    account = _open_account(town)
    staff.make_groups()
    _make_staff("admin", town.logins["admin"], is_superuser=True)
    for name in STAFF:
        _make_staff(name, town.logins[name], is_superuser=False).groups.set([staff.support_group()])
    write_private(town.directory / "sandbox.json", _sandbox_config(town, account))


def _open_storefront(slug: str, facts: dict[str, Any], town: Town) -> None:
    partner, _created = Partner.objects.get_or_create(slug=slug, defaults={"name": facts["name"]})
    Storefront.objects.update_or_create(
        slug=slug,
        defaults={"embed_origins": [town.sandbox]},
        create_defaults={
            "partner": partner,
            "name": facts["name"],
            "currency": facts["currency"],
            "locale": facts["locale"],
            "time_zone": facts["time_zone"],
            "credit_on": facts["credit_on"],
            "shopper_percent": Decimal(SPLIT["shopper"]),
            "partner_percent": Decimal(SPLIT["partner"]),
            "theme": facts["theme"],
            "embed_origins": [town.sandbox],
        },
    )


def _open_account(town: Town) -> NetworkAccount:
    account = NetworkAccount.objects.filter(name=ACCOUNT).first() or NetworkAccount(
        name=ACCOUNT, network="admitad"
    )
    if not account.credentials:
        account.credentials = {
            "client_id": secrets.token_hex(15),
            "client_secret": secrets.token_hex(15),
            "website": "1",
        }
    account.base_url = town.sandbox
    account.save()
    return account


def _make_staff(username: str, password: str, *, is_superuser: bool) -> User:
    user, _created = User.objects.get_or_create(username=username)
    user.is_staff, user.is_superuser = True, is_superuser
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    return user


def _api_keys(town: Town) -> dict[str, str]:
    """Each partner's key, made once and kept beside the staff's passwords: the service itself knows its digest only."""
    kept: dict[str, str] = town.recall("keys.json", {})
    for slug in CAST:
        try:
            api_keys.find(kept.get(slug, ""), at=timezone.now())
        except api_keys.KeyRefused:
            _key, kept[slug] = api_keys.create(partner=Partner.objects.get(slug=slug), name="Demo")
    write_private(town.directory / "keys.json", kept)
    return kept


def postback_url(town: Town, account: NetworkAccount) -> str:
    return f"{town.web}/postback/{account.postback_token}/"


def _sandbox_config(town: Town, account: NetworkAccount) -> dict[str, Any]:
    credentials, keys = account.credentials, _api_keys(town)
    heard = {hooks.LISTENER: hooks.listen(town.sandbox)}
    return {
        "web": town.web,
        "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"],
        "website": int(credentials["website"]),
        "postback_url": postback_url(town, account),
        "partners": {
            slug: {
                "name": facts["name"],
                "locale": facts["locale"],
                "brand": facts["theme"]["brand"],
                "sso_secret": Partner.objects.get(slug=slug).sso_secret,
                # Acorn's server asks our API for launch tokens; Birch's signs its own. Both ways are in use.
                "api_key": keys[slug] if slug == "acorn" else "",
                "storefront": f"{town.web}/s/{slug}/",
                "shoppers": facts["shoppers"],
                "webhook_secret": heard.get(slug, ""),
            }
            for slug, facts in CAST.items()
        },
    }


def make_purchases(town: Town) -> Iterator[str]:
    """At least twenty purchases per partner, in every state: those of two months, lived through anew, and some of this
    minute, made through the storefront and heard by postback. Yields a line after each step. What was done is kept
    beside the data, so that a start that was cut short goes on."""
    write_facts()
    fill_shelves(at=timezone.now())
    if not Transaction.objects.filter(account__name=ACCOUNT).exists():
        yield from trade.live_through(
            advertisers=town.advertisers,
            account=NetworkAccount.objects.get(name=ACCOUNT),
            cast={slug: facts["shoppers"] for slug, facts in CAST.items()},
            cart=_cart,
            at=timezone.now(),
        )
    made: list[dict[str, Any]] = town.recall("purchases.json", [])
    for slug, facts in CAST.items():
        storefront = Storefront.objects.get(slug=slug)
        for number in range(sum(each["storefront"] == slug for each in made), _PURCHASES_OF_TODAY):
            order, line = _buy(town, storefront, facts, number)
            made.append({"storefront": slug, "click_ref": order.click_ref})
            write_private(town.directory / "purchases.json", made)
            yield line
    yield from _wait_until_recorded(town, [each["click_ref"] for each in made])
    if not town.recall("decided.json", []):
        decided = [ref for slug in CAST for ref in _decide_today(town, slug)]
        write_private(town.directory / "decided.json", decided)
        yield from _wait_until_recorded(town, decided)


def _decide_today(town: Town, slug: str) -> list[str]:
    """Of the purchases that wait, the oldest is confirmed and the next comes back; tells whose clicks."""
    waiting = Transaction.objects.filter(storefront__slug=slug, account__name=ACCOUNT, status=Status.PENDING)
    oldest = waiting.order_by("occurred_at", "pk")[: len(_FATES_OF_TODAY)]
    actions = {str(action["id"]): action for action in town.advertisers.actions()}
    for sale, fate in zip(oldest, _FATES_OF_TODAY, strict=True):
        town.advertisers.decide(actions[sale.external_id], fate, locale=CAST[slug]["locale"])
    return [actions[sale.external_id]["subid4"] for sale in oldest]


def _buy(town: Town, storefront: Storefront, facts: dict[str, Any], number: int) -> tuple[Order, str]:
    slug, shoppers = storefront.slug, facts["shoppers"]
    shopper = shoppers[number % len(shoppers)]
    visitor = Visitor(
        storefront=f"{town.web}/s/{slug}/",
        partner=slug,
        secret=storefront.partner.sso_secret,
        shopper=shopper,
    )
    merchants = _merchants_for(storefront)
    merchant = merchants[number % len(merchants)]
    order = visitor.buy(merchant, cart=str(_cart(storefront.currency, number)))
    return order, f"{storefront.name}: {shopper} bought at {merchant}"


def _merchants_for(storefront: Storefront) -> list[str]:
    offers = Offer.objects.filter(is_open=True, currency=storefront.currency).exclude(best_percent=None)
    slugs = list(offers.order_by("-score", "pk").values_list("merchant__slug", flat=True)[:60])
    return list(dict.fromkeys(slugs))[:14]


def _cart(currency: str, number: int) -> Decimal:
    """Believable totals: 1 490.00 to about 30 000 roubles, or 24.90 to about 300 dollars."""
    step = Decimal((number * 37) % 29)
    low, more = ("1490.00", 990) if currency == "RUB" else ("24.90", Decimal("9.50"))
    return Decimal(low) + step * more


def _wait_until_recorded(town: Town, refs: list[str]) -> Iterator[str]:
    """The network's truth and ours agree on the purchases of these clicks: each is a transaction in the same state."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while refs:
        truth = {
            str(action["id"]): action for action in town.advertisers.actions() if action["subid4"] in refs
        }
        ours = dict(Transaction.objects.filter(external_id__in=truth).values_list("external_id", "status"))
        behind = [key for key, action in truth.items() if ours.get(key) != _status(action)]
        if not behind:
            return
        if time.monotonic() > deadline:
            raise TimeoutError(
                f"{len(behind)} purchases are not recorded after {_PATIENCE_SECONDS} s; is the worker up?"
            )
        yield f"waiting for the network's word on {len(behind)} purchases"
        time.sleep(0.5)


def _status(action: dict[str, Any]) -> str:
    return "approved" if action["status"] == "approved_but_stalled" else action["status"]


def wait_until_ready(town: Town) -> None:
    """Every part answers `/readyz`: beat has ticked through the broker and a worker."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while (answer := requests.get(f"{town.web}/readyz", timeout=30)).status_code != 200:
        if time.monotonic() > deadline:
            raise TimeoutError(f"Not ready after {_PATIENCE_SECONDS} s: {answer.text}")
        time.sleep(0.5)


def report(town: Town) -> dict[str, Any]:
    """What `demo.json` says (contracts: demo.json)."""
    account = NetworkAccount.objects.get(name=ACCOUNT)
    plain = requests.get(f"{town.sandbox}/control/plain", timeout=30).json()
    return {
        "written_at": timezone.now().isoformat(),
        "web": town.web,
        "sandbox": town.sandbox,
        "database_url": town.database_url,
        "redis_url": town.redis_url,
        "admin": {"url": f"{town.web}/admin/", "username": "admin", "password": town.logins["admin"]},
        "staff": {name: {"password": town.logins[name]} for name in STAFF},
        "partners": {slug: _partner_report(town, slug, facts, plain) for slug, facts in CAST.items()},
        "network_accounts": {
            ACCOUNT: {
                "postback_url": postback_url(town, account),
                **account.credentials,
                "website": int(account.credentials["website"]),
            }
        },
    }


def _partner_report(town: Town, slug: str, facts: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    campaign = plain["campaigns"][facts["currency"]]
    offer = Offer.objects.select_related("merchant").get(account__name=ACCOUNT, external_id=str(campaign))
    return {
        "name": facts["name"],
        "api_key": _api_keys(town)[slug],
        "sso_secret": Partner.objects.get(slug=slug).sso_secret,
        "currency": facts["currency"],
        "unit": "money",
        "split": SPLIT,
        "credit_on": str(facts["credit_on"]),
        "plain_merchant": offer.merchant.slug,
        "storefront": f"{town.web}/s/{slug}/",
        "host_page": f"{town.sandbox}/host/{slug}/",
    }
