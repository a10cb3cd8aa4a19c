"""A storefront's terms, in versions: announced so many days before they take effect, and never edited.

A newer announcement supersedes one that has not taken effect yet. Until a storefront has a version of its own, our
standard terms stand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.loader import render_to_string
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from partners import services
from partners.brand import dress, texts
from partners.models import Storefront, TermsVersion

LONGEST_TEXT = 60_000
LONGEST_SUMMARY = 2_000
# A change is announced for a year ahead at most: a later date is a slip of the hand.
FURTHEST = timedelta(days=366)


class TermsRefused(DomainError):
    """These terms cannot be announced. The message says what is missing."""

    code = "terms_refused"


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page of terms shows: one version (None: our standard terms) and what there is besides."""

    shown: TermsVersion | None
    in_force: TermsVersion | None
    announced: TermsVersion | None
    earlier: Sequence[TermsVersion]
    text: str
    language: str
    summary: str
    announced_summary: str

    @property
    def is_in_force(self) -> bool:
        return self.shown == self.in_force

    @property
    def is_announced(self) -> bool:
        return self.shown is not None and self.shown == self.announced


@transaction.atomic
def announce(
    *,
    storefront: Storefront,
    texts: Mapping[str, str],
    summary: Mapping[str, str],
    takes_effect_at: datetime,
    at: datetime,
) -> TermsVersion:
    """A new version is announced, to take effect on its day. The first one may do so at once."""
    dress.lock(storefront)
    last = storefront.terms_versions.order_by("-number").first()
    _check(storefront, texts, summary, is_first=last is None)
    _check_day(storefront, takes_effect_at, is_first=last is None, at=at)
    if last and _says_the_same(last, texts, summary, takes_effect_at):
        raise TermsRefused(_("These very terms are announced already."))
    version = TermsVersion.objects.create(
        partner_id=storefront.partner_id,
        storefront=storefront,
        number=last.number + 1 if last else 1,
        texts=_tidy(texts),
        summary=_tidy(summary),
        announced_at=at,
        takes_effect_at=takes_effect_at,
    )
    services.emit(
        partner_id=storefront.partner_id,
        type="terms.announced",
        subject_id=version.pk,
        payload={
            "storefront": storefront.slug,
            "number": version.number,
            "takes_effect_at": takes_effect_at.isoformat(),
            "summary": version.summary,
        },
        at=at,
    )
    dress.renew(storefront)
    return version


def earliest(storefront: Storefront, *, at: datetime) -> datetime:
    """From when a version announced now may hold."""
    has_one = storefront.terms_versions.exists()
    return at + timedelta(days=storefront.terms_notice_days) if has_one else at


def in_force(versions: Sequence[TermsVersion], *, at: datetime) -> TermsVersion | None:
    """Of a storefront's versions by number, the one that holds. Superseded ones never took effect."""
    begun = [each for each in versions if each.takes_effect_at <= at]
    for index in range(len(begun) - 1, -1, -1):
        newer = [each for each in versions if each.number > begun[index].number]
        if not any(each.announced_at < begun[index].takes_effect_at for each in newer):
            return begun[index]
    return None


def overview(storefront: Storefront, *, number: int | None = None, at: datetime) -> Overview:
    """The version of this number, or the one that holds; `shown` is None where there is none."""
    versions = list(storefront.terms_versions.order_by("number"))
    holds = in_force(versions, at=at)
    last = versions[-1] if versions else None
    announced = last if last and last.takes_effect_at > at else None
    shown = holds if number is None else next((each for each in versions if each.number == number), None)
    if shown:
        language, text = in_words(shown.texts, storefront)
    else:
        language, text = get_language() or storefront.locale, standard(storefront)
    return Overview(
        shown=shown,
        in_force=holds,
        announced=announced,
        earlier=[each for each in reversed(versions) if each not in (holds, announced)],
        text=text,
        language=language,
        summary=in_words(shown.summary, storefront)[1] if shown else "",
        announced_summary=in_words(announced.summary, storefront)[1] if announced else "",
    )


def announced_for(storefront: Storefront, *, at: datetime) -> datetime | None:
    """The day from which announced terms will hold, read without a query."""
    day = storefront.dress.get("last_terms", {}).get("takes_effect_at")
    moment = parse_datetime(day) if day else None
    return moment if moment and moment > at and storefront.dress["last_terms"]["number"] > 1 else None


def in_words(said: Mapping[str, str], storefront: Storefront) -> tuple[str, str]:
    """The language and the text: the reader's, else the storefront's own, else any."""
    for language in (get_language(), storefront.locale, *said):
        if language and said.get(language):
            return language, said[language]
    return storefront.locale, ""


def standard(storefront: Storefront, language: str | None = None) -> str:
    """Our standard terms under the storefront's name."""
    language = language or get_language() or storefront.locale
    words = {
        "name": texts.said(storefront, "name", language),
        "support": texts.said(storefront, "support", language),
        "notice_days": storefront.terms_notice_days,
    }
    with override(language):
        return render_to_string("partners/standard_terms.txt", words).strip()


def _check(
    storefront: Storefront, said: Mapping[str, str], summary: Mapping[str, str], *, is_first: bool
) -> None:
    known = dict(settings.LANGUAGES)
    if unknown := [language for language in (*said, *summary) if language not in known]:
        raise TermsRefused(_("No language of ours: %(languages)s.") % {"languages": ", ".join(unknown)})
    if not said.get(storefront.locale, "").strip():
        raise TermsRefused(_("The terms need a text in the storefront's own language."))
    if not is_first and not summary.get(storefront.locale, "").strip():
        raise TermsRefused(_("Say in the storefront's own language what changes."))
    if any(len(text) > LONGEST_TEXT for text in said.values()):
        raise TermsRefused(_("The text is too long: %(most)s characters.") % {"most": LONGEST_TEXT})
    if any(len(text) > LONGEST_SUMMARY for text in summary.values()):
        raise TermsRefused(_("What changes is too long: %(most)s characters.") % {"most": LONGEST_SUMMARY})


def _check_day(storefront: Storefront, day: datetime, *, is_first: bool, at: datetime) -> None:
    notice = timedelta(0) if is_first else timedelta(days=storefront.terms_notice_days)
    if day < at + notice:
        raise TermsRefused(
            _("New terms are announced at least %(days)s days before they take effect.")
            % {"days": storefront.terms_notice_days}
            if not is_first
            else _("Terms cannot take effect in the past.")
        )
    if day > at + FURTHEST:
        raise TermsRefused(_("That day is more than a year ahead."))


def _says_the_same(
    last: TermsVersion, said: Mapping[str, str], summary: Mapping[str, str], day: datetime
) -> bool:
    """A button pressed twice would write to every shopper twice."""
    return (last.texts, last.summary, last.takes_effect_at) == (_tidy(said), _tidy(summary), day)


def _tidy(said: Mapping[str, str]) -> dict[str, str]:
    return {language: text.replace("\r\n", "\n").strip() for language, text in said.items() if text.strip()}
