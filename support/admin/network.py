"""What networks were asked, and the files by which those without an API are asked and answer."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from cashback.lib.admin import (
    NOTHING,
    Link,
    Panel,
    ReadOnlyAdmin,
    button,
    folded,
    label,
    moment,
    money_column,
    page_of,
)
from cashback.lib.errors import DomainError
from cashback.lib.walls import HOUSE
from offers.networks.models import NetworkAccount
from support.claims import lodging
from support.claims.lodging.batches import LARGEST_ANSWER
from support.claims.models import UNDECIDED, InquiryBatch, InquiryStatus, NetworkInquiry, Transport
from support.desk.models import Ticket

_COLOURS = {
    InquiryStatus.ACCEPTED: "success",
    InquiryStatus.CREDITED: "success",
    InquiryStatus.REJECTED: "danger",
    InquiryStatus.REFUSED: "danger",
    InquiryStatus.NO_ANSWER: "danger",
}
awarded = money_column("awarded_minor", _("awarded commission"))


@admin.register(NetworkInquiry)
class NetworkInquiryAdmin(ReadOnlyAdmin):
    fieldsets = [
        (None, {"fields": ["reference", "state", "kind", "transport", "reason", "error"]}),
        (_("About"), {"fields": ["claim", ("merchant", "account"), "order_no", "as_asked"]}),
        (_("At the network"), {"fields": ["external_id", "award", "batch"]}),
        (
            _("When"),
            {
                "fields": [
                    ("created_at", "submitted_at"),
                    ("deadline_at", "chased"),
                    ("answered_at", "passed_on_at"),
                    ("attempts", "next_attempt_at"),
                ]
            },
        ),
    ]
    list_display = [
        "reference",
        "state",
        "claim",
        "merchant",
        "account",
        "transport",
        "submitted_at",
        "deadline_at",
    ]
    list_filter = ["status", "transport", "kind", "account"]
    list_select_related = ["claim", "merchant", "account"]
    search_fields = ["reference__startswith", "order_no__iexact", "external_id__exact"]
    search_help_text = _("Our reference, an order, or the network's own id.")
    id_fields = {"inq": "pk", "clm": "claim_id"}
    ordering = ["-pk"]
    paginator = InfinitePaginator
    buttons = ["note_sent"]

    def get_links(self, request: HttpRequest, row: NetworkInquiry) -> list[Link]:
        return [Link(str(_("Open the case")), page_of(Ticket, row.claim.ticket_id))]

    def offers_button(self, name: str, row: NetworkInquiry) -> bool:
        return bool(row.transport == Transport.EMAIL and row.status == InquiryStatus.QUEUED)

    @button(_("I have sent the letter"), permission="claims.change_claim")
    def note_sent(self, request: HttpRequest, inquiry: NetworkInquiry) -> str:
        lodging.note_sent(inquiry=inquiry, at=timezone.now())
        return str(_("The network has it from now on."))

    def get_panels(self, request: HttpRequest, row: NetworkInquiry) -> list[Panel]:
        panels = [
            Panel(
                title=_("The network's words"),
                headers=[_("at"), _("status"), _("as answered")],
                rows=[
                    [moment(word.at), word.get_status_display(), folded(word.raw)]
                    for word in row.words.order_by("-pk")
                ],
            )
        ]
        if row.transport == Transport.EMAIL and row.status in UNDECIDED:
            to, subject, body = lodging.letter_for(row)
            address = to or _("The network has told us no address.")
            letter = format_html('<pre class="whitespace-pre-wrap">{}</pre>', body)
            panels.insert(
                0,
                Panel(
                    title=_("The letter, ready to be sent"),
                    headers=[_("to"), _("subject"), _("text")],
                    rows=[[address, subject, letter]],
                ),
            )
        return panels

    @display(description=_("status"), ordering="status")
    def state(self, inquiry: NetworkInquiry) -> SafeString:
        return label(inquiry.get_status_display(), _COLOURS.get(InquiryStatus(inquiry.status), "info"))

    @display(description=_("asked"))
    def as_asked(self, inquiry: NetworkInquiry) -> SafeString:
        return folded(inquiry.asked)

    @display(description=_("awarded commission"))
    def award(self, inquiry: NetworkInquiry) -> str:
        if inquiry.awarded_minor is None:
            return NOTHING
        inquiry.currency = inquiry.asked["currency"]
        return awarded(inquiry)


class AnswersForm(forms.Form):
    """The file in which a network answers."""

    account = forms.ModelChoiceField(
        NetworkAccount.objects.order_by("name", "pk"),
        label=_("Network account"),
        widget=UnfoldAdminSelectWidget,
    )
    answers = forms.FileField(
        label=_("File with the answers"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_(
            "CSV. Its first line names reference and status, and may name commission, currency, reason."
        ),
    )

    def clean_answers(self) -> str:
        given = self.cleaned_data["answers"]
        if given.size > LARGEST_ANSWER:
            raise forms.ValidationError(_("The file is too large."))
        try:
            return str(given.read().decode("utf-8-sig"))
        except UnicodeDecodeError:
            given.seek(0)
            try:
                return str(given.read().decode("cp1251"))
            except UnicodeDecodeError as error:
                raise forms.ValidationError(_("This is not a text file.")) from error


@admin.register(InquiryBatch)
class InquiryBatchAdmin(ReadOnlyAdmin):
    """Batches hold inquiries of all partners: they are the house's."""

    wall = HOUSE
    fields = ["account", "number", "made_at", "sent_at", "how_many"]
    list_display = ["__str__", "account", "number", "how_many", "made_at", "sent_at"]
    list_filter = ["account"]
    list_select_related = ["account"]
    ordering = ["-pk"]
    buttons = ["mark_sent"]
    list_before_template = "admin/support/batches.html"

    def get_urls(self) -> list[URLPattern]:
        def door(route: str, view: Any, name: str) -> URLPattern:
            return path(route, self.admin_site.admin_view(view), name=f"claims_inquirybatch_{name}")

        return [
            door("make/", require_POST(self.make), "make"),
            door("answers/", self.answers, "answers"),
            door("<path:object_id>/file/", self.download, "file"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        waiting = NetworkInquiry.objects.filter(
            transport=Transport.CSV, status=InquiryStatus.QUEUED, batch=None
        )
        counted: dict[NetworkAccount, int] = {}
        for inquiry in waiting.select_related("account").only("account")[:2000]:
            counted[inquiry.account] = counted.get(inquiry.account, 0) + 1
        more = {"waiting_accounts": sorted(counted.items(), key=lambda pair: pair[0].name)}
        return super().changelist_view(request, {**(extra_context or {}), **more})

    def get_links(self, request: HttpRequest, row: InquiryBatch) -> list[Link]:
        return [Link(str(_("Download the file")), reverse("admin:claims_inquirybatch_file", args=[row.pk]))]

    def offers_button(self, name: str, row: InquiryBatch) -> bool:
        return row.sent_at is None

    @button(_("I have sent it"), permission="claims.change_inquirybatch")
    def mark_sent(self, request: HttpRequest, batch: InquiryBatch) -> str:
        count = lodging.mark_sent(batch=batch, at=timezone.now())
        said = ngettext(
            "The network has %(count)s question from now on.",
            "The network has %(count)s questions from now on.",
            count,
        )
        return said % {"count": count}

    def make(self, request: HttpRequest) -> HttpResponse:
        self._expect_right(request)
        wanted = request.POST.get("account", "")
        account = next(
            (each for each in NetworkAccount.objects.order_by("pk") if str(each.pk) == wanted), None
        )
        if account is None:
            raise Http404
        try:
            batch = lodging.make_batch(account=account, at=timezone.now())
        except DomainError as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return redirect("admin:claims_inquirybatch_changelist")
        self.message_user(request, _("The file is made: download it, send it, say so."), messages.SUCCESS)
        return redirect(page_of(InquiryBatch, batch.pk))

    def answers(self, request: HttpRequest) -> HttpResponse:
        """Every line that is understood is taken in; every other is told with its reason."""
        self._expect_right(request)
        result, form = None, AnswersForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data
            try:
                result = lodging.import_answers(
                    account=told["account"], content=told["answers"], by=request.user, at=timezone.now()
                )
            except DomainError as refusal:
                form.add_error("answers", str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Answers of a network"),
            "opts": self.opts,
            "form": form,
            "result": result,
            "counts": [(title, result.count(name)) for name, title in _OUTCOMES] if result else [],
        }
        status = 200 if request.method != "POST" or result else 422
        return TemplateResponse(request, "admin/support/answers.html", context, status=status)

    def download(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = self.get_object(request, object_id)
        if batch is None or not self.has_view_permission(request, batch):
            raise Http404
        name = f"inquiries-{batch.number}.csv"
        return HttpResponse(
            batch.content,
            headers={
                "Content-Type": "text/csv; charset=utf-8",
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )

    def _expect_right(self, request: HttpRequest) -> None:
        if self._is_shut(request) or not request.user.has_perm("claims.change_inquirybatch"):
            raise PermissionDenied

    @display(description=_("inquiries"))
    def how_many(self, batch: InquiryBatch) -> int:
        return int(batch.inquiries.count())


_OUTCOMES = (("taken", _("taken in")), ("known", _("nothing new")), ("refused", _("refused")))
