"""How the demo's storefronts look and speak: Acorn's logo, its words in two languages, and its terms."""

import io
from datetime import datetime, timedelta

from PIL import Image, ImageDraw, ImageFont

from partners import terms
from partners.brand import images, texts
from partners.models import BrandImage, Storefront

# Drawn four times as large, so that its edges are smooth once it is made smaller.
_SIZE, _FINE = (620, 150), 4

_LOGOS = (
    (BrandImage.Kind.LOGO_LIGHT, "#1f7a4d", "#12261b"),
    (BrandImage.Kind.LOGO_DARK, "#4fb883", "#eef6f0"),
)
_WORDS = {
    ("headline", "ru"): "Кэшбэк деньгами за покупки в любимых магазинах",
    ("headline", "en"): "Money back from the shops you love",
    (
        "support",
        "ru",
    ): "Чат поддержки в приложении банка — круглосуточно.\nПочта: cashback@acorn.example, телефон 8 800 100-20-30.",
    (
        "support",
        "en",
    ): "Chat in the bank's app, day and night.\nWrite to cashback@acorn.example or call 8 800 100-20-30.",
}
_CHANGES = {
    "ru": "Срок, за который мы сообщаем о новых условиях, стал длиннее: не меньше 14 дней.",
    "en": "You hear of new terms earlier: at least 14 days before they apply.",
}


def dress_the_storefronts(*, at: datetime) -> None:
    """Acorn has a logo for light and for dark grounds, its own words, terms in force and a change announced. Birch
    shows what a storefront looks like that has said nothing. Only what is missing is added."""
    acorn = Storefront.objects.get(slug="acorn")
    if not texts.own(acorn):
        texts.say(storefront=acorn, words=_WORDS)
    if not acorn.images.exists():
        for kind, cap, ink in _LOGOS:
            images.store(storefront=acorn, kind=kind, content=_logo(cap, ink))
    if not acorn.terms_versions.exists():
        both = {language: terms.standard(acorn, language) for language in ("ru", "en")}
        long_ago = at - timedelta(days=90)
        terms.announce(storefront=acorn, texts=both, summary={}, takes_effect_at=long_ago, at=long_ago)
        terms.announce(
            storefront=acorn, texts=both, summary=_CHANGES, takes_effect_at=at + timedelta(days=20), at=at
        )


def _logo(cap: str, ink: str) -> bytes:
    """An acorn beside the bank's name."""
    width, height = (side * _FINE for side in _SIZE)
    picture = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    unit = height / 150

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
        return (left * unit, top * unit, right * unit, bottom * unit)

    pen.rounded_rectangle(box(66, 6, 78, 40), radius=6 * unit, fill=cap)
    pen.pieslice(box(18, 26, 126, 118), 180, 360, fill=cap)
    pen.rounded_rectangle(box(12, 64, 132, 82), radius=9 * unit, fill=cap)
    pen.pieslice(box(26, 40, 118, 140), 0, 180, fill=ink)
    pen.polygon([(60 * unit, 136 * unit), (84 * unit, 136 * unit), (72 * unit, 149 * unit)], fill=ink)
    font = ImageFont.load_default(size=78 * unit)
    pen.text(
        (160 * unit, 78 * unit),
        "Acorn",
        font=font,
        fill=ink,
        anchor="lm",
        stroke_width=2 * unit,
        stroke_fill=ink,
    )
    pen.text((402 * unit, 78 * unit), "Bank", font=font, fill=ink, anchor="lm")
    out = io.BytesIO()
    picture.resize(_SIZE, Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()
