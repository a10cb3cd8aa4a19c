"""From an agent's idea to the day it is live."""

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext as _

from cashback.lib.errors import DomainError
from support.claims.models import Claim
from support.desk.models import Agent
from support.quality.models import Stage, Suggestion, SuggestionStep
from support.quality.models.suggestion import CREDIT, LEAST, MOST

LEGAL: dict[Stage, frozenset[Stage]] = {
    Stage.PROPOSED: frozenset({Stage.ACCEPTED, Stage.DECLINED, Stage.DUPLICATE}),
    Stage.ACCEPTED: frozenset({Stage.TASK, Stage.DECLINED, Stage.DUPLICATE}),
    Stage.TASK: frozenset({Stage.SHIPPED, Stage.DECLINED, Stage.DUPLICATE}),
    Stage.SHIPPED: frozenset(),
    Stage.DECLINED: frozenset(),
    Stage.DUPLICATE: frozenset(),
}


class CannotMove(DomainError):
    """From where the suggestion stands there is no way to that stage."""

    code = "cannot_move"


class NotByItsAuthor(DomainError):
    """Nobody decides on a suggestion of their own."""

    code = "own_suggestion"


class NotWeighed(DomainError):
    """Impact, confidence and ease are whole numbers from 1 to 10."""

    code = "not_weighed"


class TextMissing(DomainError):
    """A suggestion says what it is about; a refusal says why."""

    code = "text_missing"


@transaction.atomic
def propose(
    *, author: Agent, title: str, text: str, claims: Collection[Claim] = (), at: datetime
) -> Suggestion:
    """The idea is filed under its author's name. Raises TextMissing."""
    title, text = title.strip(), text.strip()
    if not title or not text:
        raise TextMissing(_("Say in one line what you suggest, and why."))
    suggestion = Suggestion.objects.create(author=author, title=title[:140], text=text, created_at=at)
    suggestion.claims.set(claims)
    _step(suggestion, by=author.user, note="", at=at)
    return suggestion


@transaction.atomic
def accept(
    *,
    suggestion: Suggestion,
    by: AbstractBaseUser,
    impact: int,
    confidence: int,
    ease: int,
    note: str = "",
    at: datetime,
) -> Suggestion:
    """It is worth doing, and weighed: its score is impact × confidence × ease.

    Raises NotByItsAuthor, NotWeighed or CannotMove.
    """
    if not all(LEAST <= each <= MOST for each in (impact, confidence, ease)):
        raise NotWeighed(_("Impact, confidence and ease are numbers from 1 to 10."))
    _refuse_the_author(suggestion, by)
    return _move(
        suggestion,
        Stage.ACCEPTED,
        by=by,
        note=note,
        at=at,
        decided_by=by,
        impact=impact,
        confidence=confidence,
        ease=ease,
    )


@transaction.atomic
def make_task(*, suggestion: Suggestion, by: AbstractBaseUser, task: str, at: datetime) -> Suggestion:
    """Somebody makes it now; `task` says where that is followed. Raises CannotMove."""
    return _move(suggestion, Stage.TASK, by=by, note=task, at=at, task=task.strip()[:200])


@transaction.atomic
def ship(*, suggestion: Suggestion, by: AbstractBaseUser, note: str = "", at: datetime) -> Suggestion:
    """It is live, and its author has the credit: the same for every suggestion. Raises NotByItsAuthor or CannotMove."""
    _refuse_the_author(suggestion, by)
    return _move(suggestion, Stage.SHIPPED, by=by, note=note, at=at, credit=CREDIT, shipped_at=at)


@transaction.atomic
def decline(*, suggestion: Suggestion, by: AbstractBaseUser, why: str, at: datetime) -> Suggestion:
    """It will not be done, and its author reads why. Raises NotByItsAuthor, TextMissing or CannotMove."""
    if not why.strip():
        raise TextMissing(_("Say why: its author wants to know."))
    _refuse_the_author(suggestion, by)
    return _move(suggestion, Stage.DECLINED, by=by, note=why, at=at, decided_by=by)


@transaction.atomic
def merge(*, suggestion: Suggestion, into: Suggestion, by: AbstractBaseUser, at: datetime) -> Suggestion:
    """It says what another said before, and ends there; the claims that show it go along. Those that were merged into
    it go along too, so that nothing hangs on a duplicate. Raises NotByItsAuthor or CannotMove."""
    if into.pk == suggestion.pk or into.stage in (Stage.DUPLICATE, Stage.DECLINED):
        raise CannotMove(_("Choose another suggestion that is still alive."))
    _refuse_the_author(suggestion, by)
    moved = _move(suggestion, Stage.DUPLICATE, by=by, note=into.title, at=at, merged_into=into, decided_by=by)
    into.claims.add(*suggestion.claims.all())
    suggestion.merged.update(merged_into=into)
    return moved


def may_move(suggestion: Suggestion, to: Stage) -> bool:
    return to in LEGAL[Stage(suggestion.stage)]


def _refuse_the_author(suggestion: Suggestion, by: AbstractBaseUser) -> None:
    if suggestion.author.user_id == by.pk:
        raise NotByItsAuthor(_("Nobody decides on a suggestion of their own."))


def _move(
    suggestion: Suggestion, to: Stage, *, by: AbstractBaseUser, note: str, at: datetime, **facts: object
) -> Suggestion:
    """Compare-and-set: of two who move it at once, the second is refused."""
    stands = Stage(suggestion.stage)
    is_moved = may_move(suggestion, to) and Suggestion.objects.filter(pk=suggestion.pk, stage=stands).update(
        stage=to, **facts
    )
    if not is_moved:
        raise CannotMove(_("“%(from)s” does not become “%(to)s”.") % {"from": stands.label, "to": to.label})
    suggestion.refresh_from_db()
    _step(suggestion, by=by, note=note, at=at)
    return suggestion


def _step(suggestion: Suggestion, *, by: AbstractBaseUser, note: str, at: datetime) -> None:
    SuggestionStep.objects.create(
        suggestion=suggestion, stage=suggestion.stage, by=by, note=note.strip()[:300], at=at
    )
