"""The checklist's step “mail goes out”."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.checklist import State, Step
from partners.models import Storefront
from partners.notices.models import Letter


def steps(storefront: Storefront, at: datetime) -> Iterator[Step]:
    tried = Letter.objects.filter(storefront=storefront, tries__gt=0)
    # By id, which an index has in order: terms that changed are half a million letters of one storefront.
    sent = tried.filter(state=Letter.State.SENT).order_by("-pk").first()
    stuck = tried.filter(state__in=[Letter.State.WAITING, Letter.State.FAILED]).exclude(error="")
    last_stuck = stuck.order_by("-pk").first()
    title = gettext_lazy("Mail goes out")
    if last_stuck and (sent is None or sent.sent_at < last_stuck.created_at):
        yield Step(
            name="mail",
            title=title,
            state=State.FAILS,
            detail=last_stuck.error,
            fix=_("Tell us: the mail server refuses our letters. We send them again once it takes them."),
            seen_at=last_stuck.created_at,
        )
    elif sent:
        yield Step(name="mail", title=title, state=State.WORKS, seen_at=sent.sent_at)
    else:
        yield Step(
            name="mail",
            title=title,
            state=State.NOT_SEEN,
            detail=_("No letter has been sent yet."),
            fix=_(
                "Sign in by e-mail, or confirm an address in the profile: the code comes from %(address)s. "
                "Allow that address in your mail filters."
            )
            % {"address": settings.NOTICE_FROM},
        )
