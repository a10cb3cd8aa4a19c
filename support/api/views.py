"""Claims of a partner's shoppers, for partners that ask and answer in their own pages."""

from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from rest_framework import status
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from cashback.lib import ids
from partners.api import examples
from partners.api.doors import Door
from partners.api.idempotency import once
from partners.api.pages import feed, page
from partners.api.parameters import FEED, IDEMPOTENCY_KEY, PAGE, documented, listed
from partners.api.periods import PeriodQuery
from support import figures, reading
from support.api import bodies, refusals, shapes
from support.claims import services as claims
from support.claims.models import Claim as ClaimRow
from support.claims.models import Kind
from support.desk import files as desk_files
from support.desk.models import Channel, Message

_NAMES = ("storefront", "shopper", "merchant")
_MISSING = examples.body(
    "A purchase is missing",
    shopper=examples.SHOPPER,
    storefront=examples.STOREFRONT,
    kind=Kind.UNTRACKED.value,
    click_id=examples.IN_PATHS["click"],
    order_no="A-1001",
    order_amount={"amount": "1990.00", "currency": "RUB"},
)
_SCOPES = {"GET": "claims:read", "POST": "claims:write"}


class Claims(Door):
    """What shoppers ask about cashback that did not come. With `updated_since` in the order of their changes."""

    scopes = _SCOPES
    parser_classes = bodies.PARSERS

    @documented(operation_id="list_claims", parameters=FEED, responses=listed(shapes.ClaimShape))
    def get(self, request: Request) -> Response:
        return feed(request, request.partner.claims.select_related(*_NAMES), as_json=_claims)

    @documented(
        operation_id="open_claim",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": bodies.ClaimBody, "multipart/form-data": bodies.ClaimForm},
        examples=[_MISSING],
        responses={201: shapes.ClaimShape},
    )
    @once
    def post(self, request: Request) -> Response:
        """A shopper's claim, judged at once by all that we know."""
        told, files = bodies.read(bodies.ClaimBody, request)
        with refusals.by_field():
            opened = claims.open_claim(**told, files=files, via=Channel.API, at=timezone.now())
        return Response(claims.payload(opened), status=status.HTTP_201_CREATED)


class Claim(Door):
    scopes = _SCOPES

    @documented(operation_id="get_claim", responses=shapes.ClaimShape)
    def get(self, request: Request, claim: str) -> Response:
        return Response(claims.payload(_claim(request, claim)))


class Messages(Door):
    """The conversation with the shopper; a word of theirs answers our question or contests our answer."""

    scopes = _SCOPES
    parser_classes = bodies.PARSERS

    @documented(operation_id="list_messages", parameters=PAGE, responses=listed(shapes.MessageShape))
    def get(self, request: Request, claim: str) -> Response:
        return page(request, reading.messages_of(_claim(request, claim).ticket), as_json=_messages)

    @documented(
        operation_id="write_message",
        parameters=[IDEMPOTENCY_KEY],
        request={"application/json": bodies.MessageBody, "multipart/form-data": bodies.MessageForm},
        examples=[examples.body("What the shopper adds", text="I paid with the card that ends in 4417.")],
        responses={201: shapes.MessageShape},
    )
    @once
    def post(self, request: Request, claim: str) -> Response:
        about = _claim(request, claim)
        told, files = bodies.read(bodies.MessageBody, request)
        with refusals.by_field():
            said = claims.add_information(
                claim=about, text=told.get("text", ""), files=files, channel=Channel.API, at=timezone.now()
            )
        [answer] = _messages([said])
        return Response(answer, status=status.HTTP_201_CREATED)


class _AsItIs(DefaultContentNegotiation):
    """A file is of its own kind, whatever the caller would rather have."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class File(Door):
    """A file's bytes."""

    scopes = _SCOPES
    content_negotiation_class = _AsItIs

    @documented(operation_id="get_file", responses={(200, kind): bytes for kind in desk_files.KINDS_KEPT})
    def get(self, request: Request, claim: str, file: str) -> HttpResponse:
        about = _claim(request, claim)
        stored = reading.file_of(reading.Case(about.public_number, about.ticket, about), file)
        if stored is None:
            raise Http404
        return HttpResponse(bytes(stored.content), headers=desk_files.content_headers(stored))


class Figures(Door):
    """How your own shoppers have been answered: claims, first replies, satisfaction."""

    scopes = {"GET": "statistics:read"}

    @documented(
        operation_id="get_support_statistics", parameters=[PeriodQuery], responses=shapes.SupportFiguresShape
    )
    def get(self, request: Request) -> Response:
        query = PeriodQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        return Response(figures.of_partner(request.partner, **query.validated_data, at=timezone.now()))


def _claim(request: Request, text: str) -> ClaimRow:
    rows = request.partner.claims.filter(pk=ids.from_public_or_none("clm", text)).select_related(
        *_NAMES, "ticket"
    )
    found = rows.first()
    if found is None:
        raise Http404
    return found


def _claims(rows: Iterable[ClaimRow]) -> list[dict[str, Any]]:
    return [claims.payload(row) for row in rows]


def _messages(rows: Iterable[Message]) -> list[dict[str, Any]]:
    return [
        {
            "id": row.public_id,
            "author": str(row.author),
            "agent_name": row.agent.name if row.agent else None,
            "text": row.text,
            "files": [_file(each.file) for each in row.attachments.all()],
            "created_at": row.created_at.isoformat(),
        }
        for row in rows
    ]


def _file(kept: Any) -> dict[str, Any]:
    return {"id": kept.public_id, "name": kept.name, "content_type": kept.content_type, "size": kept.size}
