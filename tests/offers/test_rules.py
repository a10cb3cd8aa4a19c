"""What a storefront shows: allowed, denied, pinned, delivered. One condition wherever a shopper meets a shop."""

import uuid

import pytest
from django.db import IntegrityError, transaction

from offers import catalogue, rules, search, shelf, shelving
from offers.models import CatalogueRule
from offers.search.wishes import CouponWish, Wish
from tests import make


@pytest.fixture
def town(account):
    """Shops by name, each with a category of its own name in lower case, a coupon and a slug of it."""
    made = {}
    for score, name in enumerate(("Tea", "Books", "Hotel")):
        offer = make.offer(at=account, of=make.merchant(name, slug=name.lower()), score=float(score))
        offer.merchant.categories.add(make.category(name.lower()))
        make.coupon(of=offer, name=f"{name} coupon")
        made[name] = offer
    return made


def everywhere(client, storefront, shopper, at) -> dict[str, set[str]]:
    """The shops that each place of the storefront shows."""
    edition = rules.edition(storefront)
    slugs = ("tea", "books", "hotel")
    return {
        "list": {shop.name for shop in catalogue.shops(storefront, Wish(), edition=edition).rows},
        "counts": {shelf.slug.title() for shelf in catalogue.shelves(storefront).categories},
        "search": {
            shop.name for slug in slugs for shop in catalogue.guess(storefront, slug, edition=edition)[0]
        },
        "suggestions": {shop.name for shop in catalogue.suggestions(storefront)},
        "coupons": {
            line.shop.name
            for line in catalogue.coupons(storefront, CouponWish(), edition=edition, at=at).rows
        },
        "coupon filters": {name for _slug, name, _count in catalogue.coupon_filters(storefront, at=at)[0]},
        "favourites": {shop.name for shop in shelf.favourites(shopper)[0]},
        "visited": {shop.name for shop in shelf.visited(shopper)},
        "pages": {slug.title() for slug in slugs if catalogue.best_offer(storefront, slug=slug) is not None},
        "doors": {
            slug.title()
            for slug in slugs
            if client.get(f"/s/{storefront.slug}/shops/{slug}/").status_code == 200
        },
    }


@pytest.fixture
def seen(client, acorn, alice, town, at):
    """Where all places agree, what they show."""
    for offer in town.values():
        shelf.keep(shopper=alice, slug=offer.merchant.slug, at=at)
        shelf.note_visit(shopper=alice, merchant_id=offer.merchant_id, at=at)

    def look() -> set[str]:
        acorn.refresh_from_db()
        places = everywhere(client, acorn, type(alice).objects.get(pk=alice.pk), at)
        shown = places["list"]
        assert places == dict.fromkeys(places, shown)
        assert shelving.count_shown(acorn) == len(shown)
        return shown

    return look


def test_without_a_rule_everything_is_shown(seen):
    assert seen() == {"Tea", "Books", "Hotel"}


def test_an_allowed_category_leaves_its_shops_only(seen, acorn, town):
    shelving.add_rule(storefront=acorn, kind="allow", category_id=town["Tea"].merchant.categories.get().pk)
    assert seen() == {"Tea"}


def test_an_allowed_shop_comes_beside_an_allowed_category(seen, acorn, town):
    shelving.add_rule(storefront=acorn, kind="allow", category_id=town["Tea"].merchant.categories.get().pk)
    shelving.add_rule(storefront=acorn, kind="allow", merchant_id=town["Hotel"].merchant_id)
    assert seen() == {"Tea", "Hotel"}


def test_a_denied_shop_is_nowhere_even_where_its_category_is_allowed(seen, acorn, town):
    shelving.add_rule(storefront=acorn, kind="allow", category_id=town["Tea"].merchant.categories.get().pk)
    shelving.add_rule(storefront=acorn, kind="deny", merchant_id=town["Tea"].merchant_id)
    assert seen() == set()


def test_a_denied_category_takes_its_shops_away(seen, acorn, town):
    shelving.add_rule(storefront=acorn, kind="deny", category_id=town["Books"].merchant.categories.get().pk)
    assert seen() == {"Tea", "Hotel"}


def test_a_shop_that_delivers_elsewhere_is_not_shown_and_one_that_does_not_say_is(seen, acorn, town):
    type(acorn).objects.filter(pk=acorn.pk).update(ships_to=["RU", "KZ"])
    for name, countries in (("Tea", ["RU", "BY"]), ("Books", ["US"]), ("Hotel", [])):
        type(town[name]).objects.filter(pk=town[name].pk).update(countries=countries)
    assert seen() == {"Tea", "Hotel"}


def test_a_shop_is_shown_by_the_offer_that_a_click_would_take(seen, acorn, account, town):
    """Its other offer, which delivers here, earns less: a click would not take it, so nothing is promised of it."""
    type(acorn).objects.filter(pk=acorn.pk).update(ships_to=["RU"])
    type(town["Tea"]).objects.filter(pk=town["Tea"].pk).update(countries=["US"], score=9)
    make.offer(at=make.account(), of=town["Tea"].merchant, countries=["RU"], score=1)
    assert seen() == {"Books", "Hotel"}


def test_a_rule_of_one_storefront_changes_no_other(client, acorn, town, at):
    other = make.storefront(slug="cedar")
    shelving.add_rule(storefront=acorn, kind="deny", merchant_id=town["Tea"].merchant_id)
    edition = rules.edition(other)
    assert {shop.name for shop in catalogue.shops(other, Wish(), edition=edition).rows} == set(town)


def test_a_rule_is_seen_on_a_kept_page_at_once(client, acorn, town):
    assert "Tea" in client.get("/s/acorn/").content.decode()
    shelving.add_rule(storefront=acorn, kind="deny", merchant_id=town["Tea"].merchant_id)
    assert "shops/tea/" not in client.get("/s/acorn/").content.decode()


def test_a_hidden_merchant_leaves_every_storefront_at_once(client, acorn, town):
    assert "shops/tea/" in client.get("/s/acorn/").content.decode()
    shelving.hide_merchant(merchant=town["Tea"].merchant, is_hidden=True)
    assert "shops/tea/" not in client.get("/s/acorn/").content.decode()


def test_a_thematic_set_is_one_step_and_so_is_the_way_back(seen, acorn, account):
    hotels, _tours = (make.category(slug) for slug in ("hotels", "tickets-tours"))
    stay = make.offer(at=account, of=make.merchant("Stay"))
    stay.merchant.categories.add(hotels)
    previews = {each.set.name: (each.count, each.is_chosen) for each in shelving.previews(acorn)}
    assert previews["travel"] == (1, False)
    assert shelving.show_only(storefront=acorn, name="travel") == 1
    shown = catalogue.shops(acorn, Wish(), edition=rules.edition(acorn)).rows
    assert [shop.name for shop in shown] == ["Stay"]
    previews = {each.set.name: (each.count, each.is_chosen) for each in shelving.previews(acorn)}
    assert previews["travel"] == (1, True)
    assert [name for name, (_count, is_chosen) in previews.items() if is_chosen] == ["travel"]
    shelving.show_everything(storefront=acorn)
    assert len(catalogue.shops(acorn, Wish(), edition=rules.edition(acorn)).rows) == 4


@pytest.mark.parametrize("name", ["", "travel", "nothing", "'; --"])
def test_a_set_that_nobody_lists_is_refused_and_changes_nothing(acorn, town, name):
    shelving.add_rule(storefront=acorn, kind="allow", merchant_id=town["Tea"].merchant_id)
    with pytest.raises(shelving.RuleRefused):
        shelving.show_only(storefront=acorn, name=name)
    assert CatalogueRule.objects.filter(storefront=acorn).count() == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "maybe", "merchant_id": "tea"},
        {"kind": "allow"},
        {"kind": "deny", "merchant_id": "nobody"},
        {"kind": "allow", "merchant_id": "tea", "category_id": "tea"},
        {"kind": "pin", "category_id": "tea"},
    ],
)
def test_a_rule_about_nothing_is_refused(acorn, town, asked):
    merchant, category = town["Tea"].merchant_id, town["Tea"].merchant.categories.get().pk
    real = {"merchant_id": {"tea": merchant}, "category_id": {"tea": category}}
    asked = {name: real.get(name, {}).get(value, value) for name, value in asked.items()}
    asked = {name: uuid.uuid4() if value == "nobody" else value for name, value in asked.items()}
    with pytest.raises(shelving.RuleRefused):
        shelving.add_rule(storefront=acorn, **asked)
    assert CatalogueRule.objects.count() == 0


def test_the_same_rule_twice_is_one_rule(acorn, town):
    first = shelving.add_rule(storefront=acorn, kind="pin", merchant_id=town["Tea"].merchant_id)
    assert shelving.add_rule(storefront=acorn, kind="pin", merchant_id=town["Tea"].merchant_id) == first
    assert CatalogueRule.objects.count() == 1


def test_pins_change_places_and_the_ends_stay(acorn, town):
    pins = {
        name: shelving.add_rule(storefront=acorn, kind="pin", merchant_id=town[name].merchant_id)
        for name in ("Tea", "Books", "Hotel")
    }

    def order() -> list[str]:
        return [rule.merchant.name for rule in shelving.rules_of(acorn)["pin"]]

    shelving.move_pin(storefront=acorn, rule_id=pins["Hotel"].pk, up=True)
    assert order() == ["Tea", "Hotel", "Books"]
    shelving.move_pin(storefront=acorn, rule_id=pins["Tea"].pk, up=True)
    assert order() == ["Tea", "Hotel", "Books"]
    shelving.move_pin(storefront=acorn, rule_id=pins["Tea"].pk, up=False)
    assert order() == ["Hotel", "Tea", "Books"]


def test_a_pin_of_another_storefront_is_not_moved_or_removed(acorn, birch, town):
    pin = shelving.add_rule(storefront=acorn, kind="pin", merchant_id=town["Tea"].merchant_id)
    with pytest.raises(shelving.RuleRefused):
        shelving.move_pin(storefront=birch, rule_id=pin.pk, up=True)
    shelving.remove_rule(storefront=birch, rule_id=pin.pk)
    assert CatalogueRule.objects.filter(pk=pin.pk).exists()


def test_there_is_an_end_to_pins(acorn, account, monkeypatch):
    monkeypatch.setattr(shelving, "MOST_PINS", 1)
    first, second = make.offer(at=account), make.offer(at=account)
    shelving.add_rule(storefront=acorn, kind="pin", merchant_id=first.merchant_id)
    with pytest.raises(shelving.RuleRefused):
        shelving.add_rule(storefront=acorn, kind="pin", merchant_id=second.merchant_id)


def test_the_database_itself_refuses_rules_about_two_things_or_none(acorn, town):
    merchant, category = town["Tea"].merchant, town["Tea"].merchant.categories.get()
    for facts in (
        {"kind": "allow"},
        {"kind": "allow", "merchant": merchant, "category": category},
        {"kind": "pin", "category": category},
        {"kind": "more", "merchant": merchant},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CatalogueRule.objects.create(partner=acorn.partner, storefront=acorn, **facts)


def test_an_edition_lasts_until_its_own_storefront_turns(acorn, birch, town):
    before = rules.edition(acorn), rules.edition(birch)
    assert (rules.edition(acorn), rules.edition(birch)) == before
    rules.turn(acorn)
    assert rules.edition(acorn) != before[0]
    assert rules.edition(birch) == before[1]
    rules.turn()
    assert rules.edition(birch) != before[1]


def test_the_index_of_a_search_is_kept_for_its_edition(acorn, town):
    kept = search.index(acorn, rules.edition(acorn))
    assert search.index(acorn, rules.edition(acorn)) is kept
    rules.turn(acorn)
    assert search.index(acorn, rules.edition(acorn)) is not kept
