"""Terms in versions: staff write a new one, look at it, and announce it. Announced ones are only read."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget

from cashback.lib.admin import ReadOnlyAdmin, StaffAdmin, page_of
from partners import terms
from partners.brand.prose import prose
from partners.models import Storefront, TermsVersion


@admin.register(TermsVersion)
class TermsVersionAdmin(ReadOnlyAdmin):
    fields = ["storefront", "number", "announced_at", "takes_effect_at", "in_words"]
    list_display = ["storefront", "number", "announced_at", "takes_effect_at"]
    list_filter = ["storefront"]
    list_select_related = ["storefront"]
    ordering = ["storefront__name", "-number", "pk"]

    @display(description=_("text"))
    def in_words(self, version: TermsVersion) -> str:
        return prose("\n\n".join(version.texts.values()))


class TermsForm(forms.Form):
    """A text and a summary in each language, and the day from which they hold."""

    takes_effect_on = forms.DateField(
        label=_("In force from"),
        widget=UnfoldAdminSingleDateWidget,
        help_text=_("From the first minute of that day in the storefront's time zone."),
    )

    def __init__(self, *args: Any, storefront: Storefront, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name in settings.LANGUAGES:
            is_own = code == storefront.locale
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Terms, %(language)s") % {"language": name},
                required=is_own,
                max_length=terms.LONGEST_TEXT,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 18, "lang": code}),
                help_text=_("Blank lines part paragraphs; “# ” begins a heading, “- ” each line of a list."),
            )
            self.fields[f"summary_{code}"] = forms.CharField(
                label=_("What changes, %(language)s") % {"language": name},
                required=False,
                max_length=terms.LONGEST_SUMMARY,
                widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "lang": code}),
            )
        self.order_fields(["takes_effect_on"])

    def by_language(self, kind: str) -> dict[str, str]:
        return {code: self.cleaned_data[f"{kind}_{code}"] for code, _name in settings.LANGUAGES}


def terms_urls(pages: StaffAdmin) -> list[URLPattern]:
    return [
        path(
            "<path:object_id>/terms/",
            pages.admin_site.admin_view(partial(_terms_page, pages)),
            name="partners_storefront_terms",
        )
    ]


def _terms_page(pages: StaffAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Write, look, announce: three answers of one address. Only the last one changes anything."""
    storefront = pages.get_object(request, unquote(object_id))
    if storefront is None:
        return pages._get_obj_does_not_exist_redirect(request, pages.opts, object_id)
    if not pages.has_change_permission(request, storefront):
        raise PermissionDenied
    now = timezone.now()
    form = TermsForm(request.POST or None, storefront=storefront, initial=_beginning(storefront, at=now))
    is_checked = request.method == "POST" and "change" not in request.POST and form.is_valid()
    if is_checked and "confirm" in request.POST:
        try:
            version = _announce(storefront, form, at=now)
        except terms.TermsRefused as refusal:
            form.add_error(None, str(refusal))
            is_checked = False
        else:
            pages.log_change(request, storefront, str(_("Announced terms %s") % version.number))
            pages.message_user(request, _("Version %s is announced.") % version.number, messages.SUCCESS)
            return redirect(page_of(Storefront, storefront.pk))
    context = {
        **pages.admin_site.each_context(request),
        "title": _("New terms of %(storefront)s") % {"storefront": storefront},
        "storefront": storefront,
        "form": form,
        "is_preview": is_checked,
        "preview": _preview(form) if is_checked else [],
        "storefront_page": page_of(Storefront, storefront.pk),
        "media": pages.media + form.media,
    }
    return TemplateResponse(request, "admin/new_terms.html", context)


def _announce(storefront: Storefront, form: TermsForm, *, at: datetime) -> TermsVersion:
    day = form.cleaned_data["takes_effect_on"]
    begins = datetime.combine(day, time.min, tzinfo=ZoneInfo(storefront.time_zone))
    local_today = at.astimezone(ZoneInfo(storefront.time_zone)).date()
    return terms.announce(
        storefront=storefront,
        texts=form.by_language("text"),
        summary=form.by_language("summary"),
        # The first terms may hold from today: that is from now.
        takes_effect_at=at if day == local_today else begins,
        at=at,
    )


def _beginning(storefront: Storefront, *, at: datetime) -> Mapping[str, object]:
    """The text that holds now, to be changed; or our standard terms."""
    last = storefront.terms_versions.order_by("-number").first()
    zone = ZoneInfo(storefront.time_zone)
    # A day begins before its noon: the notice has passed only on the next one.
    first_day = terms.earliest(storefront, at=at).astimezone(zone).date() + timedelta(days=1 if last else 0)
    said: dict[str, object] = {"takes_effect_on": first_day}
    for code, _name in settings.LANGUAGES:
        said[f"text_{code}"] = last.texts.get(code, "") if last else terms.standard(storefront, code)
    return said


def _preview(form: TermsForm) -> list[dict[str, object]]:
    return [
        {
            "language": name,
            "code": code,
            "text": prose(form.cleaned_data[f"text_{code}"]),
            "summary": form.cleaned_data[f"summary_{code}"],
        }
        for code, name in settings.LANGUAGES
        if form.cleaned_data[f"text_{code}"].strip()
    ]
