"""The checklist's steps “a shopper leaves for a shop” and “a purchase comes back”."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.checklist import State, Step
from partners.models import Storefront
from transactions.models import Click, Transaction

# Clicks are found by their shoppers, for they are many and no index has them by storefront. Whoever clicks last has
# nearly always come of late.
_NEWEST_SHOPPERS = 200


def steps(storefront: Storefront, at: datetime) -> Iterator[Step]:
    yield _click_out(storefront)
    yield _purchase(storefront)


def _click_out(storefront: Storefront) -> Step:
    name, title = "click_out", gettext_lazy("A shopper leaves for a shop")
    newest = storefront.shoppers.order_by("-pk").values("pk")[:_NEWEST_SHOPPERS]
    click = Click.objects.filter(shopper__in=newest).latest_first().select_related("merchant").first()
    if click is None:
        return Step(
            name=name,
            title=title,
            state=State.NOT_SEEN,
            detail=_("Nobody has pressed “Go to shop” yet."),
            fix=_(
                "Sign a shopper on, open a shop's page and press its button: the shop must open in a new tab. In a "
                "frame with a sandbox attribute, allow-popups and allow-popups-to-escape-sandbox are needed; in a "
                "WebView, open new windows in the system's browser."
            ),
            sample='sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox"',
        )
    return Step(
        name=name, title=title, state=State.WORKS, detail=str(click.merchant), seen_at=click.created_at
    )


def _purchase(storefront: Storefront) -> Step:
    name, title = "purchase", gettext_lazy("A purchase comes back")
    latest = (
        Transaction.objects.filter(storefront=storefront).select_related("merchant").order_by("-pk").first()
    )
    if latest is None:
        return Step(
            name=name,
            title=title,
            state=State.NOT_SEEN,
            detail=_("No shop has reported a purchase yet."),
            fix=_(
                "Buy something small through a shop's button, with cookies allowed and no ad blocker. Most shops "
                "report it within a day, and then it stands in My cashback."
            ),
        )
    return Step(
        name=name, title=title, state=State.WORKS, detail=str(latest.merchant), seen_at=latest.created_at
    )
