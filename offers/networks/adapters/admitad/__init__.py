"""Admitad (developers.admitad.com): programmes, coupons and actions of one ad space of a publisher."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from cashback.lib.http import Refused, Unavailable
from offers.networks.adapters.admitad.account import PAGE_SIZE, REQUESTS_PER_MINUTE, Account, QuestionRefused
from offers.networks.adapters.admitad.claims import MOST_CHECKED, RULES, Claims
from offers.networks.adapters.admitad.reading import (
    MOSCOW,
    Surroundings,
    is_live,
    read_coupon,
    read_offer,
    read_sale,
)
from offers.networks.base import (
    Capabilities,
    CouponData,
    Http,
    InquiryKind,
    InquiryRequest,
    InquiryWord,
    OfferData,
    OrderCheck,
    Postback,
    Sale,
    TokenStore,
    Unreadable,
)
from offers.networks.fields import Fields

Ours = TypeVar("Ours")

_LANGUAGES = ("ru", "en")
# subid4 is the longest one, and the only one that neither a personal promo code nor another tool overwrites.
_CLICK_REF = "subid4"
_TARGET = "ulp"
# A postback's name for the sale's id. Its `action_id` is another thing: the tariff's action.
_SALE_ID = "admitad_id"


class Admitad:
    slug: ClassVar[str] = "admitad"
    title: ClassVar[str] = "Admitad"
    capabilities: ClassVar[Capabilities] = Capabilities(
        has_sales_api=True,
        takes_claims=True,
        makes_deeplinks=True,
        sub_id_length=120,
        sales_window=None,
        page_size=PAGE_SIZE,
        requests_per_minute=REQUESTS_PER_MINUTE,
        takes_appeals=True,
        checks_orders=MOST_CHECKED,
        claims=RULES,
    )
    credential_names: ClassVar[tuple[str, ...]] = ("client_id", "client_secret", "website")
    default_base_url: ClassVar[str] = "https://api.admitad.com"

    def __init__(
        self,
        *,
        credentials: Mapping[str, str],
        base_url: str,
        http: Http,
        tokens: TokenStore,
        clock: Callable[[], datetime],
    ) -> None:
        for name in self.credential_names:
            if not str(credentials.get(name, "")).strip():
                raise Refused(f"Admitad needs the credential {name}.")
        self._website = str(credentials["website"]).strip()
        if not (self._website.isascii() and self._website.isdigit()):
            raise Refused("Admitad's credential website is the number of the ad space.")
        self._base_url = base_url
        self._clock = clock
        self.account = Account(
            credentials=credentials, base_url=base_url, http=http, tokens=tokens, clock=clock
        )
        self._claims = Claims(self.account, website=self._website)

    def check_credentials(self) -> str:
        """Signs in anew, so that a kept token does not hide a changed secret."""
        self.account.sign_in()
        username = Fields(self.account.get("/me/", scope="private_data"), "me").text("username")
        spaces = {}
        for row in self.account.rows("/websites/v2/", scope="websites"):
            space = Fields(row, "websites")
            spaces[space.number_id("id")] = f"“{space.text('name')}” ({space.text('status')})"
        if self._website not in spaces:
            listed = ", ".join(f"{number} {name}" for number, name in spaces.items()) or "none"
            raise Refused(f"The account {username} has no ad space {self._website}. It has: {listed}.")
        return f"Admitad account {username}, ad space {self._website} {spaces[self._website]}."

    def list_offers(self) -> Iterator[OfferData | Unreadable]:
        around = Surroundings(
            categories=self._category_names(),
            today=self._clock().astimezone(MOSCOW).date(),
            base_url=self._base_url,
        )
        rows = self.account.rows(
            f"/advcampaigns/website/{self._website}/",
            scope="advcampaigns_for_website",
            params=[("language", _LANGUAGES[0])],
        )
        yield from _read_each(rows, lambda row: read_offer(row, around))

    def list_coupons(self) -> Iterator[CouponData | Unreadable]:
        rows = self.account.rows(f"/coupons/website/{self._website}/", scope="coupons_for_website")
        yield from _read_each(rows, lambda row: read_coupon(row) if is_live(row) else None)

    def list_sales_changed(self, *, since: datetime, until: datetime) -> Iterator[Sale | Unreadable]:
        end = min(until, self._clock())  # the API rejects an end in the future
        if since > end:
            return
        window = [("status_updated_start", _stamp(since)), ("status_updated_end", _stamp(end))]
        try:
            yield from self._sales(window)
        except QuestionRefused as refusal:  # our clock runs ahead of theirs, and time mends that
            raise Unavailable(f"Admitad takes no report to {end:%H:%M:%S} UTC.", status=400) from refusal

    def read_sales(self, *, hint: Postback) -> Sequence[Sale | Unreadable]:
        """By the click where the postback named it: one click may have brought several sales by now."""
        # Asked about nothing, the report would give everything.
        if not (hint.click_ref or hint.sale_external_id):
            raise Unreadable(_CLICK_REF, "", f"is missing, and so is {_SALE_ID}")
        asked = (_CLICK_REF, hint.click_ref) if hint.click_ref else ("action_id", hint.sale_external_id)
        try:
            sales = list(self._sales([asked]))
        except QuestionRefused as refusal:  # anyone may send a postback with a strange hint
            raise Unreadable(*asked, "is refused by the report") from refusal
        return [sale for sale in sales if isinstance(sale, Unreadable) or _is_meant(sale, hint)]

    def check_orders(self, *, offer_external_id: str, order_ids: Sequence[str]) -> Sequence[OrderCheck]:
        return self._claims.check(offer_external_id=offer_external_id, order_ids=order_ids)

    def lodge(self, *, request: InquiryRequest) -> InquiryWord:
        return self._claims.send(request, at=self._clock())

    def appeal(self, *, request: InquiryRequest) -> InquiryWord:
        return self._claims.send(request, at=self._clock())

    def find_inquiry(self, *, kind: InquiryKind, reference: str) -> InquiryWord | None:
        return self._claims.find(kind=kind, reference=reference, at=self._clock())

    def list_inquiries(self, *, kind: InquiryKind, since: datetime) -> Iterator[InquiryWord | Unreadable]:
        yield from self._claims.list(kind=kind, since=since, at=self._clock())

    def withdraw(self, *, kind: InquiryKind, external_id: str) -> None:
        self._claims.withdraw(kind=kind, external_id=external_id)

    @classmethod
    def deeplink(cls, *, tracking_url: str, click_ref: str, target_url: str = "") -> str:
        """The network's own link with our sub-id; the rest of its query (`i=3&erid=…`) stays as it was."""
        parts = urlsplit(tracking_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Unreadable("gotolink", tracking_url, "is not a link")
        ours = {_CLICK_REF: click_ref} | ({_TARGET: target_url} if target_url else {})
        theirs = [pair for pair in parts.query.split("&") if pair and pair.partition("=")[0] not in ours]
        return urlunsplit(parts._replace(query="&".join([*theirs, urlencode(ours)])))

    @classmethod
    def parse_postback(cls, *, fields: Mapping[str, str]) -> Postback:
        postback = Fields(fields)
        click_ref = postback.text_or_blank(_CLICK_REF)
        if len(click_ref) > cls.capabilities.sub_id_length:
            raise postback.unreadable(_CLICK_REF, "is longer than any sub-id")
        if not postback.text_or_blank(_SALE_ID):
            if not click_ref:
                raise postback.unreadable(_SALE_ID, f"is missing, and so is {_CLICK_REF}")
            return Postback(click_ref=click_ref, sale_external_id="")
        return Postback(click_ref=click_ref, sale_external_id=postback.number_id(_SALE_ID))

    def _sales(self, params: Sequence[tuple[str, str]]) -> Iterator[Sale | Unreadable]:
        observed_at = self._clock()
        rows = self.account.rows(
            "/statistics/actions/",
            scope="statistics",
            params=[("website", self._website), ("order_by", "datetime"), *params],
        )
        yield from _read_each(rows, lambda row: read_sale(row, observed_at=observed_at))

    def _category_names(self) -> dict[str, dict[str, str]]:
        names: dict[str, dict[str, str]] = {}
        for language in _LANGUAGES:
            for row in self.account.rows(
                "/categories/", scope="public_data", params=[("language", language)]
            ):
                category = Fields(row, "categories")
                names.setdefault(category.number_id("id"), {})[language] = category.text("name")
        return names


def _is_meant(sale: Sale, hint: Postback) -> bool:
    if hint.click_ref:
        return sale.click_ref == hint.click_ref
    return sale.external_id == hint.sale_external_id


def _read_each(rows: Iterable[Any], read: Callable[[Any], Ours | None]) -> Iterator[Ours | Unreadable]:
    """Each row in our words, or as the error that it is; a row that reads as None is passed over."""
    for row in rows:
        try:
            ours = read(row)
        except Unreadable as unreadable:
            unreadable.raw = row
            yield unreadable
        else:
            if ours is not None:
                yield ours


def _stamp(moment: datetime) -> str:
    return moment.astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M:%S")
