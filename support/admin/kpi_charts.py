"""Pictures of the figures' page, each with the table that it was drawn from."""

from collections.abc import Mapping, Sequence
from datetime import date

from django.utils.translation import gettext as _

from support.admin import kpi_words as words
from support.admin.kpi_words import Cell, Chart, Column, Series, Table
from support.quality.measures.claims import Contact
from support.quality.overview import Day

_MINUTES_UP_TO = 180
# So many shops are drawn; the table has all.
_SHOPS = 12


def first_replies(days: Mapping[date, Day]) -> Chart:
    p50 = [day.first_reply.p50 / 60 if day.first_reply else None for day in days.values()]
    p90 = [day.first_reply.p90 / 60 if day.first_reply else None for day in days.values()]
    in_hours = max((value for value in p90 if value is not None), default=0) > _MINUTES_UP_TO
    table = Table(
        "first-replies",
        _("First reply by day"),
        [
            _day_column(),
            Column(_("Replies")),
            Column(_("Median"), _("Median, working s")),
            Column(_("90 % within"), _("90 %, working s")),
            Column(_("Shopper waited, median"), _("Shopper waited, median, s")),
            Column(_("Shopper waited, 90 %"), _("Shopper waited, 90 %, s")),
        ],
        [
            [
                _day(day),
                words.count(row.first_reply.replies if row.first_reply else 0),
                words.working(row.first_reply.p50 if row.first_reply else None),
                words.working(row.first_reply.p90 if row.first_reply else None),
                words.lived(row.first_reply.wall_p50 if row.first_reply else None),
                words.lived(row.first_reply.wall_p90 if row.first_reply else None),
            ]
            for day, row in days.items()
        ],
        note=_(
            "Working time from the shopper's word to a person's first public reply, by the day of the reply."
        ),
        empty=_("Nobody was answered in this period."),
    )
    return Chart(
        "line",
        table,
        [words.day(day) for day in days],
        [
            Series(_("Median"), _scaled(p50, in_hours), "main"),
            Series(_("90 % within"), _scaled(p90, in_hours), "second"),
        ],
        summary=_("First replies day by day: the median, and the time within which 90 % had one."),
        unit=_("h") if in_hours else _("min"),
    )


def flow(days: Mapping[date, Day], *, is_of_one: bool = False) -> Chart:
    """Of one agent what they closed: nobody opens cases for one."""
    opened = Series(_("Opened"), [row.flow.opened for row in days.values()], "second")
    closed = Series(_("Closed"), [row.flow.closed for row in days.values()], "main")
    table = Table(
        "opened-and-closed",
        _("Closed by day") if is_of_one else _("Opened and closed by day"),
        [_day_column(), Column(_("Opened")), Column(_("Closed")), Column(_("More open"))],
        [
            [
                _day(day),
                words.count(row.flow.opened),
                words.count(row.flow.closed),
                Cell(_signed(row.flow.opened - row.flow.closed), row.flow.opened - row.flow.closed),
            ]
            for day, row in days.items()
        ],
        empty=_("Nothing was opened or closed in this period."),
    )
    return Chart(
        "bars",
        table,
        [words.day(day) for day in days],
        [closed] if is_of_one else [opened, closed],
        summary=_("Cases opened and closed day by day."),
    )


def satisfaction(days: Mapping[date, Day]) -> Chart:
    table = Table(
        "satisfaction",
        _("Marks by day"),
        [
            _day_column(),
            Column(_("Asked")),
            Column(_("Answers")),
            Column(_("4 and 5")),
            Column(_("Satisfied"), _("Satisfied, %")),
        ],
        [
            [
                _day(day),
                words.count(row.satisfaction.asked),
                words.count(row.satisfaction.answered),
                words.count(row.satisfaction.satisfied),
                words.share(row.satisfaction.share),
            ]
            for day, row in days.items()
        ],
        note=_("Marks of 4 and 5 are satisfied shoppers, by the day of the answer."),
        empty=_("No shopper has answered in this period."),
    )
    found = [row.satisfaction for row in days.values()]
    return Chart(
        "stack",
        table,
        [words.day(day) for day in days],
        [
            Series(_("4 and 5"), [each.satisfied for each in found], "good"),
            Series(_("3 and less"), [each.answered - each.satisfied for each in found], "bad"),
        ],
        summary=_("Shoppers' marks day by day: satisfied ones, and the others."),
    )


def automatic(days: Mapping[date, Day]) -> Chart:
    found = [(day, row.auto) for day, row in days.items()]
    table = Table(
        "automatic",
        _("Claims settled without a person"),
        [
            _day_column(),
            Column(_("Claims")),
            Column(_("Answered")),
            Column(_("Made good at once")),
            Column(_("Contested")),
            Column(_("Share"), _("Share, %")),
        ],
        [
            [
                _day(day),
                words.count(auto.claims if auto else 0),
                words.count(auto.answered if auto else 0),
                words.count(auto.made_good if auto else 0),
                words.count(auto.contested if auto else 0),
                words.share(auto.share if auto else None),
            ]
            for day, auto in found
        ],
        note=_("By the day on which the claim came; an answer can be contested for seven days."),
        empty=_("No claim came in this period."),
    )
    settled = [auto.answered + auto.made_good - auto.contested if auto else 0 for _day_, auto in found]
    return Chart(
        "stack",
        table,
        [words.day(day) for day, _auto in found],
        [
            Series(_("Without a person"), settled, "main"),
            Series(
                _("With a person"),
                [
                    (auto.claims if auto else 0) - mine
                    for (_day_, auto), mine in zip(found, settled, strict=True)
                ],
                "quiet",
            ),
        ],
        summary=_("Claims day by day: settled without a person, and the others."),
    )


def contacts(found: Sequence[Contact]) -> Chart:
    asked = [each for each in found if each.claims]
    table = Table(
        "contacts",
        _("Claims per 1,000 purchases, by shop"),
        [
            Column(_("Shop"), is_number=False),
            Column(_("Claims")),
            Column(_("Purchases")),
            Column(_("Per 1,000")),
        ],
        [
            [
                words.text(each.name),
                words.count(each.claims),
                words.count(each.purchases),
                words.decimal(each.per_thousand, 1)
                if each.per_thousand is not None
                else Cell(_("none came through"), "", "bad"),
            ]
            for each in asked
        ],
        note=_("Where claims come and no purchase does, the shop's tracking is broken: these stand first."),
        empty=_("No claim about a shop came in this period."),
    )
    silent = [each for each in asked if each.per_thousand is None]
    drawn = [each for each in asked if each.per_thousand is not None][:_SHOPS]
    return Chart(
        "across",
        table,
        [each.name for each in drawn],
        [
            Series(
                _("Claims per 1,000 purchases"),
                [round(each.per_thousand or 0, 1) for each in drawn],
                "second",
            )
        ],
        summary=_("Shops by how often their shoppers write to us."),
        alert=_("No purchase came through from: %(shops)s.") % {"shops": _listed(silent)} if silent else "",
        is_wide=True,
    )


def _listed(shops: Sequence[Contact]) -> str:
    said = [f"{each.name} ({words.number(each.claims)})" for each in shops[:_SHOPS]]
    return ", ".join(said) + (", …" if len(shops) > _SHOPS else "")


def _scaled(minutes: Sequence[float | None], in_hours: bool) -> list[float | None]:
    return [None if value is None else round(value / 60 if in_hours else value, 1) for value in minutes]


def _day_column() -> Column:
    return Column(_("Day"), is_number=False)


def _day(value: date) -> Cell:
    return Cell(words.day(value), value.isoformat())


def _signed(value: int) -> str:
    return f"+{words.number(value)}" if value > 0 else words.number(value).replace("-", "−")
