"""A network on paper, beyond our boundary: it says what a test wrote down, and fails when the test wants it to."""

from datetime import timedelta

import pytest

from offers.networks import registry
from offers.networks.base import Capabilities, Postback, Unreadable


class PaperNetwork:
    slug = "paper"
    title = "Paper"
    capabilities = Capabilities(
        has_sales_api=True,
        takes_claims=False,
        makes_deeplinks=True,
        sub_id_length=50,
        sales_window=timedelta(days=31),
        page_size=500,
        requests_per_minute=None,
    )
    credential_names = ()
    default_base_url = ""

    offers: list = []
    coupons: list = []
    sales: list = []
    windows: list = []
    error: Exception | None = None

    def __init__(self, **_account):
        pass

    @classmethod
    def forget(cls):
        cls.offers, cls.coupons, cls.sales, cls.windows, cls.error = [], [], [], [], None

    def _answer(self, rows):
        yield from rows
        if self.error is not None:
            raise self.error

    def check_credentials(self):
        list(self._answer([]))
        return "The account is made of paper."

    def list_offers(self):
        return self._answer(self.offers)

    def list_coupons(self):
        return self._answer(self.coupons)

    def list_sales_changed(self, *, since, until):
        self.windows.append((since, until))
        inside = [
            sale for sale in self.sales if isinstance(sale, Unreadable) or since <= sale.changed_at <= until
        ]
        return self._answer(inside)

    def read_sales(self, *, hint):
        return list(self._answer([sale for sale in self.sales if _is_meant(sale, hint)]))

    @classmethod
    def deeplink(cls, *, tracking_url, click_ref, target_url=""):
        return f"{tracking_url}?sub={click_ref}"

    @classmethod
    def parse_postback(cls, *, fields):
        if not fields.get("sub") and not fields.get("sale"):
            raise Unreadable("sub", None, "is missing, and so is sale")
        return Postback(click_ref=fields.get("sub", ""), sale_external_id=fields.get("sale", ""))


def _is_meant(sale, hint) -> bool:
    if isinstance(sale, Unreadable):
        return True
    return sale.click_ref == hint.click_ref if hint.click_ref else sale.external_id == hint.sale_external_id


@pytest.fixture
def paper(monkeypatch):
    PaperNetwork.forget()
    monkeypatch.setitem(registry.NETWORKS, PaperNetwork.slug, PaperNetwork)
    return PaperNetwork
