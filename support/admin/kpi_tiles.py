"""The headline of the figures' page: each with its change against the period before, and whether its target is met."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from support.admin.kpi_words import Tile, number, percent, span, wall
from support.quality.measures.resolution import Estimate, Resolution
from support.quality.measures.satisfaction import TARGET
from support.quality.overview import Headline

# Of disputed cases; the house's own promise.
MADE_GOOD = 0.999


def tiles(now: Headline, before: Headline, *, is_of_one: bool) -> Sequence[Tile]:
    """Of one agent only what an agent does: claims, shops and rules are the house's."""
    shown = [
        _closed(now, before),
        _first_reply(now, before),
        _solved(now, before),
        _satisfaction(now, before),
        _complete(now, before),
        _zero(now, before),
        _in_time(now, before),
        _one_touch(now, before),
    ]
    if not is_of_one:
        shown += [_auto(now, before), _made_good(now, before), _contacts(now, before)]
    return [*shown, _suggestions(now, before)]


def _closed(now: Headline, before: Headline) -> Tile:
    done = now.quantity
    notes = [_("weighed %(sum)s") % {"sum": number(done.weighted, 2)}] if done.closed else []
    if done.taken_back:
        notes.append(
            ngettext("%(count)s came back", "%(count)s came back", done.taken_back)
            % {"count": number(done.taken_back)}
        )
    change = relative(float(done.weighted), float(before.quantity.weighted))
    return Tile(_("Cases closed"), number(done.closed), notes=notes, **_moved(*change, more_is_better=True))


def _first_reply(now: Headline, before: Headline) -> Tile:
    found, was = now.first_reply, before.first_reply
    change = relative(found.p50 if found else None, was.p50 if was else None)
    notes = [_("90 %% within %(time)s") % {"time": span(found.p90)}] if found else []
    return Tile(
        _("First reply, median"),
        span(found.p50 if found else None),
        notes=[*notes, _("working time")] if found else [],
        **_moved(*change, more_is_better=False),
    )


def _solved(now: Headline, before: Headline) -> Tile:
    """With many still open, the median of those that are over would flatter."""
    value, was = _median(now.own, now.own_with_open), _median(before.own, before.own_with_open)
    notes = []
    if now.own:
        said = (
            _("95 %% of those solved within %(time)s")
            if now.own_with_open.is_needed
            else _("95 %% within %(time)s")
        )
        notes.append(said % {"time": span(now.own.p95)})
    if (total := _median(now.total, now.total_with_open)) is not None:
        notes.append(_("in all %(time)s") % {"time": wall(total)})
    if now.own_with_open.is_needed:
        notes.append(_("open ones counted in"))
    shown = span(value)
    if value is None and now.own_with_open.is_needed:
        shown = _("more than half open")
    return Tile(
        _("Solved, our part, median"),
        shown,
        notes=notes,
        **_moved(*relative(value, was), more_is_better=False),
    )


def _median(solved: Resolution | None, estimated: Estimate) -> float | None:
    if estimated.is_needed:
        return estimated.median
    return solved.p50 if solved else None


def _satisfaction(now: Headline, before: Headline) -> Tile:
    found = now.satisfaction
    notes = []
    if found.interval:
        low, high = found.interval
        notes = [
            _("%(part)s of %(whole)s answers")
            % {"part": number(found.satisfied), "whole": number(found.answered)},
            _("95 %% sure: %(low)s–%(high)s") % {"low": number(low * 100, 1), "high": percent(high)},
        ]
    if found.answer_rate is not None:
        notes.append(_("%(share)s of those asked answered") % {"share": percent(found.answer_rate, 0)})
    return Tile(
        _("Satisfied shoppers"),
        percent(found.share),
        notes=notes,
        **_moved(*points(found.share, before.satisfaction.share), more_is_better=True),
        **_aimed(found.share, TARGET),
    )


def _complete(now: Headline, before: Headline) -> Tile:
    found = now.complete
    notes = [
        _("%(part)s of %(whole)s opened") % {"part": number(found.complete), "whole": number(found.opened)}
    ]
    if found.opened > found.answered:
        notes.append(_("without an answer: %(count)s") % {"count": number(found.opened - found.answered)})
    return Tile(
        _("Answered and closed"),
        percent(found.share),
        notes=notes if found.opened else [],
        **_moved(*points(found.share, before.complete.share), more_is_better=True),
        **_aimed(found.share, 1.0),
    )


def _zero(now: Headline, before: Headline) -> Tile:
    found = now.zero
    return Tile(
        _("Shifts at zero"),
        percent(found.share, 0),
        notes=[
            _("%(part)s of %(whole)s shifts") % {"part": number(found.at_zero), "whole": number(found.shifts)}
        ]
        if found.shifts
        else [],
        **_moved(*points(found.share, before.zero.share), more_is_better=True),
        **_aimed(found.share, 1.0),
    )


def _in_time(now: Headline, before: Headline) -> Tile:
    found = now.replies
    late = ngettext("%(count)s late", "%(count)s late", found.breached) % {"count": number(found.breached)}
    return Tile(
        _("Answered in time"),
        percent(found.share),
        notes=[late] if found.share is not None else [],
        **_moved(*points(found.share, before.replies.share), more_is_better=True),
    )


def _one_touch(now: Headline, before: Headline) -> Tile:
    found = now.one_touch
    notes = (
        [_("one answer was enough, of %(count)s") % {"count": number(found.cycles)}] if found.cycles else []
    )
    return Tile(
        _("Solved at one touch"),
        percent(found.share),
        notes=notes,
        **_moved(*points(found.share, before.one_touch.share), more_is_better=True),
    )


def _auto(now: Headline, before: Headline) -> Tile:
    found = now.auto
    notes = []
    if found.claims:
        notes.append(
            ngettext("of %(count)s claim", "of %(count)s claims", found.claims)
            % {"count": number(found.claims)}
        )
    if now.error.answers:
        notes.append(_("wrong: %(share)s") % {"share": percent(now.error.error)})
    if found.may_yet_be_contested:
        notes.append(_("may yet be contested: %(count)s") % {"count": number(found.may_yet_be_contested)})
    return Tile(
        _("Settled without a person"),
        percent(found.share),
        notes=notes,
        **_moved(*points(found.share, before.auto.share), more_is_better=True),
    )


def _made_good(now: Headline, before: Headline) -> Tile:
    found = now.success
    notes = [
        _("credited %(count)s") % {"count": number(found.credited)},
        _("by us %(count)s") % {"count": number(found.compensated)},
        _("refused %(count)s") % {"count": number(found.rejected)},
    ]
    return Tile(
        _("Claims made good"),
        percent(found.share),
        notes=notes if found.eligible else [],
        **_moved(*points(found.share, before.success.share), more_is_better=True),
        **_aimed(found.share, MADE_GOOD),
    )


def _contacts(now: Headline, before: Headline) -> Tile:
    change = relative(now.contact_rate, before.contact_rate)
    return Tile(
        _("Claims per 1,000 purchases"),
        number(now.contact_rate, 1),
        **_moved(*change, more_is_better=False),
    )


def _suggestions(now: Headline, before: Headline) -> Tile:
    return Tile(
        _("Suggestions shipped"),
        number(now.shipped),
        **_moved(*relative(now.shipped, before.shipped), more_is_better=True),
    )


def relative(now: float | None, before: float | None) -> tuple[float | None, str]:
    """By how many percent it changed; None where nothing was before."""
    if now is None or not before:
        return None, ""
    change = (now - before) / before
    if abs(change) >= 10:
        return change, _("×%(times)s") % {"times": number(now / before)}
    return change, signed(percent(abs(change), 0), change)


def points(now: float | None, before: float | None) -> tuple[float | None, str]:
    """By how many percentage points a share changed."""
    if now is None or before is None:
        return None, ""
    change = round(now - before, 3)
    return change, signed(_("%(points)s pp") % {"points": number(abs(change) * 100, 1)}, change)


def signed(words: str, change: float) -> str:
    return f"+{words}" if change > 0 else f"−{words}" if change < 0 else words


def _moved(change: float | None, words: str, *, more_is_better: bool) -> dict[str, str]:
    if change is None:
        return {}
    if abs(change) < 0.0005:
        return {"change": _("as before"), "trend": "same"}
    return {"change": words, "trend": "better" if (change > 0) is more_is_better else "worse"}


def _aimed(share: float | None, target: float) -> dict[str, str]:
    if share is None:
        return {}
    return {
        "target": "met" if share >= target else "missed",
        "aim": _("target %(share)s") % {"share": percent(target)},
    }
