"""The contract between a CPA network and us: their words come in, these frozen dataclasses go out.

Knows no Django and no app, so an adapter can be read, and tried, alone. Times are aware, money is integer
minor units with an ISO 4217 currency, percentages are Decimal ("5.00" is five per cent). What an adapter does
not understand it refuses with `Unreadable`, naming the field: the unknown never becomes "pending" or zero.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from cashback.lib.http import Upload
from offers.networks.claims import ClaimRules as ClaimRules
from offers.networks.claims import InquiryRequest as InquiryRequest
from offers.networks.claims import InquiryWord as InquiryWord
from offers.networks.claims import OrderCheck as OrderCheck
from offers.networks.claims import Receipt as Receipt
from offers.networks.states import CouponKind as CouponKind
from offers.networks.states import InquiryKind as InquiryKind
from offers.networks.states import InquiryState as InquiryState
from offers.networks.states import OrderStanding as OrderStanding
from offers.networks.states import RateKind as RateKind
from offers.networks.states import SaleStatus as SaleStatus


class Unreadable(Exception):
    """A network sent what we cannot read. The message names the field and the value; `raw` is the whole row."""

    def __init__(self, field: str, value: object, why: str, *, raw: Any = None) -> None:
        super().__init__(f"{field}: {why} (got {value!r:.200})")
        self.field = field
        self.raw = raw


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryData:
    """A category of the network. `names` by language code; at least one language is there."""

    external_id: str
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RateData:
    """What the network pays us for one kind of order. A `value` of zero says: this kind earns nothing.

    `value` is per cent of the order, or for FIXED an amount in major units of `currency`. `country` "" is
    anywhere. Only rates of today and later are listed: of two with the same name, country and minimum order,
    the one that starts later replaces the other on its `starts_on`.
    """

    external_id: str
    name: str
    kind: RateKind
    value: Decimal
    currency: str
    country: str = ""
    min_order_minor: int = 0
    starts_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferData:
    """A merchant's programme at one network account, with every rate of it.

    `is_open` is false when the network lists the programme but we may not send cashback traffic there now
    (`closed_because` says why). `approval_rate` is per cent of sales approved; `conversion_rate` is orders
    per hundred clicks; `earnings_per_click` is in major units of `currency`; each is None when the network
    does not say. `countries` are ISO 3166 codes, none means anywhere.
    """

    external_id: str
    name: str
    site_url: str
    currency: str
    tracking_url: str
    is_open: bool
    closed_because: str = ""
    allows_deeplinks: bool = False
    takes_claims: bool = False
    counts_in_app: bool | None = None
    counts_on_mobile_site: bool | None = None
    description: str = ""
    terms_html: str = ""
    logo_url: str = ""
    countries: Sequence[str] = ()
    categories: Sequence[CategoryData] = ()
    cookie_days: int | None = None
    hold_days: int | None = None
    max_hold_days: int | None = None
    payment_days: int | None = None
    approval_rate: Decimal | None = None
    conversion_rate: Decimal | None = None
    earnings_per_click: Decimal | None = None
    rating: Decimal | None = None
    started_on: date | None = None
    rates: Sequence[RateData] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponData:
    """A code or a deal. `code` is "" when none is needed; `ends_at` is None when the network names no end."""

    external_id: str
    offer_external_id: str
    name: str
    kind: CouponKind
    code: str
    tracking_url: str
    description: str = ""
    discount: str = ""
    language: str = ""
    countries: Sequence[str] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One commission as the network's own report states it. Identity: `external_id` within the network
    account.

    `click_ref` is our click's 26-letter sub-id, or "" when the network knows none. `sale_minor` is None when
    the network does not tell the order's amount. `changed_at` is the network's own time of its latest word,
    and `observed_at` when we asked: together they say which of two words is newer.
    """

    external_id: str
    offer_external_id: str
    click_ref: str
    order_id: str
    status: SaleStatus
    sale_minor: int | None
    commission_minor: int
    currency: str
    paid: bool
    stalled: bool
    occurred_at: datetime
    clicked_at: datetime | None
    closes_on: date | None
    changed_at: datetime
    observed_at: datetime
    decline_reason: str = ""
    rate_name: str = ""
    raw: Mapping[str, Any] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postback:
    """What a postback is good for: a hint which sale to read again. One of the two refs is set."""

    click_ref: str
    sale_external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What the network can do, and its limits, each from the network's documentation.

    `takes_claims`, `takes_appeals` and `takes_corrections` are by its API: of an order that is missing, declined, or
    counted at a wrong amount. What it does not take so goes to it in a file or a letter. `checks_orders` is how many
    orders one question may name, 0 where it answers none.
    """

    has_sales_api: bool
    takes_claims: bool
    makes_deeplinks: bool
    sub_id_length: int
    sales_window: timedelta | None
    page_size: int
    requests_per_minute: int | None
    takes_appeals: bool = False
    takes_corrections: bool = False
    checks_orders: int = 0
    claims: ClaimRules = ClaimRules()

    def takes(self, kind: InquiryKind) -> bool:
        """Whether the network's API takes an inquiry of this kind."""
        return {
            InquiryKind.UNTRACKED: self.takes_claims,
            InquiryKind.DECLINED: self.takes_appeals,
            InquiryKind.INCORRECT: self.takes_corrections,
        }[kind]


class TokenStore(Protocol):
    """Where an adapter keeps its access token between processes (encrypted). Text in, text out."""

    def load(self) -> str: ...
    def save(self, token: str) -> None: ...


class Http(Protocol):
    """The one egress client (`cashback.lib.http.Client`), as adapters see it. JSON numbers arrive as
    Decimal."""

    def get_json(
        self, url: str, *, params: Sequence[tuple[str, str]] = (), headers: Mapping[str, str] | None = None
    ) -> Any: ...

    def post_json(
        self,
        url: str,
        *,
        data: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        files: Mapping[str, Upload] | None = None,
    ) -> Any: ...

    def delete(self, url: str, *, headers: Mapping[str, str] | None = None) -> None: ...


class Network(Protocol):
    """One network account, ready to be asked. Raises `Unavailable` (wait and ask again), `Refused` (a person
    must act) or `Unreadable` (their words are new to us)."""

    slug: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[Capabilities]
    credential_names: ClassVar[tuple[str, ...]]
    default_base_url: ClassVar[str]

    def __init__(
        self,
        *,
        credentials: Mapping[str, str],
        base_url: str,
        http: Http,
        tokens: TokenStore,
        clock: Callable[[], datetime],
    ) -> None: ...

    def check_credentials(self) -> str:
        """A sentence for staff about the account that the credentials open."""
        ...

    def list_offers(self) -> Iterator[OfferData | Unreadable]:
        """Every programme, to the last page. A programme that cannot be read is yielded as its error, so that
        one bad row is reported without hiding the others."""
        ...

    def list_coupons(self) -> Iterator[CouponData | Unreadable]: ...

    def list_sales_changed(self, *, since: datetime, until: datetime) -> Iterator[Sale | Unreadable]:
        """Every sale whose word changed in [since, until], at the times' full seconds."""
        ...

    def read_sales(self, *, hint: Postback) -> Sequence[Sale | Unreadable]:
        """The sales behind a postback, as the network's report has them now. Empty when it knows none
        (yet)."""
        ...

    # The claims: asked only of a network whose capabilities name them.

    def check_orders(self, *, offer_external_id: str, order_ids: Sequence[str]) -> Sequence[OrderCheck]:
        """What the network knows of these orders of one programme, in the order asked; at most `checks_orders`."""
        ...

    def lodge(self, *, request: InquiryRequest) -> InquiryWord:
        """The network has the question. Never asked twice: after `Unavailable` nobody knows whether it arrived, and
        `find_inquiry` is asked before it is sent again."""
        ...

    def appeal(self, *, request: InquiryRequest) -> InquiryWord:
        """As `lodge`, for a sale that the network has declined."""
        ...

    def find_inquiry(self, *, kind: InquiryKind, reference: str) -> InquiryWord | None:
        """What the network holds under our reference; None when it holds nothing."""
        ...

    def list_inquiries(self, *, kind: InquiryKind, since: datetime) -> Iterator[InquiryWord | Unreadable]:
        """Every inquiry of that kind made since then, to the last page, as they stand now."""
        ...

    def withdraw(self, *, kind: InquiryKind, external_id: str) -> None:
        """The network need not answer this one any more."""
        ...

    @classmethod
    def deeplink(cls, *, tracking_url: str, click_ref: str, target_url: str = "") -> str:
        """Where to send the shopper: pure text work, no request, for it stands in the click-out's path."""
        ...

    @classmethod
    def parse_postback(cls, *, fields: Mapping[str, str]) -> Postback:
        """The hint in a postback's fields. Raises Unreadable when it names neither click nor sale."""
        ...
