"""A row of one partner's for every staff page there is, each with the mark in it where it can say anything."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.urls import URLPattern, URLResolver

from cashback.lib import ids
from offers.networks.base import SaleStatus
from offers.networks.models import InboundMessage, NetworkAccount
from partners.keys import api_keys, staff_tokens
from partners.models import OutboxEvent, Shopper
from partners.notices.models import Letter
from partners.webhooks import services as webhooks
from partners.webhooks.models import Delivery, WebhookEndpoint
from support.claims.models import Claim
from support.desk.models import StoredFile
from tests import make
from tests.support import walled_rows
from transactions import services
from transactions.ledger.models import Account, Transfer
from transactions.models import Click, Transaction, TransactionEvent


def employ(user: User) -> None:
    """The user is an agent too."""
    walled_rows.employ(user)


def fill(shopper: Shopper, *, mark: str, at: datetime) -> dict[type[Model], Any]:
    """By model, a row that belongs to the shopper's partner (or to the house)."""
    account = make.account(name="the house account")
    offer = make.offer(at=account, external_id="100")
    click = make.click(by=shopper, on=offer)
    sale = make.sale(
        click_ref=click.public_id.removeprefix("clk_"), status=SaleStatus.APPROVED, order_id=f"{mark}-1"
    )
    recorded = services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    waiting = services.record(
        sale=make.sale(offer_external_id="100", order_id=f"{mark}-2"),
        account=account,
        via=TransactionEvent.Via.POLL,
        at=at,
    )
    endpoint = webhooks.create(partner=shopper.partner, url=f"http://127.0.0.1:1/{mark}", at=at)
    rows = [
        shopper.partner,
        shopper.storefront,
        shopper,
        account,
        click,
        recorded.transaction,
        waiting.unattributed,
        _message(account, mark=mark, at=at),
        *_words(shopper, mark=mark, at=at),
        endpoint,
        webhooks.ping(endpoint=endpoint, at=at),
        api_keys.create(partner=shopper.partner, name=mark)[0],
        OutboxEvent.objects.filter(partner=shopper.partner).first(),
        Account.objects.filter(partner_id=shopper.partner_id).first(),
        Transfer.objects.filter(partner_id=shopper.partner_id).first(),
        (colleague := User.objects.create_user(f"{mark}-staff", is_staff=True)),
        staff_tokens.create(user=colleague, name=mark, lasts=timedelta(days=1), at=at)[0],
        Group.objects.create(name=mark),
    ]
    found: dict[type[Model], Any] = {type(row): row for row in rows}
    found |= walled_rows.fill(shopper, mark=mark, at=at)
    proxies = [model for model in admin.site._registry if model._meta.proxy]
    for proxy in proxies:
        concrete = proxy._meta.concrete_model
        if concrete in found:
            found[proxy] = proxy._default_manager.get(pk=found[concrete].pk)
    return found


def _message(account: NetworkAccount, *, mark: str, at: datetime) -> InboundMessage:
    return InboundMessage.objects.create(
        account=account,
        digest=b"1" * 32,
        method="GET",
        query=f"order={mark}",
        received_at=at,
        last_received_at=at,
        next_attempt_at=at,
    )


def _words(shopper: Shopper, *, mark: str, at: datetime) -> list[Model]:
    """What the storefront announces, and a letter to the shopper."""
    storefront = shopper.storefront
    terms = storefront.terms_versions.create(
        partner=shopper.partner, number=1, texts={"en": mark}, announced_at=at, takes_effect_at=at
    )
    letter = Letter.objects.create(
        partner=shopper.partner,
        storefront=storefront,
        shopper=shopper,
        letter="purchases",
        language="en",
        to=f"{mark}@shopper.test",
        address_hash=mark,
        next_try_at=at,
        expires_at=at,
        created_at=at,
    )
    return [terms, letter]


def names(shopper: Shopper, rows: dict[type[Model], Any]) -> dict[str, str]:
    """By kind, how the partner's own server and its shopper would name what `fill` has made."""
    return {
        "shopper": shopper.external_id,
        "shopper's own id": ids.public("shp", shopper.pk),
        "storefront": shopper.storefront.slug,
        "claim": rows[Claim].public_number,
        "claim's id": ids.public("clm", rows[Claim].pk),
        "click": ids.public("clk", rows[Click].pk),
        "transaction": ids.public("txn", rows[Transaction].pk),
        "event": ids.public("evt", rows[OutboxEvent].pk),
        "endpoint": ids.public("whe", rows[WebhookEndpoint].pk),
        "delivery": ids.public("whd", rows[Delivery].pk),
        "file": ids.public("fil", StoredFile.objects.filter(partner=shopper.partner).latest("pk").pk),
        "bare": str(shopper.pk),
    }


def everything_of(shopper: Shopper) -> list[list[dict]]:
    """The rows of the shopper's partner that its API and its pages can reach."""
    of = (Shopper, Click, Transaction, Claim, WebhookEndpoint, Delivery, StoredFile, OutboxEvent)
    return [list(model.objects.filter(partner=shopper.partner).order_by("pk").values()) for model in of]


def addresses(resolver: URLResolver, above: str = "") -> Iterator[str]:
    """Every address, with the names of its parameters in angle brackets."""
    for each in resolver.url_patterns:
        here = above + str(each.pattern)
        if isinstance(each, URLPattern):
            yield here
        else:
            yield from addresses(each, here)


_PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def parameters(address: str) -> list[str]:
    return _PLACE.findall(address)


def filled(address: str, names: dict[str, str]) -> Iterator[str]:
    """The address with each of the names in each of its places; where it has two, with the right pair as well."""
    own = {**names, "external_id": names["shopper"], "number": names["claim"], "public_id": names["file"]}
    for name in {*names.values()}:
        yield _PLACE.sub(name, address)
        yield _PLACE.sub(lambda found, name=name: own.get(found[1], name), address)
