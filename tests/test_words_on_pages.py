"""Every page is rendered in a language that marks whatever was translated. What is a person's or a shop's own is
written in Georgian letters here; so a Latin or Cyrillic word outside the marks is one that nobody could translate.

The other net (test_words) reads templates; this one holds words that Python says.
"""

import re
from datetime import timedelta
from html import unescape
from urllib.parse import urljoin

import pytest
from babel import Locale
from django.conf import settings
from django.test import Client
from django.utils.translation import trans_real

from offers.networks.base import SaleStatus
from offers.networks.models import NetworkAccount
from partners import terms
from partners.embed import checklist
from partners.models import StorefrontText
from partners.notices import links
from tests import make
from tests.pages import PAGES, TURNKEY, Page
from tests.support import cases_make
from tests.test_words import Reader
from transactions import services
from transactions.models import TransactionEvent

_WORD = re.compile(r"[A-Za-zА-Яа-яЁё]{2,}")
_ENGLISH = Locale("en")
# Babel's words for dates and amounts come from the reader's locale, and some names are alike everywhere.
_NOT_OURS = {
    *_ENGLISH.months["format"]["abbreviated"].values(),
    *_ENGLISH.months["format"]["wide"].values(),
    *("day", "days", "hour", "hours", "minute", "minutes", "second", "seconds", "ago", "RUB", "UTC"),
    *("English", "Русский", "EN", "RU", "Vitrina", "acorn"),
}
DATA = "ქართული"


class Marks:
    """A language whose every translation says that it is one."""

    info: dict[str, str] = {}

    def language(self) -> str:
        return "en"

    def to_language(self) -> str:
        return "en"

    def gettext(self, message: str) -> str:
        return f"«{message.rpartition(chr(4))[2]}»" if message else ""

    def ngettext(self, one: str, many: str, number: int) -> str:
        return self.gettext(one if number == 1 else many)


@pytest.fixture
def town(acorn, account, at, monkeypatch):
    """Alice's storefront with everything that a page may show, in no language that is ours."""
    acorn.locale, acorn.name, acorn.partner.name = "en", DATA, DATA
    acorn.save()
    acorn.partner.save()
    for name in (StorefrontText.Name.HOW_IT_WORKS, StorefrontText.Name.SUPPORT):
        StorefrontText.objects.create(
            partner=acorn.partner, storefront=acorn, name=name, language="en", text=DATA
        )
    make.storefront(slug=TURNKEY, name=DATA, locale="en", has_email_sign_in=True)
    shelf = make.category("shelf", name_en=DATA, name_ru=DATA)
    offers = {}
    for slug in ("plain", "rich"):
        merchant = make.merchant(DATA, slug=slug)
        merchant.categories.add(shelf)
        offers[slug] = make.offer(of=merchant, at=account, percent=None, description=DATA)
        make.rate(of=offers[slug], value="5", name=DATA)
        make.coupon(of=offers[slug], code="7734", name=DATA)
    make.facts(
        of=offers["rich"],
        deductions=["vat", "delivery", "gift_cards", "bonuses", "services"],
        cap_minor=100_00,
        takes_claims=True,
        claim_after_days=3,
        claim_until_days=45,
        counts_in_app=False,
        counts_on_mobile_site=True,
        is_for_new_customers=True,
        confirms_after="check_out",
        note_en=DATA,
    )
    alice = make.shopper(acorn, "alice")
    alice.locale = "en"
    alice.save()
    for status, comment in ((SaleStatus.PENDING, ""), (SaleStatus.APPROVED, ""), (SaleStatus.DECLINED, DATA)):
        click = make.click(by=alice, on=offers["rich"])
        sale = make.sale(
            click_ref=click.public_id[4:], status=status, order_id="77", raw={"comment": comment}
        )
        services.record(sale=sale, account=account, via=TransactionEvent.Via.POLL, at=at)
    make.click(by=alice, on=offers["plain"])
    texts = {"en": DATA, "ru": DATA}
    terms.announce(storefront=acorn, texts=texts, summary={}, takes_effect_at=at, at=at)
    terms.announce(
        storefront=acorn, texts=texts, summary=texts, takes_effect_at=at + timedelta(days=30), at=at
    )
    names = {
        "shop": "plain",
        "rich_shop": "rich",
        "checklist": checklist.address(acorn),
        "unsubscribe": links.unsubscribe(alice),
    }
    monkeypatch.setitem(trans_real._translations, "en", Marks())
    return alice, names


def visit(client: Client, page: Page, names: dict[str, str]) -> str:
    here = urljoin(f"/s/{page.storefront}/", page.path.format(**names))
    answer = client.get(here)
    if page.follow:
        link = re.search(rf'href="([^"]*{page.follow}[^"]*)"', answer.content.decode())
        answer = client.get(unescape(link[1]), headers={"sec-fetch-mode": "navigate"})
        answer = client.get(answer.headers["Location"]) if answer.status_code == 303 else answer
    if page.send_to:
        form = re.search(rf'<form[^>]*action="([^"]*{page.send_to})"', answer.content.decode())
        answer = client.get(client.post(form[1], dict(page.send)).headers["Location"])
    assert answer.status_code == page.status, here
    return answer.content.decode()


def unmarked(markup: str) -> set[str]:
    reader = Reader()
    reader.feed(markup)
    reader.close()
    text = "\n".join(reader.texts)
    while text != (text := re.sub(r"«[^«»]*»", " ", text)):
        pass
    # Addresses are not words.
    return set(_WORD.findall(re.sub(r"\S+[@/.]\S+", " ", text))) - _NOT_OURS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_word_of_a_page_can_be_translated(town, page):
    alice, names = town
    if "page=2" in page.path:
        for _ in range(24):
            make.offer(of=make.merchant(DATA), at=NetworkAccount.objects.get())
    client = Client(headers={"accept-language": "en"})
    if not page.is_for_guests:
        make.sign_on(client, alice)
    if any(f"{{{name}}}" in page.path for name in cases_make.NAMES):
        names |= cases_make.addresses(alice)
    assert unmarked(visit(client, page, names)) == set()


def test_the_net_holds_a_word_that_is_not_translated(town, client, monkeypatch):
    """One sentence of ours, said as if nobody had thought of other languages."""
    from partners import services as partners

    def refuse(**_words: object) -> None:
        raise partners.LaunchRefused("Try again later", code="token_spent")

    monkeypatch.setattr(partners, "sign_on", refuse)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert unmarked(client.get("/s/acorn/launch?token=x").content.decode()) == {"Try", "again", "later"}
    assert settings.LANGUAGE_CODE == "en"
