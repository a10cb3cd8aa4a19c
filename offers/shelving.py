"""What staff do with a storefront's shelves: show some things only, leave things out, put shops first."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cashback.lib.errors import DomainError
from offers import catalogue, rules
from offers.models import CatalogueRule, Category, Merchant, Offer
from partners.models import Storefront

MOST_PINS = 48
FOUND = 12
Kind = CatalogueRule.Kind


class RuleRefused(DomainError):
    """The rule would mean nothing: no such shop or category, or too many are first already."""

    code = "rule_refused"


@dataclass(frozen=True, slots=True)
class ThematicSet:
    """Categories that make a storefront about one thing."""

    name: str
    title: str | Promise
    categories: tuple[str, ...]


SETS = (
    ThematicSet("travel", _("Travel"), ("travel-tourism", "hotels", "tickets-tours")),
    ThematicSet("fashion", _("Clothes and shoes"), ("clothing", "shoes", "accessories-jewellery")),
    ThematicSet("electronics", _("Electronics"), ("electronics-appliances",)),
    ThematicSet("groceries", _("Food"), ("food-drinks",)),
    ThematicSet("kids", _("For children"), ("kids-babies",)),
    ThematicSet("home", _("Home and garden"), ("home-garden",)),
    ThematicSet("beauty", _("Beauty and health"), ("beauty-health",)),
    ThematicSet("learning", _("Books and learning"), ("books", "online-education")),
)


@dataclass(frozen=True, slots=True)
class Preview:
    """A thematic set as it would be here: how many shops it would show, and whether it is what is shown now."""

    set: ThematicSet
    count: int
    is_chosen: bool


@transaction.atomic
def show_only(*, storefront: Storefront, name: str) -> int:
    """Of all categories the storefront shows those of the thematic set. How many shops that is. Raises RuleRefused."""
    chosen = next((each for each in SETS if each.name == name), None)
    found = list(Category.objects.filter(slug__in=chosen.categories)) if chosen else []
    if not found:
        raise RuleRefused(str(_("No network lists anything of this set yet.")))
    _rules(storefront).filter(kind=Kind.ALLOW).delete()
    _add(storefront, Kind.ALLOW, categories=found)
    rules.turn(storefront)
    return count_shown(storefront)


@transaction.atomic
def show_everything(*, storefront: Storefront) -> None:
    """Nothing is allowed in particular, so that everything is; what is left out stays left out."""
    _rules(storefront).filter(kind=Kind.ALLOW).delete()
    rules.turn(storefront)


@transaction.atomic
def add_rule(
    *,
    storefront: Storefront,
    kind: str,
    merchant_id: uuid.UUID | None = None,
    category_id: uuid.UUID | None = None,
) -> CatalogueRule:
    """The storefront shows, leaves out or puts first the merchant or the category. Raises RuleRefused."""
    merchant = Merchant.objects.filter(pk=merchant_id).first() if merchant_id else None
    category = Category.objects.filter(pk=category_id).first() if category_id else None
    if kind not in Kind.values or (merchant is None) == (category is None):
        raise RuleRefused(str(_("A rule is about one shop or one category.")))
    if kind == Kind.PIN and merchant is None:
        raise RuleRefused(str(_("Only shops stand first, not categories.")))
    # Two staff members at once must not both find room for the last pin.
    Storefront.objects.select_for_update(of=("self",), no_key=True).get(pk=storefront.pk)
    if kind == Kind.PIN and _rules(storefront).filter(kind=Kind.PIN).count() >= MOST_PINS:
        raise RuleRefused(str(_("More shops cannot stand first: nobody would see the rest.")))
    _add(
        storefront,
        kind,
        merchants=[merchant] if merchant else (),
        categories=[category] if category else (),
    )
    rules.turn(storefront)
    return _rules(storefront).get(kind=kind, merchant=merchant, category=category)


@transaction.atomic
def remove_rule(*, storefront: Storefront, rule_id: uuid.UUID) -> None:
    """There is no such rule at the storefront."""
    _rules(storefront).filter(pk=rule_id).delete()
    rules.turn(storefront)


@transaction.atomic
def move_pin(*, storefront: Storefront, rule_id: uuid.UUID, up: bool) -> None:
    """The pinned shop has changed places with its neighbour; the first does not go up nor the last down."""
    pins = list(_rules(storefront).filter(kind=Kind.PIN).select_for_update().order_by("position", "pk"))
    here = next((place for place, pin in enumerate(pins) if pin.pk == rule_id), None)
    if here is None:
        raise RuleRefused(str(_("This shop does not stand first.")))
    there = here - 1 if up else here + 1
    if 0 <= there < len(pins):
        pins[here], pins[there] = pins[there], pins[here]
    for position, pin in enumerate(pins):
        pin.position = position
    CatalogueRule.objects.bulk_update(pins, ["position"])
    rules.turn(storefront)


@transaction.atomic
def hide_merchant(*, merchant: Merchant, is_hidden: bool) -> None:
    """No storefront shows the merchant; or again those do whose rules let them."""
    Merchant.objects.filter(pk=merchant.pk).update(is_hidden=is_hidden)
    rules.turn()


def previews(storefront: Storefront) -> list[Preview]:
    allowed = set(_rules(storefront).filter(kind=Kind.ALLOW).values_list("category__slug", flat=True))
    known = set(Category.objects.values_list("slug", flat=True))
    counted = _sellable(storefront).aggregate(
        **{
            each.name: Count(
                "merchant",
                distinct=True,
                filter=Q(merchant__categories__slug__in=each.categories) & Q(is_free=True),
            )
            for each in SETS
        }
    )
    return [
        Preview(each, counted[each.name], allowed == known.intersection(each.categories) != set())
        for each in SETS
    ]


def count_shown(storefront: Storefront) -> int:
    return catalogue.shelves(storefront).count


def rules_of(storefront: Storefront) -> dict[str, Sequence[CatalogueRule]]:
    found = _rules(storefront).select_related("merchant", "category").order_by("position", "pk")
    return {kind: [rule for rule in found if rule.kind == kind] for kind in Kind.values}


def merchants_called(storefront: Storefront, text: str) -> list[Merchant]:
    """Shops that staff may mean, whether the rules show them now or not."""
    named = Q(name__icontains=text) | Q(domain__icontains=text) | Q(slug__icontains=text)
    return list(
        Merchant.objects.filter(named, is_hidden=False, offers__currency=storefront.currency)
        .distinct()
        .order_by("name", "pk")[:FOUND]
    )


def _sellable(storefront: Storefront):
    return Offer.objects.filter(
        is_open=True,
        currency=storefront.currency,
        account__is_active=True,
        merchant__is_hidden=False,
    ).annotate(is_free=rules.would_be_shown(storefront))


def _rules(storefront: Storefront):
    return CatalogueRule.objects.filter(storefront_id=storefront.pk)


def _add(
    storefront: Storefront,
    kind: str,
    *,
    merchants: Iterable[Merchant] = (),
    categories: Iterable[Category] = (),
) -> None:
    last = _rules(storefront).filter(kind=kind).aggregate(last=Max("position"))["last"]
    place = {"partner_id": storefront.partner_id, "storefront_id": storefront.pk, "kind": kind}
    made = [CatalogueRule(**place, merchant=merchant) for merchant in merchants]
    made += [CatalogueRule(**place, category=category) for category in categories]
    for position, rule in enumerate(made, start=0 if last is None else last + 1):
        rule.position = position
    CatalogueRule.objects.bulk_create(made, ignore_conflicts=True)
