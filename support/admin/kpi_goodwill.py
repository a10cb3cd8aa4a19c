"""Goodwill among the figures: where tracking is broken, who gives, and to whom."""

from django.urls import reverse
from django.utils.translation import gettext as _

from cashback.lib import ids
from cashback.lib.admin import amount, page_of
from offers.models import Merchant
from partners.models import Shopper
from support.admin import kpi_words as words
from support.admin.kpi_wish import Wish
from support.admin.kpi_words import Cell, Column, Table
from support.quality.measures import goodwill
from support.quality.measures.goodwill import MOST, Given, Of


def by_merchant(wish: Wish) -> Table:
    return _table(
        "goodwill-shops",
        _("Goodwill by shop"),
        _("Shop"),
        [
            [
                words.text(each.name or _("none"), link=page_of(Merchant, each.pk) if each.key else ""),
                *_money(each),
                words.decimal(each.per_100_purchases, 1),
            ]
            for each in goodwill.given(wish.scope, Of.MERCHANT)
        ],
        last=_("For 100 purchases"),
    )


def by_giver(wish: Wish) -> Table:
    return _table(
        "goodwill-givers",
        _("Goodwill by who asked for it"),
        _("Asked by"),
        [
            [
                words.text(each.name or _("the service, at once")),
                *_money(each),
                words.count(each.with_second),
            ]
            for each in goodwill.given(wish.scope, Of.GIVER)
        ],
        last=_("With a second person"),
    )


def by_shopper(wish: Wish) -> Table:
    grants = reverse("admin:goodwill_goodwillgrant_changelist")
    return _table(
        "goodwill-shoppers",
        _("Goodwill by shopper"),
        _("Shopper"),
        [
            [
                words.text(each.name, link=page_of(Shopper, each.pk)),
                *_money(each),
                Cell(_("see them"), "", link=f"{grants}?q={ids.public('shp', each.pk)}"),
            ]
            for each in goodwill.given(wish.scope, Of.SHOPPER)
        ],
        last=_("Grants"),
        is_last_a_number=False,
    )


def _money(each: Given) -> list[Cell]:
    return [
        words.count(each.grants),
        Cell(amount(each.given_minor, each.currency), each.given_minor),
        Cell(amount(each.repaid_minor, each.currency), each.repaid_minor),
        words.share(each.recovery),
        words.text(each.currency),
    ]


def _table(
    name: str, title: str, whose: str, rows: list[list[Cell]], *, last: str, is_last_a_number: bool = True
) -> Table:
    return Table(
        name,
        title,
        [
            Column(whose, is_number=False),
            Column(_("Times")),
            Column(_("Given"), _("Given, minor units")),
            Column(_("Repaid by networks"), _("Repaid by networks, minor units")),
            Column(_("Share"), _("Share, %")),
            Column(_("Currency"), is_number=False, is_in_files_only=True),
            Column(last, is_number=is_last_a_number),
        ],
        rows,
        note=_("The %(count)s largest; what came back counts up to now.") % {"count": MOST},
        empty=_("No goodwill was given in this period."),
        is_wide=True,
    )
