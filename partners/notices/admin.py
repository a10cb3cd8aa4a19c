from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from cashback.lib.admin import NOTHING, ReadOnlyAdmin, button, filter_in_words, label
from partners.models import Storefront
from partners.notices import addresses, services
from partners.notices.models import Letter, Suppression

_COLOURS = {
    Letter.State.WAITING: "warning",
    Letter.State.SENT: "success",
    Letter.State.FAILED: "danger",
    Letter.State.GIVEN_UP: "danger",
    Letter.State.NEEDLESS: "info",
}
# By the name of its templates.
KINDS = {
    "purchases": _("news of purchases"),
    "terms_changed": _("new terms"),
    "sign_in_code": _("code to sign in"),
    "sign_in_not_yet": _("not open to them yet"),
    "confirm_email": _("code to confirm an address"),
    "email_changed": _("address changed"),
    "webhook_switched_off": _("webhooks switched off"),
}


@admin.register(Letter)
class LetterAdmin(ReadOnlyAdmin):
    """How letters went. What they said, and to whom exactly, is nobody's business."""

    fieldsets = [
        (None, {"fields": ["kind", "storefront", "recipient", "language", "shown_state", "error"]}),
        (_("On its way"), {"fields": ["tries", ("created_at", "sent_at")]}),
    ]
    list_display = [
        "__str__",
        "kind",
        "recipient",
        "storefront",
        "shown_state",
        "short_error",
        "tries",
        "created_at",
    ]
    list_filter = ["state", filter_in_words("letter", _("kind"), KINDS), "storefront"]
    list_select_related = ["storefront"]
    search_fields = ["letter__exact"]
    search_help_text = _("A letter's id (ltr_…), its kind, or a whole e-mail address.")
    id_fields = {"ltr": "pk"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    buttons = ["send_again", "note_complaint"]

    def get_fieldsets(self, request: HttpRequest, obj: Letter | None = None) -> list[Any]:
        if obj is None or obj.state != Letter.State.WAITING:
            return self.fieldsets
        basics, (title, times) = self.fieldsets
        return [basics, (title, {"fields": [*times["fields"], ("next_try_at", "expires_at")]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Letter]:
        return super().get_queryset(request).defer("context")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Letter], search_term: str
    ) -> tuple[QuerySet[Letter], bool]:
        """A whole address finds its letters; part of one finds nothing, for only a keyed hash is kept."""
        words = search_term.strip()
        if addresses.is_valid(words):
            hashes = [addresses.hashed(words, storefront=each) for each in Storefront.objects.only("pk")]
            return queryset.filter(address_hash__in=hashes), False
        return super().get_search_results(request, queryset, search_term)

    @display(description=_("kind"), ordering="letter")
    def kind(self, letter: Letter) -> str:
        return str(KINDS.get(letter.letter, letter.letter))

    @display(description=_("to"))
    def recipient(self, letter: Letter) -> str:
        return addresses.masked(letter.to)

    @display(description=_("state"))
    def shown_state(self, letter: Letter) -> SafeString:
        return label(letter.get_state_display(), _COLOURS[Letter.State(letter.state)])

    @display(description=_("error"))
    def short_error(self, letter: Letter) -> str:
        return Truncator(letter.error).chars(80) or NOTHING

    def offers_button(self, name: str, row: Letter) -> bool:
        return name != "send_again" or row.state == Letter.State.FAILED

    @button(_("Send again"), permission="notices.change_letter")
    def send_again(self, request: HttpRequest, letter: Letter) -> str:
        services.send_again(letter=letter, at=timezone.now())
        return _("The letter waits to be sent again.")

    @button(
        _("The reader complained of spam"),
        permission="notices.change_letter",
        warning=_("This address gets no more notices from the storefront. Codes to sign in with still come."),
    )
    def note_complaint(self, request: HttpRequest, letter: Letter) -> str:
        services.suppress(
            storefront=letter.storefront,
            address_hash=letter.address_hash,
            reason=Suppression.Reason.COMPLAINED,
            at=timezone.now(),
        )
        return _("No more notices go to this address.")
