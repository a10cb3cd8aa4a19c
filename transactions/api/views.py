"""Clicks, purchases and balances of a partner's shoppers, for what the partner builds itself."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.utils import timezone
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners import storefronts as addresses
from partners.api import examples, storefronts
from partners.api.doors import Door
from partners.api.idempotency import once
from partners.api.pages import feed, page, the_one
from partners.api.parameters import FEED, IDEMPOTENCY_KEY, PAGE, STOREFRONT, documented, listed
from transactions.api import shapes
from transactions.click_out import clicks, tickets, way_out
from transactions.measuring.statistics import statistics
from transactions.my_cashback import balances
from transactions.telling import outward

_NAMES = ("storefront", "shopper", "merchant")


class Clicks(Door):
    """Shopping trips. Make one when your own page sends a shopper to a shop, and send the browser to `redirect_url`."""

    scopes = {"GET": "clicks:read", "POST": "clicks:write"}

    @documented(operation_id="list_clicks", parameters=PAGE, responses=listed(shapes.ClickShape))
    def get(self, request: Request) -> Response:
        return page(request, request.partner.clicks.select_related(*_NAMES), as_json=_clicks)

    @documented(
        operation_id="make_click",
        parameters=[IDEMPOTENCY_KEY],
        request=shapes.ClickBody,
        examples=[
            examples.body(
                "Alice to a shop",
                shopper=examples.SHOPPER,
                merchant=examples.MERCHANT,
                storefront=examples.STOREFRONT,
            )
        ],
        responses={201: shapes.MadeClickShape},
    )
    @once
    def post(self, request: Request) -> Response:
        body = shapes.ClickBody(data=request.data, context={"partner": request.partner})
        body.is_valid(raise_exception=True)
        told = body.validated_data
        ticket = tickets.Ticket(
            request.partner.pk, told["storefront"].pk, told["shopper"].pk, told["merchant"].pk, told["coupon"]
        )
        user_agent = request.headers.get("User-Agent", "")
        departure = clicks.depart(ticket=ticket, user_agent=user_agent, target_url=told["url"])
        token = way_out.issue(replace(departure, has_interstitial=False), at=timezone.now())
        answer = {
            "id": ids.public("clk", departure.click_id),
            "redirect_url": f"{addresses.origin(told['storefront'])}/out/{token}",
        }
        return Response(answer, status=status.HTTP_201_CREATED)


class Click(Door):
    scopes = {"GET": "clicks:read"}

    @documented(operation_id="get_click", responses=shapes.ClickShape)
    def get(self, request: Request, click: str) -> Response:
        return the_one(
            _clicks(
                request.partner.clicks.filter(pk=ids.from_public_or_none("clk", click)).select_related(
                    *_NAMES
                )
            )
        )


class Transactions(Door):
    """Purchases. With `updated_since` they come in the order of their changes, and none is ever missed."""

    scopes = {"GET": "transactions:read"}

    @documented(
        operation_id="list_transactions",
        parameters=FEED,
        responses=listed(shapes.TransactionShape),
    )
    def get(self, request: Request) -> Response:
        return feed(request, request.partner.transactions.select_related(*_NAMES), as_json=_transactions)


class Transaction(Door):
    scopes = {"GET": "transactions:read"}

    @documented(operation_id="get_transaction", responses=shapes.FullTransactionShape)
    def get(self, request: Request, transaction: str) -> Response:
        rows = request.partner.transactions.filter(
            pk=ids.from_public_or_none("txn", transaction)
        ).select_related(*_NAMES)
        return the_one([outward.with_history(row) for row in rows])


class Balance(Door):
    """A shopper's five sums, in the storefront's currency."""

    scopes = {"GET": "transactions:read"}

    @documented(operation_id="get_balance", parameters=[STOREFRONT], responses=shapes.BalanceShape)
    def get(self, request: Request, external_id: str) -> Response:
        return Response(balances.balances(storefronts.shopper_asked(request, external_id)).as_json())


class ShopperTransactions(Door):
    scopes = {"GET": "transactions:read"}

    @documented(
        operation_id="list_transactions_of_shopper",
        parameters=[*FEED, STOREFRONT],
        responses=listed(shapes.TransactionShape),
    )
    def get(self, request: Request, external_id: str) -> Response:
        rows = storefronts.shopper_asked(request, external_id).transactions.select_related(*_NAMES)
        return feed(request, rows, as_json=_transactions)


class ShopperClicks(Door):
    scopes = {"GET": "clicks:read"}

    @documented(
        operation_id="list_clicks_of_shopper",
        parameters=[*PAGE, STOREFRONT],
        responses=listed(shapes.ClickShape),
    )
    def get(self, request: Request, external_id: str) -> Response:
        rows = storefronts.shopper_asked(request, external_id).clicks.select_related(*_NAMES)
        return page(request, rows, as_json=_clicks)


class Statistics(Door):
    """Clicks, orders and income; what is in different currencies is never added up."""

    scopes = {"GET": "statistics:read"}

    @documented(
        operation_id="get_statistics", parameters=[shapes.StatisticsQuery], responses=shapes.StatisticsShape
    )
    def get(self, request: Request) -> Response:
        query = shapes.StatisticsQuery(data=request.query_params.dict(), context={"partner": request.partner})
        query.is_valid(raise_exception=True)
        return Response(statistics(request.partner, **query.validated_data))


def _clicks(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [outward.click_as_json(row) for row in rows]


def _transactions(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [outward.transaction_as_json(row) for row in rows]
