"""The embed's own lines of the integrator's checklist, and the link under which the whole list is read."""

import uuid
from collections.abc import Iterator
from datetime import datetime
from textwrap import dedent

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext as _

from partners import storefronts
from partners.checklist import State, Step
from partners.embed import advice
from partners.embed.seen import STRANGER
from partners.models import Sighting, Storefront

_SALT = "partners.checklist"
_LIFE_SECONDS = 30 * 86400


def address(storefront: Storefront) -> str:
    """Where the integrator reads the list: the link itself is the key, for thirty days."""
    token = signing.dumps(storefront.pk.hex, salt=_SALT)
    return f"{storefronts.address(storefront)}checklist/{token}/"


def opens(storefront: Storefront, token: str) -> bool:
    try:
        return uuid.UUID(signing.loads(token, salt=_SALT, max_age=_LIFE_SECONDS)) == storefront.pk
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return False


def steps(storefront: Storefront, at: datetime) -> Iterator[Step]:
    """How each step of the embed last went."""
    last = _last_seen(storefront)
    yield _origins(storefront)
    yield _seen(
        "frame_loaded",
        _("Your page loads the frame"),
        last.get("frame_loaded"),
        waiting=_("Paste these lines into your page, and open it once."),
        sample=snippet(storefront),
    )
    yield _seen(
        "token",
        _("Your launch token is valid"),
        last.get("token"),
        waiting=_(
            "Answer GET /cashback/token on your own server like this, for the person who is signed in."
        ),
        sample=token_endpoint(storefront),
    )
    yield _cookie(last.get("cookie"))
    yield _seen(
        "signed_on",
        _("A shopper has signed on"),
        last.get("signed_on"),
        waiting=_("It works once the steps above do."),
    )


def snippet(storefront: Storefront) -> str:
    return dedent(
        f"""\
        <script src="{settings.SITE_URL}/embed/v1.js" async></script>
        <cashback-store storefront="{storefront.slug}"
                        token-url="/cashback/token"
                        theme="auto" locale="{storefront.locale}">
        </cashback-store>"""
    )


def token_endpoint(storefront: Storefront) -> str:
    return dedent(
        f"""\
        def cashback_token(request):  # your own session says who is asking
            answer = requests.post(
                "{settings.SITE_URL}/api/v1/embed-sessions",
                headers={{"Authorization": f"Bearer {{os.environ['VITRINA_API_KEY']}}"}},
                json={{"shopper": request.user.id_at_cashback, "storefront": "{storefront.slug}"}},
                timeout=10,
            )
            answer.raise_for_status()
            return {{"launch_token": answer.json()["launch_token"]}}"""
    )


def _last_seen(storefront: Storefront) -> dict[str, Sighting]:
    """Of each step what was seen last. A stranger's page that tried it says nothing against one that may."""
    seen = list(storefront.sightings.order_by("seen_at", "pk"))
    worked = {each.origin for each in seen if not each.code}
    # Of each step the last one stands, and strangers come first.
    seen.sort(key=lambda each: each.code != STRANGER or each.origin in worked)
    return {each.step: each for each in seen}


def _origins(storefront: Storefront) -> Step:
    title = _("Your page's origin is listed")
    if storefront.embed_origins:
        return Step("origins", title, State.WORKS, detail=", ".join(storefront.embed_origins))
    return Step("origins", title, State.NOT_SEEN, fix=str(advice.fix("origin_not_listed")))


def _seen(name: str, title: str, last: Sighting | None, *, waiting: str, sample: str = "") -> Step:
    if last is None:
        return Step(name, title, State.NOT_SEEN, fix=waiting, sample=sample)
    if not last.code:
        return Step(name, title, State.WORKS, detail=last.origin, seen_at=last.seen_at)
    where = f"{last.origin} " if last.origin else ""
    fix = str(advice.fix(last.code)) or waiting
    return Step(
        name, title, State.FAILS, detail=f"{where}{last.code}", fix=fix, sample=sample, seen_at=last.seen_at
    )


def _cookie(last: Sighting | None) -> Step:
    title = _("The frame keeps its session")
    if last is None:
        return Step("cookie", title, State.NOT_SEEN, fix=_("It is tried at the first sign-on in a frame."))
    said = _("The browser kept the frame's cookie.")
    if last.code:
        said = _(
            "The browser kept no cookie; the frame works without one. On a host name of your own it would."
        )
    return Step("cookie", title, State.WORKS, detail=said, seen_at=last.seen_at)
