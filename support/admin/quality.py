"""Ratings and reviews on the staff's pages. The figures hang on the ratings' address."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from cashback.lib.admin import NOTHING, Link, ReadOnlyAdmin, label, link, page_of
from cashback.lib.errors import DomainError
from support.admin import kpi
from support.admin.kpi_wish import SEES_ALL
from support.desk.models import Ticket
from support.desk.people import agent_of
from support.quality import reviews
from support.quality.models import QAReview, Rating, Rubric
from support.quality.models.rating import POOR_UP_TO, SATISFIED_FROM
from support.quality.models.review import LEAST, MOST


def leads(user: Any) -> bool:
    """Sees everybody's work: a team lead, or an operator."""
    agent = agent_of(user)
    return user.has_perm(SEES_ALL) or (agent is not None and agent.is_lead)


def ticket_link(ticket: Ticket) -> SafeString:
    return link(page_of(Ticket, ticket.pk), ticket.public_number)


@admin.register(Rating)
class RatingAdmin(ReadOnlyAdmin):
    """What shoppers answered. An agent sees what was said of them; nobody edits a word of it."""

    fields = ["mark", "about", "reason", "comment", ("agent", "case"), ("asked_at", "answered_at")]
    list_display = ["mark", "reason", "excerpt", "agent", "case", "answered_at"]
    list_filter = ["score", "reason", "agent"]
    list_select_related = ["agent", "ticket"]
    search_fields = ["comment"]
    ordering = ["-answered_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("kpi/", view(kpi.show), name="quality_kpi"),
            path("kpi/<slug:name>.csv", view(kpi.download), name="quality_kpi_file"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rating]:
        rows = super().get_queryset(request).exclude(answered_at=None)
        return rows if leads(request.user) else rows.filter(agent=agent_of(request.user))

    @display(description=_("score"), ordering="score")
    def mark(self, rating: Rating) -> SafeString:
        score = rating.score or 0
        tone = "success" if score >= SATISFIED_FROM else "danger" if score <= POOR_UP_TO else "warning"
        return label(f"{score} / 5", tone)

    @display(description=_("cycle"))
    def about(self, rating: Rating) -> str:
        return str(rating.cycle)

    @display(description=_("comment"))
    def excerpt(self, rating: Rating) -> str:
        return Truncator(rating.comment).chars(90) or NOTHING

    @display(description=_("ticket"))
    def case(self, rating: Rating) -> SafeString:
        return ticket_link(rating.ticket)


class ReviewForm(forms.Form):
    """Every line of the rubric from 1 to 5."""

    is_critical = forms.BooleanField(
        label=_("It fails, whatever the scores"),
        help_text=_("Money promised wrongly, another's data shown, a shopper insulted."),
        required=False,
        widget=UnfoldBooleanSwitchWidget,
    )
    comment = forms.CharField(
        label=_("What to keep, and what to do better"),
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(score, str(score)) for score in range(LEAST, MOST + 1)]
        for each in Rubric:
            self.fields[each.value] = forms.TypedChoiceField(
                label=each.label, choices=choices, coerce=int, widget=forms.RadioSelect
            )
        self.order_fields([*Rubric.values, "is_critical", "comment"])

    @property
    def lines(self) -> Iterable[forms.BoundField]:
        return [self[name] for name in Rubric.values]


class DoneFilter(admin.SimpleListFilter):
    """Those that wait for a reviewer, unless asked for the others."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return [("done", _("reviewed")), ("all", _("all"))]

    def choices(self, changelist: Any) -> Any:
        waiting, *others = super().choices(changelist)
        yield {**waiting, "display": _("waiting")}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[QAReview]) -> QuerySet[QAReview]:
        match self.value():
            case "done":
                return queryset.exclude(reviewed_at=None)
            case "all":
                return queryset
        return queryset.filter(reviewed_at=None)


@admin.register(QAReview)
class QAReviewAdmin(ReadOnlyAdmin):
    """What was picked for a second look. Whose work it is may read it once it is written, and never writes it."""

    fields = [
        ("why", "agent"),
        "case",
        ("rating_mark", "result"),
        "lines",
        "is_critical",
        "comment",
        ("reviewer", "reviewed_at"),
        "picked_at",
    ]
    list_display = ["case_in_list", "why", "agent", "rating_mark", "result", "reviewer", "picked_at"]
    list_filter = [DoneFilter, "why", "agent"]
    list_select_related = ["agent", "reviewer", "ticket", "rating"]
    ordering = ["-picked_at", "-pk"]

    def get_urls(self) -> list[URLPattern]:
        write = self.admin_site.admin_view(self.write_view)
        return [path("<path:object_id>/write/", write, name="quality_qareview_write"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[QAReview]:
        rows = super().get_queryset(request)
        if leads(request.user):
            return rows
        return rows.exclude(reviewed_at=None).filter(agent=agent_of(request.user))

    def get_links(self, request: HttpRequest, row: QAReview) -> Iterable[Link]:
        if not row.is_done and _may_review(request, row):
            yield Link(
                str(_("Write the review…")), reverse("admin:quality_qareview_write", args=[quote(row.pk)])
            )

    @display(description=_("ticket"), ordering="ticket")
    def case(self, review: QAReview) -> SafeString:
        return ticket_link(review.ticket)

    @display(description=_("ticket"), ordering="ticket")
    def case_in_list(self, review: QAReview) -> str:
        return review.ticket.public_number

    @display(description=_("rating"))
    def rating_mark(self, review: QAReview) -> str:
        return f"{review.rating.score} / 5" if review.rating and review.rating.score else NOTHING

    @display(description=_("result"))
    def result(self, review: QAReview) -> SafeString | str:
        if review.percent is None:
            return NOTHING
        return label(f"{review.percent} %", "success" if review.percent >= 80 else "danger")

    @display(description=_("rubric"))
    def lines(self, review: QAReview) -> SafeString | str:
        if not review.is_done:
            return NOTHING
        shown = [f"{words}: {score}" for words, score in review.lines]
        return format_html("{}", ", ".join(shown))

    def write_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        review = self.get_object(request, unquote(object_id))
        if review is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not _may_review(request, review):
            raise PermissionDenied
        form = ReviewForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            told = form.cleaned_data
            try:
                reviews.write(
                    review=review,
                    reviewer=agent_of(request.user),
                    scores={name: told[name] for name in Rubric.values},
                    is_critical=told["is_critical"],
                    comment=told["comment"],
                    at=timezone.now(),
                )
            except DomainError as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_change(request, review, "Reviewed")
                self.message_user(request, _("The review is written."), messages.SUCCESS)
                return redirect("admin:quality_qareview_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Review of %(ticket)s") % {"ticket": review.ticket.public_number},
            "opts": self.opts,
            "original": review,
            "review": review,
            "case_url": page_of(Ticket, review.ticket_id),
            "form": form,
        }
        return TemplateResponse(
            request, "admin/support/review.html", context, status=400 if form.errors else 200
        )


def _may_review(request: HttpRequest, review: QAReview) -> bool:
    """A lead or an operator who is an agent too, and another than whose work it is."""
    agent = agent_of(request.user)
    return agent is not None and agent.pk != review.agent_id and leads(request.user)
