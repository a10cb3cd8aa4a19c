"""Search that forgives. One index of a storefront's shelves is kept in the process for as long as they stay the same.

What a shopper typed is compared with every shop there is, the likeliest way first: as it stands, by ear and in the
other alphabet, as a category; then as if the keyboard were in the other layout; and at last with slips of the finger.
"""

import threading
import uuid
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.db import connection

from offers import rules
from offers.search.sounds import (
    in_other_layout,
    letters_of,
    plain,
    slips_allowed,
    slips_between,
    sounds,
    words,
)
from partners.models import Storefront

MOST = 240
_INDEXES_KEPT = 16
_MOST_WORDS = 6
_SHORTEST_SOUND = 2
_SHORTEST_BEGINNING = 3
_SHORTEST_UNFINISHED = 5

# Not everything that a page shows, only what a search compares; the shops that earn most come first.
_SHELVED = f"""
SELECT merchant_id, name, domain, slug, ARRAY(
    SELECT c.name_ru || ' ' || c.name_en FROM offers_merchant_categories mc
    JOIN offers_category c ON c.id = mc.category_id WHERE mc.merchant_id = shelved.merchant_id)
FROM (
    SELECT DISTINCT ON (offers_offer.merchant_id)
           offers_offer.merchant_id, m.name, m.domain, m.slug, offers_offer.score, {rules.SHOWN} AS is_shown
    FROM offers_offer
    JOIN networks_networkaccount a ON a.id = offers_offer.account_id AND a.is_active
    JOIN offers_merchant m ON m.id = offers_offer.merchant_id AND NOT m.is_hidden
    WHERE offers_offer.is_open AND offers_offer.currency = %(currency)s
    ORDER BY offers_offer.merchant_id, offers_offer.score DESC, offers_offer.id
) AS shelved
WHERE is_shown ORDER BY score DESC, merchant_id
"""  # noqa: S608 - of our own constants


class _Match(IntEnum):
    """How well a word fits a shop; the lower the better."""

    WHOLE_NAME = 0
    NAME_BEGINS = 1
    WORD_BEGINS = 2
    INSIDE = 3
    SOUNDS = 4
    SOUND_BEGINS = 5
    CATEGORY = 6


@dataclass(frozen=True, slots=True)
class Shelved:
    """A shop as search knows it."""

    merchant_id: uuid.UUID
    name: str
    domain: str
    slug: str
    categories: Sequence[str]


@dataclass(frozen=True, slots=True)
class Found:
    """Merchants, the best match first. `meant` is what we took the text for, where that is not what it says."""

    merchants: Sequence[uuid.UUID] = ()
    meant: str = ""


class Index:
    """The shops of one edition of a storefront's shelves, by all that they can be found by."""

    def __init__(self, shops: Iterable[Shelved]) -> None:
        self._shops = list(shops)
        self._names = [plain(shop.name) for shop in self._shops]
        # As written, then its words with a space before each.
        self._texts = [
            f"{name}\n {shop.domain}\n {shop.slug}\n {' '.join(words(name))}"
            for name, shop in zip(self._names, self._shops, strict=True)
        ]
        self._by_sound: dict[str, list[int]] = defaultdict(list)
        self._by_category: dict[str, list[int]] = defaultdict(list)
        for number, shop in enumerate(self._shops):
            for heard in _sounds_of_name(shop.name):
                self._by_sound[heard].append(number)
            for word in {word for category in shop.categories for word in words(category)}:
                for heard in sounds(word):
                    self._by_category[heard].append(number)
        self._letters = [(heard, letters_of(heard)) for heard in self._by_sound]

    def find(self, text: str) -> Found:
        if numbers := self._as_written(text):
            return self._found(numbers)
        other = in_other_layout(text)
        if numbers := self._as_written(other):
            return self._found(numbers, meant=other)
        numbers = self._with_slips(words(text)) or self._with_slips(words(other))
        return self._found(numbers, meant=self._shops[numbers[0]].name) if numbers else Found()

    def _found(self, numbers: Sequence[int], meant: str = "") -> Found:
        return Found([self._shops[number].merchant_id for number in numbers[:MOST]], meant)

    def _as_written(self, text: str) -> list[int]:
        """Shops that every word fits in some way; the worst of its words ranks a shop."""
        whole = plain(text)
        found = _all_fit(self._fits(word) for word in _each_once(whole.split()))
        if not found and " " in whole and (together := "".join(words(whole))):
            found = self._fits(together)  # "м видео" is one word there
        for number in found:
            shop, name = self._shops[number], self._names[number]
            if whole in (name, shop.domain, shop.domain.partition(".")[0]):
                found[number] = _Match.WHOLE_NAME
            elif name.startswith(whole):
                found[number] = _Match.NAME_BEGINS
        return sorted(found, key=lambda number: (found[number], number))

    def _fits(self, word: str) -> dict[int, int]:
        found: dict[int, int] = {}
        for heard in _sounds_of_text(word):
            self._note(found, self._by_category, heard, whole=_Match.CATEGORY, begun=_Match.CATEGORY)
        for heard in _sounds_of_text(word):
            self._note(found, self._by_sound, heard, whole=_Match.SOUNDS, begun=_Match.SOUND_BEGINS)
        for number, text in enumerate(self._texts):
            if word in text:
                found[number] = _Match.WORD_BEGINS if f" {word}" in text else _Match.INSIDE
        return found

    @staticmethod
    def _note(
        found: dict[int, int], names: dict[str, list[int]], heard: str, *, whole: int, begun: int
    ) -> None:
        if len(heard) < _SHORTEST_BEGINNING:
            hits = [(whole, names.get(heard, ()))] if len(heard) >= _SHORTEST_SOUND else []
        else:
            hits = [
                (whole if name == heard else begun, numbers)
                for name, numbers in names.items()
                if name.startswith(heard)
            ]
        for rank, numbers in hits:
            for number in numbers:
                if rank <= found.get(number, rank) or found[number] == _Match.CATEGORY:
                    found[number] = rank

    def _with_slips(self, wanted: Sequence[str]) -> list[int]:
        """Shops in whose name every word stands with a slip or two; those with the fewest first."""
        found = _all_fit(
            (self._nearly(word) for word in _each_once(wanted)), together=lambda one, other: one + other
        )
        return sorted(found, key=lambda number: (found[number], number))

    def _nearly(self, word: str) -> dict[int, int]:
        found: dict[int, int] = {}
        for heard in sounds(word):
            if len(heard) < _SHORTEST_SOUND:
                continue
            most = slips_allowed(heard)
            # Many names may begin alike, such as those of all branches of a chain.
            begun: dict[str, int] = {}
            for name in self._candidates(heard, most):
                slips = slips_between(heard, name, most=most)
                if slips > most and len(heard) >= _SHORTEST_UNFINISHED:
                    beginning = name[: len(heard)]
                    if beginning not in begun:
                        begun[beginning] = slips_between(heard, beginning, most=most)
                    slips = begun[beginning]
                if slips <= most:
                    for number in self._by_sound[name]:
                        found[number] = min(slips, found.get(number, slips))
        return found

    def _candidates(self, heard: str, most: int) -> Iterable[str]:
        """What is cheap to see comes before letters are compared one by one: a letter that stands nowhere in the name
        is a slip; and two slips leave one of three parts whole (but for two swaps just where the parts meet)."""
        letters = letters_of(heard)
        third = -(-len(heard) // 3)
        parts = [heard[start : start + third] for start in range(0, len(heard), third)] if most > 1 else []
        return [
            name
            for name, its_letters in self._letters
            if (letters & ~its_letters).bit_count() <= most
            and len(name) >= len(heard) - most
            and (not parts or any(part in name for part in parts))
        ]


def _each_once(wanted: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(wanted))[:_MOST_WORDS]


def _all_fit(ranks_by_word: Iterable[dict[int, int]], together=max) -> dict[int, int]:
    found: dict[int, int] | None = None
    for ranks in ranks_by_word:
        found = (
            dict(ranks)
            if found is None
            else {n: together(found[n], rank) for n, rank in ranks.items() if n in found}
        )
        if not found:
            return {}
    return found or {}


def _sounds_of_name(name: str) -> set[str]:
    """Of every word, and of the whole name, which people write as one."""
    parts = words(name)
    heard = {each for word in parts for each in sounds(word)}
    return (heard | set(_sounds_of_text(name))) - {""}


def _sounds_of_text(text: str) -> tuple[str, ...]:
    return sounds("".join(words(text)))


_indexes: "OrderedDict[uuid.UUID, tuple[str, Index]]" = OrderedDict()
_lock = threading.Lock()


def index(storefront: Storefront, edition: rules.Edition) -> Index:
    """Built at the first search after the shelves have changed; then only kept."""
    with _lock:
        key, kept = _indexes.get(storefront.pk, ("", None))
        if kept is not None and key == edition.key:
            _indexes.move_to_end(storefront.pk)
            return kept
    made = _build(storefront)
    with _lock:
        _indexes[storefront.pk] = (edition.key, made)
        _indexes.move_to_end(storefront.pk)
        while len(_indexes) > _INDEXES_KEPT:
            _indexes.popitem(last=False)
    return made


def _build(storefront: Storefront) -> Index:
    with connection.cursor() as cursor:
        cursor.execute(_SHELVED, {"currency": storefront.currency, **rules.parameters(storefront)})
        return Index(Shelved(*row) for row in cursor)
