"""A letter as mail: text and HTML in the storefront's name, colours and language."""

import re
from collections.abc import Mapping
from email.utils import formataddr
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context, engines
from django.utils import timezone, translation

from partners.brand import texts
from partners.models import Shopper, Storefront
from partners.notices import addresses, kinds, links
from partners.notices.models import Letter
from partners.theme import derive, grammar

_LONGEST_SUBJECT = 200
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
# More than one empty line: what templates leave behind.
_GAPS = re.compile(r"\n\s*\n")
_PALETTE = ("bg", "surface", "text", "muted", "line", "brand", "on-brand", "hero", "on-hero", "edge")
_MEANINGS = ("brand-ink", "brand-soft", "good-ink", "good-soft", "bad-ink", "bad-soft", "button-edge")


def message(letter: Letter, context: Mapping[str, Any]) -> EmailMultiAlternatives:
    """The mail as it goes to the server. The same letter has the same Message-ID however often it is tried."""
    storefront = letter.storefront
    with (
        translation.override(letter.language),
        timezone.override(ZoneInfo(storefront.time_zone)),
    ):
        said = Context({**_frame(letter, storefront), **context}, autoescape=False)
        name, support = said["name"], said["support"]
        subject = one_line(_rendered(letter, "subject.txt", said))[:_LONGEST_SUBJECT]
        text = _GAPS.sub("\n\n", _rendered(letter, "body.txt", said)).strip() + "\n"
        said.autoescape = True
        html = _rendered(letter, "body.html", said)
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((one_line(name), settings.NOTICE_FROM)),
        to=[letter.to],
        reply_to=_reply_to(support),
        headers=_headers(letter),
    )
    mail.attach_alternative(html, "text/html")
    return mail


def one_line(text: str) -> str:
    """No header of a letter ever holds a line break, whoever wrote the words in it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def look(storefront: Storefront) -> dict[str, Any]:
    """The theme as a mail can use it: colours for the ground that it is drawn on, and for a dark one."""
    modes = {mode: derive.derived(palette) for mode, palette in derive.palettes(storefront.theme).items()}
    layout = grammar.layout(storefront.theme)
    first = modes.get("light", modes["dark"])
    night = modes["dark"] if "light" in modes else None
    return {
        **_named(first),
        "dark": _named(night) if night else None,
        "font": layout["font"],
        "radius": layout["radius"],
        "schemes": "light dark" if night else "dark",
    }


def _named(colours: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): colours[name] for name in (*_PALETTE, *_MEANINGS)}


def _frame(letter: Letter, storefront: Storefront) -> dict[str, Any]:
    """What every letter may say, whatever else is in it."""
    is_notice = kinds.notice(letter.letter) is not None
    return {
        "storefront": storefront,
        "partner": storefront.partner,
        "name": texts.said(storefront, "name", letter.language),
        "support": texts.said(storefront, "support", letter.language),
        "language": letter.language,
        "look": look(storefront),
        "home": links.page(storefront, "shops"),
        "my_cashback": links.page(storefront, "my-cashback"),
        "is_notice": is_notice,
        "preferences": links.page(storefront, "notice-preferences") if is_notice else "",
        "unsubscribe": links.unsubscribe(letter.shopper) if _can_be_stopped(letter) else "",
    }


def _rendered(letter: Letter, part: str, said: Context) -> str:
    template = engines["django"].engine.get_template(f"emails/{letter.letter}/{part}")
    return template.render(said)


def _reply_to(support: str) -> list[str]:
    found = _ADDRESS.search(support)
    return [found[0]] if found and addresses.is_valid(found[0]) else []


def _headers(letter: Letter) -> dict[str, str]:
    headers = {
        "Message-ID": f"<{letter}@{settings.NOTICE_FROM.rpartition('@')[2]}>",
        "Content-Language": letter.language,
        # So that nobody's "I am on holiday" comes back.
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if _can_be_stopped(letter):
        headers["List-Unsubscribe"] = f"<{links.unsubscribe(_reader(letter))}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _can_be_stopped(letter: Letter) -> bool:
    return letter.shopper is not None and kinds.notice(letter.letter) is not None


def _reader(letter: Letter) -> Shopper:
    if letter.shopper is None:
        raise TypeError(f"{letter} is nobody's.")
    return letter.shopper
