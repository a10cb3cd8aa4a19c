"""A shopper's purchases: where each stands, what comes next, and how its amount came about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Count, Prefetch, Q, TextChoices
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from cashback.lib import ids, paging
from cashback.lib.paging import Page
from offers import promises
from offers.catalogue import Face
from offers.models import OfferTermsVersion
from partners.models import Shopper
from transactions.models import Transaction, TransactionEvent, TransactionQuerySet
from transactions.my_cashback import history, reasons

PER_PAGE = 20
_LONGEST_SLUG = 80


class State(TextChoices):
    """As the sums have it: what is awaited is pending, also where the shop has confirmed and not paid yet."""

    PENDING = "pending", _("Pending")
    CREDITED = "credited", _("Confirmed")
    DECLINED = "declined", _("Declined")


@dataclass(frozen=True, slots=True)
class Wish:
    """Which purchases the address asks for. Rubbish there is as good as nothing."""

    state: str = ""
    shop: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: QueryDict) -> "Wish":
        state = query.get("state", "")
        return cls(
            state=state if state in State.values else "",
            shop=query.get("shop", "").replace("\x00", "")[:_LONGEST_SLUG],
            page=paging.read_number(query.get("page", "")),
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.shop)

    def but(self, **changes: object) -> str:
        """The address of the same list, changed; on its first page unless that is what changes."""
        wish = replace(self, **{"page": 1, **changes})
        asked = {"state": wish.state, "shop": wish.shop, "page": wish.page if wish.page > 1 else ""}
        return "?" + urlencode({name: value for name, value in asked.items() if value})


@dataclass(frozen=True, slots=True)
class Choice:
    """One state to choose, with how many purchases are in it; "" is all of them."""

    name: str
    label: str
    count: int
    link: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised when the shopper left for the shop. `terms` is the digest of a text that can be read."""

    reward: str
    started_at: datetime
    terms: str


@dataclass(frozen=True, slots=True)
class Purchase:
    sale: Transaction
    shop: Face
    story: Sequence[history.Word]
    reckoning: str
    reason: reasons.Reason | None
    promise: Promise | None
    is_overdue: bool


def purchases(shopper: Shopper, wish: Wish, *, at: datetime) -> Page[Purchase]:
    rows = _with_details(_narrowed(shopper.transactions.latest_first(), wish))
    found = paging.page(rows, number=wish.page, size=PER_PAGE)
    return Page(_purchases(found.rows, at=at), found.number, found.has_next)


def purchase(shopper: Shopper, public_id: str, *, at: datetime) -> Purchase | None:
    """The shopper's own, or None."""
    named = shopper.transactions.filter(pk=ids.from_public_or_none("txn", public_id))
    found = _purchases(_with_details(named), at=at)
    return found[0] if found else None


def choices(shopper: Shopper, wish: Wish) -> list[Choice]:
    """The states that the shopper's purchases are in, counted in the shop that is chosen."""
    rows = _narrowed(shopper.transactions.order_by(), replace(wish, state=""))
    counted = rows.aggregate(
        all=Count("pk"), **{state.value: Count("pk", filter=_in_state(state.value)) for state in State}
    )
    named = [("", _("All"), counted["all"]), *((s.value, s.label, counted[s.value]) for s in State)]
    return [
        Choice(name, str(label), count, wish.but(state=name), is_chosen=wish.state == name)
        for name, label, count in named
        if count or not name or wish.state == name
    ]


def shops(shopper: Shopper, wish: Wish) -> list[tuple[str, str, bool]]:
    """The shops that the shopper has bought in: name, link to their purchases, whether it is the chosen one."""
    bought_in = shopper.transactions.order_by("merchant__name", "merchant__slug")
    named = bought_in.values_list("merchant__name", "merchant__slug").distinct()
    return [(name, wish.but(shop=slug), slug == wish.shop) for name, slug in named]


def _in_state(state: str) -> Q:
    return {
        State.PENDING: TransactionQuerySet.AWAITED,
        State.CREDITED: TransactionQuerySet.CREDITED,
        State.DECLINED: TransactionQuerySet.DECLINED,
    }[State(state)]


def _narrowed(rows: TransactionQuerySet, wish: Wish) -> TransactionQuerySet:
    if wish.state:
        rows = rows.filter(_in_state(wish.state))
    return rows.filter(merchant__slug=wish.shop) if wish.shop else rows


def _with_details(rows: TransactionQuerySet) -> TransactionQuerySet:
    in_order = Prefetch("events", TransactionEvent.objects.order_by("pk"))
    return rows.select_related("merchant", "click").prefetch_related(in_order)


def _purchases(rows: Iterable[Transaction], *, at: datetime) -> list[Purchase]:
    rows = list(rows)
    digests = {row.click.terms_digest for row in rows if row.click and row.click.terms_digest}
    readable = set(
        OfferTermsVersion.objects.filter(digest__in=digests).values_list("offer__merchant__slug", "digest")
        if digests
        else []
    )
    return [_purchase(row, readable=readable, at=at) for row in rows]


def _purchase(row: Transaction, *, readable: set[tuple[str, str]], at: datetime) -> Purchase:
    is_decided = row.is_declined or row.is_credited or row.awaits_payment
    return Purchase(
        sale=row,
        shop=Face.of(row.merchant),
        story=history.story(row, list(row.events.all())),
        reckoning=history.reckoning(row),
        reason=reasons.explain(row.decline_reason) if row.is_declined else None,
        promise=_promise(row, readable=readable),
        is_overdue=not is_decided and row.expected_at is not None and row.expected_at < at,
    )


def _promise(row: Transaction, *, readable: set[tuple[str, str]]) -> Promise | None:
    click = row.click
    # An old month of clicks may have been put away, and a purchase may have ended in another shop of the network's.
    if click is None or click.merchant_id != row.merchant_id:
        return None
    reward = promises.reward(
        percent=click.best_percent,
        fixed_minor=click.best_fixed_minor,
        currency=click.currency,
        share=click.shopper_percent,
    )
    is_readable = (row.merchant.slug, click.terms_digest) in readable
    return Promise(reward, click.created_at, click.terms_digest if is_readable else "")
