"""Letters as they came, the parked ones first of all; and by whose name each storefront writes."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from cashback.lib.admin import NOTHING, Link, ReadOnlyAdmin, StaffAdmin, button, label, page_of
from cashback.lib.walls import HOUSE
from support.desk.models import Ticket
from support.mail import inbound
from support.mail.models import InboundMail, SupportSender

_STATES = {
    "waiting": (_("waiting"), "warning"),
    "parked": (_("parked"), "danger"),
    "read": (_("read"), "success"),
}


class LetterStateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(title)) for name, (title, _colour) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "waiting":
                return queryset.waiting()
            case "parked":
                return queryset.parked()
            case "read":
                return queryset.exclude(processed_at=None)
        return queryset


@admin.register(InboundMail)
class InboundMailAdmin(ReadOnlyAdmin):
    """A letter has no partner before it is read: only who works for all of them sees it."""

    wall = HOUSE
    fieldsets = [
        (None, {"fields": ["sender", "subject", "state", "outcome", "error"]}),
        (
            _("As it came"),
            {"fields": [("source", "received_at"), ("size", "is_cut", "times"), "recipients", "words"]},
        ),
        (_("Reading it"), {"fields": [("processed_at", "parked_at"), ("attempts", "next_attempt_at")]}),
    ]
    list_display = ["received_at", "sender", "subject", "state", "outcome", "error"]
    list_filter = [LetterStateFilter, "outcome", "source"]
    search_fields = ["sender__iexact", "subject__icontains"]
    search_help_text = _("A sender's address, or a part of the subject.")
    id_fields = {"eml": "pk"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    buttons = ["replay", "set_aside"]

    def get_links(self, request: HttpRequest, row: InboundMail) -> list[Link]:
        return [Link(str(_("Open the case")), page_of(Ticket, row.ticket_id))] if row.ticket_id else []

    def offers_button(self, name: str, row: InboundMail) -> bool:
        return row.parked_at is not None

    @button(_("Read it again"), permission="mail.change_inboundmail")
    def replay(self, request: HttpRequest, mail: InboundMail) -> str:
        inbound.replay(mail=mail, at=timezone.now())
        return str(_("It waits to be read again."))

    @button(
        _("Put it aside"), permission="mail.change_inboundmail", warning=_("Nobody will look at it any more.")
    )
    def set_aside(self, request: HttpRequest, mail: InboundMail) -> str:
        inbound.set_aside(mail=mail, at=timezone.now())
        return str(_("Put aside: it is nobody's question."))

    @display(description=_("state"))
    def state(self, mail: InboundMail) -> SafeString:
        name = "parked" if mail.parked_at else "read" if mail.processed_at else "waiting"
        title, colour = _STATES[name]
        return label(title, colour)

    @display(description=_("words"))
    def words(self, mail: InboundMail) -> SafeString | str:
        return format_html('<div class="whitespace-pre-wrap">{}</div>', mail.text) if mail.text else NOTHING


class SenderForm(forms.ModelForm):
    """The name and the signature in each language; an empty one is the storefront's own."""

    class Meta:
        model = SupportSender
        fields = ["storefront", "forwards_from"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            self.fields[f"name_{code}"] = forms.CharField(
                label=_("Name, %(language)s") % {"language": name},
                required=False,
                max_length=80,
                initial=self.instance.names.get(code, ""),
                widget=UnfoldAdminTextInputWidget,
            )
            self.fields[f"signature_{code}"] = forms.CharField(
                label=_("Signature, %(language)s") % {"language": name},
                required=False,
                max_length=500,
                initial=self.instance.signatures.get(code, ""),
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "lang": code}),
            )

    def save(self, commit: bool = True) -> SupportSender:
        for kind, told in (("name", self.instance.names), ("signature", self.instance.signatures)):
            for code, _name in settings.LANGUAGES:
                text = self.cleaned_data.get(f"{kind}_{code}", "").strip()
                told.pop(code, None)
                if text:
                    told[code] = text
        self.instance.partner_id = self.instance.storefront.partner_id
        sender: SupportSender = super().save(commit)
        return sender


@admin.register(SupportSender)
class SupportSenderAdmin(StaffAdmin):
    form = SenderForm
    list_display = ["storefront", "shown_names", "forwards_from"]
    list_select_related = ["storefront"]
    ordering = ["storefront__name", "pk"]

    def get_fieldsets(self, request: HttpRequest, obj: SupportSender | None = None) -> list[Any]:
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": ["storefront", "shown_names", "forwards_from"]})]
        said = [(f"name_{code}", f"signature_{code}") for code, _name in settings.LANGUAGES]
        return [(None, {"fields": ["storefront", "forwards_from"]}), (_("In letters"), {"fields": said})]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["fields"] = ["storefront", "forwards_from"]
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: SupportSender | None = None) -> list[str]:
        return ["storefront", "shown_names"] if obj else ["shown_names"]

    @display(description=_("names"))
    def shown_names(self, sender: SupportSender) -> str:
        return ", ".join(sender.names.values()) or NOTHING
