"""What the shoppers of the demo's month buy, and what they ask when cashback does not come."""

from datetime import datetime, timedelta

from offers.networks.base import SaleStatus
from partners.models import Shopper
from support.claims import services as claims
from support.claims.models import Claim, Kind, Status
from support.desk import services as desk
from support.desk.models import Category, Channel
from support.seeds import stage, trade, words
from support.seeds.network import send_inquiries
from support.seeds.stage import Stage
from support.seeds.world import DAY, HOUR, World, fresh
from transactions.models import Click, Transaction

_STORIES = (
    ("tracked", 15),
    ("early", 14),
    ("missing", 34),
    ("large", 12),
    ("before", 8),
    ("declined", 10),
    ("unclear", 7),
)


def ask(world: World, at: datetime, *, story: str = "", is_new: bool = False) -> None:
    """A shopper asks for a purchase that has not come; `story` tells what became of it, chance does otherwise. Nobody
    makes anything good at once to one who is new: a person looks."""
    dice, place = world.dice, world.dice.choices(world.stages, weights=[2, 1])[0]
    shopper, offer = dice.choice(place.newcomers if is_new else place.shoppers), trade.favourite(place, dice)
    names, weights = zip(*_STORIES, strict=True)
    story = story or dice.choices(names, weights=weights)[0]
    ago = {"early": 0.2, "before": 6, "tracked": 5}.get(story, dice.uniform(5, 25))
    bought_at = at - timedelta(days=ago, minutes=dice.uniform(5, 240))
    if (woken := world.waking(bought_at, place.storefront.time_zone)) < at - HOUR:
        bought_at = woken
    clicked_at = bought_at + DAY if story == "before" else bought_at - timedelta(minutes=dice.uniform(3, 40))
    click = stage.click(
        shopper,
        offer,
        at=clicked_at,
        dice=dice,
        blocker=story in ("missing", "large") and dice.random() < 0.3,
    )
    cart = trade.cart(place.storefront.currency, dice, is_large=story == "large")
    order = f"{dice.randint(100_000, 9_999_999)}"
    language = place.storefront.locale
    if not is_new and shopper.pk not in world.known and dice.random() < 0.8:
        # A purchase of before, so that the shopper's history is clean and known.
        world.known.add(shopper.pk)
        _earlier(world, place, shopper)
    facts = {
        "order_no": dice.choice(words.ORDERS[language]).format(order),
        "order_at": bought_at,
        "order_minor": cart,
        "text": dice.choice(words.OPENINGS[language]),
        "goods": dice.choice(goods) if (goods := stage.goods_of(offer)) else "",
        "files": [
            (f"{order}.png", stage.receipt(offer.merchant.slug, order, cart, place.storefront.currency))
        ],
    }
    if story in ("tracked", "declined"):
        number = next(world.sales)
        facts["sale"] = _reported(world, click, order, cart, click.created_at + HOUR, number)
        if story == "declined":
            facts["sale"] = _declined(world, click, order, cart, at, number)
    if story == "unclear":
        facts["files"] = []
    _open(world, shopper, click, facts, story, language, at)


def _reported(world: World, click: Click, order: str, cart: int, at: datetime, number: int) -> Transaction:
    said = {"by": click, "order_id": order, "cart": cart, "number": number, "dice": world.dice}
    return stage.sale(**said, status=SaleStatus.PENDING, at=at)


def _declined(
    world: World, click: Click, order: str, cart: int, asked_at: datetime, number: int
) -> Transaction:
    """Some time between the report and the shopper's question."""
    heard = click.created_at + HOUR
    said = {"by": click, "order_id": order, "cart": cart, "number": number, "dice": world.dice}
    at = heard + (asked_at - heard) * world.dice.uniform(0.3, 0.9)
    return stage.sale(**said, status=SaleStatus.DECLINED, reason=world.dice.choice(words.REFUSALS), at=at)


def _earlier(world: World, place: Stage, shopper: Shopper) -> None:
    """Bought, confirmed and paid before the month began."""
    dice = world.dice
    bought_at = world.waking(world.begins - DAY * dice.uniform(22, 28), place.storefront.time_zone)
    click = stage.click(shopper, dice.choice(place.offers), at=bought_at, dice=dice)
    number = next(world.sales)
    said = {
        "by": click,
        "order_id": f"{dice.randint(100_000, 9_999_999)}",
        "cart": trade.cart(place.storefront.currency, dice, is_large=True),
        "number": number,
        "dice": dice,
    }
    stage.sale(**said, status=SaleStatus.PENDING, at=bought_at + HOUR)
    stage.sale(**said, status=SaleStatus.APPROVED, paid=True, at=bought_at + DAY * dice.uniform(12, 20))


def _open(world: World, shopper, click: Click, facts, story: str, language: str, at: datetime) -> None:
    sale = facts.pop("sale", None)
    about = {"transaction": sale, "kind": Kind.DECLINED} if story == "declined" else {"kind": Kind.UNTRACKED}
    claim = claims.open_claim(
        shopper=shopper, click=click, via=Channel.STOREFRONT, language=language, at=at, **about, **facts
    )
    world.opened += 1
    if story == "early":
        arrives = click.created_at + timedelta(days=world.dice.uniform(0.6, 3))
        order, cart = claim.order_no_norm, claim.order_minor
        world.later(
            max(arrives, at + HOUR),
            lambda at: _reported(world, click, order, cart, at, next(world.sales)) and None,
        )
    if claim.status == Status.ANSWERED_AUTO and world.dice.random() < 0.03:
        world.after(at, HOUR, DAY, lambda at: claims.contest(claim=fresh(claim), at=at) and None)
    if claim.status == Status.NEED_INFO and world.dice.random() < 0.6:
        world.after(at, HOUR, 3 * DAY, lambda at: _tell_more(claim, at))
    if world.dice.random() < 0.02:
        world.after(at, HOUR, 2 * DAY, lambda at: claims.withdraw(claim=fresh(claim), at=at) and None)
    world.after(at, timedelta(minutes=2), timedelta(minutes=9), lambda at: send_inquiries(world, at))
    if claim.wake_at:
        world.later(
            claim.wake_at + timedelta(minutes=1), lambda at: claims.wake_due(at=at, limit=50) and None
        )


def _tell_more(claim: Claim, at: datetime) -> None:
    now = fresh(claim)
    paper = stage.receipt(now.merchant.slug, now.order_no, now.order_minor, now.currency)
    claims.add_information(claim=now, text="", files=[(f"{now.order_no_norm}.png", paper)], at=at)


def ask_something_else(world: World, at: datetime) -> None:
    dice, place = world.dice, world.dice.choice(world.stages)
    language = place.storefront.locale
    subject, text = dice.choice(words.QUESTIONS[language])
    desk.open_ticket(
        storefront=place.storefront,
        shopper=dice.choice(place.shoppers),
        subject=subject,
        text=text,
        channel=Channel.STOREFRONT,
        category=Category.OTHER,
        language=language,
        at=at,
    )
